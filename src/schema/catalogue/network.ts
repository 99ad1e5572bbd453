/** Connections, names, certificates, and the devices that watch them; and the web on top. */
import { AUTONOMOUS_SYSTEM, ENDPOINT, GEO, OS, URL, USER, X509 } from './groups.ts';
import { at, type FieldSet, type Row } from './types.ts';

const ENDS = [
  ['source', 'the source'],
  ['destination', 'the destination'],
  ['client', 'the client'],
  ['server', 'the server'],
] as const;

const below = (set: string) => ENDS.map(([prefix, of]) => [`${prefix}.${set}`, of] as const);

const NETWORK: readonly Row[] = [
  ['transport', 'keyword', 'recommended', 'Transport protocol in small letters.', 'tcp'],
  ['protocol', 'keyword', 'recommended', 'Application protocol in small letters.', 'dns'],
  ['application', 'keyword', 'optional', 'Application a device recognised.', 'facebook'],
  ['type', 'keyword', 'optional', 'Network layer in small letters.', 'ipv4'],
  ['iana_number', 'keyword', 'optional', 'Number of the transport protocol.', '6'],
  [
    'direction',
    'keyword',
    'recommended',
    'Which way the traffic goes, as seen from the observer or host.',
    'outbound',
    ['ingress', 'egress', 'inbound', 'outbound', 'internal', 'external', 'unknown'],
  ],
  ['bytes', 'long', 'optional', 'Bytes of both directions.', '368'],
  ['packets', 'long', 'optional', 'Packets of both directions.', '24'],
  [
    'community_id',
    'keyword',
    'optional',
    'Hash of the five-tuple that all tools agree on.',
    '1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=',
  ],
  ['forwarded_ip', 'ip', 'optional personal', 'Client behind a proxy.', '192.1.1.2'],
  ['name', 'keyword', 'optional', 'The tenant’s name for a part of the network.', 'guest wifi'],
  ['vlan.id', 'keyword', 'optional', 'VLAN as number.', '10'],
  ['vlan.name', 'keyword', 'optional', 'VLAN.', 'outside'],
];

const DNS: readonly Row[] = [
  ['type', 'keyword', 'optional', 'Query or answer.', 'answer'],
  ['id', 'keyword', 'optional', 'Number that joins query and answer.', '62111'],
  ['op_code', 'keyword', 'optional', 'Operation.', 'QUERY'],
  ['header_flags', 'keyword', 'optional list', 'Flags.', 'RD'],
  ['question.name', 'keyword', 'recommended', 'Name that was asked for.', 'www.example.com'],
  ['question.type', 'keyword', 'recommended', 'Record type that was asked for.', 'AAAA'],
  ['question.class', 'keyword', 'optional', 'Class that was asked for.', 'IN'],
  ['question.registered_domain', 'keyword', 'optional', 'The part of the name somebody registered.', 'example.com'],
  ['question.subdomain', 'keyword', 'optional', 'What stands before it.', 'www'],
  ['question.top_level_domain', 'keyword', 'optional', 'What stands behind it.', 'com'],
  ['answers', 'object', 'optional list', 'Records of the answer.', ''],
  ['answers.name', 'keyword', 'optional', 'Name of a record.', 'www.example.com'],
  ['answers.type', 'keyword', 'optional', 'Its type.', 'CNAME'],
  ['answers.data', 'keyword', 'optional', 'Its contents.', '10.10.10.10'],
  ['answers.ttl', 'long', 'optional', 'Seconds it may be kept.', '180'],
  ['answers.class', 'keyword', 'optional', 'Its class.', 'IN'],
  ['resolved_ip', 'ip', 'recommended list', 'Addresses in the answer.', '10.10.10.10'],
  ['response_code', 'keyword', 'recommended', 'What became of the query.', 'NOERROR'],
];

const TLS: readonly Row[] = [
  ['version', 'keyword', 'optional', 'Version as number.', '1.3'],
  ['version_protocol', 'keyword', 'optional', 'Protocol in small letters.', 'tls'],
  ['cipher', 'keyword', 'optional', 'Cipher suite.', 'TLS_AES_128_GCM_SHA256'],
  ['curve', 'keyword', 'optional', 'Curve.', 'x25519'],
  ['established', 'boolean', 'optional', 'Whether the handshake succeeded.', 'true'],
  ['resumed', 'boolean', 'optional', 'Whether it went on from an earlier one.', 'false'],
  ['next_protocol', 'keyword', 'optional', 'Protocol agreed inside.', 'h2'],
  ['client.server_name', 'keyword', 'recommended', 'Name the client asked for.', 'www.example.com'],
  ['client.ja3', 'keyword', 'recommended', 'Fingerprint of the client’s hello.', 'd4e5b18d6b55c71272893221c96ba240'],
  ['client.issuer', 'keyword', 'optional', 'Issuer of the client’s certificate.', 'CN=Example Root CA'],
  ['client.subject', 'keyword', 'optional personal', 'Subject of the client’s certificate.', 'CN=myclient'],
  ['client.not_before', 'date', 'optional', 'Client’s certificate valid from.', '2025-01-01T00:00:00Z'],
  ['client.not_after', 'date', 'optional', 'Client’s certificate valid until.', '2027-01-01T00:00:00Z'],
  [
    'client.hash.md5',
    'keyword',
    'optional format:md5',
    'MD5 of the client’s certificate.',
    '0f76c7f2c55bfd7d8e8b8f4bfbf0c9ec',
  ],
  [
    'client.hash.sha1',
    'keyword',
    'optional format:sha1',
    'SHA-1 of the client’s certificate.',
    '9e393d93138888d288266c2d915214d1d1ccb2a2',
  ],
  [
    'client.hash.sha256',
    'keyword',
    'optional format:sha256',
    'SHA-256 of the client’s certificate.',
    '0687f666a054ef17a08e2f2162eab4cbc0d265e1d7875be74bf3c712ca92daf0',
  ],
  ['server.ja3s', 'keyword', 'optional', 'Fingerprint of the server’s hello.', '394441ab65754e2207b1e1b457b3641d'],
  ['server.issuer', 'keyword', 'optional', 'Issuer of the server’s certificate.', 'CN=Example Root CA'],
  ['server.subject', 'keyword', 'optional', 'Subject of the server’s certificate.', 'CN=www.example.com'],
  ['server.not_before', 'date', 'optional', 'Server’s certificate valid from.', '2025-01-01T00:00:00Z'],
  ['server.not_after', 'date', 'optional', 'Server’s certificate valid until.', '2027-01-01T00:00:00Z'],
  [
    'server.hash.md5',
    'keyword',
    'optional format:md5',
    'MD5 of the server’s certificate.',
    '0f76c7f2c55bfd7d8e8b8f4bfbf0c9ec',
  ],
  [
    'server.hash.sha1',
    'keyword',
    'optional format:sha1',
    'SHA-1 of the server’s certificate.',
    '9e393d93138888d288266c2d915214d1d1ccb2a2',
  ],
  [
    'server.hash.sha256',
    'keyword',
    'optional format:sha256',
    'SHA-256 of the server’s certificate.',
    '0687f666a054ef17a08e2f2162eab4cbc0d265e1d7875be74bf3c712ca92daf0',
  ],
];

const OBSERVER: readonly Row[] = [
  ['name', 'keyword', 'recommended', 'Device that saw the traffic.', 'fw-berlin-1'],
  ['hostname', 'keyword', 'optional', 'Its host name.', 'fw1.example.com'],
  ['ip', 'ip', 'optional list', 'Its addresses.', '10.0.0.1'],
  ['mac', 'keyword', 'optional list format:mac', 'Its hardware addresses.', '00-00-5E-00-53-23'],
  ['type', 'keyword', 'optional', 'Kind of device.', 'firewall'],
  ['vendor', 'keyword', 'optional', 'Its vendor.', 'Fortinet'],
  ['product', 'keyword', 'optional', 'Its model.', 'FortiGate'],
  ['serial_number', 'keyword', 'optional', 'Its serial number.', 'FG100D3G16800000'],
  ['version', 'keyword', 'optional', 'Version of its software.', '7.4.3'],
  ['ingress.interface.name', 'keyword', 'optional', 'Interface the traffic came in by.', 'eth0'],
  ['ingress.zone', 'keyword', 'optional', 'Zone it came from.', 'DMZ'],
  ['egress.interface.name', 'keyword', 'optional', 'Interface it left by.', 'eth1'],
  ['egress.zone', 'keyword', 'optional', 'Zone it went to.', 'Internet'],
];

const HTTP: readonly Row[] = [
  ['request.method', 'keyword', 'recommended', 'Method as it was sent.', 'POST'],
  ['request.referrer', 'keyword', 'optional personal', 'Page that led here.', 'https://blog.example.com/'],
  ['request.bytes', 'long', 'optional', 'Bytes of the request.', '1437'],
  ['request.body.bytes', 'long', 'optional', 'Bytes of its body.', '887'],
  ['request.body.content', 'wildcard', 'optional personal', 'Its body.', 'user=jdoe'],
  ['request.id', 'keyword', 'optional', 'Identity of the request.', '123e4567-e89b-12d3-a456-426614174000'],
  ['request.mime_type', 'keyword', 'optional', 'Type of its body.', 'image/gif'],
  ['response.status_code', 'long', 'recommended', 'Status.', '404'],
  ['response.bytes', 'long', 'optional', 'Bytes of the answer.', '1437'],
  ['response.body.bytes', 'long', 'optional', 'Bytes of its body.', '887'],
  ['response.body.content', 'wildcard', 'optional personal', 'Its body.', 'Hello world'],
  ['response.mime_type', 'keyword', 'optional', 'Type of its body.', 'text/html'],
  ['version', 'keyword', 'optional', 'Version of HTTP.', '1.1'],
];

export const NETWORK_FIELDS: readonly FieldSet[] = [
  ...at('network', ENDS, ENDPOINT),
  ...at('network', below('geo'), GEO),
  ...at('network', below('as'), AUTONOMOUS_SYSTEM),
  ...at('network', below('user'), USER.slice(0, 6)),
  { at: 'network.', class: 'network', rows: NETWORK },
  { at: 'dns.', class: 'network', rows: DNS },
  { at: 'tls.', class: 'network', rows: TLS },
  ...at(
    'network',
    [
      ['tls.client.x509', 'the client'],
      ['tls.server.x509', 'the server'],
    ],
    X509,
  ),
  { at: 'observer.', class: 'network', rows: OBSERVER },
  ...at('network', [['observer.geo', 'the observer']], GEO),
];

export const WEB_FIELDS: readonly FieldSet[] = [
  { at: 'http.', class: 'web', rows: HTTP },
  ...at('web', [['url', 'what was asked for']], URL),
  {
    at: 'user_agent.',
    class: 'web',
    rows: [
      ['original', 'keyword', 'recommended', 'What the client says it is.', 'curl/8.5.0'],
      ['name', 'keyword', 'optional', 'Program behind that.', 'Safari'],
      ['version', 'keyword', 'optional', 'Its version.', '12.0'],
      ['device.name', 'keyword', 'optional', 'Device it runs on.', 'iPhone'],
    ],
  },
  ...at('web', [['user_agent.os', 'the client']], OS),
];
