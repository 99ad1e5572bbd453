import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOOLS } from '../../lang/kit.twin.ts';
import { read } from '../../lang/query/run/kit.twin.ts';
import { timesOf } from './planner.ts';

const NOW = Date.UTC(2026, 2, 1);
const times = (query: string): (string | null)[] => {
  const { from, to } = timesOf(read(query).body.operators, { tools: TOOLS, now: NOW });
  const text = (micros: bigint): string | null =>
    micros === -(2n ** 63n) || micros === 2n ** 63n - 1n ? null : new Date(Number(micros / 1000n)).toISOString();
  return [text(from), text(to)];
};

test('conditions on the time that all rows must satisfy bound it', () => {
  assert.deepEqual(times('events | where @timestamp > ago(1d) and a == 1'), ['2026-02-28T00:00:00.000Z', null]);
  assert.deepEqual(times('events | where a == 1 | where datetime(2026-01-01) > @timestamp'), [
    null,
    '2026-01-01T00:00:00.000Z',
  ]);
  assert.deepEqual(times('events | where @timestamp between (datetime(2026-01-01) .. 1h)'), [
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T01:00:00.000Z',
  ]);
  assert.deepEqual(times('events | where @timestamp == datetime(2026-01-01)'), [
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
  ]);
});

test('conditions that some rows need not satisfy do not', () => {
  for (const query of [
    'events | where @timestamp > ago(1d) or a == 1',
    'events | where not(@timestamp > ago(1d))',
    'events | take 5 | where @timestamp > ago(1d)',
    'events | extend @timestamp = now() | where @timestamp > ago(1d)',
    'events | where @timestamp != datetime(2026-01-01)',
    'events | where a > ago(1d)',
  ]) {
    assert.deepEqual(times(query), [null, null], query);
  }
});
