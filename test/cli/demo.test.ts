import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratch, weir } from './run.ts';

test('the demo tells its story in order, from what the ordinary scan finds', async () => {
  const { status, stdout, stderr } = await weir(['demo']);
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  const times = lines.map((line) => line.slice(0, 24));
  assert.deepEqual(times, times.toSorted());
  assert.equal(lines.length >= 40, true);
  const scan = await weir(['scan', 'demo/story', '--format', 'timeline']);
  assert.equal(scan.stdout, stdout);
  assert.match(stderr, /Larkfield Instruments/);
});

test('with an empty rules folder the demo finds nothing', async (t) => {
  const { folder } = scratch(t);
  const { status, stdout, stderr } = await weir(['demo', '--rules', folder]);
  assert.deepEqual([status, stdout], [0, '']);
  assert.match(stderr, /No hits in 7,\d{3} events/);
});

test('the demo takes the scan’s formats', async () => {
  const { stdout, stderr } = await weir(['demo', '--format', 'table']);
  assert.match(stdout, /^ CRITICAL {2}\d hits/);
  assert.equal(stderr.includes('Larkfield'), false);
});
