import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMs, diskSpace, loadSampler, sleep } from './index.ts';

test('the sampler sees CPU that is used, memory, disk and an event loop that is held up', async () => {
  using sampler = loadSampler('.');
  await sleep(30);
  sampler.sample();
  await sleep(30);
  const until = cpuMs() + 80;
  while (cpuMs() < until);
  await sleep(30);
  const busy = sampler.sample();
  assert.ok(busy.cpuShare > 0.05 && busy.cpuShare <= 1, `${busy.cpuShare}`);
  assert.ok(busy.eventLoopDelayMs >= 50, `${busy.eventLoopDelayMs}`);
  assert.ok(busy.memoryBytes > 20e6);
  assert.ok(busy.diskFreeBytes > 0 && busy.diskFreeBytes <= busy.diskBytes);
  assert.equal(diskSpace('.').totalBytes, busy.diskBytes);
});
