import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alike } from './alike.ts';

const columns = fc.array(
  fc.record({ codes: fc.option(fc.array(fc.nat(3), { minLength: 40, maxLength: 40 })), at: fc.nat(9) }),
  { maxLength: 3 },
);

test('rows with the same codes stand together, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), columns, fc.constantFrom(1, 5_000_000), (count, plain, factor) => {
      const made = plain.map(({ codes, at }) => ({
        at,
        codes: codes === null ? null : Uint32Array.from(codes, (code) => code * factor),
      }));
      const keyOf = (row: number): string => made.map(({ codes, at }) => codes?.[at + row] ?? at + row).join();
      const expected = Object.values(
        Object.groupBy(
          Array.from({ length: count }, (_, row) => row),
          keyOf,
        ),
      );
      const found = alike(count, made)?.map((rows) => [...rows]) ?? [Array.from({ length: count }, (_, row) => row)];
      const byFirst = (a: readonly number[] = [], b: readonly number[] = []): number => a[0] - b[0];
      assert.deepEqual(found, expected.toSorted(byFirst));
    }),
  );
});
