import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import { Expansion, type ExpansionLimits } from './expansion.ts';
import { Feed } from './feed.ts';
import { inflateFrom, inflateSmall, type StreamEnd } from './inflate.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function inflate(
  bytes: Uint8Array,
  method: 'deflate' | 'zstd',
  size: number,
  bounds: Partial<ExpansionLimits> = {},
): Promise<StreamEnd & { text: string; position: number }> {
  const feed = new Feed(pieces(bytes, size));
  const data = inflateFrom(feed, method, new Expansion(bounds));
  const parts: Uint8Array[] = [];
  for (;;) {
    const next = await data.next();
    if (next.done === true) return { ...next.value, text: Buffer.concat(parts).toString(), position: feed.position };
    parts.push(next.value);
  }
}

const TEXT = Array.from({ length: 3000 }, (_, i) => `${(i * 7919) % 65536}`).join(' ');
const PACKED = { deflate: deflateRawSync(TEXT), zstd: zstdCompressSync(TEXT) };

test('exactly the bytes of the stream are taken, whatever the pieces', async () => {
  for (const method of ['deflate', 'zstd'] as const) {
    const packed = PACKED[method];
    for (const size of [1, 100, packed.length, 1 << 20]) {
      const end = { kind: 'end', reason: '', text: TEXT, position: packed.length };
      assert.deepEqual(await inflate(packed, method, size), end);
    }
  }
  const followed = await inflate(Buffer.concat([PACKED.deflate, Buffer.from('tail')]), 'deflate', 1 << 20);
  assert.equal(followed.position, PACKED.deflate.length);
});

test('a stream that is cut off gives a beginning of its text at any byte', async () => {
  const packed = PACKED.deflate;
  for (let at = 1; at < packed.length; at += 97) {
    const { kind, text } = await inflate(packed.subarray(0, at), 'deflate', 1 << 20);
    assert.equal(kind, 'cut');
    assert.ok(TEXT.startsWith(text));
    // deflate needs some hundred bytes for its code table, then gives some two bytes of text for each.
    assert.ok(text.length >= at - 400, `${at} bytes gave ${text.length}`);
  }
});

test('damage and bombs end the stream with a reason', async () => {
  const damaged = Buffer.from(PACKED.deflate);
  damaged.fill(0xff, 1000, 1020);
  assert.equal((await inflate(damaged, 'deflate', 1 << 20)).kind, 'damaged');
  const bomb = zstdCompressSync(Buffer.alloc(50_000_000));
  const { kind, text } = await inflate(bomb, 'zstd', 1 << 20, { expansionFreeBytes: 1_000_000 });
  assert.equal(kind, 'bomb');
  assert.ok(text.length <= 1_000_000);
});

test('a small stream is read in one call, a large or damaged one left to the other way', async () => {
  for (const method of ['deflate', 'zstd'] as const) {
    const feed = new Feed(pieces(PACKED[method], 1000));
    assert.equal(Buffer.from((await inflateSmall(feed, method)) ?? []).toString(), TEXT);
    assert.equal(feed.position, PACKED[method].length);
  }
  const large = new Feed(pieces(deflateRawSync(Buffer.alloc(2_000_000)), 1 << 20));
  assert.equal(await inflateSmall(large, 'deflate'), null);
  assert.equal(large.position, 0);
});
