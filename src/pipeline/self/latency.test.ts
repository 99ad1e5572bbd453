import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latency } from './index.ts';

test('stamps become latencies since receipt, by severity, once for each event', () => {
  const latency = new Latency();
  latency.stamp(7, { received: 1000, decoded: 1002, journaled: 1010, acked: 1011 });
  latency.stamp(7, { evaluated: 1005, committed: 1020, received: 5 });
  assert.ok(latency.count(7, 'none', 990));
  latency.stamp(7, { published: 1030 });
  assert.ok(latency.count(7, 'critical', 10));
  assert.equal(latency.count(8, 'none', 1), false);
  const published = latency.summary().filter(({ stage }) => stage === 'published');
  assert.equal(published.length, 1);
  const [{ severity, count, p50Ms, maxMs }] = published;
  assert.deepEqual([severity, count, maxMs], ['critical', 10, 30]);
  assert.ok(Math.abs(p50Ms - 30) < 2);
  assert.equal(latency.histogram('acked', 'none').count, 990);
  assert.equal(latency.histogram('acked', 'none').maxMs, 11);
});

test('the waterfall of an event shows its stages in the order of time', () => {
  const latency = new Latency();
  latency.stamp(7, { received: 1000, decoded: 1002, journaled: 1010, evaluated: 1005 });
  assert.deepEqual(latency.waterfall('log1/0/7/3'), [
    { stage: 'received', atMs: 1000, sinceReceivedMs: 0, tookMs: 0 },
    { stage: 'decoded', atMs: 1002, sinceReceivedMs: 2, tookMs: 2 },
    { stage: 'evaluated', atMs: 1005, sinceReceivedMs: 5, tookMs: 3 },
    { stage: 'journaled', atMs: 1010, sinceReceivedMs: 10, tookMs: 5 },
  ]);
  for (const id of ['log1/0/8/0', 'nonsense', '', 'a/b/c/d', 'log1/0/7']) assert.equal(latency.waterfall(id), null, id);
});

test('only the last entries are kept, and a late stamp of an old one does not wipe out a new one', () => {
  const latency = new Latency(4);
  for (let position = 0; position < 6; position++) latency.stamp(position, { received: position });
  latency.stamp(0, { received: 99 });
  assert.equal(latency.waterfall('l/0/0/0'), null);
  assert.equal(latency.waterfall('l/0/1/0'), null);
  assert.deepEqual(
    [2, 3, 4, 5].map((position) => latency.waterfall(`l/0/${position}/0`)?.[0]?.atMs),
    [2, 3, 4, 5],
  );
});
