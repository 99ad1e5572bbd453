import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressFrameSync } from 'lz4-napi';
import { Lz4Decoder } from './lz4.ts';
import { Xxh32, xxh32 } from './xxh32.ts';

const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${(i * 7919) % 65536}`).join(' '));

function decode(input: Uint8Array, pieceBytes = input.length): { text: Buffer; whole: boolean } {
  const decoder = new Lz4Decoder();
  const parts: Uint8Array[] = [];
  for (let at = 0; at < input.length; at += pieceBytes)
    parts.push(...decoder.push(input.subarray(at, at + pieceBytes)));
  return { text: Buffer.concat(parts), whole: decoder.end() };
}

/** A frame of stored blocks, by hand. */
function frame(
  flags: number,
  blocks: readonly Uint8Array[],
  options: { size?: number; tail?: Uint8Array; bd?: number } = {},
): Buffer {
  const descriptor = [flags, options.bd ?? 0x40];
  if (options.size !== undefined) descriptor.push(options.size, 0, 0, 0, 0, 0, 0, 0);
  const head = Buffer.from([4, 0x22, 0x4d, 0x18, ...descriptor, (xxh32(Uint8Array.from(descriptor)) >>> 8) & 0xff]);
  const parts: Uint8Array[] = [head];
  for (const block of blocks) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE((block.length | 0x80000000) >>> 0);
    parts.push(length, block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4), options.tail ?? Buffer.alloc(0)]);
}

test('xxHash32 gives the published values, in pieces of any size', () => {
  assert.equal(xxh32(Buffer.from('')), 0x02cc5d05);
  assert.equal(xxh32(Buffer.from('a')), 0x550d7456);
  assert.equal(xxh32(Buffer.from('abc')), 0x32d153ff);
  assert.equal(xxh32(Buffer.from('Nobody inspects the spammish repetition')), 0xe2293b2f);
  for (const size of [1, 3, 15, 16, 17, 100]) {
    const hash = new Xxh32();
    for (let at = 0; at < TEXT.length; at += size) hash.push(TEXT.subarray(at, at + size));
    assert.equal(hash.digest(), xxh32(TEXT), `${size}`);
  }
});

test('frames of another encoder are read, whatever the pieces, with all checksums', () => {
  for (const options of [
    {},
    { contentChecksum: true },
    { blockChecksums: true },
    { contentChecksum: true, blockChecksums: true },
  ]) {
    const packed = compressFrameSync(TEXT, options);
    for (const size of [997, 4096, packed.length]) {
      assert.deepEqual(decode(packed, size), { text: TEXT, whole: true });
    }
  }
});

test('linked blocks refer to what came before them', () => {
  // Block 2: no literals, a match of 4 + 15 + 5 bytes at distance 24, then five last literals.
  const first = Buffer.from('abcdefghijklmnopqrstuvwx');
  const second = Buffer.from([0x0f, 24, 0, 5, 0x50, ...Buffer.from('12345')]);
  const built = frame(0x40, [first]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(second.length);
  const linked = Buffer.concat([built.subarray(0, -4), length, second, Buffer.alloc(4)]);
  assert.deepEqual(decode(linked), { text: Buffer.concat([first, first, Buffer.from('12345')]), whole: true });
});

test('several frames follow each other, skippable ones between them', () => {
  const skippable = Buffer.from([0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const packed = compressFrameSync(TEXT);
  const both = Buffer.concat([packed, skippable, packed]);
  for (const size of [10, 1000, both.length]) {
    assert.deepEqual(decode(both, size), { text: Buffer.concat([TEXT, TEXT]), whole: true });
  }
  assert.deepEqual(decode(skippable.subarray(0, -1)), { text: Buffer.alloc(0), whole: false });
});

test('what came out does not change when more goes in', () => {
  let seed = 1;
  const noise = Uint8Array.from({ length: 60_000 }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 24;
  });
  const stored = frame(
    0x60,
    Array.from({ length: 20 }, (_, i) => noise.subarray(i * 3000, (i + 1) * 3000)),
  );
  assert.deepEqual(decode(stored, 500), { text: Buffer.from(noise), whole: true });
});

test('cut off at any byte it is not whole', () => {
  const packed = compressFrameSync(Buffer.from('some text, some text, some text'), { contentChecksum: true });
  for (let at = 0; at < packed.length; at++) assert.equal(decode(packed.subarray(0, at)).whole, false, `${at}`);
});

test('damage is named', () => {
  const packed = compressFrameSync(TEXT, { contentChecksum: true, blockChecksums: true });
  const changed = (at: number, by: number): Buffer => {
    const copy = Buffer.from(packed);
    copy[at < 0 ? copy.length + at : at] ^= by;
    return copy;
  };
  const x = Buffer.from('x');
  const cases: [Uint8Array, RegExp][] = [
    [Buffer.from('hello'), /no LZ4 frame begins with 68656c6c/],
    [Buffer.from('02214c1800000000', 'hex'), /legacy/],
    [changed(6, 1), /checksum of the frame header/],
    [changed(20, 1), /checksum of a block/],
    [changed(-1, 1), /checksum of the content/],
    [frame(0x80, [x]), /version 2/],
    [frame(0x42, [x]), /reserved bits/],
    [frame(0x41, [x]), /needs a dictionary/],
    [frame(0x60, [x], { bd: 0x30 }), /block size 3 is not defined/],
    [frame(0x60, [Buffer.alloc(65_537)]), /a block of 65537 bytes/],
    [frame(0x68, [x], { size: 2 }), /its header says 2 bytes, 1 came/],
    [
      frame(
        0x60,
        Array.from({ length: 17_000 }, () => x),
      ),
      /more than 16384 blocks/,
    ],
    [Buffer.alloc(11 * 17_000, frame(0x60, [])), /more than 16384 blocks/],
  ];
  for (const [input, reason] of cases) assert.throws(() => decode(input), reason);
  // A match that begins before the first byte.
  const broken = Buffer.concat([
    frame(0x60, []).subarray(0, -4),
    Buffer.from([3, 0, 0, 0, 0x0f, 99, 0]),
    Buffer.alloc(4),
  ]);
  assert.throws(() => decode(broken), /a block is damaged/);
});
