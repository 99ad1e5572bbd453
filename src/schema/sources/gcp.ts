import { aliases, columns } from '../rows.ts';
import type { LaneRow, SourceType } from '../types.ts';

const AUDIT: LaneRow = { when: {}, facts: [{ product: 'gcp', service: 'gcp.audit' }] };

/** Rules write `gcp.audit.method_name` (Filebeat's name) or `data.protoPayload.…` (the Pub/Sub wrapping). */
function cloudAudit(id: string, title: string, entry: string): SourceType {
  const payload = `${entry}protoPayload`;
  return {
    id,
    title,
    version: 1,
    detect: { all: [], any: [[`${payload}.methodName`, `${payload}.serviceName`]] },
    names: [
      ...aliases({
        'gcp.audit.method_name': `${payload}.methodName`,
        'data.protoPayload.logName': `${entry}logName`,
        'data.protoPayload.resource.type': `${entry}resource.type`,
        eventService: `${payload}.serviceName`,
        'protoPayload.Servicename': `${payload}.serviceName`,
        eventName: [`${payload}.metadata.event.eventName`, `${payload}.methodName`],
      }),
      ...columns({
        [`${payload}.{x*}`]: ['data.protoPayload.{x*}', 'protoPayload.{x*}'],
        [`${entry}{x*}`]: '{x*}',
      }),
    ],
    discriminators: ['eventService'],
    lanes: [
      AUDIT,
      {
        when: { eventService: ['admin.googleapis.com'] },
        facts: [{ product: 'gcp', service: 'google_workspace.admin' }],
      },
      {
        when: { eventService: ['login.googleapis.com'] },
        facts: [{ product: 'gcp', service: 'google_workspace.login' }],
      },
    ],
    time: ['timestamp', 'receiveTimestamp'],
    host: ['resource.labels.instance_id', 'protoPayload.requestMetadata.callerIp'],
    references: ['https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog'],
  };
}

export const gcpAudit = cloudAudit('gcp.audit', 'Google Cloud audit logs', '');
export const gcpAuditPubsub = cloudAudit('gcp.audit_pubsub', 'Google Cloud audit logs through Pub/Sub', 'data.');

export const gcpAuditEcs: SourceType = {
  id: 'gcp.audit_ecs',
  title: 'Google Cloud audit logs as ECS (Filebeat, Elastic Agent)',
  version: 1,
  detect: { all: [], any: [['gcp.audit.method_name', 'gcp.audit.service_name']] },
  names: [
    ...aliases({
      'gcp.audit.method_name': ['event.action'],
      'data.protoPayload.methodName': 'gcp.audit.method_name',
      'data.protoPayload.serviceName': 'gcp.audit.service_name',
      'data.protoPayload.authorizationInfo.permission': 'gcp.audit.authorization_info.permission',
      'data.protoPayload.authorizationInfo.granted': 'gcp.audit.authorization_info.granted',
      'data.protoPayload.logName': 'log.logger',
    }),
    ...columns({ 'gcp.audit.{x*}': 'protoPayload.{x*}' }),
  ],
  discriminators: [],
  lanes: [AUDIT],
  time: [],
  host: ['cloud.instance.name', 'source.ip'],
  references: ['https://www.elastic.co/docs/reference/integrations/gcp/audit'],
};

export const googleWorkspace: SourceType = {
  id: 'google.workspace',
  title: 'Google Workspace activity reports',
  version: 1,
  detect: { all: ['id.applicationName'], any: [['name', 'events.name', 'type', 'events.type']] },
  names: [
    ...aliases({
      eventName: ['events.name', 'name'],
      'protoPayload.metadata.event.eventName': ['events.name', 'name'],
      eventService: 'id.applicationName',
      setting_name: ['parameters.SETTING_NAME', 'events.parameters.SETTING_NAME'],
      new_value: ['parameters.NEW_VALUE', 'events.parameters.NEW_VALUE', 'parameters.new_value'],
    }),
    ...columns({ 'events.parameters.{x*}': 'parameters.{x*}' }),
  ],
  discriminators: ['id.applicationName'],
  lanes: [
    { when: { 'id.applicationName': ['admin'] }, facts: [{ product: 'gcp', service: 'google_workspace.admin' }] },
    { when: { 'id.applicationName': ['login'] }, facts: [{ product: 'gcp', service: 'google_workspace.login' }] },
  ],
  time: ['id.time'],
  host: ['ipAddress'],
  references: ['https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities'],
};
