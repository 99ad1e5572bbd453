import { aliases } from '../rows.ts';
import type { SourceType } from '../types.ts';

const SHARED = {
  version: 1,
  discriminators: [],
  lanes: [{ when: {}, facts: [{ category: 'dns' }] }],
  time: ['timestamp', 'time', 'T'],
} as const;

export const umbrellaDns: SourceType = {
  ...SHARED,
  id: 'dns.umbrella',
  title: 'Cisco Umbrella DNS',
  detect: {
    all: ['domain'],
    any: [
      ['internalIp', 'externalIp', 'mostGranularIdentity'],
      ['queryType', 'responseCode'],
    ],
  },
  names: aliases({ query: 'domain', record_type: 'queryType', src_ip: ['internalIp', 'externalIp'] }),
  host: ['internalIp', 'externalIp'],
  references: ['https://docs.umbrella.com/deployment-umbrella/docs/dns-log-formats'],
};

export const adguardDns: SourceType = {
  ...SHARED,
  id: 'dns.adguard',
  title: 'AdGuard Home query log',
  detect: { all: ['QH', 'QT'] },
  names: aliases({ query: 'QH', record_type: 'QT', src_ip: 'IP' }),
  host: ['IP'],
  references: ['https://github.com/AdguardTeam/AdGuardHome/wiki/Configuration'],
};

export const gcpDns: SourceType = {
  ...SHARED,
  id: 'dns.gcp',
  title: 'Google Cloud DNS query log',
  detect: { all: ['jsonPayload.queryName', 'jsonPayload.queryType'] },
  names: aliases({
    query: 'jsonPayload.queryName',
    record_type: 'jsonPayload.queryType',
    answer: 'jsonPayload.rdata',
    src_ip: 'jsonPayload.sourceIP',
  }),
  host: ['jsonPayload.vmInstanceName', 'jsonPayload.sourceIP'],
  references: ['https://cloud.google.com/dns/docs/monitoring'],
};

export const ecsDns: SourceType = {
  ...SHARED,
  id: 'dns.ecs',
  title: 'DNS as ECS (Packetbeat and others)',
  detect: { all: ['dns.question.name'] },
  names: aliases({
    query: 'dns.question.name',
    record_type: 'dns.question.type',
    answer: ['dns.answers.data', 'dns.resolved_ip'],
    src_ip: ['source.ip', 'client.ip'],
  }),
  host: ['host.name', 'source.ip', 'client.ip'],
  references: ['https://www.elastic.co/docs/reference/ecs/ecs-dns'],
};

/** Any flat record with the taxonomy's own names. */
export const plainDns: SourceType = {
  ...SHARED,
  id: 'dns.plain',
  title: 'DNS records with Sigma names',
  detect: { all: ['query'], any: [['record_type', 'answer', 'qtype', 'query_type', 'rcode']] },
  names: aliases({ record_type: ['qtype', 'query_type'], answer: ['answers', 'rdata'] }),
  host: ['src_ip', 'client'],
  references: ['https://sigmahq.io/docs/basics/log-sources.html'],
};
