import { aliases, columns } from '../rows.ts';
import type { Fact, LaneRow, NameRow, Path, SourceType } from '../types.ts';

/**
 * Names of the Sigma taxonomy for what Zeek sees. SigmaHQ means Zeek's http.log by `proxy` and `webserver`, dns.log by
 * `dns` and conn.log by `firewall`.
 */
const TAXONOMY: Readonly<Record<string, Path | readonly Path[]>> = {
  'c-uri': 'uri',
  'cs-uri': 'uri',
  'cs-uri-query': 'uri',
  'cs-uri-stem': 'uri',
  'cs-method': 'method',
  'cs-host': 'host',
  'cs-referer': 'referrer',
  'cs-username': 'username',
  'c-useragent': 'user_agent',
  'cs-user-agent': 'user_agent',
  'sc-status': 'status_code',
  answer: 'answers',
  record_type: 'qtype_name',
  src_ip: ['id.orig_h', 'src_ip'],
  src_port: 'id.orig_p',
  dst_ip: ['id.resp_h', 'dest_ip'],
  dst_port: 'id.resp_p',
};

/** Facts of each log beside its own service. */
const CATEGORIES: Readonly<Record<string, readonly Fact[]>> = {
  conn: [{ product: 'zeek', category: 'firewall', service: 'conn' }],
  dns: [{ product: 'zeek', category: 'dns', service: 'dns' }],
  http: [
    { product: 'zeek', category: 'proxy', service: 'http' },
    { product: 'zeek', category: 'webserver', service: 'http' },
  ],
};

const LOGS = [
  'conn',
  'dce_rpc',
  'dhcp',
  'dns',
  'dpd',
  'files',
  'ftp',
  'http',
  'irc',
  'kerberos',
  'ldap',
  'ldap_search',
  'modbus',
  'mqtt',
  'mysql',
  'notice',
  'ntlm',
  'ntp',
  'ocsp',
  'pe',
  'quic',
  'radius',
  'rdp',
  'rfb',
  'sip',
  'smb_files',
  'smb_mapping',
  'smtp',
  'snmp',
  'socks',
  'software',
  'ssh',
  'ssl',
  'syslog',
  'tunnel',
  'weird',
  'x509',
] as const;

function facts(log: string): readonly Fact[] {
  return CATEGORIES[log] ?? [{ product: 'zeek', service: log }];
}

const REFERENCES = ['https://docs.zeek.org/en/current/logs/index.html'];

function zeek(id: string, title: string, over: Pick<SourceType, 'detect' | 'lanes'> & Partial<SourceType>): SourceType {
  return {
    id,
    title,
    version: 1,
    names: aliases(TAXONOMY),
    discriminators: [],
    time: ['ts', '_write_ts'],
    host: ['id.orig_h'],
    references: REFERENCES,
    ...over,
  };
}

/** Logs that name themselves (`_path`, as Corelight and json-streaming-logs write it). */
const named = zeek('zeek.path', 'Zeek logs with _path', {
  detect: { all: ['_path'], any: [['ts', '_write_ts', 'uid', 'fuid']] },
  discriminators: ['_path'],
  lanes: LOGS.map((log): LaneRow => ({ when: { _path: [log, `${log}_red`] }, facts: facts(log) })),
});

/** Logs without `_path` are told apart by columns only they have; Zeek leaves unset columns out. */
const COLUMNS: Readonly<Record<string, SourceType['detect']>> = {
  dce_rpc: { all: ['uid', 'operation'], any: [['endpoint', 'named_pipe']] },
  smb_files: {
    all: ['uid', 'action'],
    any: [
      ['name', 'path', 'fuid'],
      ['times.modified', 'times.accessed', 'size', 'fuid'],
    ],
  },
  smb_mapping: { all: ['uid', 'share_type'] },
  kerberos: {
    all: ['uid'],
    any: [
      ['request_type', 'cipher', 'till'],
      ['service', 'client', 'error_msg', 'success'],
    ],
  },
  rdp: {
    all: ['uid'],
    any: [
      ['cookie', 'security_protocol', 'cert_count', 'keyboard_layout', 'client_build'],
      ['result', 'security_protocol', 'cert_type', 'client_dig_product_id'],
    ],
  },
  x509: { all: ['certificate.serial'] },
  http: { all: ['uid', 'trans_depth'], any: [['method', 'uri', 'status_code', 'host', 'request_body_len']] },
  dns: {
    all: ['uid'],
    any: [
      ['query', 'trans_id', 'qtype_name'],
      ['rcode_name', 'qtype_name', 'RD', 'rejected', 'AA', 'Z'],
    ],
  },
  ntlm: { all: ['uid'], any: [['server_nb_computer_name', 'server_dns_computer_name', 'domainname']] },
  ssl: {
    all: ['uid'],
    any: [
      ['cipher', 'server_name', 'cert_chain_fuids', 'cert_chain_fps'],
      ['version', 'established', 'resumed'],
    ],
  },
  ssh: { all: ['uid'], any: [['auth_attempts', 'hasshVersion', 'host_key_alg']] },
  conn: { all: ['uid', 'conn_state', 'proto'] },
};

const byColumns = Object.entries(COLUMNS).map(([log, detect]) =>
  zeek(`zeek.${log}`, `Zeek ${log}.log`, {
    detect: { ...detect, any: [...(detect.any ?? []), ['ts', '@timestamp', 'timestamp']] },
    lanes: [{ when: {}, facts: facts(log) }],
  }),
);

/** Filebeat and Elastic Agent move what ECS has a field for; the rest stays under `zeek.<log>`. */
const ECS: readonly NameRow[] = aliases({
  'id.orig_h': ['source.ip', 'source.address'],
  'id.orig_p': 'source.port',
  'id.resp_h': ['destination.ip', 'destination.address'],
  'id.resp_p': 'destination.port',
  query: 'dns.question.name',
  qtype_name: 'dns.question.type',
  answers: ['dns.answers.data', 'dns.resolved_ip'],
  method: 'http.request.method',
  uri: 'url.original',
  host: 'url.domain',
  user_agent: 'user_agent.original',
  status_code: 'http.response.status_code',
  referrer: 'http.request.referrer',
  request_body_len: 'http.request.body.bytes',
  'certificate.serial': ['zeek.x509.certificate.serial', 'x509.serial_number'],
  name: 'file.name',
  path: 'file.path',
  uid: 'zeek.session_id',
  src_ip: 'source.ip',
  src_port: 'source.port',
  dst_ip: 'destination.ip',
  dst_port: 'destination.port',
  answer: ['dns.answers.data', 'dns.resolved_ip'],
  record_type: 'dns.question.type',
  'c-uri': 'url.original',
  'cs-uri': 'url.original',
  'cs-uri-query': ['url.query', 'url.original'],
  'cs-uri-stem': ['url.path', 'url.original'],
  'cs-method': 'http.request.method',
  'cs-host': 'url.domain',
  'cs-referer': 'http.request.referrer',
  'c-useragent': 'user_agent.original',
  'cs-user-agent': 'user_agent.original',
  'sc-status': 'http.response.status_code',
});

const ecs = zeek('zeek.ecs', 'Zeek logs as ECS (Filebeat, Elastic Agent)', {
  detect: {
    all: [],
    any: [
      ['event.dataset', 'data_stream.dataset', 'fileset.name'],
      ['zeek.session_id', 'zeek.connection.state', 'zeek.connection.history', 'zeek.x509.id', 'zeek.files.fuid'],
    ],
  },
  names: [...columns({ 'zeek.{log}.{x*}': '{x*}' }), ...ECS],
  discriminators: ['event.dataset'],
  lanes: LOGS.map(
    (log): LaneRow => ({
      when: { 'event.dataset': [`zeek.${log === 'conn' ? 'connection' : log}`] },
      facts: facts(log),
    }),
  ),
  host: ['source.ip'],
  references: [...REFERENCES, 'https://www.elastic.co/docs/reference/integrations/zeek'],
});

export const ZEEK: readonly SourceType[] = [named, ecs, ...byColumns];
