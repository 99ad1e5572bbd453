import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveEvents } from './events.ts';
import { PendingChanges } from './pending.ts';

function setUp() {
  const events = new LiveEvents();
  const layout = events.layout('r', [], false);
  const [first, second] = [1, 2].map((time) =>
    events.add(layout, { time, source: '', position: 0, row: 0 }, 'event', []),
  );
  return { events, pending: new PendingChanges(events), first, second };
}

test('an event that is taken away before it was added leaves no trace', () => {
  const { events, pending, first, second } = setUp();
  pending.add(7, first);
  pending.add(7, first);
  pending.remove(7, first);
  pending.remove(7, second);
  const taken = [...pending.take()];
  assert.deepEqual(taken, [[7, { adds: new Set(), removes: new Set([second]) }]]);
  assert.deepEqual([pending.size, pending.bytes], [0, 0]);
  events.release(first);
  assert.equal(events.count, 1);
});

test('groups are taken one at a time, longest waiting first; what is dropped is given back', () => {
  const { events, pending, first, second } = setUp();
  for (const group of [3, 1, 2]) pending.add(group, first);
  for (const [group] of pending.take()) {
    assert.equal(group, 3);
    break;
  }
  assert.deepEqual([pending.has(3), pending.has(1)], [false, true]);
  pending.drop(1);
  pending.drop(2);
  pending.drop(99);
  // Those of group 3 are the taker's.
  for (const ref of [first, first, second]) events.release(ref);
  assert.deepEqual([events.count, pending.bytes], [0, 0]);
});
