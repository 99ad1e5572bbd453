/** Mutated request bodies: `FUZZ_N` of them (100,000 unless told), always the same ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { seededRandom, turn } from '../../src/base/index.ts';
import { countEvents, decodeBody, decodeStream, ENCODINGS, type Encoding, Refused } from '../../src/ingest/index.ts';
import { threadMs } from '../shared.ts';
import { mutate } from './formats-kit.ts';

const COUNT = Number(process.env['FUZZ_N'] ?? 100_000);
const MILLISECONDS_MAX = 50;
const GROWTH_BYTES_MAX = 96 * 1024 * 1024;
const BOUNDS = { bytesMax: 4 << 20, ratioMax: 300, freeBytes: 1 << 18 };

const LINES = Buffer.from('{"EventID":4624,"Image":"C:\\\\Windows\\\\x.exe"}\n'.repeat(40));
const ARRAY = Buffer.from(JSON.stringify(Array.from({ length: 20 }, (_, n) => ({ n, text: 'a "quoted", [text]' }))));
const SEEDS: readonly (readonly [Encoding, Uint8Array])[] = [LINES, ARRAY, Buffer.alloc(100_000, LINES)].flatMap(
  (text) => [
    ['identity', text.subarray(0, 4096)] as const,
    ['gzip', gzipSync(text)] as const,
    ['gzip', Buffer.concat([gzipSync(text), gzipSync('x')])] as const,
    ['zstd', zstdCompressSync(text)] as const,
    ['zstd', Buffer.concat([zstdCompressSync(text), zstdCompressSync('x')])] as const,
    ['lz4', compressFrameSync(text)] as const,
    ['lz4', compressFrameSync(text, { blockChecksums: true, contentChecksum: true })] as const,
  ],
);

/** What comes out, or the code it is refused with; anything else that is thrown is a fault. */
function outcome(read: () => Uint8Array): string {
  try {
    const text = read();
    assert.ok(text.length <= BOUNDS.bytesMax);
    return `${text.length} ${countEvents(text, 'ndjson')} ${countEvents(text, 'json')}`;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

test('no body throws anything but a refusal, hangs or leaks', async () => {
  const random = seededRandom(20261123);
  const seen = new Map<string, number>();
  let before = 0;
  for (let i = 0; i < COUNT; i++) {
    // Native memory is given back between turns of the event loop, which a worker has between bodies.
    if (i % 20 === 0) await turn();
    const [encoding, seed] = random.pick(SEEDS);
    // Under another encoding's name now and then.
    const named = random.integer(50) === 0 ? random.pick(ENCODINGS) : encoding;
    const input = mutate(seed, random, 1 + random.integer(4));
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3 && best > MILLISECONDS_MAX; attempt++) {
      const start = threadMs();
      const kind = outcome(() => decodeBody(input, named, BOUNDS)).replace(/^\d.*/, 'read');
      best = Math.min(best, threadMs() - start);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    assert.ok(
      best <= MILLISECONDS_MAX,
      `mutation ${i} (${named}) took ${best} ms: ${Buffer.from(input).toString('base64')}`,
    );
    if (i === COUNT >> 2) before = process.memoryUsage.rss();
  }
  const growth = process.memoryUsage.rss() - before;
  assert.ok(growth < GROWTH_BYTES_MAX, `memory grew by ${growth} bytes`);
  for (const kind of ['read', 'body.cut', 'body.damaged']) assert.ok((seen.get(kind) ?? 0) > COUNT / 50, kind);
});

test('a stream of it in pieces ends as the whole does', async () => {
  const random = seededRandom(20261124);
  for (let i = 0; i < COUNT / 100; i++) {
    const [encoding, seed] = random.pick(SEEDS);
    const input = mutate(seed, random, 1 + random.integer(4));
    const size = 1 + random.integer(input.length);
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
    };
    const parts: Uint8Array[] = [];
    let streamed = '';
    try {
      for await (const part of decodeStream(pieces(), encoding, BOUNDS)) parts.push(part);
      streamed = outcome(() => Buffer.concat(parts));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      streamed = error.code;
    }
    const whole = outcome(() => decodeBody(input, encoding, BOUNDS));
    // Where a body is both cut off and damaged, or too large, what is met first depends on how it is read.
    const refused = (text: string): string => (text.startsWith('body.') ? 'refused' : text);
    assert.equal(
      refused(streamed),
      refused(whole),
      `mutation ${i} (${encoding}): ${streamed}, ${whole}: ${Buffer.from(input).toString('base64')}`,
    );
  }
});
