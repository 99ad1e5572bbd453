import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearestRank, SortedNumbers } from './sorted.ts';

test('numbers stay in order while thousands come and go', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -50, max: 50 })), { maxLength: 3000, size: 'max' });
  fc.assert(
    fc.property(steps, (list) => {
      const sorted = new SortedNumbers();
      const plain: number[] = [];
      for (const [add, value] of list) {
        const at = plain.indexOf(value);
        if (add || at < 0) {
          sorted.add(value);
          plain.push(value);
        } else {
          sorted.remove(value);
          plain.splice(at, 1);
        }
      }
      plain.sort((a, b) => a - b);
      assert.deepEqual(
        plain.map((_, k) => sorted.at(k)),
        plain,
      );
      assert.equal(sorted.size, plain.length);
    }),
    { numRuns: 30 },
  );
});

test('ranks are those of exact decimals', () => {
  assert.equal(nearestRank(7, 100), 7);
  assert.equal(nearestRank(99.9, 1000), 999);
  assert.equal(nearestRank(50, 5), 3);
  assert.equal(nearestRank(0, 5), 1);
  assert.equal(nearestRank(100, 5), 5);
});

test('there is no percentile of nothing, no element beyond the end and nothing to remove that is not there', () => {
  const empty = new SortedNumbers();
  assert.equal(empty.percentile(50), null);
  assert.throws(() => empty.at(0), /no element 0 among 0/);
  assert.throws(() => empty.remove(1), /no 1 to remove/);
});
