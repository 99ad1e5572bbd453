import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newLineStore } from './lineStore.ts';

const KEYS = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.NaN)), { maxLength: 3000 });

for (const [where, memoryBytes] of [
  ['in memory', 1 << 20],
  ['in a file', 100],
] as const) {
  test(`lines come sorted, equal ones in their order, those without a key last (${where})`, () => {
    fc.assert(
      fc.property(KEYS, (keys) => {
        using store = newLineStore(memoryBytes);
        keys.forEach((key, at) => {
          store.add(key, `${key} ${at} ü\n`);
        });
        const rank = (key: number): number => (Number.isNaN(key) ? 99 : key);
        const wanted = keys.map((key, at) => ({ key, at })).sort((a, b) => rank(a.key) - rank(b.key) || a.at - b.at);
        assert.deepEqual(
          [...store.sorted()],
          wanted.map(({ key, at }) => `${key} ${at} ü\n`),
        );
      }),
      { numRuns: 30 },
    );
  });
}

test('a line longer than one read is whole', () => {
  using store = newLineStore(10);
  store.add(2, 'z'.repeat(300_000));
  store.add(1, 'a');
  assert.deepEqual(
    [...store.sorted()].map((line) => line.length),
    [1, 300_000],
  );
});
