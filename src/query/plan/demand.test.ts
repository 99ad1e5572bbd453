import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../../lang/query/run/kit.twin.ts';
import { demandOf } from './demand.ts';

const names = (query: string): string[] | null => {
  const demand = demandOf(read(query).body.operators);
  return demand === null ? null : [...demand].sort();
};

test('what is read before rows are made anew is asked for, prefixes of paths too', () => {
  assert.deepEqual(names('events | where a.b == 1 | extend c = d + 1 | summarize count() by e'), [
    'a',
    'a.b',
    'd',
    'e',
  ]);
  assert.deepEqual(names('events | parse s with "x" y | project y'), ['s', 'y']);
  assert.deepEqual(names('events | where a == 1 | count | where Count > 1'), ['a']);
});

test('rows that reach the end, or something that reads all of them, need all columns', () => {
  for (const query of [
    'events',
    'events | where a == 1 | take 5',
    'events | project-away a | count',
    'events | distinct *',
  ]) {
    assert.equal(names(query), null, query);
  }
  assert.equal(names('events | summarize arg_max(@timestamp, *) by a'), null);
  assert.equal(names('events | sequence by a within 5m [b == 1] [b == 2]'), null);
});
