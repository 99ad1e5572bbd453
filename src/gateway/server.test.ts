/** The whole server over real sockets: server.ts, and what it is made of (api.ts, exchange.ts, headers.ts, listener.ts, probes.ts, slow-clients.ts). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { limits } from '../base/index.ts';
import { Refused } from '../ingest/index.ts';
import type { Door } from './index.ts';
import { ask, newFolder, openTestServer, type TestServer } from './kit.twin.ts';
import { closeWithin, listen, makeServer } from './listener.ts';

/** A door that reads its body as ingest does, and says who sent it. */
const events: Door = {
  method: 'POST',
  path: '/v1/events',
  scope: 'ingest',
  handle: async (request, response, principal, requestId) => {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    const body = JSON.stringify({ bytes, tenant: principal.tenant, requestId });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  },
};
const bulk: Door = { ...events, path: '/:index/_bulk' };
const failing: Door = {
  ...events,
  path: '/fail',
  handle: () => {
    throw new Error('a secret');
  },
};
const refusing: Door = {
  ...events,
  path: '/refuse',
  handle: () => {
    throw new Refused('admission.pressure', 'too much', { retryAfterSeconds: 3 });
  },
};
/** Answers before it has read anything. */
const hasty: Door = {
  ...events,
  path: '/hasty',
  handle: (_request, response) => void response.writeHead(200).end('no'),
};
const large: Door = {
  ...events,
  path: '/large',
  handle: (_request, response) => void response.writeHead(200).end(Buffer.alloc(64 * 1024 * 1024)),
};
const doors = [events, bulk, failing, refusing, hasty, large];

/** Sends text as it is and resolves with all that comes back until the connection ends. */
async function raw(server: TestServer, ...texts: readonly string[]): Promise<string> {
  const socket = net.connect(server.gateway.port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  for (const text of texts) socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 8000;
  while (!what() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(what(), String(what));
}

test('a door gets the body as a stream, who sent it, and the name of the request', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const { url } = server.gateway;
  const answer = await ask(`${url}/v1/events?x=1`, 'POST', key, 'x'.repeat(300_000), { 'x-request-id': 'mine-1' });
  assert.deepEqual(answer.json, { bytes: 300_000, tenant: 'a', requestId: 'mine-1' });
  assert.equal(answer.headers['x-request-id'], 'mine-1');
  assert.equal((await ask(`${url}/logs-1/_bulk`, 'POST', key, '{}')).status, 200);
  assert.equal((await ask(`${url}//_bulk`, 'POST', key, '{}')).status, 404);
  assert.equal((await ask(`${url}/a/b/_bulk`, 'POST', key, '{}')).status, 404);
  const wrong = await ask(`${url}/v1/events`, 'GET', key);
  assert.deepEqual([wrong.status, wrong.headers['allow']], [405, 'POST']);
  for (const [who, status] of [
    [null, 401],
    [server.key('a', ['read']), 403],
  ] as const) {
    assert.equal((await ask(`${url}/v1/events`, 'POST', who, '{}')).status, status);
  }
  await until(() => server.access.length === 7);
  const { requestId, route, status, tenant, problem } = server.access[0] ?? assert.fail();
  assert.deepEqual([requestId, route, status, tenant, problem], ['mine-1', '/v1/events', 200, 'a', null]);
  assert.equal(server.access.at(-1)?.problem, 'auth.scope');
});

test('an error nobody expected says nothing but the name of the request, and goes to the log', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const answer = await ask(`${server.gateway.url}/fail`, 'POST', server.key('a', ['ingest']), '{}');
  assert.equal(answer.status, 500);
  assert.deepEqual(answer.json, {
    type: 'urn:weir:problem:http.internal',
    title: 'weir failed',
    status: 500,
    code: 'http.internal',
    hint: 'The log has more under the request id.',
    request_id: answer.headers['x-request-id'],
  });
  assert.deepEqual(server.errors.map(String), ['Error: a secret']);
});

test('what cannot be written down of the use of keys is written later: a full disk ends no server', async (t) => {
  let aheadMs = 0;
  const server = await openTestServer({ doors, nowMs: () => Date.now() + aheadMs });
  const used = t.mock.method(server.meta.keys, 'used', () => {
    throw new Error('the disk is full');
  });
  await ask(`${server.gateway.url}/v1/events`, 'POST', server.key('a', ['ingest']), '{}');
  aheadMs = 60_000;
  await until(() => server.errors.length > 0);
  assert.deepEqual(server.errors.map(String), ['Error: the disk is full']);
  used.mock.restore();
  await server.close();
});

test('a refusal is no error: under load there are thousands, and the log is for what nobody expected', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const answer = await ask(`${server.gateway.url}/refuse`, 'POST', server.key('a', ['ingest']), '{}');
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['retry-after'], '3');
  assert.deepEqual(server.errors, []);
});

test('every answer has the security headers; none lets another site in', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const key = server.key('a', ['ingest', 'hits']);
  const { url } = server.gateway;
  const origin = { origin: 'https://evil.example' };
  for (const [method, target, who] of [
    ['GET', '/livez', null],
    ['GET', '/v1/hits', key],
    ['GET', '/v1/hits', null],
    ['GET', '/none', null],
    ['POST', '/v1/events', key],
    ['OPTIONS', '/v1/hits', null],
  ] as const) {
    const { headers } = await ask(url + target, method, who, undefined, origin);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(headers['x-request-id']?.toString() ?? '', /^[0-9a-f]{32}$/);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['x-powered-by'] ?? headers['server'], undefined);
  }
});

test('CORS lets in the origins that were named, exactly', async (t) => {
  const server = await openTestServer({ corsOrigins: ['https://soc.example'] });
  t.after(server.close);
  const { url } = server.gateway;
  const preflight = { 'access-control-request-method': 'GET' };
  const asked = await ask(`${url}/v1/hits`, 'OPTIONS', null, undefined, {
    origin: 'https://soc.example',
    ...preflight,
  });
  assert.deepEqual([asked.status, asked.headers['access-control-allow-origin']], [204, 'https://soc.example']);
  assert.match(asked.headers['access-control-allow-headers'] ?? '', /authorization/);
  const plain = await ask(`${url}/v1/hits`, 'GET', null, undefined, { origin: 'https://soc.example' });
  assert.deepEqual(
    [plain.status, plain.headers['access-control-allow-origin'], plain.headers.vary],
    [401, 'https://soc.example', 'origin'],
  );
  for (const origin of ['https://soc.example.evil', 'http://soc.example', 'null']) {
    const other = await ask(`${url}/v1/hits`, 'OPTIONS', null, undefined, { origin, ...preflight });
    assert.equal(other.headers['access-control-allow-origin'], undefined, origin);
  }
});

test('bodies of the API are JSON, small and whole', async (t) => {
  const server = await openTestServer();
  t.after(server.close);
  const { url } = server.gateway;
  const key = server.key('a', ['admin', 'read']);
  const post = async (body: string, headers: http.OutgoingHttpHeaders = {}): Promise<unknown> => {
    const { status, json } = await ask(`${url}/v1/keys`, 'POST', key, body, headers);
    return [status, json['code']];
  };
  assert.deepEqual(await post('{"name":'), [400, 'http.body']);
  assert.deepEqual(await post('{"__proto__":{"x":1},"name":"x","scopes":["read"]}'), [400, 'http.body']);
  assert.deepEqual(await post(''), [400, 'http.body']);
  assert.deepEqual(await post('x', { 'content-type': 'text/plain' }), [415, 'http.media_type']);
  assert.deepEqual(await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), [
    415,
    'http.media_type',
  ]);
  assert.deepEqual(await post('[]'), [400, 'http.invalid']);
  assert.deepEqual(await post('null'), [400, 'http.invalid']);
  assert.deepEqual(await post(`"${'x'.repeat(limits.apiBodyBytesMax)}"`), [413, 'http.too_large']);
  const many = JSON.stringify({ name: '', scopes: new Array(5000).fill('x') });
  const { json } = await ask(`${url}/v1/keys`, 'POST', key, many);
  assert.equal((json['errors'] as unknown[]).length, 20, 'an answer does not grow with what is wrong');
});

test('heads that are too large, malformed or ambiguous are refused, and the connection ends', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const head = 'POST /v1/events HTTP/1.1\r\nHost: x\r\n';
  const refused: readonly (readonly [number, string])[] = [
    [431, `${head}X: ${'x'.repeat(limits.headerBytesMax)}\r\n\r\n`],
    [431, `GET /${'x'.repeat(limits.headerBytesMax)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    [400, 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    [400, '\u0016\u0003\u0001 nonsense\r\n\r\n'],
    [400, `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    [400, `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [400, `${head}Content-Length: -1\r\n\r\n`],
    [400, `${head}A\u0000B: x\r\n\r\n`],
    [400, `${head}Bad Header\r\n\r\n`],
  ];
  for (const [status, text] of refused) {
    const answer = await raw(server, text);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), JSON.stringify(text.slice(0, 80)));
    assert.match(answer, /content-type: application\/problem\+json/);
    assert.match(answer, /"request_id":"[0-9a-f]{32}"/);
  }
  assert.equal(server.gateway.counts().badHeads, refused.length);
  assert.match(await raw(server, 'GET /livez HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 400 [\s\S]*no Host header/);
  assert.equal((await ask(`${server.gateway.url}/livez`, 'GET', null)).status, 200);
});

test('a body whose chunks are broken is refused once, and an answer that has begun is not mixed with another', async (t) => {
  const early: Door = {
    ...events,
    path: '/early',
    handle: (_request, response) => void response.writeHead(200).write('begun'),
  };
  const server = await openTestServer({ doors: [events, early] });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const head = (target: string): string =>
    `POST ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  assert.match(await raw(server, head('/v1/events'), '1\r\na\r\nnonsense\r\n'), /^HTTP\/1.1 400 (?![\s\S]*HTTP\/1.1)/);
  const socket = net.connect(server.gateway.port, '127.0.0.1');
  let answer = '';
  socket
    .on('error', () => {})
    .on('data', (data) => {
      answer += data.toString();
      if (answer.includes('begun')) socket.write('nonsense\r\n');
    });
  socket.write(head('/early'));
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1.1 200 (?![\s\S]*HTTP\/1.1)/);
});

test('odd paths and ids are answered, not crashed on', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const key = server.key('a', ['admin', 'read', 'hits']);
  const targets = [
    '*',
    '/%',
    '/v1/keys/%00',
    '/v1/keys/..%2f..',
    '//',
    '/v1/hits?%',
    '/v1/hits?limit=%31',
    `/v1/dead-letters/${'9'.repeat(5000)}`,
    '/v1/dead-letters/%ed%a0%80',
    'http://other.example/v1/hits',
    '/v1/hits?__proto__=1',
    '/v1/hits?constructor=1',
  ];
  for (const target of targets) {
    const answer = await raw(
      server,
      `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1.1 (200|400|404|405|414) /, target);
  }
  const headers = [
    'Authorization: Bearer \u00e9',
    'Authorization: Bearer',
    `Authorization: Bearer ${'x'.repeat(9000)}`,
    `Last-Event-ID: ${'x'.repeat(2000)}`,
    'X-Request-Id: a b',
    'X-Request-Id: \u00e9',
    `Traceparent: 00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`,
  ];
  for (const header of headers) {
    const answer = await raw(
      server,
      `GET /v1/hits/stream HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1.1 401 /, header);
    assert.match(answer, /x-request-id: [0-9a-f]{32}\r\n/);
  }
  assert.deepEqual(server.errors, []);
});

test('the body is asked for only where it will be read', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const head = (key: string): string =>
    `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n`;
  assert.match(await raw(server, head('none')), /^HTTP\/1.1 401 /);
  assert.match(
    await raw(server, head(server.key('a', ['ingest'])), '{}'),
    /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /,
  );
});

test('a body that does not come is let go with 408; one that is ours to read is waited for', async (t) => {
  let aheadMs = 0;
  const patient: Door = { ...events, path: '/patient', handle: (request) => void request.pause() };
  const server = await openTestServer({ doors: [events, patient], nowMs: () => Date.now() + aheadMs });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const head = (target: string): string =>
    `POST ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 99999\r\n\r\nabc`;
  const ours = net.connect(server.gateway.port, '127.0.0.1');
  ours.on('error', () => {});
  ours.write(head('/patient'));
  const slow = raw(server, head('/v1/events'));
  await until(() => server.gateway.counts().requests === 2);
  aheadMs = limits.slowClientMs + 1000;
  assert.match(await slow, /^HTTP\/1.1 408 [\s\S]*"code":"http.timeout"/);
  assert.equal(server.gateway.counts().slow.slow_body, 1);
  assert.equal(ours.destroyed, false);
  await until(() => server.gateway.counts().requests === 1);
  ours.destroy();
});

test('a body nobody reads is thrown away for a while after the answer, then the connection ends', async (t) => {
  let aheadMs = 0;
  const server = await openTestServer({ doors, nowMs: () => Date.now() + aheadMs });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const answer = raw(
    server,
    `POST /hasty HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 99999999\r\n\r\n`,
    'x'.repeat(500_000),
  );
  await until(() => server.access.length === 1);
  aheadMs = 3000;
  assert.match(await answer, /^HTTP\/1.1 200 [\s\S]*\r\nno\r\n/);
  assert.equal(server.gateway.counts().slow.unread_body, 1);
  assert.equal(server.gateway.counts().requests, 0);
});

test('a client that takes nothing of its answer is let go', async (t) => {
  let aheadMs = 0;
  const server = await openTestServer({ doors, nowMs: () => Date.now() + aheadMs });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const socket = net.connect(server.gateway.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(`POST /large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 0\r\n\r\n`);
  await until(() => server.gateway.counts().requests === 1);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  aheadMs = limits.slowClientMs + (64 * 1024 * 1024 * 1000) / limits.answerPerSecondBytes + 2000;
  await until(() => server.gateway.counts().slow.slow_reader === 1);
  await until(() => server.access.at(-1)?.route === '/large');
  socket.destroy();
});

test('heads that trickle in, and connections that say nothing, end in time', async () => {
  const server = makeServer(null, 300);
  server.on('request', (_request, response) => void response.end('ok'));
  await listen(server, { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as net.AddressInfo;
  const slow = net.connect(port, '127.0.0.1');
  const silent = net.connect(port, '127.0.0.1');
  for (const socket of [slow, silent]) socket.on('error', () => {}).resume();
  const drip = setInterval(() => slow.writable && slow.write('X-A: b\r\n'), 50);
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n');
  const started = Date.now();
  await Promise.all([once(slow, 'close'), once(silent, 'close')]);
  clearInterval(drip);
  assert.ok(Date.now() - started < 5000);
  assert.equal(await closeWithin(server, new Promise((resolve) => server.close(() => resolve())), 1000, () => 0), 0);
});

test('slow bodies are seen through TLS too', async (t) => {
  let aheadMs = 0;
  const auto = path.join(newFolder(), 'tls');
  const server = await openTestServer({ doors, tls: { auto, hosts: [] }, nowMs: () => Date.now() + aheadMs });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const socket = tls.connect({ port: server.gateway.port, host: '127.0.0.1', rejectUnauthorized: false });
  let answer = '';
  socket
    .on('error', () => {})
    .on('data', (data) => {
      answer += data.toString();
    });
  socket.write(`POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 9\r\n\r\na`);
  await until(() => server.gateway.counts().requests === 1);
  aheadMs = limits.slowClientMs + 1000;
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1.1 408 /);
});

test('a client that leaves in the middle of its body is no error, and its answer has no status', async (t) => {
  const server = await openTestServer({ doors });
  t.after(server.close);
  const key = server.key('a', ['ingest']);
  const socket = net.connect(server.gateway.port, '127.0.0.1');
  socket.write(`POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 9\r\n\r\na`);
  await until(() => server.gateway.counts().requests === 1);
  socket.destroy();
  await until(() => server.access.length === 1);
  assert.deepEqual([server.access[0]?.status, server.access[0]?.route], [0, '/v1/events']);
  await until(() => server.gateway.counts().requests === 0);
  assert.deepEqual(server.errors, []);
});

test('closing lets requests finish, takes no new ones, and cuts what takes too long', async () => {
  const server = await openTestServer({ doors });
  const key = server.key('a', ['ingest']);
  const { port } = server.gateway;
  const agent = new http.Agent({ keepAlive: true });
  const begin = (): { request: http.ClientRequest; answer: Promise<number> } => {
    const headers = { authorization: `Bearer ${key}`, 'content-length': 4 };
    const request = http.request({ port, host: '127.0.0.1', path: '/v1/events', method: 'POST', headers, agent });
    const answer = new Promise<number>((resolve, reject) => {
      request.on('error', reject).on('response', (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
    });
    request.write('ab');
    return { request, answer };
  };
  const [one, two] = [begin(), begin()];
  two.answer.catch(() => {});
  await until(() => server.gateway.counts().requests === 2);
  const closed = server.gateway.close(400);
  assert.equal(server.health.isReady(), false);
  one.request.end('cd');
  assert.equal(await one.answer, 200);
  await assert.rejects(ask(`http://127.0.0.1:${port}/livez`, 'GET', null), { code: 'ECONNREFUSED' });
  assert.equal(await closed, 1);
  await assert.rejects(two.answer);
  agent.destroy();
  server.meta.close();
});

test('connections beyond the bound are refused and counted', async (t) => {
  const server = await openTestServer();
  t.after(server.close);
  const sockets: net.Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let n = 0; n < limits.connectionsMax + 5; n++) {
    sockets.push(net.connect(server.gateway.port, '127.0.0.1').on('error', () => {}));
    if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => server.gateway.counts().refusedConnections === 5);
  assert.equal(server.gateway.counts().connections, limits.connectionsMax);
  sockets.pop();
  for (const socket of sockets.splice(0, 100)) socket.destroy();
  await until(() => server.gateway.counts().connections <= limits.connectionsMax - 90);
  assert.equal((await ask(`${server.gateway.url}/livez`, 'GET', null)).status, 200);
});

test('probes need no credential; health with reasons does', async (t) => {
  const server = await openTestServer();
  t.after(server.close);
  const { url } = server.gateway;
  const statuses = async (): Promise<number[]> =>
    Promise.all(['/livez', '/readyz', '/startupz'].map(async (name) => (await ask(url + name, 'GET', null)).status));
  assert.deepEqual(await statuses(), [200, 200, 200]);
  server.health.set('journal', 'starting', 'recovering', { required: true });
  assert.deepEqual(await statuses(), [200, 503, 200]);
  server.health.set('journal', 'failed', 'EIO');
  server.health.set('rules', 'loading');
  assert.deepEqual(await statuses(), [503, 503, 200]);
  const health = await ask(`${url}/v1/health`, 'GET', server.key('a', ['read']));
  assert.deepEqual([health.json['status'], health.json['ready'], health.json['rules']], ['failed', false, 'loading']);
});
