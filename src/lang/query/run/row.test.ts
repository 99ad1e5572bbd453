import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bag, DateTime, List, TimeSpan, type Values } from '../../value.ts';
import { Budget } from './budget.ts';
import { Groups } from './groups.ts';
import { eventRow } from './kit.twin.ts';
import { cellOf, identity, readerOf, sizeOfRow, sizeOfValue } from './row.ts';

test('values that are shown alike are one, and null is none of them', () => {
  const same: Values[] = [[4624n], ['4624'], [4624]];
  assert.equal(new Set(same.map(identity)).size, 1);
  const apart: Values[] = [
    [],
    [''],
    ['null'],
    [new List([])],
    ['[]'],
    [new List(['a'])],
    ['a', 'b'],
    ['a'],
    [new Bag(new Map())],
  ];
  assert.equal(new Set(apart.map(identity)).size, apart.length);
  assert.equal(identity([null]), identity([]));
  assert.equal(identity([new DateTime(0n)]), identity(['1970-01-01T00:00:00Z']));
  assert.equal(identity([new TimeSpan(36_000_000_000n)]), identity(['01:00:00']));
});

test('of a group the value that stands first in the order of kinds is shown, whichever came first', () => {
  for (const order of [
    [['7'], [7n], [7]],
    [[7], ['7'], [7n]],
    [[7n], [7], ['7']],
  ] as Values[][]) {
    const groups = new Groups(new Budget(10_000).hold('test'), () => null);
    for (const cells of order) groups.of([cells]);
    assert.deepEqual([...groups.values()], [{ cells: [[7n]], state: null }]);
  }
});

test('* reads all columns, and host.* the column host and what is below it', () => {
  const read = readerOf(eventRow('{"host":{"name":"a","ip":["x","y"]},"hostile":1,"n":null}'));
  assert.deepEqual(read('*'), ['a', 'x', 'y', 1n]);
  assert.deepEqual(read('host.*'), ['a', 'x', 'y']);
  assert.deepEqual(read('host'), []);
  assert.deepEqual(readerOf(new Map<string, Values>([['host', ['h']]]))('host.*'), ['h']);
});

test('a cell of nulls alone is empty, one of values and nulls is not', () => {
  assert.deepEqual(cellOf([null, null]), []);
  assert.deepEqual(cellOf([null, 1n]), [null, 1n]);
});

test('sizes grow with texts, items and members', () => {
  assert.equal(sizeOfValue('ab'), 20);
  assert.equal(sizeOfValue(new List(['ab', 1n])), 84);
  assert.equal(sizeOfValue(new Bag(new Map([['k', 'ab']]))), 118);
  assert.equal(sizeOfRow(new Map([['a', ['ab']]])), 132);
});
