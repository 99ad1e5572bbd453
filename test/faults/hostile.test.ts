/**
 * What no honest sender sends, over real connections, while honest ones go on: broken requests, bombs, bodies and heads that trickle
 * in. Each is answered or ended, memory keeps its bound, the honest ones notice nothing, and nothing of it is in the books.
 *
 * Mutated bodies by the hundred thousand, and how long one may take, are tried without a network in test/fuzz/bodies.test.ts.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type SeededRandom, seededRandom } from '../../src/base/index.ts';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { report } from './report.ts';
import { pause, until } from './server.ts';

const AT_ONCE = 16;
const TRICKLING = 40;
const TRICKLE_MS = 500;
/** Beyond the bounds of heads and bodies that trickle (10 s and 15 s), on a machine that does other things, too. */
const TRICKLE_WITHIN_MS = 60_000;
const GONE_MS = 1500;
const ANSWER_WITHIN_MS = 60_000;
const MEMORY_GROWTH_MAX = 500e6;
const LIVE_MS_MAX = 5000;
const MEGABYTE = 1024 * 1024;

const deep = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const keys = Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join();

/** Bodies, and how they are called. */
const BODIES: readonly (readonly [encoding: string, body: Uint8Array])[] = [
  ['gzip', gzipSync(Buffer.alloc(100 * MEGABYTE))],
  ['zstd', zstdCompressSync(Buffer.alloc(100 * MEGABYTE))],
  ['gzip', gzipSync(gzipSync(Buffer.alloc(100 * MEGABYTE)))],
  ['zstd', Buffer.from('28b52ffd80ffffffffffffffff', 'hex')],
  ['gzip', gzipSync('{"a":1}\n').subarray(0, 12)],
  ['lz4', Buffer.from('not lz4')],
  ['br', Buffer.from('{}')],
  ['', Buffer.from(deep(100_000))],
  ['', Buffer.from(`{${keys}}`)],
  ['', Buffer.alloc(3 * MEGABYTE, '{"a":"')],
  ['', Buffer.alloc(MEGABYTE, 0xff)],
  ['', Buffer.alloc(MEGABYTE, '\n')],
  ['', Buffer.alloc(MEGABYTE, '[')],
  ['', Buffer.from(`{"a":${'9'.repeat(100_000)}}`)],
  ['', Buffer.from('{"__proto__":{"x":1},"constructor":{"prototype":1}}')],
];

function mutated(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let n = random.integer(6); n > 0; n--) copy[random.integer(copy.length)] = random.integer(256);
  return random.integer(8) === 0 ? copy.subarray(0, random.integer(copy.length)) : copy;
}

let requests = 0;

/** One request's bytes, mostly wrong somewhere. */
function request(random: SeededRandom, key: string): Uint8Array {
  /** What is right, or now and then one of the others. */
  const mostly = (right: string, ...wrong: string[]): string => (random.integer(5) > 0 ? right : random.pick(wrong));
  const [encoding, body] = random.pick(BODIES);
  const { length } = body;
  const size = mostly(String(length), '0', '-1', '1e9', '99999999999999999999', String(length + 7));
  const head = [
    `POST ${mostly('/v1/events', '/v1/events?source=%00', '/v1/events?source=../../etc', '/v1/hits', '*')} HTTP/1.1`,
    'Host: weir',
    `Authorization: Bearer ${mostly(key, 'none', 'x'.repeat(9000))}`,
    `Content-Type: ${mostly('application/x-ndjson', 'application/json', 'text/html', ';;')}`,
    ...(encoding === '' ? [] : [`Content-Encoding: ${encoding}`]),
    mostly(`Content-Length: ${size}`, 'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked'),
    `Idempotency-Key: ${mostly(`hostile-${requests++}`, 'same', '', 'x'.repeat(300), '\u0000')}`,
    'Connection: close',
    '',
    '',
  ].join('\r\n');
  const bytes = Buffer.from(head, 'latin1');
  const whole = Buffer.concat([random.integer(5) === 0 ? mutated(random, bytes) : bytes, body]);
  return random.integer(6) === 0 ? whole.subarray(0, random.integer(whole.length)) : whole;
}

/** Sends bytes and ends; resolves with the status once the server has ended the connection, 0 for none. */
function hurl(url: string, bytes: Uint8Array): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    let text = '';
    const done = (): void => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0));
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      text = 'HTTP/1.1 999';
      socket.destroy();
    });
    socket.on('data', (more) => {
      if (text.length < 100) text += more.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', done);
    socket.write(bytes);
    // Who sends no more has gone; what was whole has been answered by then, mostly.
    setTimeout(() => socket.end(), GONE_MS);
  });
}

/** A head or body that comes byte by byte; resolves when the server has had enough, with the milliseconds that took. */
function trickle(url: string, key: string, body: boolean): Promise<number> {
  const { hostname, port } = new URL(url);
  const begun = performance.now();
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    const head = `POST /v1/events HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer ${key}\r\n`;
    socket.write(body ? `${head}Content-Length: 1000000\r\n\r\n{"a":"` : head);
    const timer = setInterval(() => socket.write('x'), TRICKLE_MS);
    const done = (): void => {
      clearInterval(timer);
      resolve(performance.now() - begun);
    };
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', done);
  });
}

test('requests that are wrong in every way do no harm to the server or to others', {
  skip: skipFaults,
  timeout: 4 * 3_600_000,
}, async (t) => {
  const campaign = new Campaign(t, { senders: 2, pauseMs: 20, others: true, asked: false });
  const { senders, oracle } = campaign;
  await campaign.start();
  await campaign.server.rulesInForce();
  const key = campaign.server.credentials.ingest_key;
  const { url } = campaign.server;
  senders.resume();
  await pause(1000);
  const before = campaign.server.memoryBytes;
  let open = TRICKLING;
  let slowestMs = 0;
  for (let i = 0; i < TRICKLING; i++) {
    void trickle(url, key, i % 2 === 0).then((took) => {
      slowestMs = Math.max(slowestMs, took);
      open--;
    });
  }
  const random = seededRandom(oracle.random.uint32());
  const statuses = new Map<number, number>();
  let [left, liveMs, peak] = [counts.hostileRequests, 0, 0];
  const hurler = async (): Promise<void> => {
    while (left-- > 0) {
      const status = await hurl(url, request(random, key));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      peak = Math.max(peak, campaign.server.memoryBytes);
    }
  };
  let hurling = true;
  const probe = async (): Promise<void> => {
    while (hurling) {
      const at = performance.now();
      assert.equal((await fetch(`${url}/livez`)).status, 200);
      liveMs = Math.max(liveMs, performance.now() - at);
      await pause(100);
    }
  };
  const probing = probe();
  await Promise.all(Array.from({ length: AT_ONCE }, hurler));
  hurling = false;
  await probing;
  await until('trickling connections to be ended', () => open === 0, TRICKLE_WITHIN_MS);
  assert.equal(campaign.server.exit, null, campaign.server.said);
  assert.equal(statuses.get(999) ?? 0, 0, 'requests that were neither answered nor ended');
  assert.equal(statuses.get(500) ?? 0, 0, campaign.server.said);
  // Wrong in every way, and not all in the same.
  for (const status of [200, 400, 401, 413, 415]) assert.ok((statuses.get(status) ?? 0) > 0, `no answer was ${status}`);
  assert.ok(peak - before < MEMORY_GROWTH_MAX, `memory grew by ${Math.round((peak - before) / 1e6)} MB`);
  assert.ok(liveMs < LIVE_MS_MAX, `${liveMs} ms for an answer of /livez`);
  assert.deepEqual(senders.faults, []);
  await campaign.finish();
  const told = [...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
  report(t, {
    requests: counts.hostileRequests,
    statuses: told.join(', '),
    growth_mb: Math.round((peak - before) / 1e6),
    slowest_probe_ms: Math.round(liveMs),
    slowest_trickle_s: Math.round(slowestMs / 1000),
  });
});
