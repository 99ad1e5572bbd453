import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepStopSignals, onStopSignal, releaseStopSignals, type StopSignal, sleep } from './index.ts';

test('two signals at once are one request; a later one means now; after the end none arrives', async () => {
  const seen: [StopSignal, boolean][] = [];
  const end = onStopSignal((signal, again) => seen.push([signal, again]));
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  await sleep(300);
  process.emit('SIGTERM', 'SIGTERM');
  end();
  process.emit('SIGHUP', 'SIGHUP');
  assert.deepEqual(seen, [
    ['SIGINT', false],
    ['SIGTERM', true],
  ]);
});

test('a signal that comes before anybody listens is kept for the first who does, and for nobody else', () => {
  keepStopSignals();
  process.emit('SIGTERM', 'SIGTERM');
  const seen: [StopSignal, boolean][] = [];
  onStopSignal((signal, again) => seen.push([signal, again]))();
  onStopSignal((signal, again) => seen.push([signal, again]))();
  assert.deepEqual(seen, [['SIGTERM', false]]);
  assert.equal(process.listenerCount('SIGTERM'), 0);
});

test('a signal that was kept ends the process where nobody is going to listen', async () => {
  keepStopSignals();
  process.emit('SIGHUP', 'SIGHUP');
  const ended = new Promise((resolve) => process.once('SIGHUP', resolve));
  releaseStopSignals();
  assert.equal(await ended, 'SIGHUP');
  releaseStopSignals();
  assert.equal(process.listenerCount('SIGHUP'), 0);
});
