import { aliases } from '../rows.ts';
import type { Fact, Path, SourceType } from '../types.ts';

const WEBSERVER: Fact = { category: 'webserver' };
const PROXY: Fact = { category: 'proxy' };

/** Where one kind of access log keeps what the Sigma taxonomy names; `uri` holds path and query, `path` and `query` their parts. */
interface AccessLog {
  readonly method: Path;
  readonly uri?: readonly Path[];
  readonly path?: readonly Path[];
  readonly query?: readonly Path[];
  readonly status?: readonly Path[];
  readonly userAgent?: readonly Path[];
  readonly referer?: readonly Path[];
  readonly host?: readonly Path[];
  readonly client?: readonly Path[];
  readonly user?: readonly Path[];
  readonly contentType?: readonly Path[];
  readonly cookie?: readonly Path[];
}

/** Rules put a whole request target into `cs-uri-query` as often as a query, so both names fall back to what there is. */
function names(log: AccessLog) {
  const { uri = [], path = [], query = [], userAgent = [], host = [] } = log;
  return aliases({
    'cs-method': log.method,
    'c-uri': [...uri, ...path],
    'cs-uri': [...uri, ...path],
    'cs-uri-stem': [...path, ...uri],
    'cs-uri-query': [...uri, ...query, ...path],
    'c-uri-query': [...query, ...uri],
    'sc-status': log.status ?? [],
    'cs-user-agent': userAgent,
    'c-useragent': userAgent,
    'cs-referer': log.referer ?? [],
    'cs-host': host,
    'r-dns': host,
    'c-ip': log.client ?? [],
    'cs-username': log.user ?? [],
    'cs-content-type': log.contentType ?? [],
    'cs-cookie': log.cookie ?? [],
  });
}

function accessLog(
  id: string,
  title: string,
  detect: SourceType['detect'],
  log: AccessLog,
  reference: string,
  facts = [WEBSERVER],
): SourceType {
  return {
    id,
    title,
    version: 1,
    detect,
    names: names(log),
    discriminators: [],
    lanes: [{ when: {}, facts }],
    time: [
      'time',
      'timestamp',
      'ts',
      'StartUTC',
      'EdgeStartTimestamp',
      'time_iso8601',
      'time_local',
      'start_time',
      'date',
    ],
    host: ['s-computername', 'server_name', 'hostname', 'host.name', 'host'],
    references: [reference],
  };
}

/** W3C extended format and the Sigma taxonomy itself; which of the two lanes it is only a proxy's own fields tell. */
const W3C: AccessLog = {
  method: 'cs-method',
  uri: ['cs-uri', 'c-uri'],
  path: ['cs-uri-stem', 'cs-uri-path'],
  query: ['cs-uri-query', 'c-uri-query'],
  status: ['sc-status', 'x-edge-response-status'],
  userAgent: ['cs-user-agent', 'c-useragent', 'cs(User-Agent)', 'cs_User_Agent'],
  referer: ['cs-referer', 'cs-referrer', 'cs(Referer)', 'cs_Referer'],
  host: ['cs-host', 'cs(Host)', 'r-dns', 'x-host-header'],
  client: ['c-ip'],
  user: ['cs-username'],
  contentType: ['cs-content-type', 'rs(Content-Type)'],
  cookie: ['cs-cookie', 'cs(Cookie)'],
};
const W3C_REFERENCE = 'https://sigmahq.io/docs/basics/log-sources.html';

const w3cProxy = accessLog(
  'web.proxy',
  'Proxy records with W3C or Sigma names',
  {
    all: [],
    any: [
      ['c-uri', 'cs-uri', 's-action', 's-hierarchy', 'r-dns', 'c-uri-extension', 'x-exception-id', 'sc-filter-result'],
      ['cs-method', 'c-useragent', 'cs-host', 'sc-status', 'cs(User-Agent)', 'r-dns'],
    ],
  },
  W3C,
  W3C_REFERENCE,
  [PROXY],
);

const w3cWebserver = accessLog(
  'web.w3c',
  'Web server records with W3C or Sigma names (IIS, CloudFront)',
  {
    all: [],
    any: [
      ['cs-method', 'cs-uri-stem', 'cs-uri-query'],
      ['cs-uri-stem', 'cs-uri-query', 'sc-status', 'c-ip'],
    ],
  },
  W3C,
  W3C_REFERENCE,
);

const caddy = accessLog(
  'web.caddy',
  'Caddy access log',
  { all: ['request.method', 'request.uri'] },
  {
    method: 'request.method',
    uri: ['request.uri'],
    status: ['status'],
    userAgent: ['request.headers.User-Agent'],
    referer: ['request.headers.Referer'],
    host: ['request.host'],
    client: ['request.client_ip', 'request.remote_ip'],
    user: ['user_id'],
    contentType: ['request.headers.Content-Type'],
    cookie: ['request.headers.Cookie'],
  },
  'https://caddyserver.com/docs/caddyfile/directives/log',
);

const traefik = accessLog(
  'web.traefik',
  'Traefik access log',
  { all: ['RequestMethod', 'RequestPath'] },
  {
    method: 'RequestMethod',
    uri: ['RequestPath'],
    status: ['DownstreamStatus', 'OriginStatus'],
    userAgent: ['request_User-Agent'],
    referer: ['request_Referer'],
    host: ['RequestHost', 'RequestAddr'],
    client: ['ClientHost'],
    user: ['ClientUsername'],
    contentType: ['request_Content-Type'],
  },
  'https://doc.traefik.io/traefik/observability/access-logs/',
);

const cloudflare = accessLog(
  'web.cloudflare',
  'Cloudflare HTTP requests and firewall events',
  { all: ['ClientRequestMethod'] },
  {
    method: 'ClientRequestMethod',
    uri: ['ClientRequestURI'],
    path: ['ClientRequestPath'],
    query: ['ClientRequestQuery'],
    status: ['EdgeResponseStatus', 'OriginResponseStatus'],
    userAgent: ['ClientRequestUserAgent'],
    referer: ['ClientRequestReferer', 'ClientRefererHost'],
    host: ['ClientRequestHost'],
    client: ['ClientIP'],
  },
  'https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/',
);

const gcpLoadBalancer = accessLog(
  'web.gcp_load_balancer',
  'Google Cloud load balancer and other httpRequest logs',
  { all: ['httpRequest.requestMethod'] },
  {
    method: 'httpRequest.requestMethod',
    uri: ['httpRequest.requestUrl'],
    status: ['httpRequest.status'],
    userAgent: ['httpRequest.userAgent'],
    referer: ['httpRequest.referer'],
    client: ['httpRequest.remoteIp'],
  },
  'https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#httprequest',
);

const ecs = accessLog(
  'web.ecs',
  'Web server records as ECS',
  { all: ['http.request.method'], any: [['url.original', 'url.path', 'url.full', 'url.domain']] },
  {
    method: 'http.request.method',
    uri: ['url.original', 'url.full'],
    path: ['url.path'],
    query: ['url.query'],
    status: ['http.response.status_code'],
    userAgent: ['user_agent.original'],
    referer: ['http.request.referrer'],
    host: ['url.domain', 'destination.domain'],
    client: ['source.ip', 'source.address', 'client.ip'],
    user: ['user.name'],
    contentType: ['http.request.mime_type'],
  },
  'https://www.elastic.co/docs/reference/ecs/ecs-http',
  [WEBSERVER, PROXY],
);

const PLAIN: Omit<AccessLog, 'method'> = {
  uri: ['request_uri', 'requestUri', 'uri', 'url', 'request_url', 'target', 'requestURI'],
  path: ['uri_path', 'path', 'url_path', 'request_path'],
  query: ['query_string', 'args', 'query', 'uri_query'],
  status: ['status', 'status_code', 'response_code', 'response', 'http_status', 'code'],
  userAgent: ['http_user_agent', 'user_agent', 'userAgent', 'useragent', 'agent', 'ua'],
  referer: ['http_referer', 'http_referrer', 'referer', 'referrer'],
  host: ['http_host', 'host', 'vhost', 'authority', 'server_name', 'domain'],
  client: ['remote_addr', 'client_ip', 'clientip', 'remote_ip', 'client'],
  user: ['remote_user', 'user', 'auth'],
  contentType: ['content_type', 'http_content_type'],
  cookie: ['http_cookie', 'cookie'],
};

/** Access logs of nginx, Apache, HAProxy, Envoy and others whose format is configured: the usual names of each field. */
const plain = ['request_method', 'method', 'verb', 'http_method', 'requestMethod'].map((method) =>
  accessLog(
    `web.access_${method}`,
    `Access log with ${method}`,
    {
      all: [method],
      any: [
        [...(PLAIN.uri ?? []), ...(PLAIN.path ?? [])],
        [...(PLAIN.status ?? []), ...(PLAIN.userAgent ?? [])],
      ],
    },
    { ...PLAIN, method },
    'https://nginx.org/en/docs/http/ngx_http_log_module.html',
  ),
);

export const WEB: readonly SourceType[] = [
  w3cProxy,
  w3cWebserver,
  caddy,
  traefik,
  cloudflare,
  gcpLoadBalancer,
  ecs,
  ...plain,
];
