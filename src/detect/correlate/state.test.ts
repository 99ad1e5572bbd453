import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CorrelationRule } from '../sigma/model.ts';
import type { Firing } from './firing.ts';
import { CorrelationState, type EventTable } from './state.ts';

const RULE: CorrelationRule = {
  kind: 'correlation',
  id: 'c',
  title: 'c',
  level: 'high',
  references: [],
  tags: [],
  falsepositives: [],
  fields: [],
  path: 'c.yml',
  document: 0,
  type: 'event_count',
  rules: ['a'],
  groupBy: ['g'],
  timespanMs: 10,
  condition: [{ op: 'gte', value: 2 }],
  field: [],
  aliases: {},
  generate: false,
};
const BOUNDS = {
  correlationGroupsMax: 100,
  correlationEntriesMax: 100,
  correlationCombinationsMax: 4,
  correlationEventsShown: 3,
};

/** Events numbered as they come, one record each; `feed(time, group…)` adds one. */
function live(rule: Partial<CorrelationRule>, bounds: Partial<typeof BOUNDS> = {}) {
  const events: { time: number; groups: string[] }[] = [];
  const table: EventTable = {
    isFiring: () => false,
    position: (ref) => ({ time: events[ref].time, path: 'p', record: ref }),
    values: (ref) => events[ref].groups,
    events: (ref) => ({ list: [ref], count: 1 }),
  };
  const firings: Firing[] = [];
  const state = new CorrelationState({ ...RULE, ...rule }, table, (firing) => firings.push(firing), {
    ...BOUNDS,
    ...bounds,
  });
  const feed = (time: number, ...groups: string[]): void => {
    events.push({ time, groups });
    state.add(time, [{ rule: 0, ref: events.length - 1 }]);
  };
  return { state, firings, feed };
}

test('groups idle for more than a timespan are forgotten', () => {
  const { state, feed } = live({});
  feed(0, 'x');
  feed(5, 'y');
  feed(6, 'x');
  state.advance(16);
  assert.equal(state.groupCount, 1);
  state.advance(17);
  assert.equal(state.groupCount, 0);
});

test('a window judged at its end fires as soon as time has passed it, without a further event', () => {
  const { state, firings, feed } = live({ condition: [{ op: 'lt', value: 2 }] });
  feed(0, 'x');
  state.advance(10);
  assert.equal(firings.length, 0);
  state.advance(10.001);
  assert.deepEqual(
    firings.map((f) => [f.group, f.time, f.value]),
    [[{ g: 'x' }, 0, 1]],
  );
});

test('with too many groups the longest untouched goes, and is counted', () => {
  const { state, firings, feed } = live({}, { correlationGroupsMax: 2 });
  for (const group of ['x', 'y', 'x', 'z', 'y', 'x']) feed(1, group);
  assert.deepEqual([state.evicted, state.groupCount], [3, 2]);
  assert.deepEqual(
    firings.map((f) => f.events),
    [[0, 2]],
  );
});

test('with too many events in windows the longest untouched group goes, and is counted', () => {
  const { state, feed } = live({ condition: [{ op: 'gte', value: 50 }] }, { correlationEntriesMax: 5 });
  for (const group of ['x', 'y', 'y', 'y', 'y', 'y']) feed(1, group);
  assert.deepEqual([state.evicted, state.groupCount], [1, 1]);
});

test('an event whose lists name too many groups joins the first ones, and is counted', () => {
  const { state, feed } = live({});
  feed(1, 'p', 'q', 'r', 's', 't');
  assert.deepEqual([state.cut, state.groupCount], [1, 4]);
});

test('a long firing lists the first events and the last', () => {
  const { firings, feed } = live({ condition: [{ op: 'gte', value: 6 }] });
  for (let i = 0; i < 6; i++) feed(i, 'x');
  assert.deepEqual(
    firings.map((f) => [f.firstEvent, f.events, f.eventCount]),
    [[0, [0, 1, 5], 6]],
  );
});

test('a window through which thousands of events slide holds what is inside it', () => {
  const { firings, feed } = live({ timespanMs: 99, condition: [{ op: 'gte', value: 100 }] });
  for (let time = 0; time < 3000; time++) feed(time, 'x');
  assert.deepEqual(firings.map((f) => [f.time, f.value, f.firstEvent]).slice(0, 3), [
    [99, 100, 0],
    [199, 100, 100],
    [299, 100, 200],
  ]);
  assert.equal(firings.length, 30);
});
