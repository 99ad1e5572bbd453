import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoorLoads } from './door-loads.ts';
import { SMALL_BODY_BYTES } from './messages.ts';

const LARGE = SMALL_BODY_BYTES + 1;

test('small bodies go together to the first door until it has much or something large; large ones to the least loaded', () => {
  const doors = new DoorLoads(2);
  const give = (bytes: number): number => {
    const door = doors.pick(bytes);
    doors.hold(door, bytes, 1);
    return door;
  };
  assert.deepEqual([give(1000), give(1000), give(LARGE)], [0, 0, 1]);
  assert.deepEqual([give(1000), give(LARGE)], [0, 0]);
  assert.equal(doors.bytes, 3000 + 2 * LARGE);
  assert.equal(give(1000), 1, 'both have something large: the least loaded');
  doors.hold(0, LARGE, -1);
  assert.equal(give(1000), 0);
  const many = new DoorLoads(2);
  for (let i = 0; i < 4; i++) many.hold(0, SMALL_BODY_BYTES, 1);
  assert.equal(many.pick(1000), 1);
});
