import { aliases, columns } from '../rows.ts';
import type { Fact, LaneRow, NameRow, SourceType } from '../types.ts';

/** Names SigmaHQ's rules use for Entra records, whether exported by diagnostic settings (`properties.…`), Graph or Log Analytics. */
const ENTRA: readonly NameRow[] = [
  ...aliases({
    OperationName: ['operationName', 'properties.activityDisplayName', 'properties.operationName'],
    operationName: ['OperationName', 'properties.activityDisplayName'],
    ActivityDisplayName: [
      'properties.activityDisplayName',
      'activityDisplayName',
      'ActivityDisplayName',
      'operationName',
    ],
    ActivityType: ['properties.activityDisplayName', 'activityDisplayName', 'operationName'],
    activityType: ['properties.activityDisplayName', 'activityDisplayName', 'operationName'],
    'properties.message': [
      'properties.activityDisplayName',
      'activityDisplayName',
      'ActivityDisplayName',
      'operationName',
      'OperationName',
    ],
    Category: ['properties.category', 'Category', 'category'],
    LoggedByService: ['properties.loggedByService', 'loggedByService'],
    Status: [
      'properties.result',
      'result',
      'Result',
      'properties.status.additionalDetails',
      'status.additionalDetails',
    ],
    'properties.result': ['result', 'Result'],
    ResultType: ['resultType', 'properties.status.errorCode', 'status.errorCode'],
    ResultDescription: ['resultDescription', 'properties.status.failureReason', 'status.failureReason'],
    Resultdescription: ['resultDescription', 'properties.status.failureReason', 'status.failureReason'],
    AuthenticationRequirement: ['properties.authenticationRequirement', 'authenticationRequirement'],
    userAgent: ['properties.userAgent', 'UserAgent'],
    conditionalAccessStatus: ['properties.conditionalAccessStatus', 'ConditionalAccessStatus'],
    ClientApp: ['properties.clientAppUsed', 'clientAppUsed', 'ClientAppUsed'],
    ResourceDisplayName: ['properties.resourceDisplayName', 'resourceDisplayName'],
    RiskState: ['properties.riskState', 'riskState'],
    NetworkLocationDetails: ['properties.networkLocationDetails', 'networkLocationDetails'],
    Username: ['properties.userPrincipalName', 'userPrincipalName', 'UserPrincipalName'],
    'DeviceDetail.trusttype': ['properties.deviceDetail.trustType', 'deviceDetail.trustType', 'DeviceDetail.trustType'],
    riskEventType: ['properties.riskEventType', 'RiskEventType'],
  }),
  ...columns({
    'properties.deviceDetail.{x}': 'DeviceDetail.{x}',
    'deviceDetail.{x}': 'DeviceDetail.{x}',
    'properties.targetResources.type': ['targetResources.type'],
    'properties.targetResources.modifiedProperties.displayName': ['TargetResources.ModifiedProperties.DisplayName'],
    'properties.targetResources.modifiedProperties.newValue': ['TargetResources.ModifiedProperties.NewValue'],
    'properties.targetResources.{x*}': [
      'TargetResources.{x*}',
      'targetResources.{x*}',
      'properties.targetResources',
      'TargetResources',
    ],
    'targetResources.{x*}': ['TargetResources.{x*}', 'properties.targetResources', 'TargetResources'],
    'properties.targetResources.modifiedProperties.{x*}': 'TargetResources.modifiedProperties',
    'properties.additionalDetails.value': 'additionalDetails.additionalInfo',
    'additionalDetails.value': 'additionalDetails.additionalInfo',
    'properties.{x*}': '{x*}',
  }),
];

const fact = (service: string): Fact => ({ product: 'azure', service });

const SIGN_INS = [
  'SignInLogs',
  'NonInteractiveUserSignInLogs',
  'ServicePrincipalSignInLogs',
  'ManagedIdentitySignInLogs',
  'ADFSSignInLogs',
];
const RISKS = ['UserRiskEvents', 'RiskyUsers', 'ServicePrincipalRiskEvents'];

/** `category` of a diagnostic setting → what it is. */
const LANES: readonly LaneRow[] = [
  { when: { category: ['AuditLogs'] }, facts: [fact('auditlogs')] },
  { when: { category: SIGN_INS }, facts: [fact('signinlogs')] },
  { when: { category: RISKS }, facts: [fact('riskdetection'), fact('pim')] },
];

/** Where `category` is the audited activity's own (UserManagement, Policy, …) the record is an audit. */
const ENTRA_LANES: readonly LaneRow[] = [
  ...LANES,
  { when: {}, unless: { category: [...SIGN_INS, ...RISKS] }, facts: [fact('auditlogs')] },
];

const SHARED = {
  version: 1,
  time: ['time', 'activityDateTime', 'createdDateTime', 'TimeGenerated', 'eventTimestamp'],
  host: ['callerIpAddress', 'CallerIPAddress'],
  references: [
    'https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log-schema',
    'https://learn.microsoft.com/en-us/entra/identity/monitoring-health/reference-azure-monitor-sign-ins-log-schema',
    'https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/auditlogs',
  ],
} as const;

export const azureRisk: SourceType = {
  ...SHARED,
  id: 'azure.risk',
  title: 'Entra risk detections and PIM alerts',
  detect: { all: [], any: [['riskEventType', 'properties.riskEventType', 'RiskEventType']] },
  names: ENTRA,
  discriminators: [],
  lanes: [{ when: {}, facts: [fact('riskdetection'), fact('pim')] }],
};

export const azureEntra: SourceType = {
  ...SHARED,
  id: 'azure.entra',
  title: 'Entra audit and sign-in logs of diagnostic settings',
  detect: {
    all: ['category'],
    any: [
      ['operationName', 'OperationName'],
      [
        'properties.activityDisplayName',
        'properties.loggedByService',
        'properties.userPrincipalName',
        'properties.appDisplayName',
        'properties.servicePrincipalId',
        'properties.appId',
      ],
    ],
    none: ['properties.eventCategory'],
  },
  names: ENTRA,
  discriminators: ['category'],
  lanes: ENTRA_LANES,
};

export const azureGraphSignin: SourceType = {
  ...SHARED,
  id: 'azure.signin',
  title: 'Entra sign-ins from Microsoft Graph or Log Analytics',
  detect: {
    all: [],
    any: [
      ['conditionalAccessStatus', 'ConditionalAccessStatus', 'AuthenticationRequirement'],
      ['appDisplayName', 'AppDisplayName', 'ResultType'],
    ],
  },
  names: ENTRA,
  discriminators: [],
  lanes: [{ when: {}, facts: [fact('signinlogs')] }],
};

export const azureGraphAudit: SourceType = {
  ...SHARED,
  id: 'azure.audit',
  title: 'Entra directory audits from Microsoft Graph or Log Analytics',
  detect: {
    all: [],
    any: [
      ['activityDisplayName', 'ActivityDisplayName'],
      ['loggedByService', 'LoggedByService'],
    ],
  },
  names: ENTRA,
  discriminators: [],
  lanes: [{ when: {}, facts: [fact('auditlogs')] }],
};

export const azureActivity: SourceType = {
  ...SHARED,
  id: 'azure.activity',
  title: 'Azure activity and resource logs',
  detect: {
    all: [],
    any: [
      ['operationName', 'OperationNameValue', 'operationName.value'],
      ['resourceId', 'ResourceId', '_ResourceId', 'subscriptionId', 'resourceProviderName.value'],
    ],
  },
  names: aliases({
    operationName: ['OperationNameValue', 'operationName.value'],
    OperationNameValue: ['operationName', 'operationName.value'],
    CategoryValue: ['category', 'category.value', 'properties.eventCategory'],
    ResourceId: ['resourceId', '_ResourceId'],
    ResourceProviderValue: ['ResourceProvider', 'resourceProviderName.value', 'properties.resourceProviderValue'],
    'properties.message': ['operationName.localizedValue', 'OperationName'],
  }),
  discriminators: ['category'],
  lanes: [...LANES, { when: {}, facts: [fact('activitylogs')] }],
};
