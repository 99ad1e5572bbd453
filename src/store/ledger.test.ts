import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Detections } from './index.ts';
import { commit, LOG, openStore, rule } from './kit.twin.ts';
import type { LedgerException, LedgerRange } from './types.ts';

const range = (from: number, to: number, change: Partial<LedgerRange> = {}): LedgerRange => ({
  tenant: 'acme',
  ruleSet: 's1',
  from,
  to,
  events: to - from + 1,
  evaluations: 10 * (to - from + 1),
  receivedFrom: from * 1000,
  receivedTo: to * 1000,
  ...change,
});

const exception = (from: number, to: number | null, change: Partial<LedgerException> = {}): LedgerException => ({
  tenant: 'acme',
  rule: 'r1',
  reason: 'disabled',
  from,
  to,
  events: 1,
  receivedFrom: from * 1000,
  receivedTo: to === null ? null : to * 1000,
  ...change,
});

function store(): Detections {
  const opened = openStore();
  const texts = { title: 'One', text: 'title: One' };
  opened.putRuleSet({
    hash: 's1',
    rules: [
      { ...rule('r1'), ...texts },
      { ...rule('r2'), ...texts },
    ],
  });
  opened.putRuleSet({ hash: 's2', rules: [{ ...rule('r2'), ...texts }] });
  opened.putRuleSet({
    hash: 's3',
    rules: [
      { ...rule('r1', 'v2'), ...texts },
      { ...rule('r2'), ...texts },
    ],
  });
  return opened;
}

const moment = (position: number) => ({ position, received: 1_700_000_000_000 + position * 1000 });

test('ranges of one rule set grow into one, also across what was other tenants’', () => {
  const opened = store();
  commit(opened, 4, [], { ledger: { ranges: [range(0, 4), range(0, 4, { tenant: 'beta' })] } });
  commit(opened, 5, [], { ledger: { ranges: [range(5, 5, { tenant: 'beta' })] } });
  commit(opened, 9, [], { ledger: { ranges: [range(6, 9)] } });
  assert.deepEqual(opened.read.ledger.ranges('acme', LOG), [
    { ruleSet: 's1', from: 0, to: 9, events: 9, evaluations: 90, receivedFrom: 0, receivedTo: 9000 },
  ]);
  assert.equal(opened.read.ledger.ranges('beta', LOG).length, 1);
  assert.deepEqual(opened.read.ledger.ranges('acme', 'other/0'), []);
  assert.deepEqual(opened.read.ledger.ranges('nobody', LOG), []);
});

test('a rule that was in every rule set, without exception, has seen all up to the checkpoint', () => {
  const opened = store();
  commit(opened, 4, [], { ledger: { ranges: [range(2, 4)] } });
  commit(opened, 20, [], { ledger: { ranges: [range(5, 8, { ruleSet: 's3' })] } });
  assert.deepEqual(opened.read.ledger.coverage('acme', LOG, 'r1'), {
    since: { position: 2, received: 2000 },
    upTo: moment(20),
    evaluated: moment(20),
    gaps: [],
    gapCount: 0,
  });
  const nothing = { since: null, upTo: null, evaluated: moment(20), gaps: [], gapCount: 0 };
  assert.deepEqual(opened.read.ledger.coverage('acme', LOG, 'unknown'), nothing);
  assert.deepEqual(opened.read.ledger.coverage('beta', LOG, 'r1'), nothing);
});

test('what a rule set without the rule evaluated is a gap, until a later set makes up for it', () => {
  const opened = store();
  commit(opened, 4, [], { ledger: { ranges: [range(0, 4)] } });
  commit(opened, 7, [], { ledger: { ranges: [range(5, 7, { ruleSet: 's2' })] } });
  commit(opened, 9, [], { ledger: { ranges: [range(8, 9)] } });
  assert.equal(opened.read.ledger.ranges('acme', LOG).length, 3);
  const coverage = opened.read.ledger.coverage('acme', LOG, 'r1');
  assert.deepEqual(coverage.upTo, { position: 4, received: 5000 });
  assert.deepEqual(coverage.gaps, [
    { reason: 'not_loaded', rule: 'r1', from: 5, to: 7, events: 3, receivedFrom: 5000, receivedTo: 7000, detail: 's2' },
  ]);
  assert.deepEqual(opened.read.ledger.coverage('acme', LOG, 'r2').upTo, moment(9));
  commit(opened, 9, [], { ledger: { ranges: [range(5, 7, { ruleSet: 's3' })] } });
  assert.deepEqual(opened.read.ledger.coverage('acme', LOG, 'r1').upTo, moment(9));
});

test('the same rule set does not evaluate the same positions twice', () => {
  const opened = store();
  commit(opened, 4, [], { ledger: { ranges: [range(0, 4)] } });
  for (const again of [range(4, 5), range(2, 2), range(0, 9)]) {
    assert.throws(() => commit(opened, 9, [], { ledger: { ranges: [again] } }), { code: 'store.order' });
  }
  assert.throws(() => commit(opened, 9, [], { ledger: { ranges: [range(7, 6, { ruleSet: 's2' })] } }), {
    code: 'store.order',
  });
  assert.throws(() => commit(opened, 8, [], { ledger: { ranges: [range(9, 9)] } }), { code: 'store.order' });
  assert.equal(opened.read.ledger.ranges('acme', LOG)[0].to, 4);
});

test('an exception that holds is one row until it is closed; neighbours merge; each ends what was seen without a gap', () => {
  const opened = store();
  const say = (position: number, ...exceptions: LedgerException[]): void => {
    const from = opened.read.checkpoint(LOG)?.position ?? -1;
    const ranges = position > from ? [range(from + 1, position)] : [];
    commit(opened, position, [], { ledger: { ranges, exceptions } });
  };
  say(4);
  say(6, exception(5, null, { detail: 'by ann' }));
  say(9, exception(7, null));
  const coverage = () => opened.read.ledger.coverage('acme', LOG, 'r1');
  const open = { reason: 'disabled', rule: 'r1', from: 5, to: null, events: 2, receivedFrom: 5000, receivedTo: null };
  assert.deepEqual(coverage().gaps, [{ ...open, detail: 'by ann' }]);
  assert.deepEqual(coverage().upTo, { position: 4, received: 5000 });
  say(12, exception(10, 11, { events: 0 }));
  assert.deepEqual(coverage().gaps, [{ ...open, to: 11, receivedTo: 11_000, detail: 'by ann' }]);
  say(
    20,
    exception(13, 13, { reason: 'late' }),
    exception(14, 14, { reason: 'late' }),
    exception(16, 17, { reason: 'late' }),
  );
  say(20, exception(3, null, { reason: 'quarantined' }), exception(3, 2, { reason: 'quarantined' }));
  say(20, exception(18, 19, { rule: '*', reason: 'stage_off' }), exception(18, 19, { tenant: 'beta' }));
  assert.deepEqual(
    coverage().gaps.map(({ reason, rule: of, from, to, events }) => [reason, of, from, to, events]),
    [
      ['disabled', 'r1', 5, 11, 2],
      ['late', 'r1', 13, 14, 2],
      ['late', 'r1', 16, 17, 1],
      ['stage_off', '*', 18, 19, 1],
    ],
  );
  assert.equal(coverage().gapCount, 4);
  assert.deepEqual(
    opened.read.ledger.coverage('acme', LOG, 'r2').gaps.map(({ rule: of }) => of),
    ['*'],
  );
});

test('what a set does without because it is in quarantine is said once, also of a tenant that the rule never saw', () => {
  const opened = store();
  const aside = exception(5, 7, { reason: 'quarantined', events: 3, detail: 'slow' });
  const ranges = [range(0, 4), range(5, 7, { ruleSet: 's2' }), range(8, 9), range(10, 12, { ruleSet: 's2' })];
  const beta = { tenant: 'beta' };
  commit(opened, 12, [], {
    ledger: {
      ranges: [...ranges, range(5, 7, { ruleSet: 's2', ...beta })],
      exceptions: [aside, { ...aside, ...beta }],
    },
  });
  const gaps = (tenant: string) =>
    opened.read.ledger
      .coverage(tenant, LOG, 'r1')
      .gaps.map(({ reason, from, to, events }) => [reason, from, to, events]);
  assert.deepEqual(gaps('acme'), [
    ['quarantined', 5, 7, 3],
    ['not_loaded', 10, 12, 3],
  ]);
  assert.deepEqual(gaps('beta'), [['quarantined', 5, 7, 3]]);
});

test('an exception found later for earlier positions is not lost in the one that is there', () => {
  const opened = store();
  commit(opened, 20, [], { ledger: { ranges: [range(0, 20)], exceptions: [exception(10, 15), exception(3, 5)] } });
  const { gaps, upTo } = opened.read.ledger.coverage('acme', LOG, 'r1');
  assert.deepEqual(
    gaps.map(({ from, to }) => [from, to]),
    [
      [3, 5],
      [10, 15],
    ],
  );
  assert.equal(upTo?.position, 2);
});

test('however ranges fall into commits, their sums and their reach are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ length: fc.integer({ min: 1, max: 4 }), mine: fc.boolean() }), { minLength: 1 }),
      (parts) => {
        const opened = store();
        let [position, events, last] = [0, 0, -1];
        for (const { length, mine } of parts) {
          const ranges = mine ? [range(position, position + length - 1)] : [];
          commit(opened, position + length - 1, [], { ledger: { ranges } });
          if (mine) [events, last] = [events + length, position + length - 1];
          position += length;
        }
        const rows = opened.read.ledger.ranges('acme', LOG);
        assert.deepEqual(
          rows.map((row) => [row.events, row.to]),
          events === 0 ? [] : [[events, last]],
        );
        opened.close();
      },
    ),
    { numRuns: 20 },
  );
});
