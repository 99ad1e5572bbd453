import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import { LogHistogram } from './index.ts';

test('quantiles are within 7 % of those of the sorted values, from 10 µs to an hour', () => {
  const random = seededRandom(5);
  const values = Array.from({ length: 20_000 }, () => 0.01 * 2 ** (random.integer(28_000) / 1000));
  const histogram = new LogHistogram();
  for (const value of values) histogram.add(value);
  values.sort((a, b) => a - b);
  for (const q of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.ceil(q * values.length) - 1];
    assert.ok(Math.abs(histogram.quantile(q) / exact - 1) < 0.07, `${q}: ${histogram.quantile(q)} for ${exact}`);
  }
  assert.equal(histogram.maxMs, values.at(-1));
});

test('what lies outside of the buckets is counted all the same', () => {
  const histogram = new LogHistogram();
  for (const ms of [-5, 0, 0.001, Number.NaN]) histogram.add(ms);
  histogram.add(1e12, 2);
  assert.equal(histogram.count, 6);
  assert.equal(histogram.quantile(0.5), 0.005);
  assert.equal(histogram.quantile(1), 1e12);
  assert.equal(histogram.upTo(1), 4);
  assert.equal(new LogHistogram().quantile(0.5), 0);
  const sum = new LogHistogram();
  sum.add(8, 10);
  sum.merge(histogram);
  assert.deepEqual([sum.count, sum.maxMs, sum.counts.reduce((a, b) => a + b, 0)], [16, 1e12, 16]);
});
