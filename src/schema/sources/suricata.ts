import { aliases } from '../rows.ts';
import type { Fact, SourceType } from '../types.ts';

const suricataFact = (service: string, category?: string): Fact => ({
  product: 'suricata',
  ...(category && { category }),
  service,
});

/** EVE's event types → facts; an event always belongs to product suricata and the service of its type. */
export const suricata: SourceType = {
  id: 'suricata.eve',
  title: 'Suricata EVE',
  version: 1,
  detect: {
    all: ['event_type'],
    any: [
      ['flow_id', 'in_iface', 'pcap_cnt', 'stats.uptime'],
      ['src_ip', 'dest_ip', 'stats.uptime', 'timestamp'],
    ],
  },
  names: aliases({
    query: ['dns.rrname', 'dns.query.rrname', 'dns.queries.rrname', 'dns.grouped.rrname'],
    record_type: ['dns.rrtype', 'dns.query.rrtype', 'dns.queries.rrtype'],
    answer: [
      'dns.answers.rdata',
      'dns.rdata',
      'dns.answer.rdata',
      'dns.grouped.A',
      'dns.grouped.AAAA',
      'dns.grouped.CNAME',
      'dns.grouped.TXT',
    ],
    'c-uri': 'http.url',
    'cs-uri': 'http.url',
    'cs-uri-query': 'http.url',
    'cs-uri-stem': 'http.url',
    'cs-host': 'http.hostname',
    'cs-method': 'http.http_method',
    'cs-referer': 'http.http_refer',
    'c-useragent': 'http.http_user_agent',
    'cs-user-agent': 'http.http_user_agent',
    'sc-status': 'http.status',
    dst_ip: 'dest_ip',
    dst_port: 'dest_port',
    action: ['alert.action', 'verdict.action'],
  }),
  discriminators: ['event_type'],
  lanes: [
    { when: {}, facts: [{ product: 'suricata' }] },
    { when: { event_type: ['dns'] }, facts: [suricataFact('dns', 'dns')] },
    { when: { event_type: ['http'] }, facts: [suricataFact('http', 'proxy'), suricataFact('http', 'webserver')] },
    { when: { event_type: ['flow', 'netflow', 'drop'] }, facts: [suricataFact('flow', 'firewall')] },
    // An alert carries the transaction that raised it.
    {
      when: { event_type: ['alert'] },
      facts: [
        suricataFact('alert'),
        suricataFact('alert', 'proxy'),
        suricataFact('alert', 'webserver'),
        suricataFact('alert', 'dns'),
      ],
    },
    ...['tls', 'smb', 'dcerpc', 'krb5', 'rdp', 'ssh', 'fileinfo', 'anomaly', 'ftp', 'smtp'].map((service) => ({
      when: { event_type: [service] },
      facts: [suricataFact(service)],
    })),
  ],
  time: ['timestamp'],
  host: ['host', 'src_ip'],
  references: ['https://docs.suricata.io/en/latest/output/eve/eve-json-format.html'],
};
