/** Network sensors, firewalls, name servers and web servers. */
import { rows, type UnifiedRow } from './types.ts';

/** Names that Sigma has for the ends of a connection and for web requests. */
const ENDS = {
  'source.ip': 'src_ip id.orig_h srcip c-ip | address',
  'source.port': 'src_port id.orig_p srcport',
  'destination.ip': 'dst_ip id.resp_h dest_ip dstip | address',
  'destination.port': 'dst_port id.resp_p dest_port dstport',
};

const WEB = {
  'url.original': 'c-uri cs-uri uri',
  'url.path': 'cs-uri-stem',
  'url.query': 'c-uri-query cs-uri-query',
  'url.domain': 'cs-host r-dns host',
  'http.request.method': 'cs-method method',
  'http.request.referrer': 'cs-referer referrer',
  'http.request.mime_type': 'cs-content-type',
  'http.response.status_code': 'sc-status status_code',
  'user_agent.original': 'c-useragent cs-user-agent user_agent',
  'user.name': 'cs-username username',
};

const DNS = {
  'dns.question.name': 'query',
  'dns.question.type': 'record_type qtype_name',
  'dns.answers.data': 'answer answers',
  'dns.response_code': 'rcode_name rcode',
};

const TIME = '@timestamp ts timestamp time datetime eventtime itime date';

export const ZEEK: readonly UnifiedRow[] = rows({
  ...ENDS,
  ...WEB,
  ...DNS,
  '@timestamp': '@timestamp ts',
  'event.action': '_path',
  'event.id': 'uid',
  'network.transport': 'proto | lower',
  'network.protocol': 'service | lower',
  'tls.client.server_name': 'server_name',
  'tls.client.ja3': 'ja3',
  'tls.server.ja3s': 'ja3s',
  'tls.version': 'version',
  'tls.server.x509.serial_number': 'certificate.serial',
  'file.name': 'name',
  'file.path': 'path',
  'file.hash.md5': 'md5',
  'file.hash.sha1': 'sha1',
  'file.hash.sha256': 'sha256',
  'http.request.body.bytes': 'request_body_len',
});

export const SURICATA: readonly UnifiedRow[] = rows({
  ...ENDS,
  ...WEB,
  ...DNS,
  '@timestamp': '@timestamp timestamp',
  'event.action': 'event_type',
  'network.transport': 'proto | lower',
  'network.protocol': 'app_proto | lower',
  'network.community_id': 'community_id',
  'rule.id': 'alert.signature_id',
  'rule.name': 'alert.signature',
  'rule.category': 'alert.category',
  'event.severity': 'alert.severity',
  'tls.client.server_name': 'tls.sni',
  'tls.client.ja3': 'tls.ja3.hash',
  'file.name': 'fileinfo.filename',
});

export const FIREWALL: readonly UnifiedRow[] = rows({
  ...ENDS,
  ...DNS,
  '@timestamp': TIME,
  'event.code': 'logid',
  'event.action': 'action',
  'observer.name': 'devname',
  'observer.serial_number': 'devid',
  'url.original': 'c-uri url',
  'url.domain': 'cs-host hostname',
  'user_agent.original': 'c-useragent agent',
  'user.name': 'user',
  'network.iana_number': 'proto',
  message: 'msg',
});

export const OPENCANARY: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp utc_time local_time_adjusted local_time',
  'event.code': 'logtype',
  'observer.name': 'node_id',
  'source.ip': 'src_host | address',
  'source.port': 'src_port | port',
  'destination.ip': 'dst_host | address',
  'destination.port': 'dst_port | port',
  'user.name': 'logdata.USERNAME',
});

export const NAME_SERVER: readonly UnifiedRow[] = rows({ ...ENDS, ...DNS, '@timestamp': TIME });

export const WEB_SERVER: readonly UnifiedRow[] = rows({ ...ENDS, ...WEB, '@timestamp': TIME });

export const AWS_NETWORK: readonly UnifiedRow[] = rows({
  ...ENDS,
  ...WEB,
  ...DNS,
  '@timestamp': '@timestamp timestamp start query_timestamp',
  'event.action': 'action',
  'cloud.account.id': 'account_id',
  'cloud.region': 'region',
});
