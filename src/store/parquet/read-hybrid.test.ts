import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hybrid } from './parquet.twin.ts';
import { readDeltas } from './read-delta.ts';
import { Cursor, PresenceBuilder, readHybrid, WIDTH_MAX } from './read-hybrid.ts';

test('codes of every width come back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: WIDTH_MAX }),
      fc.array(fc.nat()),
      fc.nat({ max: 20 }),
      (width, numbers, repeats) => {
        const values = [...numbers, ...Array(repeats).fill(numbers[0] ?? 0)].map((n: number) => n % 2 ** width);
        const cursor = new Cursor(Uint8Array.from(hybrid(values, width)));
        const found = new Uint32Array(values.length);
        readHybrid(cursor, width, found);
        assert.deepEqual([...found], values);
        assert.equal(cursor.at, cursor.end);
      },
    ),
  );
});

test('levels are runs of rows that have a value, over pages', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 50 })), (pages) => {
      const builder = new PresenceBuilder();
      for (const levels of pages) {
        const cursor = new Cursor(Uint8Array.from(hybrid(levels, 1)));
        builder.read(cursor, levels.length);
        assert.equal(cursor.at, cursor.end);
      }
      const present = builder.end();
      const levels = pages.flat();
      let count = 0;
      assert.deepEqual(
        levels.map((_, row) => present.indexOf(row)),
        levels.map((level) => (level === 1 ? count++ : -1)),
      );
      assert.deepEqual([present.rows, present.count, present.indexOf(levels.length)], [levels.length, count, -1]);
      // No two runs that are one.
      for (let i = 3; i < present.runs.length; i += 3) assert.ok(present.runs[i] > present.runs[i - 2]);
    }),
  );
});

test('differences may be as wide as the numbers themselves, and wrap around', () => {
  // Blocks of eight in one part, three values: -1, then a difference of 2^63 - 1 and one of -2^63, by the least of them.
  const least = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  const first = Array(8).fill(0xff);
  const bytes = [8, 1, 3, 1, ...least, 64, ...first, ...Array(56).fill(0)];
  const pairs = readDeltas(new Cursor(Uint8Array.from(bytes)), 3);
  assert.deepEqual([...new BigInt64Array(pairs.buffer)], [-1n, 2n ** 63n - 2n, -2n]);
});
