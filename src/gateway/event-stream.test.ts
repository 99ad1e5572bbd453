import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import type { Backend, EventSource } from './index.ts';
import { hitOf, openTestServer, type TestServer } from './kit.twin.ts';

interface Reader {
  text: string;
  readonly status: number;
  ended: boolean;
  leave(): void;
}

async function read(
  server: TestServer,
  key: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<Reader> {
  const gone = new AbortController();
  const response = await fetch(`${server.gateway.url}/v1/hits/stream${query}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: gone.signal,
  });
  const reader: Reader = { text: '', status: response.status, ended: false, leave: () => gone.abort() };
  const decoder = new TextDecoder();
  const pull = async (): Promise<void> => {
    for await (const part of response.body ?? []) reader.text += decoder.decode(part);
  };
  void pull()
    .catch(() => {})
    .finally(() => {
      reader.ended = true;
    });
  return reader;
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 8000;
  while (!what() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(what(), String(what));
}

/** Ids of the events, without those that only say where to resume. */
const idsOf = (text: string): string[] => [...text.matchAll(/^id: (\d+)\ndata: /gm)].map(([, id]) => id ?? '');

async function open(over: { nowMs?: () => number; backend?: Backend } = {}) {
  const server = await openTestServer(over);
  return { server, key: server.key('a', ['hits']), add: (n: number) => server.backend.add('a', hitOf('a', n)) };
}

test('hits come as they happen, each once, with the id to resume after, and numbers as they were', async (t) => {
  const { server, key, add } = await open();
  t.after(server.close);
  add(0);
  const reader = await read(server, key);
  await until(() => reader.text.startsWith('id: 1\n\n'));
  add(1);
  await until(() => reader.text.includes('id: 2\n'));
  for (let n = 2; n < 350; n++) add(n);
  await until(() => idsOf(reader.text).length === 349);
  assert.deepEqual(
    idsOf(reader.text),
    Array.from({ length: 349 }, (_, n) => String(n + 2)),
  );
  assert.match(reader.text, new RegExp(`^id: 8\ndata: ${hitOf('a', 7).replace(/[{}[\]]/g, '\\$&')}\n\n`, 'm'));
  reader.leave();
  await until(() => server.gateway.counts().eventStreams === 0);
  assert.equal(server.backend.hitsOf('a').listeners.size, 0);
});

test('however far behind readers are, each page has a turn of the event loop of its own: others are not held up', async (t) => {
  const { server, key, add } = await open();
  t.after(server.close);
  for (let n = 0; n < 3000; n++) add(n);
  const { hits } = server.backend;
  let [pages, most] = [0, 0];
  const stream = hits.stream;
  t.mock.method(hits, 'stream', (...asked: Parameters<typeof stream>) => {
    const source = stream.call(hits, ...asked);
    const read: EventSource['read'] = (...where) => {
      pages++;
      return source.read(...where);
    };
    return { read, onNew: (listener: () => void) => source.onNew(listener) };
  });
  let watching = true;
  const watch = (): void => {
    most = Math.max(most, pages);
    pages = 0;
    if (watching) setImmediate(watch);
  };
  watch();
  const readers = await Promise.all([1, 2, 3, 4].map(() => read(server, key, '?after=1')));
  await until(() => readers.every(({ text }) => idsOf(text).length === 2999));
  watching = false;
  // The first page of each may fall together with another's.
  assert.ok(most <= 8, `${most} pages in one turn`);
  for (const reader of readers) reader.leave();
});

test('a reader resumes after Last-Event-ID, which comes before the query; what is no cursor is refused', async (t) => {
  const { server, key, add } = await open();
  t.after(server.close);
  for (let n = 0; n < 250; n++) add(n);
  const byHeader = await read(server, key, '?after=1', { 'last-event-id': '247' });
  const byQuery = await read(server, key, '?after=1');
  await until(() => idsOf(byHeader.text).length === 3 && idsOf(byQuery.text).length === 249);
  assert.deepEqual(idsOf(byHeader.text), ['248', '249', '250']);
  for (const id of ['x', `'; --`, '-1', '9'.repeat(50), 'x'.repeat(5000)]) {
    const refused = await read(server, key, '', { 'last-event-id': id });
    await until(() => refused.ended);
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [400, 'cursor.unknown'], id);
  }
  byHeader.leave();
  byQuery.leave();
});

test('a stream on which hits never cease ends when its key is revoked, too', async (t) => {
  let aheadMs = 0;
  const { server, key, add } = await open({ nowMs: () => Date.now() + aheadMs });
  t.after(server.close);
  const reader = await read(server, key);
  const [, id = ''] = key.split('_');
  server.meta.keys.revoke('a', id);
  for (let n = 0; n < 100 && !reader.ended; n++) {
    add(n);
    // Between two looks at the streams there is never silence for a heartbeat.
    aheadMs += limits.eventStreamHeartbeatMs / 30;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await until(() => reader.ended);
  assert.match(reader.text, /"reason":"credential_ended"/);
});

test('a stream ends when its key is revoked, and says why', async (t) => {
  let aheadMs = 0;
  const { server, key, add } = await open({ nowMs: () => Date.now() + aheadMs });
  t.after(server.close);
  const reader = await read(server, key);
  aheadMs = limits.eventStreamHeartbeatMs + 1000;
  await until(() => reader.text.includes(':\n\n'));
  assert.equal(reader.ended, false, 'a silent stream gets a sign of life');
  const [, id = ''] = key.split('_');
  server.meta.keys.revoke('a', id);
  aheadMs *= 2.5;
  await until(() => reader.ended);
  assert.match(reader.text, /event: end\ndata: \{"reason":"credential_ended"\}\n\n$/);
  assert.equal(server.gateway.counts().streamsEnded.credential_ended, 1);
  add(0);
  assert.equal(server.backend.hitsOf('a').listeners.size, 0);
});

test('closing the server ends streams with a reason', async () => {
  const { server, key } = await open();
  const reader = await read(server, key);
  const started = Date.now();
  assert.equal(await server.gateway.close(5000), 0);
  assert.ok(Date.now() - started < 4000);
  await until(() => reader.ended);
  assert.match(reader.text, /event: end\ndata: \{"reason":"server_closing"\}\n\n$/);
  server.meta.close();
});

test('a reader that takes nothing holds little memory, is let go and counted, and resumes where it was', async (t) => {
  let aheadMs = 0;
  let readItems = 0;
  const big = 'x'.repeat(50_000);
  const source: EventSource = {
    onNew: (listener) => {
      const timer = setInterval(listener, 2);
      return () => clearInterval(timer);
    },
    read: async (after, limit) => {
      const from = after === null ? 0 : Number(after) + 1;
      const items = Array.from({ length: Math.min(limit, 5) }, (_, n) => ({ id: String(from + n), data: `"${big}"` }));
      readItems += items.length;
      return { items, next: String(from + items.length - 1), more: true };
    },
  };
  const { server, key } = await open({ nowMs: () => Date.now() + aheadMs });
  server.backend.hits.stream = () => source;
  t.after(server.close);
  const socket = net.connect(server.gateway.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(`GET /v1/hits/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  await until(() => server.gateway.counts().eventStreams === 1 && readItems > 10);
  let before = 0;
  while (before !== readItems) {
    before = readItems;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(readItems * big.length < 32 * 1024 * 1024, `${readItems} items read for a reader that takes none`);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  aheadMs = limits.eventStreamStallMs + 1000;
  await until(() => server.gateway.counts().streamsEnded.slow_reader === 1);
  assert.equal(server.gateway.counts().eventStreams, 0);
  socket.destroy();
  const again = await read(server, key, '', { 'last-event-id': '41' });
  await until(() => idsOf(again.text)[0] === '42');
  again.leave();
});

test('a source that fails ends the stream with a reason and goes to the log; before the first event it is a problem', async (t) => {
  let calls = 0;
  let listener = (): void => {};
  const { server, key } = await open();
  t.after(server.close);
  server.backend.hits.stream = () => ({
    onNew: (given) => {
      listener = given;
      return () => {};
    },
    read: async () => {
      if (++calls !== 1 && calls !== 2) throw new Error('the disk is gone');
      return { items: [], next: '0', more: false };
    },
  });
  const reader = await read(server, key);
  await until(() => calls === 2);
  listener();
  await until(() => reader.ended);
  assert.match(reader.text, /"reason":"source_failed"/);
  assert.doesNotMatch(reader.text, /disk/);
  const refused = await read(server, key);
  await until(() => refused.ended);
  assert.equal(refused.status, 500);
  assert.deepEqual(server.errors.map(String), ['Error: the disk is gone', 'Error: the disk is gone']);
});

test('more streams than may be, of a tenant or of all, are refused with when to come back, and counted', async (t) => {
  const { server, key } = await open();
  t.after(server.close);
  const { eventStreamsMax, tenantEventStreamsMax } = limits;
  const socketsOf = (of: string, count: number): net.Socket[] =>
    Array.from({ length: count }, () => {
      const socket = net.connect(server.gateway.port, '127.0.0.1').on('error', () => {});
      socket.write(`GET /v1/hits/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${of}\r\n\r\n`);
      return socket;
    });
  const refusal = async (of: string): Promise<unknown> => {
    const refused = await read(server, of);
    await until(() => refused.ended);
    return [refused.status, JSON.parse(refused.text).code];
  };
  const own = socketsOf(key, tenantEventStreamsMax);
  await until(() => server.gateway.counts().eventStreams === tenantEventStreamsMax);
  assert.deepEqual(await refusal(key), [429, 'http.tenant_streams']);
  const others = ['b', 'c', 'd'].map((tenant) => server.key(tenant, ['hits']));
  const sockets = others.flatMap((of) => socketsOf(of, (eventStreamsMax - tenantEventStreamsMax) / 3));
  await until(() => server.gateway.counts().eventStreams === eventStreamsMax);
  assert.deepEqual(await refusal(server.key('e', ['hits'])), [503, 'http.streams']);
  assert.deepEqual(server.gateway.counts().streamsRefused, { streams: 1, tenant_streams: 1 });
  assert.deepEqual(server.errors, [], 'nothing went wrong');
  for (const socket of own) socket.destroy();
  await until(() => server.gateway.counts().eventStreams === eventStreamsMax - tenantEventStreamsMax);
  const reader = await read(server, key);
  assert.equal(reader.status, 200);
  for (const socket of sockets) socket.destroy();
  reader.leave();
  await until(() => server.gateway.counts().eventStreams === 0);
});

test('a stream that never began gives its place back', async (t) => {
  const { server, key } = await open();
  t.after(server.close);
  for (let i = 0; i <= limits.tenantEventStreamsMax; i++) {
    const reader = await read(server, key, '?after=never-given');
    assert.equal(reader.status, 400);
  }
  const reader = await read(server, key);
  assert.equal(reader.status, 200);
  reader.leave();
});

test('line ends in data cannot end an event early', async (t) => {
  const { server, key } = await open();
  t.after(server.close);
  server.backend.hits.stream = () => ({
    onNew: () => () => {},
    read: async () => ({
      items: [{ id: '1', event: 'hit', data: 'a\r\nid: 9\n\ndata: b\rc' }],
      next: '1',
      more: false,
    }),
  });
  const reader = await read(server, key);
  await until(() => reader.text.length > 0);
  assert.ok(reader.text.startsWith('id: 1\nevent: hit\ndata: a\ndata: id: 9\ndata: \ndata: data: b\ndata: c\n\n'));
  reader.leave();
});
