import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMs, elapsedMs, every, now, sleep } from './index.ts';

test('now is Unix milliseconds', () => {
  assert.ok(Math.abs(now() - Date.now()) < 1000);
});

test('elapsedMs grows by at least the time slept', async () => {
  const before = elapsedMs();
  await sleep(20);
  assert.ok(elapsedMs() - before >= 19);
});

test('sleep ends at once when its signal is aborted', async () => {
  const controller = new AbortController();
  const before = elapsedMs();
  const nap = sleep(10_000, controller.signal);
  controller.abort();
  await assert.rejects(nap, { name: 'AbortError' });
  assert.ok(elapsedMs() - before < 5000);
});

test('cpuMs grows with work and not with waiting', async () => {
  const idle = cpuMs();
  await sleep(50);
  assert.ok(cpuMs() - idle < 45);
  const busy = cpuMs();
  // A machine that others keep busy gives little of its time.
  const end = elapsedMs() + 10_000;
  while (cpuMs() - busy < 10 && elapsedMs() < end);
  assert.ok(cpuMs() - busy >= 10);
});

test('every repeats until it is stopped', async () => {
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = every(2, () => {
    calls += 1;
    if (calls === 3) resolve();
  });
  const alive = setInterval(() => {}, 1000);
  await promise;
  clearInterval(alive);
  stop();
  const settled = calls;
  await sleep(20);
  assert.equal(calls, settled);
});
