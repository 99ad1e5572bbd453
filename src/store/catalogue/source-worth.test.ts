import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRetention, type RetentionPolicy } from './retention.ts';
import { type WorthRow, worthOf } from './source-worth.ts';

const ROWS: readonly WorthRow[] = [
  { tenant: 'acme', source: '*', severity: 'high' },
  { tenant: null, source: 'web', severity: 'low', class: 'network' },
  { tenant: null, source: '*', severity: 'medium', retentionClass: 'default' },
  { tenant: 'acme', source: 'web', class: 'edge' },
];

test('the nearest place that says something of a source wins, setting by setting', () => {
  assert.deepEqual(worthOf(ROWS, 'acme', 'web'), { severity: 'high', class: 'edge', retentionClass: 'default' });
  assert.deepEqual(worthOf(ROWS, 'acme', 'dns'), { severity: 'high', retentionClass: 'default' });
  assert.deepEqual(worthOf(ROWS, 'other', 'web'), { severity: 'low', class: 'network', retentionClass: 'default' });
  assert.deepEqual(worthOf([], 'other', 'web'), {});
});

test('policies go by what is said of sources; by types what deletes is for all events of a segment, what keeps for any', () => {
  const DAY = 86_400_000;
  const at = 1_800_000_000_000;
  const old = BigInt(at - 100 * DAY) * 1000n;
  const times = { minTime: old, maxTime: old, minReceived: old, maxReceived: old };
  const segment = (source: string, more: object) => ({ tenant: 't', source, rows: 1, bytes: 1, ...times, ...more });
  const segments = [
    segment('low', { severity: 'low', class: 'network', types: ['a'] }),
    segment('high', { severity: 'high', types: ['a', 'b'] }),
    segment('unknown', {}),
  ];
  const gone = (...policies: readonly Partial<RetentionPolicy>[]): string[] => {
    const all = policies.map(
      (policy, i) => ({ name: `${i}`, reason: 'operations', by: 'receive', ...policy }) as const,
    );
    return planRetention(segments, { policies: all, holds: [] }, at).expire.map(({ segment: { source } }) => source);
  };
  const mostMs = 10 * DAY;
  assert.deepEqual(gone({ mostMs }), ['low', 'high', 'unknown']);
  assert.deepEqual(gone({ mostMs, severities: ['low'] }), ['low']);
  assert.deepEqual(gone({ mostMs, classes: ['network', 'x'] }), ['low']);
  assert.deepEqual(gone({ mostMs, retentionClasses: ['x'] }), []);
  assert.deepEqual(gone({ mostMs, types: ['a'] }), ['low'], 'of mixed types, and where none are known, nothing goes');
  const keep = { types: ['b'], leastMs: 1000 * DAY };
  assert.deepEqual(gone({ mostMs }, keep), ['low'], 'of mixed types, and where none are known, all stays');
});
