/** Audit logs of cloud platforms, and of services that keep accounts or code. */
import { rows, type UnifiedRow } from './types.ts';

export const CLOUDTRAIL: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp eventTime',
  'event.id': 'eventID',
  'event.action': 'eventName',
  'event.provider': 'eventSource',
  'error.code': 'errorCode',
  'error.message': 'errorMessage',
  'cloud.region': 'awsRegion',
  'cloud.account.id': 'recipientAccountId userIdentity.accountId',
  'source.address': 'sourceIPAddress',
  'source.ip': 'sourceIPAddress | address',
  'user_agent.original': 'userAgent',
  'user.id': 'userIdentity.principalId userIdentity.arn',
  'user.name': 'userIdentity.userName',
  'weir.cloud.request': 'requestParameters',
  'weir.cloud.response': 'responseElements responseElements.ConsoleLogin',
  'weir.mfa.used': 'additionalEventData.MFAUsed | mfa',
});

export const GCP_AUDIT: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp timestamp receiveTimestamp data.timestamp',
  'event.id': 'insertId',
  'event.action': 'data.protoPayload.methodName gcp.audit.method_name eventName',
  'event.provider': 'data.protoPayload.serviceName eventService protoPayload.Servicename',
  'cloud.service.name': 'data.protoPayload.serviceName',
  'log.logger': 'data.protoPayload.logName',
  'user.email': 'data.protoPayload.authenticationInfo.principalEmail',
  'source.ip': 'data.protoPayload.requestMetadata.callerIp | address',
  'user_agent.original': 'data.protoPayload.requestMetadata.callerSuppliedUserAgent',
  'weir.cloud.resource.name': 'data.protoPayload.resourceName',
  'weir.cloud.resource.type': 'data.protoPayload.resource.type',
  'weir.cloud.permission': 'data.protoPayload.authorizationInfo.permission',
});

export const WORKSPACE: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp id.time',
  'event.id': 'id.uniqueQualifier',
  'event.action': 'eventName protoPayload.metadata.event.eventName events.name name',
  'event.provider': 'eventService',
  'user.email': 'actor.email',
  'user.id': 'actor.profileId',
  'source.ip': 'ipAddress | address',
});

export const AZURE: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp time createdDateTime activityDateTime TimeGenerated eventTimestamp',
  'event.id': 'correlationId id',
  'event.action':
    'operationName OperationName OperationNameValue properties.message ActivityDisplayName activityType ActivityType riskEventType',
  'event.provider': 'LoggedByService ResourceProviderValue',
  'event.reason': 'ResultDescription Resultdescription',
  'error.code': 'ResultType',
  'event.outcome': 'properties.result Status | outcome',
  'user.name': 'Username',
  'source.ip': 'callerIpAddress properties.ipAddress ipAddress | address',
  'user_agent.original': 'userAgent',
  'weir.cloud.resource.id': 'ResourceId',
  'weir.cloud.resource.name': 'ResourceDisplayName',
  'weir.cloud.request':
    'TargetResources TargetResources.modifiedProperties properties.targetResources additionalDetails.additionalInfo',
  'weir.mfa.method': 'AuthenticationRequirement',
  'weir.application.name': 'properties.appDisplayName appDisplayName',
  'weir.application.id': 'properties.appId appId',
  'weir.conditional_access': 'conditionalAccessStatus',
  'network.name': 'NetworkLocationDetails',
});

export const MICROSOFT_365: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp CreationTime',
  'event.id': 'Id',
  'event.action': 'Operation eventName',
  'event.provider': 'Workload eventSource',
  'event.outcome': 'ResultStatus status | outcome',
  'user.id': 'UserKey UserId',
  'user.name': 'UserId',
  'source.ip': 'ClientIP ClientIPAddress ActorIpAddress | address',
  'weir.cloud.resource.id': 'ObjectId',
  'weir.cloud.request': 'Parameters OperationProperties ExtendedProperties ModifiedProperties',
  'weir.application.id': 'ApplicationId',
  'weir.email.delivery_action': 'DeliveryAction',
  'email.direction': 'Directionality | lower',
});

export const OKTA: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp published',
  'event.id': 'uuid',
  'event.action': 'eventType',
  message: 'displayMessage',
  'event.outcome': 'outcome.result | outcome',
  'event.reason': 'outcome.reason',
  'user.id': 'actor.id',
  'user.name': 'actor.alternateId',
  'user.full_name': 'actor.displayName',
  'user.target.name': 'target.alternateId',
  'user.target.full_name': 'target.displayName',
  'source.ip': 'client.ipAddress',
  'user_agent.original': 'client.userAgent.rawUserAgent',
});

export const ONELOGIN: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp created_at event_timestamp',
  'event.id': 'id',
  'event.action': 'event_type_id',
  'event.code': 'event_type_id',
  'user.name': 'user_name',
  'user.id': 'user_id',
  'source.ip': 'ipaddr',
});

export const DUO: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp isotimestamp timestamp',
  'event.id': 'txid',
  'event.action': 'event_type',
  'event.reason': 'reason',
  'event.outcome': 'result | outcome',
  'user.name': 'user.name username',
  'source.ip': 'access_device.ip',
  'weir.mfa.method': 'factor',
  'weir.mfa.result': 'result',
});

export const KUBERNETES: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp requestReceivedTimestamp stageTimestamp',
  'event.id': 'auditID kubernetes.audit.auditID',
  'event.action': 'verb kubernetes.audit.verb',
  'user.name': 'user.username kubernetes.audit.user.username',
  'user.roles': 'user.groups kubernetes.audit.user.groups',
  'source.ip': 'sourceIPs kubernetes.audit.sourceIPs',
  'user_agent.original': 'userAgent kubernetes.audit.userAgent',
  'url.original': 'requestURI kubernetes.audit.requestURI',
  'http.response.status_code': 'responseStatus.code kubernetes.audit.responseStatus.code',
  'orchestrator.resource.type': 'objectRef.resource kubernetes.audit.objectRef.resource',
  'orchestrator.resource.name': 'objectRef.name kubernetes.audit.objectRef.name',
  'orchestrator.namespace': 'objectRef.namespace kubernetes.audit.objectRef.namespace',
  'orchestrator.api_version': 'objectRef.apiVersion kubernetes.audit.objectRef.apiVersion',
});

export const CODE_HOSTING: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp created_at date timestamp',
  'event.id': '_document_id',
  'event.action': 'action auditType.action',
  'user.name': 'actor author.name',
  'source.ip': 'actor_ip remoteAddress | address',
  'organization.name': 'org',
  'weir.cloud.resource.name': 'repo affectedObjects.name',
});
