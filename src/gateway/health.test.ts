import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthRegistry } from './health.ts';
import { timeMs } from './shapes.ts';

test('ready is when everything required works; started is having been ready once', () => {
  let nowMs = 1;
  const health = healthRegistry(() => nowMs);
  assert.deepEqual([health.isReady(), health.isLive(), health.hasStarted()], [false, true, false]);
  health.set('journal', 'starting', 'recovering', { required: true });
  health.set('rules', 'loading');
  assert.deepEqual([health.isReady(), health.hasStarted(), health.report().status], [false, false, 'starting']);
  nowMs = 2;
  health.set('journal', 'ready');
  assert.deepEqual([health.isReady(), health.hasStarted(), health.report().status], [true, true, 'loading']);
  health.set('rules', 'failed', 'no rule');
  assert.deepEqual([health.isReady(), health.isLive(), health.report().status], [true, true, 'failed']);
  health.set('journal', 'degraded', 'slow disk');
  assert.equal(health.isReady(), true);
  health.set('journal', 'failed', 'EIO');
  assert.deepEqual([health.isReady(), health.isLive(), health.hasStarted()], [false, false, true]);
  health.remove('rules');
  assert.equal(health.get('rules'), null);
});

test('a state has the time it began; listeners hear of every change and of nothing else', () => {
  let nowMs = 1;
  const health = healthRegistry(() => nowMs);
  const heard: string[] = [];
  const stop = health.onChange(({ name, state, reason }) => heard.push(`${name} ${state} ${reason}`));
  health.set('b', 'degraded', 'x');
  nowMs = 2;
  health.set('b', 'degraded', 'x');
  health.set('b', 'degraded', 'y');
  assert.equal(health.get('b')?.sinceMs, 1);
  health.set('b', 'ready');
  assert.equal(health.get('b')?.sinceMs, 2);
  stop();
  health.set('a', 'ready');
  assert.deepEqual(heard, ['b degraded x', 'b degraded y', 'b ready null']);
  assert.deepEqual(
    health.report().components.map(({ name }) => name),
    ['a', 'b'],
  );
});

test('times are spans back from now, RFC 3339 in UTC unless said, or milliseconds; nothing else', () => {
  const now = Date.UTC(2026, 0, 31, 12);
  assert.equal(timeMs('15m', now), now - 900_000);
  assert.equal(timeMs('90d', now), now - 90 * 86_400_000);
  assert.equal(timeMs('100y', now), 0);
  assert.equal(timeMs('2026-01-31', now), Date.UTC(2026, 0, 31));
  assert.equal(timeMs('2026-01-31T12:00', now), now);
  assert.equal(timeMs('2026-01-31 12:00:00.5Z', now), now + 500);
  assert.equal(timeMs('2026-01-31T12:00:00+02:00', now), now - 7_200_000);
  assert.equal(timeMs(String(now), now), now);
  for (const text of ['', '15', '-1', '15 m', '1e3', 'yesterday', '2026-13-01', '999999999999999', '15M', 'Infinity']) {
    assert.equal(timeMs(text, now), text === '15' ? 15 : null, text);
  }
});
