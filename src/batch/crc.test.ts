import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { seededRandom } from '../base/index.ts';
import { bareKernel } from './scan.twin.ts';

test('the kernel has the checksum of zlib, for every length and place', () => {
  const kernel = bareKernel();
  const bytes = kernel.inputBuffer(1 << 16);
  const random = seededRandom(3);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(256);
  for (let length = 0; length < 1000; length++) {
    const view = bytes.subarray(length % 37, (length % 37) + length);
    assert.equal(kernel.crc32(view), crc32(view), `${length} bytes`);
  }
  for (const some of [bytes, bytes.subarray(1), bytes.fill(0), bytes.fill(0xff)]) {
    assert.equal(kernel.crc32(some), crc32(some));
  }
});

/** Remainder of a message that starts with one bit and has `blocks` blocks behind the first. */
function remainder(bit: number, blocks: number): number {
  let c = 0;
  for (let i = 0; i < 16 * (blocks + 1); i++) {
    c ^= i === 0 ? 1 << bit : 0;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return c >>> 0;
}

test('its tables say what a byte six blocks back adds to the blocks after it', () => {
  // Elimination over GF(2): which sum of bits in the blocks y^0, y^1, y^2 and y^4 has the remainder of one bit in y^6.
  const rows = [0, 1, 2, 4].flatMap((block, i) =>
    Array.from({ length: 8 }, (_, bit) => ({ value: remainder(bit, block), sum: (1 << (8 * i + bit)) >>> 0 })),
  );
  for (let bit = 31; bit >= 0; bit--) {
    const at = rows.findIndex((row, i) => i >= 31 - bit && (row.value >>> bit) & 1);
    assert.notEqual(at, -1, 'the products are independent');
    [rows[31 - bit], rows[at]] = [rows[at], rows[31 - bit]];
    const pivot = rows[31 - bit];
    for (const row of rows) {
      if (row === pivot || !((row.value >>> bit) & 1)) continue;
      row.value = (row.value ^ pivot.value) >>> 0;
      row.sum = (row.sum ^ pivot.sum) >>> 0;
    }
  }
  const sums = Array.from({ length: 8 }, (_, bit) => {
    const wanted = remainder(bit, 6);
    return rows.reduce((sum, row, i) => ((wanted >>> (31 - i)) & 1 ? sum ^ row.sum : sum), 0) >>> 0;
  });
  const words: string[] = [];
  for (let block = 0; block < 4; block++) {
    for (const half of [0, 4]) {
      const shares = Array.from({ length: 16 }, (_, n) =>
        [0, 1, 2, 3].reduce((sum, k) => ((n >> k) & 1 ? sum ^ (sums[half + k] >>> (8 * block)) : sum), 0),
      );
      const hex = shares.map((share) => (share & 0xff).toString(16).padStart(2, '0'));
      words.push(`0x${hex.slice(0, 8).reverse().join('')}`, `0x${hex.slice(8).reverse().join('')}`);
    }
  }
  const source = readFileSync(new URL('../../kernel/crc.ts', import.meta.url), 'utf8');
  assert.deepEqual(source.match(/0x[0-9a-f]{16}/g), words);
});
