/** Numbers and texts as bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from './varint.ts';

test('numbers of any size, decimals and texts come back, and can be passed over', () => {
  const item = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 65n }),
    fc.nat(),
    fc.double({ noInteger: true }),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(item, fc.boolean())), (items) => {
      const out = new ByteWriter();
      for (const [value] of items) {
        if (typeof value === 'string') out.text(value);
        else if (typeof value === 'number' && !Number.isInteger(value)) out.float(value);
        else out.varint(value);
      }
      const reader = new ByteReader(out.bytes());
      for (const [value, skips] of items) {
        if (typeof value === 'string') assert.equal(reader.text(), value.toWellFormed());
        else if (typeof value === 'number' && !Number.isInteger(value)) assert.deepEqual(reader.float(), value);
        else if (skips) reader.skipVarint();
        else assert.equal(reader.varint(), BigInt(value));
      }
      assert.ok(reader.isAtEnd);
    }),
  );
});

test('what ends early or never is a RangeError, not a wait', () => {
  const reader = (...bytes: number[]): ByteReader => new ByteReader(Uint8Array.from(bytes));
  const endless = new Array<number>(30).fill(255);
  assert.throws(() => reader(128).varint(), RangeError);
  assert.throws(() => reader(...endless).varint(), RangeError);
  assert.throws(() => reader(...endless).small(), RangeError);
  assert.throws(() => reader(5, 65).text(), RangeError);
  assert.throws(() => reader(1, 2).float(), RangeError);
  assert.throws(() => reader(128).skipVarint(), RangeError);
});
