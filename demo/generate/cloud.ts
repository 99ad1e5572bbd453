/** Records of the clouds: CloudTrail, Entra's diagnostic settings, and the unified audit log of Microsoft 365. */
import { AWS_ACCOUNT, mail, type Person, TENANT } from './company.ts';
import { type Chance, iso, type Json } from './event.ts';

export interface AwsCall {
  readonly user: string;
  readonly key: string;
  readonly source: string;
  readonly name: string;
  readonly address: string;
  readonly agent: string;
  readonly parameters?: Json | null;
  readonly response?: Json | null;
  readonly error?: string;
  readonly readOnly?: boolean;
}

export function aws(chance: Chance, time: number, call: AwsCall): () => Json {
  const id = chance.uuid();
  const arn = `arn:aws:iam::${AWS_ACCOUNT}:user/${call.user}`;
  const message = `User: ${arn} is not authorized to perform: ${call.source.split('.')[0]}:${call.name}`;
  return () => ({
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE00000000000',
      arn,
      accountId: AWS_ACCOUNT,
      accessKeyId: call.key,
      userName: call.user,
    },
    eventTime: iso(time).replace(/\.\d+Z/, 'Z'),
    eventSource: call.source,
    eventName: call.name,
    awsRegion: 'eu-west-2',
    sourceIPAddress: call.address,
    userAgent: call.agent,
    ...(call.error === undefined ? {} : { errorCode: call.error, errorMessage: message }),
    requestParameters: call.parameters ?? null,
    responseElements: call.response ?? null,
    eventID: id,
    readOnly: call.readOnly ?? true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: AWS_ACCOUNT,
  });
}

export interface SignIn {
  readonly person: Person;
  readonly address: string;
  readonly country: string;
  readonly app: string;
  readonly client: string;
  readonly agent: string;
  readonly protocol: string;
  readonly error: number;
}

export function signIn(chance: Chance, time: number, one: SignIn): () => Json {
  const id = chance.uuid();
  return () => ({
    time: iso(time),
    resourceId: `/tenants/${TENANT}/providers/Microsoft.aadiam`,
    operationName: 'Sign-in activity',
    category: 'SignInLogs',
    tenantId: TENANT,
    resultType: String(one.error),
    callerIpAddress: one.address,
    correlationId: id,
    properties: {
      id,
      createdDateTime: iso(time),
      userDisplayName: one.person.name,
      userPrincipalName: mail(one.person.user),
      appDisplayName: one.app,
      ipAddress: one.address,
      clientAppUsed: one.client,
      authenticationProtocol: one.protocol,
      userAgent: one.agent,
      status: { errorCode: one.error },
      conditionalAccessStatus: one.error === 0 ? 'success' : 'failure',
      authenticationRequirement: 'multiFactorAuthentication',
      location: { countryOrRegion: one.country },
    },
  });
}

export function directoryAudit(
  chance: Chance,
  time: number,
  person: Person,
  address: string,
  activity: string,
  target: string,
): () => Json {
  const id = chance.uuid();
  return () => ({
    time: iso(time),
    resourceId: `/tenants/${TENANT}/providers/Microsoft.aadiam`,
    operationName: activity,
    category: 'AuditLogs',
    tenantId: TENANT,
    correlationId: id,
    properties: {
      id,
      activityDisplayName: activity,
      activityDateTime: iso(time),
      category: 'ApplicationManagement',
      loggedByService: 'Core Directory',
      operationType: 'Update',
      result: 'success',
      initiatedBy: { user: { userPrincipalName: mail(person.user), ipAddress: address } },
      targetResources: [{ displayName: target, type: 'Application' }],
    },
  });
}

export function office365(
  chance: Chance,
  time: number,
  person: Person,
  address: string,
  workload: string,
  operation: string,
  fields: Json,
): () => Json {
  const id = chance.uuid();
  return () => ({
    CreationTime: iso(time).slice(0, 19),
    Id: id,
    Operation: operation,
    OrganizationId: TENANT,
    RecordType: workload === 'Exchange' ? 1 : 6,
    ResultStatus: 'True',
    UserKey: '100320019A2B3C4D',
    UserType: 0,
    Version: 1,
    Workload: workload,
    ClientIP: address,
    UserId: mail(person.user),
    ...fields,
  });
}
