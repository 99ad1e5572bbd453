import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGGREGATES } from '../aggregates.ts';
import { QUERY_OPERATORS } from '../operators.ts';
import { AGGREGATE_WORK } from './aggregates/index.ts';
import { type Match, RUN_LIMITS, type TableRequest } from './environment.ts';
import { answer, environmentOf, jsonOf, read, tableOf } from './kit.twin.ts';
import { OPERATOR_WORK } from './operators/index.ts';
import type { Row } from './row.ts';
import { runQuery } from './run.ts';

const ROWS = Array.from({ length: 2000 }, (_, i) => `{"@timestamp":"2026-03-01T10:00:00Z","i":${i},"k":"key ${i}"}`);

test('every aggregate and every operator that can be written is at work', () => {
  assert.deepEqual(Object.keys(AGGREGATE_WORK).sort(), Object.keys(AGGREGATES).sort());
  // Not steps of their own: parse-where is parse, asof belongs to the table, explain to whoever asks.
  const steps = Object.keys(QUERY_OPERATORS).filter((name) => !['parse-where', 'asof', 'explain'].includes(name));
  assert.deepEqual(Object.keys(OPERATOR_WORK).sort(), steps.sort());
});

test('a query that would keep too much ends with an error that names the operator and what to do', async () => {
  const limits = { ...RUN_LIMITS, memoryBytesMax: 60_000 };
  const queries: Readonly<Record<string, string>> = {
    sort: 'events | sort by i',
    top: 'events | top 1500 by i',
    distinct: 'events | distinct k',
    summarize: 'events | summarize count() by k',
    join: 'hits | project k | join (events) on k',
    'make-series': 'events | make-series count() on i from 0 to 100000 step 1',
    sequence: 'events | sequence by k within 5m [i > 0] [i > 1]',
    'a subquery': 'events | where k in (events | project k)',
  };
  for (const [name, query] of Object.entries(queries)) {
    await assert.rejects(answer(query, { events: ROWS }, { limits }), {
      code: 'query.too_big',
      message: `${name} would keep more than 60000 bytes in memory`,
      hint: /^Ask for less before it/,
    });
  }
});

test('aggregates count what they keep', async () => {
  const limits = { ...RUN_LIMITS, memoryBytesMax: 40_000 };
  for (const call of ['make_list(k)', 'make_set(k)', 'dcount(k)', 'percentile(i, 50)', 'make_bag(bag_pack(k, 1))']) {
    await assert.rejects(answer(`events | summarize x = ${call}`, { events: ROWS }, { limits }), {
      message: 'summarize would keep more than 40000 bytes in memory',
    });
  }
  for (const call of ['count()', 'sum(i)', 'avg(i)', 'max(k)', 'arg_max(i, k)', 'take_any(k)', 'stdev(i)']) {
    assert.equal((await answer(`events | summarize x = ${call}`, { events: ROWS }, { limits })).length, 1);
  }
});

test('what streams is not kept, and top keeps little more than it gives', async () => {
  const limits = { ...RUN_LIMITS, memoryBytesMax: 600_000 };
  const rows = ROWS.flatMap((row) => [row, row, row]);
  const streaming =
    'events | where i >= 0 | extend a = i | mv-expand a | parse k with "key " n:long | project n, k | count';
  assert.deepEqual(await answer(streaming, { events: rows }, { limits }), ['{"Count":6000}']);
  assert.deepEqual(await answer('events | top 1 by i | project i', { events: rows }, { limits }), ['{"i":1999}']);
});

test('a series of too many points is refused by its own limit', async () => {
  const query = 'events | make-series count() on @timestamp from datetime(2000-01-01) to now() step 1s';
  await assert.rejects(answer(query, { events: ROWS }), {
    code: 'query.too_big',
    message: 'a series of make-series would have more than 1048576 points',
    hint: 'Choose a longer step, or a shorter time with from and to.',
  });
});

test('a cancelled query ends with the next batch', async () => {
  const signal = { aborted: false };
  const stream = await runQuery(read('events | where i >= 0'), environmentOf({ events: ROWS }, { signal }));
  const batches = stream.batches[Symbol.asyncIterator]();
  assert.equal((await batches.next()).value.length, 2);
  signal.aborted = true;
  await assert.rejects(batches.next(), { code: 'query.cancelled' });
});

test('take reads no further than it needs, and ends what it reads from', async () => {
  let given = 0;
  let ended = false;
  const open = async () => ({
    table: 'events',
    columns: ['i'],
    sparse: true,
    applied: 0,
    batches: (async function* () {
      try {
        for (;;) {
          given++;
          yield [new Map([['i', [1n]]]), new Map([['i', [2n]]])];
        }
      } finally {
        ended = true;
      }
    })(),
  });
  assert.deepEqual(await answer('events | where i == 2 | take 3', {}, { open }), ['{"i":2}', '{"i":2}', '{"i":2}']);
  assert.equal(given, 3);
  assert.ok(ended);
});

test('a table is told what is done to its rows, without names of let, and does as much of it as it says', async () => {
  const asked: TableRequest[] = [];
  const open = async (request: TableRequest) => {
    asked.push(request);
    return { ...tableOf(request.table, ['{"i":7}']), applied: 1 };
  };
  const query = 'let least = 3 + 2; events | asof ago(1d) | where i < least | extend j = i + least | project j';
  assert.deepEqual(await answer(query, {}, { open }), ['{"j":12}']);
  const [{ table, asof, operators }] = asked;
  assert.equal(table, 'events');
  assert.equal(asof?.ticks, BigInt(Date.UTC(2026, 1, 28, 12)) * 10_000n);
  assert.deepEqual(
    operators.map(({ kind }) => kind),
    ['where', 'extend', 'project'],
  );
  const [first] = operators;
  assert.ok(first.kind === 'where' && first.condition.kind === 'comparison');
  assert.deepEqual(first.condition.right.kind === 'literal' && first.condition.right.value, 5n);
});

test('columns are known before a row is read', async () => {
  const columns = async (query: string) => {
    return (await runQuery(read(query), environmentOf({ events: ['{"a":1,"b":{"c":2}}'], hits: ['{"a":1}'] }))).columns;
  };
  assert.deepEqual(await columns('events | extend d = 1'), ['a', 'b.c', 'd']);
  assert.deepEqual(await columns('events | summarize count(), max(b.c) by a'), ['a', 'count_', 'max_b.c']);
  assert.deepEqual(await columns('events | summarize arg_max(a, *)'), ['a', 'b.c']);
  assert.deepEqual(await columns('events | join (hits) on a'), ['a', 'b.c', 'a1']);
  assert.deepEqual(await columns('events | make-series count() on a step 1 by b.c'), ['b.c', 'count_', 'a']);
  assert.deepEqual(await columns('union withsource=t events, hits'), ['t', 'a', 'b.c']);
  assert.deepEqual(await columns('events | sequence by a within 1m [a == 1] [a == 2]'), [
    'a',
    'start',
    'end',
    'events',
  ]);
});

test('rules see the rows of a batch and name those they match', async () => {
  const detector = async (targets: readonly { readonly text: string }[]) => {
    assert.deepEqual(
      targets.map(({ text }) => text),
      ['Bad thing'],
    );
    return async (rows: readonly Row[]): Promise<Match[]> =>
      rows.flatMap((row, index) =>
        row.get('i')?.[0] === 1n ? [{ row: index, rule: { id: 'r1', name: 'Bad thing', level: 'high' } }] : [],
      );
  };
  const rows = ['{"i":0}', '{"i":1}', '{"i":1,"x":2}'];
  assert.deepEqual(await answer('events | detect rule:"Bad thing"', { events: rows }, { detector }), [
    '{"i":1,"rule.id":"r1","rule.name":"Bad thing","rule.level":"high"}',
    '{"i":1,"x":2,"rule.id":"r1","rule.name":"Bad thing","rule.level":"high"}',
  ]);
});

test('render says how rows are to be drawn and leaves them as they are', async () => {
  const stream = await runQuery(read('events | count | render card with (title="n")'), environmentOf({ events: ROWS }));
  assert.equal(stream.render?.chart, 'card');
  assert.deepEqual(
    stream.render?.properties.map(({ name, value }) => [name, value]),
    [['title', 'n']],
  );
  assert.deepEqual(await jsonOf(stream), ['{"Count":2000}']);
});

test('an argument that makes no sense is an error that says what to do', async () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    'let n = -1; events | take n': /^take needs a whole number that is not below 0$/,
    'events | summarize percentile(i, 101)': /^percentile needs a number from 0 to 100$/,
    'events | summarize make_list(i, 0)': /^the most items of a list must be a whole number above 0$/,
    'events | make-series count() on i from 0 to 9 step 0': /^the step of make-series must be above 0$/,
    'let s = -5m; events | sequence by k within s [i == 1] [i == 2]': /^sequence … within needs a span above 0$/,
    'events | project a = i, a = k': /^there would be two columns a$/,
    'events | project i, k | project-rename i = k': /^project-rename would make two columns i$/,
    'events | where k matches regex "("': /^the pattern "\(" cannot be run: Invalid regular expression/,
    'events | extend x = extract("(", 0, k)': /^the pattern "\(" cannot be run: /,
    'events | parse kind=regex k with "(" x': /^the pattern "\^\(\?:\(\)/,
    'events | mv-expand with_itemindex=k i': /^with_itemindex=k would be a second column of that name$/,
  };
  for (const [query, message] of Object.entries(wrong)) {
    await assert.rejects(answer(query, { events: ROWS }), { code: 'query.argument', message, hint: /\.$/ }, query);
  }
});
