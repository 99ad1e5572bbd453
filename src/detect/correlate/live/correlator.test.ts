import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveCorrelator, type LiveFiring } from './correlator.ts';
import { Journal, rule } from './journal.twin.ts';

test('a firing is put out when the watermark has passed its last event: lateness after it', () => {
  const journal = new Journal([rule({})]);
  assert.deepEqual(journal.send(['0 a', '1 a', '2 a']), []);
  assert.deepEqual(journal.send(['7 a']), []);
  assert.deepEqual(journal.send(['7.001 x']), ['c r1 2 3 [0/0,0/1,0/2]']);
});

test('ticks let a firing out when the source has nothing more to say', () => {
  const journal = new Journal([rule({})]);
  journal.send(['0 a', '1 a', '2 a']);
  assert.deepEqual(journal.tick(5), []);
  assert.deepEqual(journal.tick(5.5), ['c r1 2 3 [0/0,0/1,0/2]']);
});

test('a firing names its event, its first event, its group and its exact count', () => {
  const live = new LiveCorrelator(
    [{ rule: rule({ groupBy: ['User'], condition: [{ op: 'gte', value: 1200 }] }), version: 'v9' }],
    { log: 'log-1/0' },
  );
  for (let row = 0; row < 1200; row++) {
    live.match('a', { tenant: 'x', source: 's', position: 4, row, time: row, receiveTime: 0 }, () => ['Bob']);
  }
  live.frame({ tenant: 'x', source: 's', position: 4, receiveTime: 0, maxEventTime: 60_000 });
  const [firing, ...others] = live.take();
  assert.equal(others.length, 0);
  const { id, rule: fired, events, ...rest } = firing;
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(fired.id, 'c');
  assert.deepEqual(
    [events.length, events[0], events[998], events[999]],
    [1000, 'log-1/0/4/0', 'log-1/0/4/998', 'log-1/0/4/1199'],
  );
  assert.deepEqual(rest, {
    revision: 1,
    withdrawn: false,
    version: 'v9',
    tenant: 'x',
    group: { User: 'Bob' },
    value: 1200,
    time: 1199,
    timeUsed: 'event',
    source: 's',
    event: 'log-1/0/4/1199',
    firstEvent: 'log-1/0/4/0',
    eventCount: 1200,
  });
});

test('a late event raises the revision of a firing and leaves its id, also when it comes before the first event', () => {
  const journal = new Journal([rule({})]);
  const ids: string[] = [];
  const take = (): LiveFiring[] => {
    const firings = [...journal.live.take()];
    ids.push(...firings.map(({ id }) => id));
    return firings;
  };
  const quiet = (lines: string[]): void => {
    const taken = journal.taken;
    journal.taken = () => [];
    journal.send(lines);
    journal.taken = taken;
  };
  quiet(['10 a', '11 a', '12 a', '20 x']);
  assert.deepEqual(
    take().map(({ revision, time, firstEvent }) => [revision, time, firstEvent]),
    [[1, 12_000, 'L/0/0/0']],
  );
  quiet(['11.5 a']);
  assert.deepEqual(
    take().map(({ revision, time, events }) => [revision, time, events]),
    [[2, 11_500, ['L/0/0/0', 'L/0/0/1', 'L/0/1/0']]],
  );
  quiet(['9 a']);
  assert.deepEqual(
    take().map(({ revision, time, firstEvent }) => [revision, time, firstEvent]),
    [[3, 11_000, 'L/0/2/0']],
  );
  assert.equal(new Set(ids).size, 1);
});

test('a late event that makes a firing is a new one', () => {
  const journal = new Journal([rule({})]);
  assert.deepEqual(journal.send(['0 a', '2 a', '20 x']), []);
  assert.deepEqual(journal.send(['1 a']), ['c r1 2 3 [0/0,1/0,0/1]']);
});

test('a late event that undoes a firing withdraws it; another one brings it back under its id', () => {
  const few = rule({ condition: [{ op: 'neq', value: 2 }] });
  const journal = new Journal([few]);
  assert.deepEqual(journal.send(['0 a', '30 x']), ['c r1 0 1 [0/0]']);
  assert.deepEqual(journal.send(['1 a']), ['c r2 0 1 gone']);
  assert.deepEqual(journal.send(['2 a']), ['c r3 2 3 [0/0,1/0,2/0]']);
});

test('a late event that changes nothing puts nothing out', () => {
  const journal = new Journal([rule({})]);
  assert.equal(journal.send(['0 a', '1 a', '2 a', '20 x']).length, 1);
  assert.deepEqual(journal.send(['3 a']), []);
  assert.equal(journal.live.counts()[0].rules['c'].late, 1);
});

test('an event behind everything that is kept is left out and counted under each correlation it came for', () => {
  const journal = new Journal([rule({}), rule({ id: 'long', timespanMs: 7_200_000 })]);
  journal.clock = 3600;
  journal.send(['0 a', '3600 x']);
  assert.deepEqual(journal.send(['1 a', '2 a']), ['long r1 2 3 [0/0,1/0,1/1]']);
  const { rules } = journal.live.counts()[0];
  assert.deepEqual([rules['c'].tooLate, rules['c'].late, rules['long'].tooLate, rules['long'].late], [2, 0, 0, 2]);
});

test('a firing that a late event changed is changed for the correlations above it too', () => {
  const pair = rule({ id: 'pair', groupBy: ['u'], condition: [{ op: 'gte', value: 2 }] });
  const both = rule({ id: 'both', rules: ['pair'], timespanMs: 60_000, condition: [{ op: 'gte', value: 2 }] });
  const journal = new Journal([both, pair]);
  assert.deepEqual(journal.send(['0 a u=x', '1 a u=x', '2 a u=y', '20 x']), ['pair r1 1 x 2 [0/0,0/1]']);
  assert.deepEqual(journal.send(['3 a u=y']), ['pair r1 3 y 2 [0/2,1/0]', 'both r1 3 2 [0/0,0/1,0/2,1/0]']);
  // A second event of x before its pair: the pair fires earlier, with another event.
  assert.deepEqual(journal.send(['0.5 a u=x']), ['pair r2 0.5 x 2 [0/0,2/0]', 'both r2 3 2 [0/0,2/0,0/2,1/0]']);
});

test('a correlation above one that is judged at the end waits for its windows', () => {
  const single = rule({ id: 'single', groupBy: ['u'], condition: [{ op: 'lt', value: 2 }] });
  const above = rule({ id: 'above', rules: ['single', 'b'], type: 'temporal', condition: [{ op: 'gte', value: 2 }] });
  const journal = new Journal([single, above]);
  assert.deepEqual(journal.send(['0 a u=x', '1 b', '14 x']), []);
  assert.deepEqual(journal.send(['15.1 x']), ['single r1 0 x 1 [0/0]']);
  assert.deepEqual(journal.send(['16.1 x']), ['above r1 1 2 [0/0,0/1]']);
});

test('two firings that begin with one event have ids of their own', () => {
  const average = rule({ type: 'value_avg', field: ['n'], condition: [{ op: 'gte', value: 5 }] });
  const journal = new Journal([average]);
  journal.send(['0 a n=10', '1 a n=-20', '2 a n=100']);
  const ids: string[] = [];
  journal.live.frame({ tenant: 't', source: 's', position: 1, receiveTime: 0, maxEventTime: 20_000 });
  for (const { id, firstEvent } of journal.live.take()) ids.push(`${id} ${firstEvent}`);
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(
    ids.map((id) => id.split(' ')[1]),
    ['L/0/0/0', 'L/0/0/0'],
  );
});

test('an event without time stands at its receipt; one too far ahead 5 min after it, and does not drag the watermark along', () => {
  const journal = new Journal([rule({ condition: [{ op: 'gte', value: 1 }], timespanMs: 1000 })]);
  journal.clock = 100;
  journal.send(['- a', '90 x']);
  journal.send(['4000 a']);
  assert.equal(journal.live.counts()[0].watermark, 395_000);
  journal.clock = 1000;
  journal.live.frame({ tenant: 't', source: 's', position: 2, receiveTime: 1_000_000, maxEventTime: 1_000_000 });
  assert.deepEqual(
    journal.live.take().map(({ time, timeUsed }) => [time, timeUsed]),
    [[400_000, 'skewed']],
  );
  const [{ skewed, receiveTimed }] = journal.live.counts();
  assert.deepEqual([skewed, receiveTimed], [1, 1]);
});

test('tenants share nothing: neither groups nor watermarks', () => {
  const journal = new Journal([rule({})]);
  assert.deepEqual(journal.send(['0 a', '1 a'], { tenant: 'one' }), []);
  assert.deepEqual(journal.send(['2 a', '100 x'], { tenant: 'two' }), []);
  assert.deepEqual(journal.send(['2 a', '3 x'], { tenant: 'one' }), []);
  assert.deepEqual(journal.send(['20 x'], { tenant: 'one' }), ['c r1 2 3 [0/0,0/1,2/0]']);
});

test('a changed correlation begins anew, one of the same version keeps its state, one that is gone gives its memory back', () => {
  const journal = new Journal([rule({ id: 'same' }), rule({ id: 'other' }), rule({ id: 'gone', groupBy: ['u'] })]);
  journal.send(['0 a u=x', '1 a u=y', '3 x']);
  const change = journal.live.setRules([
    { rule: rule({ id: 'new' }), version: 'v1' },
    { rule: rule({ id: 'same' }), version: 'v1' },
    { rule: rule({ id: 'other' }), version: 'v2' },
  ]);
  assert.deepEqual(change, { kept: ['same'], started: ['new', 'other'], ended: ['gone'] });
  assert.deepEqual(journal.send(['2 a', '20 x']), ['same r1 2 3 [0/0,0/1,1/0]']);
  journal.live.setRules([]);
  assert.equal(journal.live.bytes, 0);
  assert.deepEqual(journal.send(['2 a']), []);
});

test('entries out of order are a broken promise', () => {
  const journal = new Journal([rule({})]);
  journal.send(['0 a']);
  assert.throws(() => journal.live.tick({ position: 0, receiveTime: 0 }), /entry 0 after entry 0/);
});

test('a leap of the receive clock moves the watermark by 10 min at most', () => {
  const journal = new Journal([rule({})]);
  journal.send(['0 a']);
  journal.tick(365 * 86_400);
  assert.equal(journal.live.counts()[0].watermark, 595_000);
  journal.tick(10);
  journal.tick(20);
  assert.equal(journal.live.counts()[0].watermark, 605_000);
});

test('everything that is held is given back when all has expired', () => {
  const rules = [
    rule({ id: 'low', groupBy: ['u'], condition: [{ op: 'gte', value: 2 }] }),
    rule({ id: 'end', groupBy: ['u'], condition: [{ op: 'lt', value: 5 }] }),
    rule({ id: 'top', rules: ['low', 'end'], condition: [{ op: 'gte', value: 2 }] }),
  ];
  const journal = new Journal(rules);
  for (let i = 0; i < 200; i++) {
    journal.send([`${i} a u=${i % 7}`, `${i + 0.5} a u=${i % 3}`]);
    if (i % 5 === 0) journal.send([`${Math.max(0, i - 30)} a u=${i % 4}`]);
    if (i % 50 === 0) journal.cycle();
  }
  assert.ok(journal.live.bytes > 10_000);
  for (let i = 0; i < 5; i++) journal.end();
  assert.equal(journal.live.bytes, 0);
});

test('a late event that opens a window earlier lets it end earlier', () => {
  const journal = new Journal([rule({ condition: [{ op: 'lt', value: 3 }] })]);
  assert.deepEqual(journal.send(['10 a', '17 x']), []);
  assert.deepEqual(journal.send(['9 a', '24 x']), []);
  assert.deepEqual(journal.send(['24.1 x']), ['c r1 10 2 [1/0,0/0]']);
});

test('a firing that changes while it waits for a correlation above it is taken as it last was', () => {
  const single = rule({ id: 'single', groupBy: ['u'], condition: [{ op: 'lt', value: 3 }] });
  const pair = rule({ id: 'pair', groupBy: ['u'], condition: [{ op: 'gte', value: 2 }] });
  const above = rule({ id: 'above', rules: ['single', 'pair'], condition: [{ op: 'eq', value: 1 }] });
  const journal = new Journal([single, pair, above]);
  assert.deepEqual(journal.send(['10 a u=x', '11 a u=x', '17 x']), ['pair r1 11 x 2 [0/0,0/1]']);
  assert.deepEqual(journal.send(['10.5 a u=x', '17 x']), ['pair r2 10.5 x 2 [0/0,1/0]']);
  assert.deepEqual(journal.send(['40 x']), ['above r1 10.5 1 [0/0,1/0]']);
});

test('a snapshot of another journal is refused', () => {
  const { live } = new Journal([rule({})]);
  assert.throws(() => LiveCorrelator.restore(live.snapshot(), { log: 'M/0' }), {
    code: 'detect.snapshot_of_another',
    message: /journal L\/0, not to M\/0/,
  });
});

test('absurd times neither hang it nor move the watermark beyond receipt', () => {
  const journal = new Journal([rule({ condition: [{ op: 'lt', value: 1000 }] })], { correlationWaitingBytesMax: 100 });
  for (const time of [-1e300, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -8.64e15, 8.64e15]) {
    const position = ++journal.position;
    for (let row = 0; row < 5; row++) {
      journal.live.match('a', { tenant: 't', source: 's', position, row, time, receiveTime: 0 }, () => []);
    }
    journal.live.frame({ tenant: 't', source: 's', position, receiveTime: 0, maxEventTime: time });
  }
  const [{ watermark }] = journal.live.counts();
  assert.ok(watermark !== null && watermark <= 300_000.001);
  journal.end();
});
