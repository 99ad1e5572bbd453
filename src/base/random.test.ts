import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomBytes, randomSeed, seededRandom } from './index.ts';

test('a seed gives the same sequence everywhere', () => {
  const random = seededRandom(1);
  assert.deepEqual([random.uint32(), random.uint32(), random.uint32()], [1580013426, 350525680, 3524174333]);
  const again = seededRandom(1);
  assert.equal(again.uint32(), 1580013426);
  assert.notEqual(seededRandom(2).uint32(), 1580013426);
});

test('integer stays below its bound and reaches every value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 2 ** 32 }), (seed, below) => {
      const value = seededRandom(seed).integer(below);
      assert.ok(Number.isInteger(value) && value >= 0 && value < below);
    }),
  );
  const random = seededRandom(7);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(10)));
  assert.equal(seen.size, 10);
});

test('pick takes from the list and refuses an empty one', () => {
  const random = seededRandom(3);
  const seen = new Set(Array.from({ length: 50 }, () => random.pick(['a', 'b'])));
  assert.deepEqual([...seen].sort(), ['a', 'b']);
  assert.throws(() => random.pick([]), RangeError);
});

test('system randomness differs from call to call', () => {
  assert.equal(randomBytes(16).length, 16);
  assert.notDeepEqual(randomBytes(16), randomBytes(16));
  const seeds = new Set(Array.from({ length: 8 }, randomSeed));
  assert.ok(seeds.size > 1);
});
