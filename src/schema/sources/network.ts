import { aliases, columns } from '../rows.ts';
import type { LaneRow, NameRow, SourceType } from '../types.ts';

const FORTIGATE_LANES: readonly LaneRow[] = [
  { when: { type: ['event'] }, facts: [{ product: 'fortigate', service: 'event' }] },
  { when: { type: ['event'], subtype: ['vpn'] }, facts: [{ product: 'fortios', service: 'sslvpnd' }] },
  { when: { type: ['traffic'] }, facts: [{ product: 'fortigate', category: 'firewall', service: 'traffic' }] },
  { when: { type: ['utm'], subtype: ['dns'] }, facts: [{ product: 'fortigate', category: 'dns', service: 'utm' }] },
  { when: { type: ['utm', 'dns'] }, facts: [{ product: 'fortigate', service: 'utm' }] },
  {
    when: { type: ['utm'], subtype: ['webfilter'] },
    facts: [{ product: 'fortigate', category: 'proxy', service: 'utm' }],
  },
];

const FORTIGATE_NAMES: readonly NameRow[] = aliases({
  src_ip: 'srcip',
  src_port: 'srcport',
  dst_ip: 'dstip',
  dst_port: 'dstport',
  query: 'qname',
  record_type: 'qtype',
  answer: 'ipaddr',
  'c-uri': 'url',
  'cs-host': 'hostname',
  'c-useragent': 'agent',
});

export const fortigate: SourceType = {
  id: 'fortinet.fortigate',
  title: 'FortiGate',
  version: 1,
  detect: {
    all: ['type', 'subtype'],
    any: [
      ['logid', 'devid', 'devname', 'logdesc', 'cfgpath'],
      ['vd', 'level', 'logid', 'action'],
    ],
  },
  names: FORTIGATE_NAMES,
  discriminators: ['type', 'subtype'],
  lanes: FORTIGATE_LANES,
  time: ['eventtime', 'itime'],
  host: ['devname', 'devid'],
  references: ['https://docs.fortinet.com/document/fortigate/latest/fortios-log-message-reference/'],
};

export const fortigateEcs: SourceType = {
  ...fortigate,
  id: 'fortinet.fortigate_ecs',
  title: 'FortiGate as ECS (Filebeat, Elastic Agent)',
  detect: { all: ['fortinet.firewall.type'] },
  names: [
    ...columns({ 'fortinet.firewall.{x}': '{x}' }),
    ...aliases({
      action: 'event.action',
      src_ip: 'source.ip',
      src_port: 'source.port',
      dst_ip: 'destination.ip',
      dst_port: 'destination.port',
      query: 'dns.question.name',
      record_type: 'dns.question.type',
    }),
  ],
  host: ['observer.name'],
  references: ['https://www.elastic.co/docs/reference/integrations/fortinet_fortigate'],
};

export const opencanary: SourceType = {
  id: 'opencanary',
  title: 'OpenCanary',
  version: 1,
  detect: { all: ['logtype'], any: [['node_id', 'logdata.msg.logdata', 'src_host', 'dst_host']] },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'opencanary', category: 'application' }] }],
  time: ['utc_time', 'local_time_adjusted', 'local_time'],
  host: ['node_id'],
  references: ['https://opencanary.readthedocs.io/en/latest/'],
};

export const rpcFirewall: SourceType = {
  id: 'rpc_firewall',
  title: 'RPC Firewall',
  version: 1,
  detect: { all: ['InterfaceUuid'], any: [['EventLog', 'OpNum', 'EventID']] },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'rpc_firewall', category: 'application' }] }],
  time: [],
  host: ['Computer', 'Hostname'],
  references: ['https://github.com/zeronetworks/rpcfirewall'],
};

const FIREWALL: readonly LaneRow[] = [{ when: {}, facts: [{ category: 'firewall' }] }];

export const plainFirewall: SourceType = {
  id: 'firewall.plain',
  title: 'Firewall records with Sigma names',
  version: 1,
  detect: {
    all: [],
    any: [
      ['src_ip', 'srcip'],
      ['dst_ip', 'dest_ip', 'dstip'],
      ['action', 'blocked', 'dst_port', 'dest_port', 'dstport'],
    ],
  },
  names: aliases({
    src_ip: 'srcip',
    dst_ip: ['dest_ip', 'dstip'],
    dst_port: ['dest_port', 'dstport'],
    src_port: 'srcport',
  }),
  discriminators: [],
  lanes: FIREWALL,
  time: ['timestamp', 'time'],
  host: ['host', 'devname'],
  references: ['https://sigmahq.io/docs/basics/log-sources.html'],
};

export const ecsFirewall: SourceType = {
  id: 'firewall.ecs',
  title: 'Network and firewall records as ECS',
  version: 1,
  detect: { all: ['source.ip', 'destination.ip'], none: ['process.executable'] },
  names: aliases({
    src_ip: 'source.ip',
    src_port: 'source.port',
    dst_ip: 'destination.ip',
    dst_port: 'destination.port',
    action: 'event.action',
  }),
  discriminators: [],
  lanes: FIREWALL,
  time: [],
  host: ['observer.name', 'host.name'],
  references: ['https://www.elastic.co/docs/reference/ecs/ecs-network'],
};
