import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthRegistry } from '../gateway/index.ts';
import { Admission, Pressure } from '../ingest/index.ts';
import { Readiness } from './readiness.ts';

function parts() {
  const health = healthRegistry(() => 1);
  const pressure = new Pressure();
  const admission = new Admission({ pressure: () => pressure.state });
  return { health, pressure, admission, readiness: new Readiness(admission, health) };
}

const at = (share: number) => ({ share, pressure: 0.95, worst: 'memory' }) as const;

test('not ready where nothing usual is let in, ready again where half of it is, and steady in between', () => {
  const { health, readiness } = parts();
  const states: string[] = [];
  health.onChange(({ state }) => states.push(state));
  for (const share of [1, 0.7, 0.49, 0.41]) readiness.observe(at(share));
  assert.equal(health.isReady(), true);
  readiness.observe(at(0.4));
  assert.equal(health.isReady(), false);
  assert.match(health.get('admission')?.reason ?? '', /^pressure is 0\.95 \(memory\): hardly anything is let in/);
  for (const share of [0.45, 0.4, 0.49, 0.05, 0.45]) readiness.observe({ ...at(share), pressure: share });
  assert.equal(health.isReady(), false);
  readiness.observe(at(0.5));
  assert.equal(health.isReady(), true);
  readiness.observe(at(0.45));
  assert.equal(health.isReady(), true);
  assert.deepEqual(states, ['stopped', 'ready']);
});

test('closed doors are not ready, by the name of what closed them, whatever the pressure', () => {
  const { health, admission, readiness } = parts();
  admission.close('journal', 'the disk is full');
  readiness.observe(at(1));
  assert.equal(health.get('admission')?.reason, 'the doors are closed (journal)');
  assert.equal(health.isReady(), false);
  admission.open('journal');
  readiness.observe(at(1));
  assert.deepEqual([health.isReady(), health.get('admission')?.reason], [true, null]);
});

test('pressure as it comes and goes ends readiness once and gives it back once', () => {
  const { health, pressure, readiness } = parts();
  const states: string[] = [];
  health.onChange(({ state }) => states.push(state));
  const calm = {
    queue: 0,
    cpu: 0,
    memory: 0,
    diskFree: 1,
    journal: 0,
    detect: 0,
    eventLoopMs: 0,
    responseMs: 0,
    errors: 0,
  };
  // Ten seconds of too much memory, a minute on the bound, and calm.
  for (let ms = 0; ms < 130_000; ms += 250) {
    const bound = ms % 2000 === 0 ? 1.1 : 0.9;
    const memory = ms < 10_000 ? 1.1 : ms < 70_000 ? bound : 0;
    readiness.observe(pressure.observe({ ...calm, memory }, ms));
  }
  assert.deepEqual(states, ['stopped', 'ready']);
});
