/**
 * What the embedded store does beside the suite of all stores (test/store/metrics.test.ts, which is where influx and prometheus are tested): hours
 * (fold), retention, limits.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { limits, overrideLimits } from '../../base/index.ts';
import { EmbeddedMetrics } from './embedded.ts';
import { EmbeddedReader } from './embedded-read.ts';
import { HOUR_MS, MINUTE_MS, type Point, type Sample } from './types.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-embedded-'));
after(() => fs.rmSync(folder, { recursive: true }));

const DAY_MS = 24 * HOUR_MS;
const RETENTION = { samplesMs: 2 * DAY_MS, minutesMs: 3 * DAY_MS, hoursMs: 4 * DAY_MS };
const NOW = Date.now();
const HOUR = Math.floor(NOW / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;

let files = 0;
const newFile = (): string => path.join(folder, `${files++}.db`);

const sample = (at: number, value: number, name = 'a'): Sample => ({
  series: { tenant: 't', name, labels: {} },
  at,
  value,
  increase: 1,
});

async function read(store: Pick<EmbeddedMetrics, 'read'>, stepMs: number | null, fromMs = 0, toMs = NOW + DAY_MS) {
  const points: Point[] = [];
  for await (const page of store.read({ tenant: 't', name: 'a', fromMs, toMs, stepMs })) points.push(...page);
  return points.map(({ at, stepMs: step, count, increase }) => [at - HOUR, step, count, increase]);
}

test('what is folded, what is not, and what comes late to a folded hour answer together, each sample once', async () => {
  const store = new EmbeddedMetrics(newFile(), RETENTION);
  for (let i = 0; i < 6; i++) await store.write([sample(HOUR + i * 30 * MINUTE_MS, i)]);
  const before = [await read(store, null), await read(store, HOUR_MS), await read(store, 2 * HOUR_MS)];
  store.tidy(NOW);
  assert.deepEqual([await read(store, null), await read(store, HOUR_MS), await read(store, 2 * HOUR_MS)], before);
  assert.deepEqual(before[1], [
    [0, HOUR_MS, 2, 2],
    [HOUR_MS, HOUR_MS, 2, 2],
    [2 * HOUR_MS, HOUR_MS, 2, 2],
  ]);
  await store.write([sample(HOUR + 1, 9), sample(HOUR, 7)]);
  assert.deepEqual((await read(store, HOUR_MS))[0], [0, HOUR_MS, 3, 3]);
  store.tidy(NOW + 1);
  assert.deepEqual((await read(store, HOUR_MS))[0], [0, HOUR_MS, 3, 3]);
  store.close();
});

test('samples, minutes and hours go one after the other, and what is left answers, as coarse as it is', async () => {
  const store = new EmbeddedMetrics(newFile(), RETENTION);
  await store.write([sample(HOUR, 1), sample(HOUR + 1000, 2), sample(HOUR + MINUTE_MS, 3)]);
  store.tidy(NOW);
  assert.equal((await read(store, null)).length, 3);
  store.tidy(NOW + 2 * DAY_MS);
  assert.deepEqual(await read(store, null), [
    [0, MINUTE_MS, 2, 2],
    [MINUTE_MS, MINUTE_MS, 1, 1],
  ]);
  store.tidy(NOW + 3 * DAY_MS);
  assert.deepEqual(await read(store, null), [[0, HOUR_MS, 3, 3]]);
  assert.deepEqual(await read(store, MINUTE_MS), [[0, HOUR_MS, 3, 3]]);
  store.tidy(NOW + 5 * DAY_MS);
  assert.deepEqual(await read(store, null), []);
  assert.deepEqual(await store.series('t', null), []);
  store.close();
});

test('samples and the place of a rule are kept together or not at all', async () => {
  const file = newFile();
  const store = new EmbeddedMetrics(file, RETENTION);
  await store.write([sample(HOUR, 1)], { rule: 'r', tenant: 't', position: 7, run: 1 });
  const tooMany = Array.from({ length: limits.metricWriteSamplesMax + 1 }, () => sample(HOUR, 1));
  await assert.rejects(store.write(tooMany, { rule: 'r', tenant: 't', position: 9, run: 2 }), { code: 'store.input' });
  store.close();
  const again = new EmbeddedMetrics(file, RETENTION);
  assert.deepEqual(again.places(), [{ rule: 'r', tenant: 't', position: 7, run: 1 }]);
  assert.equal((await read(again, null)).length, 1);
  again.close();
});

test('a tenant has so many series and no more; further samples are counted, and those of another tenant kept', async () => {
  const { metricStoreSeriesMax } = limits;
  overrideLimits({ metricStoreSeriesMax: 2 });
  const store = new EmbeddedMetrics(newFile(), RETENTION);
  try {
    const named = ['a', 'b', 'c', 'd'].map((name) => sample(HOUR, 1, name));
    assert.deepEqual(await store.write(named), { too_many_series: 2 });
    const other = { ...sample(HOUR, 1), series: { tenant: 'other', name: 'a', labels: {} } };
    assert.deepEqual(await store.write([other]), {});
  } finally {
    store.close();
    overrideLimits({ metricStoreSeriesMax });
  }
});

test('a reader of its own sees what was written, also while hours are folded', async () => {
  const file = newFile();
  const store = new EmbeddedMetrics(file, RETENTION);
  await store.write([sample(HOUR, 1)]);
  using reader = EmbeddedReader.open(file);
  assert.equal((await read(reader, null)).length, 1);
  store.tidy(NOW);
  await store.write([sample(HOUR + 1, 1)]);
  assert.equal((await read(reader, null)).length, 2);
  store.close();
});
