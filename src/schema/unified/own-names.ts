/**
 * Names of source types that no field of the catalogue has, with why: rules use them, and expressions may, by their own
 * name. A test holds that every other name is mapped, and that none of these is.
 */
export const OWN_NAMES: Readonly<Record<string, string>> = {
  // Parts of a Windows event's frame that say nothing of what happened.
  Provider_Guid: 'the provider as number; its name is event.provider',
  Execution_ProcessID: 'process that logged the event, not the one it is about',
  Execution_ThreadID: 'thread that logged the event',
  Security_UserID: 'account of the process that logged the event',
  Correlation_ActivityID: 'joins events of one activity of Windows',
  Correlation_RelatedActivityID: 'joins events of one activity of Windows',
  Task: 'number whose meaning is each provider’s own',
  Opcode: 'number whose meaning is each provider’s own',
  Keywords: 'bits whose meaning is each provider’s own',
  Version: 'version of the event’s template',
  // Cloud and identity: details that only one vendor has.
  eventType: 'kind of record of CloudTrail',
  'userIdentity.type': 'kind of identity of AWS',
  'userIdentity.sessionContext.sessionIssuer.type': 'kind of issuer of AWS',
  'data.protoPayload.authorizationInfo.granted': 'one of several answers; which permission it is for stands beside it',
  setting_name: 'setting of Google Workspace',
  new_value: 'new value of that setting',
  RequestType: 'kind of request of Microsoft 365',
  'debugContext.debugData.requestUri': 'debug data of Okta',
  'debugContext.debugData.behaviors': 'debug data of Okta',
  'debugContext.debugData.logOnlySecurityData': 'debug data of Okta',
  'securityContext.isProxy': 'judgement of Okta',
  apiGroup: 'group of Kubernetes interfaces; the version is orchestrator.api_version',
  hostPath: 'part of a Kubernetes request',
  capabilities: 'part of a Kubernetes request',
  Category: 'log of Entra',
  CategoryValue: 'log of Azure',
  ClientApp: 'client protocol of Entra',
  RiskState: 'judgement of Entra',
  'DeviceDetail.trusttype': 'how a device is joined to Entra',
  'targetResources.type': 'part of weir.cloud.request',
  'TargetResources.ModifiedProperties.DisplayName': 'part of weir.cloud.request',
  'TargetResources.ModifiedProperties.NewValue': 'part of weir.cloud.request',
  // Others.
  auid: 'account of the logon by audit’s word; ECS has no field for it',
  key: 'key of the audit rule that fired',
  action: 'what Suricata did with the packet',
  'cs-cookie': 'cookies, which are secrets and stay where they are',
};

/** Columns of ECS sources below a field set of ECS that it does not have (any more). */
export const OWN_PATHS: Readonly<Record<string, string>> = {
  'user.identifier': 'Winlogbeat 6, before ECS',
  'user.audit.id': 'Auditbeat’s own',
};
