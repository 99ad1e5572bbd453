/** Half the load for a long time, while somebody makes up names: memory and descriptors stay where they are, the books balance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/index.ts';
import { Campaign } from './campaign.ts';
import { counts, isFull, skipFaults } from './counts.ts';
import { report } from './report.ts';
import { pause } from './server.ts';

const MEASURE_MS = 4000;
const SAMPLE_MS = 500;
const HOUR_MS = 3_600_000;
const SLOPE_MAX_MB = 1;
const DESCRIPTORS_SPREAD = 12;

/** Least squares, per hour. */
function slope(samples: readonly { readonly at: number; readonly value: number }[]): number {
  const mean = (of: (sample: { at: number; value: number }) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, value] = [mean((sample) => sample.at), mean((sample) => sample.value)];
  const spread = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0);
  return (samples.reduce((sum, sample) => sum + (sample.at - at) * (sample.value - value), 0) / spread) * HOUR_MS;
}

test('at half load, under names that never repeat, memory and descriptors stay', {
  skip: skipFaults,
  timeout: 4 * HOUR_MS,
}, async (t) => {
  let attacked = 0;
  const campaign = new Campaign(t, {
    asked: false,
    // Every other request comes from a source that nobody has heard of.
    sourceOf: (sender, request) => (request % 2 === 0 ? `s${sender}` : `made-up-${attacked++}`),
    madeUpFields: true,
    pauseMs: 0,
  });
  const { senders } = campaign;
  await campaign.start();
  await campaign.server.rulesInForce();
  senders.resume();
  await pause(MEASURE_MS);
  const perSecond = (senders.acknowledged / MEASURE_MS) * 1000;
  const busyMs = (MEASURE_MS * counts.senders) / Math.max(1, senders.statuses.get(200) ?? 1);
  senders.pauseMs = busyMs;
  await pause(counts.soakWarmUpMs);
  const memory: { at: number; value: number }[] = [];
  const descriptors: number[] = [];
  const [begun, before] = [performance.now(), senders.acknowledged];
  while (performance.now() - begun < counts.soakMs) {
    memory.push({ at: performance.now() - begun, value: campaign.server.memoryBytes / 1e6 });
    descriptors.push(campaign.server.descriptors);
    await pause(SAMPLE_MS);
    assert.equal(campaign.server.exit, null, campaign.server.said);
  }
  const rate = ((senders.acknowledged - before) / (performance.now() - begun)) * 1000;
  const [first, last] = [memory.at(0)?.value ?? 0, memory.at(-1)?.value ?? 0];
  const figures = {
    events_per_s: Math.round(rate),
    full_load_events_per_s: Math.round(perSecond),
    made_up_sources: attacked,
    memory_mb: `${Math.round(first)} to ${Math.round(last)}`,
    slope_mb_per_hour: Number(slope(memory).toFixed(2)),
    descriptors: `${Math.min(...descriptors)} to ${Math.max(...descriptors)}`,
  };
  report(t, figures);
  assert.ok(Math.max(...descriptors) - Math.min(...descriptors) <= DESCRIPTORS_SPREAD, figures.descriptors);
  if (isFull) assert.ok(figures.slope_mb_per_hour < SLOPE_MAX_MB, figures.memory_mb);
  // A short run fills caches and little else; its slope says nothing.
  else assert.ok(Math.max(...memory.map(({ value }) => value)) * 1e6 < limits.serverMemoryBytes, figures.memory_mb);
  await campaign.finish();
});
