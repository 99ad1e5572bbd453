import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aggregationOf } from './aggregation.ts';
import { bind } from './bind.ts';
import { Context } from './environment.ts';
import { answer, environmentOf, read, tableOf } from './kit.twin.ts';
import { rewrite } from './rewrite.ts';

const ROWS = ['{"a":1,"b":"x"}', '{"a":2,"b":"y"}', '{"a":3,"b":"x"}'];

async function bound(text: string, run = async () => tableOf('events', ROWS)): Promise<string> {
  const pipeline = await bind(read(text), new Context(environmentOf({})), run);
  const kinds: string[] = [];
  rewrite(pipeline.operators, (node) => {
    kinds.push(node.kind === 'field' ? node.keys.join('.') : node.kind === 'literal' ? String(node.value) : node.kind);
    return null;
  });
  return kinds.join(' ');
}

test('names of let are put where they are used, also inside each other', async () => {
  assert.equal(await bound('let n = 2; let m = n * n; events | where a > m'), 'where comparison a 4');
  assert.equal(await bound('let n = 2; let t = events | where a > n; t | take n'), 'where comparison a 2 take 2');
});

test('a subquery is run once, whatever stands around it', async () => {
  let runs = 0;
  const run = async () => {
    runs++;
    return tableOf('events', ROWS);
  };
  assert.equal(await bound('events | where a in (hits | project a)', run), 'where list a 1 2 3');
  assert.equal(
    await bound('events | where toscalar(hits | project a) in (hits | project a)', run),
    'where list 1 1 2 3',
  );
  assert.equal(runs, 3);
  const rows = await answer(
    'events | where b in (events | where a == toscalar(events | summarize max(a)) | project b) | count',
    {
      events: ROWS,
    },
  );
  assert.deepEqual(rows, ['{"Count":2}']);
});

test('a member of a let is one, and a let may hold a list', async () => {
  const query = 'let o = dynamic({"k":[5,6]}); events | take 1 | project x = o.k[1], y = array_length(o.k)';
  assert.deepEqual(await answer(query, { events: ROWS }), ['{"x":6,"y":2}']);
});

test('joined tables and unions see what let has named', async () => {
  const query =
    'let n = 2; events | join kind=inner (events | where a >= n | project a, c = a * n) on a | union (events | take n) | count';
  assert.deepEqual(await answer(query, { events: ROWS }), ['{"Count":4}']);
});

test('aggregates of one step share nothing but their rows', () => {
  const context = new Context(environmentOf({}));
  const [step] = read('events | summarize count(), sum(a) / count(), arg_max(a, *)').body.operators;
  assert.ok(step.kind === 'summarize');
  const aggregation = aggregationOf(step.aggregates, [], { columns: ['a', 'b'], sparse: false }, context);
  assert.deepEqual(aggregation.names, ['count_', 'Column1', 'a', 'b']);
  const hold = context.budget.hold('test');
  const [one, other] = [aggregation.start(hold), aggregation.start(hold)];
  aggregation.add(one, new Map([['a', [4n]]]));
  aggregation.add(one, new Map([['a', [2n]]]));
  assert.deepEqual(aggregation.finish(one), [[2n], [3n], [4n], []]);
  assert.deepEqual(aggregation.finish(other), [[0n], [], [], []]);
});
