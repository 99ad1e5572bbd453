import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SELF_ALERTS, type SelfSample } from './conditions.ts';
import { SelfAlerts, SourceWatch } from './index.ts';

const CALM: SelfSample = {
  sources: [],
  detectLagMs: 0,
  receivedPerSecond: 1000,
  deadLetteredPerSecond: 0,
  filteredPerSecond: 0,
  droppedPerSecond: 0,
  diskFreeShare: 0.5,
  journalShare: 0.1,
  quarantinedRules: [],
  notifiers: [],
  clockJumpMs: 0,
  pressure: 0,
  booksOff: 0,
};

/** What provokes each alert: bad samples, one between the bounds that changes nothing, where there is such, and the words. */
const PROVOKED: Readonly<
  Record<string, { bad: Partial<SelfSample>; between?: Partial<SelfSample>; subject: string; says: RegExp }>
> = {
  'source-silent': {
    bad: { sources: [{ tenant: 'acme', source: 'dc1', lastMs: -400_000, intervalMs: 60_000 }] },
    subject: 'acme/dc1',
    says: /nothing came from acme\/dc1 for \d+ s; expected every 60 s/,
  },
  'detect-lag': { bad: { detectLagMs: 9000 }, between: { detectLagMs: 3000 }, subject: '', says: /9 s behind/ },
  'dead-letters': {
    bad: { deadLetteredPerSecond: 50 },
    between: { deadLetteredPerSecond: 5 },
    subject: '',
    says: /5\.0 % of what comes/,
  },
  shedding: { bad: { filteredPerSecond: 3 }, subject: '', says: /3\.0 events a second are left out/ },
  drops: { bad: { droppedPerSecond: 1 }, subject: '', says: /1\.0 traces/ },
  disk: {
    bad: { diskFreeShare: 0.05 },
    between: { diskFreeShare: 0.11 },
    subject: '',
    says: /5\.0 % of the disk is free/,
  },
  journal: { bad: { journalShare: 0.9 }, between: { journalShare: 0.78 }, subject: '', says: /at 90\.0 %/ },
  'rule-quarantined': {
    bad: { quarantinedRules: [{ id: 'r1', reason: 'it took 9 s' }] },
    subject: 'r1',
    says: /rule r1 is not run: it took 9 s/,
  },
  'notifier-failing': {
    bad: { notifiers: [{ id: 'hook', failuresInRow: 3, lastError: 'refused' }] },
    between: { notifiers: [{ id: 'hook', failuresInRow: 1, lastError: 'refused' }] },
    subject: 'hook',
    says: /hook failed 3 times in a row: refused/,
  },
  'clock-jump': {
    bad: { clockJumpMs: -3_600_000 },
    between: { clockJumpMs: 1000 },
    subject: '',
    says: /jumped by -3600\.0 s/,
  },
  pressure: { bad: { pressure: 0.95 }, between: { pressure: 0.7 }, subject: '', says: /0\.95/ },
  books: { bad: { booksOff: -1 }, subject: '', says: /off by -1 events/ },
};

/** A sample a second; what happened, as `second kind`. */
function run(alerts: SelfAlerts, id: string, sample: Partial<SelfSample>, fromS: number, forS: number): string[] {
  const found: string[] = [];
  for (let second = fromS; second < fromS + forS; second++) {
    for (const { kind, active } of alerts.observe({ ...CALM, ...sample }, second * 1000)) {
      assert.equal(active.alert.id, id);
      assert.equal(active.subject, PROVOKED[id].subject);
      assert.match(active.detail, PROVOKED[id].says);
      found.push(`${second} ${kind}`);
    }
  }
  return found;
}

test('every alert is provoked here', () => {
  assert.deepEqual(Object.keys(PROVOKED).sort(), SELF_ALERTS.map(({ id }) => id).sort());
});

for (const { id, holdMs, clearMs, todo } of SELF_ALERTS) {
  test(`${id}: fires when its condition has held, stays while it is not clear, ends, and fires again`, () => {
    const { bad, between } = PROVOKED[id];
    const alerts = new SelfAlerts();
    const hold = holdMs / 1000;
    const clear = clearMs / 1000;
    assert.deepEqual(run(alerts, id, {}, 0, 100), []);
    if (hold > 0) {
      // A moment is not enough.
      assert.deepEqual(run(alerts, id, bad, 100, hold), []);
      assert.equal(alerts.active[0]?.state, 'pending');
      assert.deepEqual(run(alerts, id, {}, 100 + hold, 10), []);
      assert.deepEqual(alerts.active, []);
    }
    assert.deepEqual(run(alerts, id, bad, 200, hold + 50), [`${200 + hold} fired`]);
    assert.equal(alerts.active[0]?.firedMs, (200 + hold) * 1000);
    if (between !== undefined) assert.deepEqual(run(alerts, id, between, 300, 100), []);
    if (clear > 0) {
      assert.deepEqual(run(alerts, id, {}, 400, clear), []);
      assert.deepEqual(run(alerts, id, bad, 400 + clear, 1), []);
    }
    // With no such subject any more it is over at once, else when it has been clear for its time.
    const gone = PROVOKED[id].subject !== '';
    assert.deepEqual(run(alerts, id, {}, 500, 100), [`${500 + (gone ? 0 : clear)} resolved`]);
    assert.deepEqual(alerts.active, []);
    assert.deepEqual(run(alerts, id, bad, 700, hold + 1), [`${700 + hold} fired`]);
    assert.match(todo, /^[A-Z].*\.$/);
  });
}

test('each subject has an alert of its own, and their number is bounded and counted', () => {
  const alerts = new SelfAlerts(SELF_ALERTS, 3);
  const quarantinedRules = Array.from({ length: 5 }, (_, i) => ({ id: `r${i}`, reason: 'slow' }));
  const fired = alerts.observe({ ...CALM, quarantinedRules }, 0);
  assert.deepEqual(
    fired.map(({ active }) => active.subject),
    ['r0', 'r1', 'r2'],
  );
  assert.equal(alerts.unwatched, 2);
  const next = alerts.observe({ ...CALM, quarantinedRules: quarantinedRules.slice(1) }, 1000);
  assert.deepEqual(
    next.map(({ kind, active }) => `${kind} ${active.subject}`),
    ['resolved r0', 'fired r3'],
  );
});

test('a silent source fires after its interval and ends with its next event', () => {
  const watch = new SourceWatch((_tenant, source) => (source === 'set' ? 10_000 : null));
  const alerts = new SelfAlerts();
  const at = (second: number): string[] =>
    alerts
      .observe({ ...CALM, sources: watch.signs() }, second * 1000)
      .map(({ kind, active }) => `${kind} ${active.subject}`);
  watch.expect('t', 'set', 0);
  assert.deepEqual(at(10), []);
  assert.deepEqual(at(11), ['fired t/set']);
  watch.heard('t', 'set', 12_000);
  assert.deepEqual(at(12), ['resolved t/set']);
  watch.expect('t', 'set', 30_000);
  assert.equal(watch.signs()[0].lastMs, 12_000);
});

test("a source's interval is learnt from its pauses: three times the longest, a minute at least, forgotten slowly", () => {
  const watch = new SourceWatch();
  let now = 0;
  const beat = (times: number, ms: number): number | null => {
    for (let i = 0; i < times; i++) {
      now += ms;
      watch.heard('t', 's', now);
    }
    return watch.signs()[0].intervalMs;
  };
  assert.equal(beat(20, 1000), null);
  assert.equal(beat(1, 1000), 60_000);
  assert.equal(beat(1, 600_000), 1_800_000);
  const later = beat(700, 1000) ?? 0;
  assert.ok(later > 880_000 && later < 920_000, `${later}`);
});

test('sources are bounded: the longest silent is forgotten, and counted', () => {
  const watch = new SourceWatch(undefined, 2);
  for (const [i, source] of ['a', 'b', 'a', 'c'].entries()) watch.heard('t', source, i);
  assert.deepEqual(
    watch.signs().map(({ source }) => source),
    ['a', 'c'],
  );
  assert.equal(watch.forgotten, 1);
});
