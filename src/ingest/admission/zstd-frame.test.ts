import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { seededRandom } from '../../base/index.ts';
import { ZstdFrame } from './zstd-frame.ts';

const random = seededRandom(9);
const NOISE = Uint8Array.from({ length: 300_000 }, () => random.integer(256));

/** Where the frame at the start of `bytes` ends, read in pieces; null when it does not. */
function endOf(bytes: Uint8Array, size: number): number | null {
  const frame = new ZstdFrame();
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    const taken = frame.take(piece, 0);
    if (frame.ended) return at + taken;
    assert.equal(taken, piece.length);
  }
  return null;
}

test('the end of a frame is found whatever its header says and in pieces of any size', () => {
  const contents = [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(1000, 'ab'), Buffer.alloc(400_000), NOISE];
  for (const content of contents) {
    for (const [checksum, size] of [
      [0, 0],
      [1, 1],
      [1, 0],
    ]) {
      const params = { [constants.ZSTD_c_checksumFlag]: checksum, [constants.ZSTD_c_contentSizeFlag]: size };
      const packed = zstdCompressSync(content, { params });
      const followed = Buffer.concat([packed, packed]);
      for (const pieces of [1, 5, 1000, followed.length]) assert.equal(endOf(followed, pieces), packed.length);
      assert.equal(endOf(packed.subarray(0, -1), 7), null);
    }
  }
});

test('the content size is read in each of its widths', () => {
  for (const size of [0, 1, 255, 256, 65_791, 65_792, 1_000_000]) {
    const frame = new ZstdFrame();
    const packed = zstdCompressSync(Buffer.alloc(size), { pledgedSrcSize: size });
    frame.take(packed, 0);
    assert.deepEqual([frame.contentBytes, frame.skippable, frame.ended], [size, false, true]);
  }
  // Eight bytes, by hand: window of 1 KiB, then the size, then an empty last block.
  const wide = Buffer.from('28b52ffd c0 00 0000000001000000 010000'.replaceAll(' ', ''), 'hex');
  const frame = new ZstdFrame();
  assert.equal(frame.take(wide, 0), wide.length);
  assert.equal(frame.contentBytes, 2 ** 32);
});

test('a skippable frame ends behind what it says', () => {
  const frame = new ZstdFrame();
  const bytes = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3, 4]);
  assert.equal(frame.take(bytes, 0), 11);
  assert.deepEqual([frame.skippable, frame.ended], [true, true]);
});

test('what is no frame, reserved bits and blocks, and a window over the limit are damage', () => {
  const cases: [string, RegExp][] = [
    ['68656c6c6f', /no zstd frame begins so/],
    ['28b52ffd08', /reserved bit/],
    ['28b52ffd0000060000', /no known type/],
    ['28b52ffd0068', /^$/],
    ['28b52ffd0069', /window of 9437184 bytes/],
    ['28b52ffda001008000', /window of 8388609 bytes/],
  ];
  for (const [hex, reason] of cases) {
    const read = (): number => new ZstdFrame().take(Buffer.from(hex, 'hex'), 0);
    if (reason.source === '^$') assert.equal(read(), hex.length / 2);
    else assert.throws(read, reason, hex);
  }
});
