import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { type HttpTargetOptions, openHttpTarget } from './http-target.ts';
import type { Target } from './target.ts';

interface Seen {
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly lines: string;
  /** Milliseconds. */
  readonly at: number;
}

type Reply = readonly [status: number, body?: object, headers?: http.OutgoingHttpHeaders] | 'cut';

const WHO = { cluster_uuid: 'log', tenant: 'acme' };
const KEPT = { accepted: 2, dead_lettered: 1, position: 7 };

/** A server that says who it is, and then gives the replies, the last one for ever. */
async function serve(t: TestContext, replies: readonly Reply[], who: Reply = [200, WHO]) {
  const seen: Seen[] = [];
  let asked = 0;
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const reply = request.method === 'GET' ? who : replies[Math.min(asked++, replies.length - 1)];
      if (request.method === 'POST') {
        const lines = zstdDecompressSync(Buffer.concat(parts)).toString();
        seen.push({ url: request.url ?? '', headers: request.headers, lines, at: performance.now() });
      }
      if (reply === 'cut') request.socket.destroy();
      else response.writeHead(reply[0], reply[2]).end(JSON.stringify(reply[1] ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (options: Partial<HttpTargetOptions> = {}): Promise<Target> =>
    openHttpTarget({ url, key: 'secret', ...options });
  return { seen, open, url };
}

const OUT = { lines: Buffer.from('{"a":1}\n{"a":2}\nno\n'), source: 'a/b c', key: 'k1' };

test('lines go out compressed, with their key and source; the answer is what was kept', async (t) => {
  const { seen, open } = await serve(t, [[200, KEPT]]);
  const target = await open();
  assert.deepEqual([target.log, target.tenant], ['log', 'acme']);
  assert.ok(!target.scope.includes('secret'));
  assert.deepEqual(await target.deliver(OUT), { accepted: 2, dead: 1 });
  const [{ url, headers, lines }] = seen;
  assert.equal(url, '/v1/events?source=a%2Fb%20c');
  assert.equal(lines, OUT.lines.toString());
  assert.deepEqual(
    [headers.authorization, headers['content-encoding'], headers['idempotency-key']],
    ['Bearer secret', 'zstd', 'k1'],
  );
});

test('what can pass is tried again, with the same key, as late as the server says', async (t) => {
  const busy = [503, {}, { 'retry-after': '1' }] as const;
  const { seen, open } = await serve(t, [busy, 'cut', [500], [429], [200, KEPT]]);
  const why: string[] = [];
  const target = await open({ onWait: (reason) => why.push(reason) });
  assert.deepEqual(await target.deliver(OUT), { accepted: 2, dead: 1 });
  // By itself it would have come back within a quarter of a second.
  assert.ok(seen[1].at - seen[0].at >= 990, `${seen[1].at - seen[0].at}`);
  assert.equal(seen.length, 5);
  assert.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 1);
  assert.equal(why.length, 4);
});

test('a key that the server has for other bytes is the key of these lines: they are there', async (t) => {
  const { seen, open } = await serve(t, [[422, { code: 'idempotency.conflict' }]]);
  const target = await open();
  assert.deepEqual(await target.deliver(OUT), { accepted: 3, dead: 0 });
  assert.equal(seen.length, 4);
});

test('what would be refused again is not tried again, and says what the server said', async (t) => {
  const problem = { title: 'The body is too large', detail: 'it has more', hint: 'Split it.' };
  const { seen, open } = await serve(t, [[413, problem]]);
  const target = await open();
  await assert.rejects(target.deliver(OUT), {
    code: 'send.refused',
    message: /answered 413, The body is too large: it has more/,
    hint: 'Split it.',
  });
  assert.equal(seen.length, 1);
});

test('lines of which none is an event are told from what else is refused', async (t) => {
  const { open } = await serve(t, [
    [400, { code: 'body.no_events', detail: 'not one of its first 2000 lines is an event' }],
  ]);
  const target = await open();
  await assert.rejects(target.deliver(OUT), {
    code: 'body.no_events',
    message: 'not one of its first 2000 lines is an event',
  });
});

test('what answers and is no weir, or does not know the key, is not sent anything', async (t) => {
  for (const who of [[200, {}], [404], [200, { cluster_uuid: 5 }]] as const) {
    const { open } = await serve(t, [[200]], who);
    await assert.rejects(open(), { code: 'send.refused', message: /no weir/ });
  }
  const { open } = await serve(t, [[200]], [401, { title: 'The credential is not good here' }]);
  await assert.rejects(open(), { code: 'send.refused', message: /answered 401, The credential/ });
  await assert.rejects(openHttpTarget({ url: 'weir:7700', key: 'k' }), { code: 'send.url' });
});

test('it gives up where nothing is taken for long, and at once when it is stopped', async (t) => {
  const { open, url } = await serve(t, [[503]]);
  const target = await open({ giveUpMs: 300 });
  await assert.rejects(target.deliver(OUT), { code: 'send.unavailable' });
  const abort = new AbortController();
  const stopped = await openHttpTarget({ url, key: 'k', signal: abort.signal, onWait: () => abort.abort() });
  await assert.rejects(stopped.deliver(OUT), { code: 'send.stopped' });
  await assert.rejects(openHttpTarget({ url: 'http://127.0.0.1:1', key: 'k', giveUpMs: 0 }), {
    code: 'send.unavailable',
  });
});
