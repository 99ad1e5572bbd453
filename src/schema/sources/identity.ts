import { aliases, columns } from '../rows.ts';
import type { SourceType } from '../types.ts';

export const okta: SourceType = {
  id: 'okta.system',
  title: 'Okta system log',
  version: 1,
  detect: {
    all: ['eventType'],
    any: [
      ['published', 'legacyEventType'],
      ['actor.id', 'actor.alternateId', 'outcome.result', 'client.ipAddress'],
    ],
  },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'okta', service: 'okta' }] }],
  time: ['published'],
  host: ['client.ipAddress'],
  references: ['https://developer.okta.com/docs/reference/api/system-log/'],
};

export const oktaEcs: SourceType = {
  ...okta,
  id: 'okta.system_ecs',
  title: 'Okta system log as ECS (Filebeat, Elastic Agent)',
  detect: { all: ['okta.event_type'] },
  names: [
    ...aliases({
      eventType: 'okta.event_type',
      displayMessage: ['okta.display_message', 'event.action'],
      'debugContext.debugData.requestUri': 'okta.debug_context.debug_data.request_uri',
      'debugContext.debugData.behaviors': 'okta.debug_context.debug_data.flattened.behaviors',
      'debugContext.debugData.logOnlySecurityData': 'okta.debug_context.debug_data.flattened.logOnlySecurityData',
      'securityContext.isProxy': 'okta.security_context.is_proxy',
      'target.displayName': 'okta.target.display_name',
      'target.alternateId': 'okta.target.alternate_id',
      'actor.alternateId': 'okta.actor.alternate_id',
      'actor.displayName': 'okta.actor.display_name',
      'client.ipAddress': 'okta.client.ip',
      published: '@timestamp',
    }),
    ...columns({ 'okta.{x*}': '{x*}' }),
  ],
  references: ['https://www.elastic.co/docs/reference/integrations/okta'],
};

export const onelogin: SourceType = {
  id: 'onelogin.events',
  title: 'OneLogin events',
  version: 1,
  detect: { all: ['event_type_id'] },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'onelogin', service: 'onelogin.events' }] }],
  time: ['created_at', 'event_timestamp'],
  host: ['ipaddr'],
  references: ['https://developers.onelogin.com/api-docs/1/events/event-resource'],
};

export const duo: SourceType = {
  id: 'cisco.duo',
  title: 'Cisco Duo authentication log',
  version: 1,
  detect: { all: ['event_type', 'reason'], any: [['factor', 'access_device.ip', 'auth_device.ip', 'txid']] },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'cisco', service: 'duo' }] }],
  time: ['isotimestamp', 'timestamp'],
  host: ['access_device.hostname', 'access_device.ip'],
  references: ['https://duo.com/docs/adminapi#authentication-logs'],
};
