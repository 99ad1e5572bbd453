/** What the network saw: Zeek's logs and the web proxy's. */
import { type Chance, iso, type Json } from './event.ts';

interface Flow {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

function zeek(chance: Chance, path: string, time: number, flow: Flow, fields: Json): () => Json {
  const uid = `C${chance.text(16, 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789')}`;
  const head = {
    _path: path,
    ts: time / 1000,
    uid,
    'id.orig_h': flow.from,
    'id.orig_p': chance.between(32_800, 65_000),
  };
  return () => ({ ...head, 'id.resp_h': flow.to, 'id.resp_p': flow.port, ...fields });
}

export function conn(chance: Chance, time: number, flow: Flow, service: string, sent: number, got: number): () => Json {
  return zeek(chance, 'conn', time, flow, {
    proto: flow.port === 53 ? 'udp' : 'tcp',
    service,
    duration: chance.between(5, 90_000) / 1000,
    orig_bytes: sent,
    resp_bytes: got,
    conn_state: 'SF',
    history: 'ShADadfF',
  });
}

export function dns(
  chance: Chance,
  time: number,
  from: string,
  query: string,
  type: string,
  answers: readonly string[],
): () => Json {
  return zeek(
    chance,
    'dns',
    time,
    { from, to: '10.20.1.10', port: 53 },
    {
      proto: 'udp',
      trans_id: chance.between(1, 65_535),
      query,
      qclass_name: 'C_INTERNET',
      qtype_name: type,
      rcode_name: answers.length > 0 ? 'NOERROR' : 'NXDOMAIN',
      ...(answers.length > 0 ? { answers } : {}),
      rejected: false,
    },
  );
}

export function rpc(
  chance: Chance,
  time: number,
  from: string,
  to: string,
  endpoint: string,
  operation: string,
): () => Json {
  const pipe = endpoint === 'svcctl' ? '\\pipe\\svcctl' : '\\pipe\\lsass';
  return zeek(chance, 'dce_rpc', time, { from, to, port: 445 }, { rtt: 0.0006, named_pipe: pipe, endpoint, operation });
}

export interface ProxyRequest {
  readonly user: string;
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly agent: string;
  readonly sent: number;
  readonly got: number;
  readonly status?: number;
}

/** W3C fields, as many proxies write them. */
export function proxy(time: number, one: ProxyRequest): () => Json {
  return () => ({
    time: iso(time),
    'c-ip': one.client,
    'cs-username': one.user,
    's-action': 'TCP_MISS',
    'cs-method': one.method,
    'c-uri': `${one.path.startsWith(':') ? '' : 'http://'}${one.host}${one.path}`,
    'cs-host': one.host,
    'c-useragent': one.agent,
    'sc-status': one.status ?? 200,
    'cs-bytes': one.sent,
    'sc-bytes': one.got,
  });
}
