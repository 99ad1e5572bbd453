import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCorrelations } from './compiled.ts';
import { LiveEvents } from './events.ts';
import { NONE } from './groups.ts';
import { rule } from './journal.twin.ts';
import type { Fired } from './judge.ts';
import { Records } from './records.ts';

const [compiled] = compileCorrelations([{ rule: rule({}), version: 'v' }]);

/** Firings of one group over events at second 0, 1, …, event n being `0/n`. */
function setUp() {
  const events = new LiveEvents();
  const layout = events.layout('a', [], false);
  const refs = Array.from({ length: 30 }, (_, row) =>
    events.add(layout, { time: row * 1000, source: 's', position: 0, row }, 'event', []),
  );
  const out: string[] = [];
  const ids: string[] = [];
  const records = new Records(compiled, {
    events,
    put: (_, { id, revision, withdrawn, first, at }) => {
      if (!ids.includes(id)) ids.push(id);
      out.push(`#${ids.indexOf(id)} r${revision} ${first}-${at.row}${withdrawn ? ' gone' : ''}`);
    },
    fired: () => {},
    retracted: () => {},
  });
  const fired = (first: number, last: number): Fired => ({
    ref: refs[last],
    group: [],
    value: last - first + 1,
    events: refs.slice(first, last + 1).map((_, i) => `0/${first + i}`),
    eventCount: last - first + 1,
    firstTime: first * 1000,
  });
  const taken = (): string[] => out.splice(0);
  return { records, fired, taken, refs };
}

test('a firing found again as it was puts nothing out', () => {
  const { records, fired, taken } = setUp();
  records.add(1, 'k', fired(0, 2));
  assert.deepEqual(taken(), ['#0 r1 0/0-2']);
  records.reconcile(1, 'k', NONE, NONE, [fired(0, 2)]);
  assert.deepEqual(taken(), []);
});

test('each firing is continued by that with its anchor, then its first event, then by one over the same time', () => {
  const { records, fired, taken } = setUp();
  for (const one of [fired(1, 3), fired(11, 13), fired(20, 22)]) records.add(1, 'k', one);
  taken();
  records.reconcile(1, 'k', NONE, NONE, [fired(0, 3), fired(10, 12), fired(19, 21)]);
  assert.deepEqual(taken(), ['#0 r2 0/0-3', '#1 r2 0/10-12', '#2 r2 0/19-21']);
  // By anchor: the firing that began with event 11 when it was first put out.
  records.reconcile(1, 'k', NONE, NONE, [fired(0, 4), fired(11, 12), fired(10, 14), fired(19, 22)]);
  assert.deepEqual(taken(), ['#0 r3 0/0-4', '#1 r3 0/11-12', '#3 r1 0/10-14', '#2 r3 0/19-22']);
});

test('what has no successor is withdrawn once, and comes back under its id', () => {
  const { records, fired, taken } = setUp();
  records.add(1, 'k', fired(1, 3));
  records.add(1, 'k', fired(20, 22));
  taken();
  records.reconcile(1, 'k', NONE, NONE, [fired(20, 22)]);
  records.reconcile(1, 'k', NONE, NONE, [fired(20, 22)]);
  assert.deepEqual(taken(), ['#0 r2 0/1-3 gone']);
  records.reconcile(1, 'k', NONE, NONE, [fired(1, 3), fired(20, 22)]);
  assert.deepEqual(taken(), ['#0 r3 0/1-3']);
});

test('only the stretch that was judged again is compared', () => {
  const { records, fired, taken, refs } = setUp();
  for (const one of [fired(1, 3), fired(11, 13), fired(20, 22)]) records.add(1, 'k', one);
  taken();
  records.reconcile(1, 'k', refs[3], refs[22], []);
  assert.deepEqual(taken(), ['#1 r2 0/11-13 gone']);
});

test('firings that begin with one event are told apart, also after one of them is gone from the list', () => {
  const { records, fired, taken } = setUp();
  for (const last of [3, 5, 7]) records.add(1, 'k', fired(1, last));
  assert.deepEqual(taken(), ['#0 r1 0/1-3', '#1 r1 0/1-5', '#2 r1 0/1-7']);
  assert.equal(records.bytes, 1800);
  records.expire(1, 5000);
  assert.equal(records.bytes, 1200);
  records.forget(1);
  assert.equal(records.bytes, 0);
});

test('the id depends on rule, version, group and first event alone', () => {
  const ids = new Set<string>();
  for (const [version, key, first] of [
    ['v', 'k', 1],
    ['w', 'k', 1],
    ['v', 'l', 1],
    ['v', 'k', 2],
    ['v', 'k', 1],
  ] as const) {
    const { fired, refs } = setUp();
    const events = new LiveEvents();
    const layout = events.layout('a', [], false);
    for (const row of refs.keys()) events.add(layout, { time: row, source: 's', position: 0, row }, 'event', []);
    const [other] = compileCorrelations([{ rule: rule({}), version }]);
    const put = (_: unknown, { id }: { id: string }): void => void ids.add(id);
    new Records(other, { events, put, fired: () => {}, retracted: () => {} }).add(0, key, fired(first, 3));
  }
  assert.equal(ids.size, 4);
});
