import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalSeries, refusalOf, seriesKey } from './admit.ts';
import type { MetricSeries } from './types.ts';

const NOW = 1_790_000_000_000;
const series: MetricSeries = { tenant: 't', name: 'a', labels: {} };
const refused = (more: object) => refusalOf({ series, at: NOW, value: 1, increase: 0, ...more }, NOW - 1000, NOW);

test('a sample that a store could not keep is refused with the reason', () => {
  assert.equal(refused({}), null);
  assert.equal(refused({ value: Number.POSITIVE_INFINITY }), 'not_finite');
  assert.equal(refused({ at: NOW + 0.5 }), 'not_finite');
  assert.equal(refused({ at: NOW - 1001 }), 'too_old');
  assert.equal(refused({ at: NOW + 3_600_001 }), 'too_far_ahead');
  assert.equal(refused({ series: { ...series, name: 'a b' } }), 'not_named');
  assert.equal(refused({ series: { ...series, labels: { weir_tenant: 'other' } } }), 'not_named');
});

test('one series has one key, however its labels are written', () => {
  const a = normalSeries({ ...series, labels: { x: '1', none: '', b: 'l\nine\ud800' } });
  const b = normalSeries({ ...series, labels: { b: 'l\nine\ud800', x: '1' } });
  assert.equal(seriesKey(a), seriesKey(b));
  assert.deepEqual(a.labels, { b: 'l\ufffdine\ufffd', x: '1' });
});
