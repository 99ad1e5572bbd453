import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CorrelationRule } from '../sigma/model.ts';
import { BaseHits, fieldNeeds } from './hits.ts';

function correlation(id: string, parts: Partial<CorrelationRule>): CorrelationRule {
  const head = { id, title: id, level: 'low' as const, references: [], tags: [], falsepositives: [], fields: [] };
  const rest = { path: 'c.yml', document: 0, rules: [], groupBy: [], timespanMs: 1000, condition: [], field: [] };
  return { kind: 'correlation', ...head, ...rest, type: 'event_count', aliases: {}, generate: false, ...parts };
}

const needs = new Map([
  ['a', ['User', 'bytes']],
  ['b', ['User']],
]);

function values(fields: Record<string, (string | null)[]>): (name: string) => (string | null)[] {
  return (name) => fields[name] ?? [];
}

test('a base rule supplies group-by and counted fields under its aliases, and what outer correlations need', () => {
  const inner = correlation('inner', { rules: ['a', 'b'], groupBy: ['ip'], aliases: { ip: { a: 'SourceIp' } } });
  const outer = correlation('outer', { rules: ['inner', 'd'], groupBy: ['User'], field: ['bytes'] });
  assert.deepEqual(
    [...fieldNeeds([outer, inner])],
    [
      ['d', ['User', 'bytes']],
      ['a', ['SourceIp', 'User', 'bytes']],
      ['b', ['User', 'bytes', 'ip']],
    ],
  );
});

test('hits keep their values: texts, lists, a text that looks like a list, nothing', () => {
  const hits = new BaseHits(needs);
  hits.add('a', { time: 1.5, path: 'p', record: 7, event: 70 }, values({ User: ['x'], bytes: ['1', null, '2'] }));
  hits.add('a', { time: 2, path: 'q', record: 8, event: 80 }, values({ User: ['["1","2"]'], bytes: [null] }));
  hits.add('other', { time: 3, path: 'q', record: 9, event: 90 }, values({}));
  assert.equal(hits.count, 2);
  assert.equal(hits.wants('other'), false);
  assert.deepEqual([hits.time(0), hits.path(0), hits.record(0), hits.event(0)], [1.5, 'p', 7, 70]);
  assert.deepEqual([hits.values(0, 'User'), hits.values(0, 'bytes')], [['x'], ['1', '2']]);
  assert.deepEqual([hits.values(1, 'User'), hits.values(1, 'bytes')], [['["1","2"]'], []]);
  assert.deepEqual(hits.values(1, 'unknown'), []);
});

test('what another thread gathered is taken over, with its counts', () => {
  const there = new BaseHits(needs);
  for (let i = 0; i < 100; i++) {
    there.add('b', { time: i, path: 'p', record: i, event: i }, values({ User: [`u${i % 3}`] }));
  }
  there.add('a', { time: null, path: 'p', record: 200, event: 200 }, values({}));
  there.add('a', { time: Number.NaN, path: 'p', record: 201, event: 201 }, values({}));
  const here = new BaseHits(needs);
  here.add('a', { time: null, path: 'p', record: 0, event: 0 }, values({}));
  here.add('a', { time: 5, path: 'o', record: 1, event: 1 }, values({ bytes: ['u1'] }));
  here.append(structuredClone(there.columns()));
  assert.equal(here.count, 101);
  assert.deepEqual(
    [here.ruleId(100), here.path(100), here.time(100), here.values(100, 'User')],
    ['b', 'p', 99, ['u0']],
  );
  assert.deepEqual(Object.fromEntries(here.untimed), { a: 3 });
});

test('at its limits nothing more is taken, and each hit left out is counted under its rule', () => {
  const few = new BaseHits(needs, { correlationHitsMax: 2, correlationValueBytesMax: 1000 });
  for (let i = 0; i < 5; i++) few.add('b', { time: i, path: 'p', record: i, event: i }, values({ User: ['u'] }));
  assert.deepEqual([few.count, Object.fromEntries(few.dropped)], [2, { b: 3 }]);
  const small = new BaseHits(needs, { correlationHitsMax: 100, correlationValueBytesMax: 20 });
  for (let i = 0; i < 5; i++)
    small.add('b', { time: i, path: 'p', record: i, event: i }, values({ User: [`user${i}`] }));
  assert.deepEqual([small.count, small.columns().dropped], [2, { b: 3 }]);
});
