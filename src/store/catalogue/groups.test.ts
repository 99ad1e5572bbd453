import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packGroups, unpackGroups } from './groups.ts';

test('row groups come back as they were', () => {
  const filter = fc.record({
    at: fc.maxSafeNat(),
    bytes: fc.nat({ max: 1 << 20 }).map((blocks) => blocks * 32),
    numbers: fc.boolean(),
  });
  const group = fc.record({ rows: fc.nat(), filter: fc.option(filter) });
  fc.assert(
    fc.property(fc.array(group), (groups) => {
      assert.deepEqual(
        unpackGroups(packGroups(groups)),
        groups.map(({ rows, filter: own }) => ({ rows, filter: own === null ? null : { ...own } })),
      );
    }),
  );
});

test('what was cut short or changed is damage', () => {
  const packed = packGroups([{ rows: 300, filter: { at: 5000, bytes: 64, numbers: true } }]);
  assert.throws(() => unpackGroups(packed.subarray(0, packed.length - 1)), { code: 'store.damaged' });
  assert.throws(() => unpackGroups(Uint8Array.of(1, 9)), { code: 'store.damaged' });
});
