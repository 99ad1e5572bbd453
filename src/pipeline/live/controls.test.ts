/** What was in force where (controls.ts); src/server/events.test.ts has event-record.ts, journal-event.ts and rule-states.ts with a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Controls } from './controls.ts';

test('rules hold from where they are named; what a process took before it named any, under the first that it does', () => {
  const controls = new Controls();
  assert.deepEqual([controls.setAt(0), controls.versionAt(0), controls.stageAt('a', 'detect', 0)], [null, null, true]);
  controls.add(0, { kind: 'start', version: '1', at: 0 });
  controls.add(5, { kind: 'rules', set: 'x', count: 1 });
  controls.add(9, { kind: 'rules', set: 'y', count: 1 });
  controls.add(12, { kind: 'stage', stage: 'detect', tenant: 'a', on: false, by: 'k', at: 0 });
  controls.add(15, { kind: 'stage', stage: 'detect', tenant: 'a', on: true, by: 'k', at: 0 });
  controls.add(20, { kind: 'start', version: '2', at: 0 });
  controls.add(24, { kind: 'rules', set: 'z', count: 1 });
  assert.deepEqual(
    [1, 5, 8, 9, 19, 20, 23, 30].map((position) => controls.setAt(position)),
    ['x', 'x', 'x', 'y', 'y', 'z', 'z', 'z'],
  );
  assert.deepEqual([controls.versionAt(19), controls.versionAt(20)], ['1', '2']);
  const on = (tenant: string) => [11, 12, 14, 15].map((position) => controls.stageAt(tenant, 'detect', position));
  assert.deepEqual(
    [on('a'), on('b')],
    [
      [true, false, false, true],
      [true, true, true, true],
    ],
  );
});
