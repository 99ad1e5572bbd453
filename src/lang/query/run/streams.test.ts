import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../value.ts';
import { Budget } from './budget.ts';
import { Context } from './environment.ts';
import { answer, environmentOf, read } from './kit.twin.ts';
import type { Row } from './row.ts';
import { runQuery } from './run.ts';
import { batched, ExtendedRow, freeName } from './streams.ts';

test('columns of an extended row stand before those of its base', () => {
  const base: Row = new Map<string, Values>([
    ['a', [1n]],
    ['b', [2n]],
  ]);
  const row = new ExtendedRow(
    base,
    new Map<string, Values>([
      ['b', []],
      ['c', [3n]],
    ]),
  );
  assert.deepEqual([...row.keys()], ['a', 'b', 'c']);
  assert.deepEqual([row.get('a'), row.get('b'), row.get('c'), row.get('d')], [[1n], [], [3n], undefined]);
});

test('a name that is taken gets the first free number', () => {
  assert.equal(freeName('a', new Set()), 'a');
  assert.equal(freeName('a', new Set(['a', 'a1', 'a3'])), 'a2');
});

test('rows come in batches of at most 1024, none of them empty', async () => {
  const context = new Context(environmentOf({}));
  const sizes = async (count: number) => {
    const found: number[] = [];
    for await (const batch of batched(
      Array.from({ length: count }, () => new Map()),
      context,
    ))
      found.push(batch.length);
    return found;
  };
  assert.deepEqual(await sizes(2049), [1024, 1024, 1]);
  assert.deepEqual(await sizes(1024), [1024]);
  assert.deepEqual(await sizes(0), []);
});

test('what a query keeps is given back when it has ended or is left', async () => {
  const given: number[] = [];
  const held = { take: Budget.prototype.take, give: Budget.prototype.give };
  let bytes = 0;
  Budget.prototype.take = function (count, what) {
    bytes += count;
    held.take.call(this, count, what);
  };
  Budget.prototype.give = function (count) {
    bytes -= count;
    held.give.call(this, count);
  };
  try {
    const rows = Array.from({ length: 50 }, (_, i) => `{"@timestamp":"2026-03-01T10:00:00Z","i":${i}}`);
    const tables = { events: rows, hits: rows };
    for (const query of [
      'events | sort by i',
      'events | top 5 by i',
      'events | distinct i',
      'events | summarize make_set(i), arg_max(i, *), dcount(i) by i % 3',
      'events | join (hits) on i',
      'events | make-series count() on i from 0 to 9 step 1',
      'events | sequence within 5m [i == 1] [i == 2]',
    ]) {
      await answer(query, tables);
      given.push(bytes);
      const stream = await runQuery(read(query), environmentOf(tables));
      for await (const _ of stream.batches) break;
      given.push(bytes);
    }
  } finally {
    Object.assign(Budget.prototype, held);
  }
  assert.deepEqual(new Set(given), new Set([0]));
});
