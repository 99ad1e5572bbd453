import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scalarArb } from '../../kit.twin.ts';
import { DateTime, List, TimeSpan, type Value } from '../../value.ts';
import { comparator, isNaNValue, orderOf, sortValue } from './order.ts';

const known = scalarArb.filter((value) => value !== null && !isNaNValue(value));

test('kinds stand one after the other', () => {
  const values: Value[] = [
    false,
    true,
    -1n,
    0.5,
    1n,
    new DateTime(0n),
    new TimeSpan(-1n),
    '',
    '10',
    '9',
    'a',
    new List([1n]),
  ];
  const shuffled = [...values].reverse();
  assert.deepEqual(shuffled.sort(orderOf), values);
});

test('the order is total: two of a kind compare the other way round, and three do not turn in circles', () => {
  fc.assert(
    fc.property(known, known, known, (a, b, c) => {
      assert.equal(orderOf(a, b), -orderOf(b, a) + 0);
      if (orderOf(a, b) <= 0 && orderOf(b, c) <= 0) assert.ok(orderOf(a, c) <= 0);
    }),
  );
});

test('whole numbers and reals are compared exactly', () => {
  assert.equal(orderOf(2n ** 53n + 1n, 2 ** 53), 1);
  assert.equal(orderOf(2n ** 53n, 2 ** 53), 0);
});

test('null and NaN stand together where nulls stand', () => {
  const values: Value[] = [5n, Number.NaN, null, Number.NEGATIVE_INFINITY];
  const sorted = (order: 'asc' | 'desc', nulls: 'first' | 'last') => {
    const compare = comparator([{ order, nulls }]);
    return [...values].sort((a, b) => compare([a], [b]));
  };
  assert.deepEqual(sorted('asc', 'first'), [null, Number.NaN, Number.NEGATIVE_INFINITY, 5n]);
  assert.deepEqual(sorted('desc', 'first'), [null, Number.NaN, 5n, Number.NEGATIVE_INFINITY]);
  assert.deepEqual(sorted('asc', 'last'), [Number.NEGATIVE_INFINITY, 5n, Number.NaN, null]);
  assert.deepEqual(sorted('desc', 'last'), [5n, Number.NEGATIVE_INFINITY, Number.NaN, null]);
});

test('of several values the least counts upwards and the greatest downwards', () => {
  assert.equal(sortValue([3n, null, 1n, 2n], 'asc'), 1n);
  assert.equal(sortValue([3n, null, 1n, 2n], 'desc'), 3n);
  assert.equal(sortValue([Number.NaN, 1n], 'desc'), 1n);
  assert.equal(sortValue([], 'asc'), null);
});
