import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onStopSignal, type StopSignal, sleep } from './index.ts';

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
