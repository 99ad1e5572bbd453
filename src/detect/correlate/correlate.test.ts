/** Correlations over what a scan gathered: correlate.ts, with groups as grouping.ts finds them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../base/index.ts';
import type { CorrelationRule } from '../sigma/model.ts';
import { correlate } from './correlate.ts';
import { type TwinEvent, twin } from './correlate.twin.ts';
import { BaseHits, fieldNeeds } from './hits.ts';

const MINUTE = 60_000;

function rule(parts: Partial<CorrelationRule>): CorrelationRule {
  return {
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
    groupBy: [],
    timespanMs: 10_000,
    condition: [{ op: 'gte', value: 3 }],
    field: [],
    aliases: {},
    generate: false,
    ...parts,
  };
}

/** `time rule field=value …`, time in seconds; `time` alone of `-` is no time. The event's number is its index. */
function events(...lines: string[]): (Omit<TwinEvent, 'time'> & { time: number | null })[] {
  return lines.map((line, index) => {
    const [time, rules, ...pairs] = line.split(' ');
    const fields: Record<string, (string | null)[]> = {};
    for (const pair of pairs) {
      const [name, value] = pair.split('=');
      fields[name] = value === 'null' ? [null] : value.split(',');
    }
    return {
      time: time === '-' ? null : Number(time) * 1000,
      path: 'p',
      record: index + 1,
      rules: rules.split('+'),
      fields,
    };
  });
}

function gather(
  rules: readonly CorrelationRule[],
  list: readonly (Omit<TwinEvent, 'time'> & { time: number | null })[],
) {
  const hits = new BaseHits(fieldNeeds(rules));
  list.forEach((event, index) => {
    for (const id of event.rules) {
      hits.add(
        id,
        { time: event.time, path: event.path, record: event.record, event: index },
        (name) => event.fields[name] ?? [],
      );
    }
  });
  return hits;
}

/** Each firing as `seconds group value [events]`. */
function fired(rules: readonly CorrelationRule[], ...lines: string[]): string[] {
  return correlate(rules, gather(rules, events(...lines))).firings.map(
    (f) => `${f.rule.id} ${f.time / 1000} ${Object.values(f.group).join('/')} ${f.value} [${f.events}]`,
  );
}

test('event_count fires when the count is reached, not again while it stays, and again after it was false', () => {
  const lines = ['0 a', '1 a', '2 a', '3 a', '30 a', '31 a', '32 a'];
  assert.deepEqual(fired([rule({})], ...lines), ['c 2  3 [0,1,2]', 'c 32  3 [4,5,6]']);
});

test('a condition that stays true fires again once more than a timespan has passed', () => {
  const lines = Array.from({ length: 15 }, (_, second) => `${second} a`);
  assert.deepEqual(fired([rule({})], ...lines), ['c 2  3 [0,1,2]', 'c 13  11 [3,4,5,6,7,8,9,10,11,12,13]']);
});

test('windows are closed: an event exactly one timespan old counts, one a microsecond older does not', () => {
  assert.deepEqual(fired([rule({})], '0 a', '5 a', '10 a'), ['c 10  3 [0,1,2]']);
  assert.deepEqual(fired([rule({})], '0 a', '5 a', '10.000001 a'), []);
});

test('the ten failed logins of the specification, in groups by user whatever the case of the name', () => {
  const failed = rule({ groupBy: ['User'], timespanMs: 10 * MINUTE, condition: [{ op: 'gte', value: 10 }] });
  const lines = Array.from({ length: 10 }, (_, i) => [
    `${i * 60} a User=${i % 2 ? 'ALICE' : 'alice'}`,
    `${i * 61} a User=bob`,
  ]);
  assert.deepEqual(
    correlate([failed], gather([failed], events(...lines.flat()))).firings.map((f) => [
      f.group,
      f.time / MINUTE,
      f.eventCount,
    ]),
    [
      [{ User: 'ALICE' }, 9, 10],
      [{ User: 'bob' }, 9.15, 10],
    ],
  );
});

test('an event without a group-by field, or with null in it, is counted as ungrouped and left out', () => {
  const grouped = rule({ groupBy: ['User', 'Host'], condition: [{ op: 'gte', value: 1 }] });
  const result = correlate(
    [grouped],
    gather([grouped], events('1 a User=x', '2 a User=null Host=h', '3 a User=x Host=h')),
  );
  assert.deepEqual(result.ungrouped, { c: 2 });
  assert.deepEqual(
    result.firings.map((f) => f.events),
    [[2]],
  );
});

test('an event without time is left out and counted under its rule', () => {
  const result = correlate([rule({})], gather([rule({})], events('- a', '1 a', '2 a')));
  assert.deepEqual(result.untimed, { a: 1 });
  assert.deepEqual(result.firings, []);
});

test('an event that matches two referenced rules is one event', () => {
  assert.deepEqual(fired([rule({ rules: ['a', 'b'] })], '0 a+b', '1 a+b'), []);
  assert.deepEqual(fired([rule({ rules: ['a', 'b'] })], '0 a+b', '1 a', '2 b'), ['c 2  3 [0,1,2]']);
});

test('an event with a list in its group-by field belongs to the group of each element', () => {
  const grouped = rule({ groupBy: ['Ip'], condition: [{ op: 'gte', value: 2 }] });
  assert.deepEqual(fired([grouped], '0 a Ip=x,y', '1 a Ip=y,z', '2 a Ip=z'), ['c 1 y 2 [0,1]', 'c 2 z 2 [1,2]']);
});

test('lt is judged once, at the end of the window its first event opens, also when the stream ends before', () => {
  const few = rule({ groupBy: ['h'], condition: [{ op: 'lt', value: 3 }] });
  assert.deepEqual(fired([few], '0 a h=1', '1 a h=1', '2 a h=1', '3 a h=2', '13.5 a h=2'), [
    'c 3 2 1 [3]',
    'c 13.5 2 1 [4]',
  ]);
  assert.deepEqual(fired([few], '0 a h=1', '10 a h=1'), ['c 10 1 2 [0,1]']);
});

test('lte, eq and neq judge the same windows', () => {
  const lines = ['0 a h=1', '1 a h=1', '2 a h=2', '3 a h=3', '4 a h=3', '5 a h=3'];
  const of = (op: 'lte' | 'eq' | 'neq') => fired([rule({ groupBy: ['h'], condition: [{ op, value: 2 }] })], ...lines);
  assert.deepEqual(of('lte'), ['c 1 1 2 [0,1]', 'c 2 2 1 [2]']);
  assert.deepEqual(of('eq'), ['c 1 1 2 [0,1]']);
  assert.deepEqual(of('neq'), ['c 2 2 1 [2]', 'c 5 3 3 [3,4,5]']);
});

test('a range is judged at the end of the window, so that what goes beyond it does not fire', () => {
  const range = rule({
    groupBy: ['h'],
    condition: [
      { op: 'gt', value: 1 },
      { op: 'lte', value: 3 },
    ],
  });
  const lines = ['0 a h=1', '1 a h=1', '2 a h=1', '3 a h=1', '0 a h=2', '1 a h=2', '0 a h=3'];
  assert.deepEqual(fired([range], ...lines), ['c 1 2 2 [4,5]']);
});

test('value_count counts distinct values, case-insensitively and without null', () => {
  const users = rule({ type: 'value_count', field: ['User'], groupBy: ['Host'] });
  const lines = [
    '0 a Host=h User=a',
    '1 a Host=h User=A',
    '2 a Host=h User=null',
    '3 a Host=h User=b',
    '4 a Host=h',
    '5 a Host=h User=c',
  ];
  assert.deepEqual(fired([users], ...lines), ['c 5 h 3 [0,1,2,3,4,5]']);
});

test('several counted fields count as a tuple, only where all are present', () => {
  const pairs = rule({ type: 'value_count', field: ['u', 'v'] });
  assert.deepEqual(fired([pairs], '0 a u=1 v=1', '1 a u=1', '2 a u=1 v=2', '3 a u=1 v=1', '4 a u=11 v=1'), [
    'c 4  3 [0,1,2,3,4]',
  ]);
});

test('value_sum is exact on decimals while values come and go, and ignores what is no number', () => {
  const sum = rule({ type: 'value_sum', field: ['n'], condition: [{ op: 'gte', value: 0.3 }] });
  assert.deepEqual(fired([sum], '0 a n=0.1', '1 a n=many', '2 a n=0.2'), ['c 2  0.3 [0,1,2]']);
  assert.deepEqual(fired([sum], '0 a n=1e16', '11 a n=0.1', '22 a n=0.2', '23 a n=0.1'), [
    'c 0  10000000000000000 [0]',
    'c 23  0.3 [2,3]',
  ]);
  assert.deepEqual(
    fired([rule({ type: 'value_sum', field: ['n'], condition: [{ op: 'lt', value: 5 }] })], '0 a', '1 a n=x'),
    [],
  );
});

test('value_avg is over the numbers only', () => {
  const average = rule({ type: 'value_avg', field: ['n'], condition: [{ op: 'gt', value: 500 }] });
  assert.deepEqual(fired([average], '0 a n=400', '1 a', '2 a n=601'), ['c 2  500.5 [0,1,2]']);
});

test('value_percentile takes the nearest rank', () => {
  const of = (percentile: number, value: number) =>
    rule({ type: 'value_percentile', field: ['n'], percentile, condition: [{ op: 'eq', value }] });
  const lines = ['0 a n=15', '1 a n=20', '2 a n=35', '3 a n=40', '4 a n=50'];
  for (const [percent, value] of [
    [0, 15],
    [5, 15],
    [30, 20],
    [40, 20],
    [50, 35],
    [100, 50],
  ]) {
    assert.deepEqual(fired([of(percent, value)], ...lines), [`c 4  ${value} [0,1,2,3,4]`]);
  }
});

test('temporal needs every rule in the window, in any order', () => {
  const recon = rule({
    type: 'temporal',
    rules: ['a', 'b', 'c1'],
    groupBy: ['h'],
    condition: [{ op: 'gte', value: 3 }],
  });
  assert.deepEqual(fired([recon], '0 b h=1', '1 a h=2', '2 c1 h=1', '3 b h=1', '9 a h=1', '9.5 b h=2'), [
    'c 9 1 3 [0,2,3,4]',
  ]);
});

test('temporal_ordered fires only for the given order, and lists one event a step', () => {
  const ordered = rule({ type: 'temporal_ordered', rules: ['a', 'b', 'd'], condition: [{ op: 'gte', value: 3 }] });
  assert.deepEqual(fired([ordered], '0 b', '1 a', '2 d', '3 b', '4 b', '5 d'), [
    'c 5  3 [1,3,5]'.replace('3,5', '4,5'),
  ]);
  assert.deepEqual(fired([ordered], '0 d', '1 b', '2 a'), []);
  assert.deepEqual(fired([ordered], '0 a', '5 b', '10.5 d'), []);
});

test('temporal_ordered uses one event for one step, and record numbers to order events of one time', () => {
  const ordered = rule({ type: 'temporal_ordered', rules: ['a', 'b'], condition: [{ op: 'gte', value: 2 }] });
  assert.deepEqual(fired([ordered], '0 a+b'), []);
  assert.deepEqual(fired([ordered], '0 a+b', '1 a+b'), ['c 1  2 [0,1]']);
  assert.deepEqual(fired([ordered], '0 a', '0 b'), ['c 0  2 [0,1]']);
  assert.deepEqual(fired([ordered], '0 b', '0 a'), []);
});

test('aliases read each rule’s own field: the internal error and the connection of the specification', () => {
  const aliased = rule({
    type: 'temporal',
    rules: ['internal_error', 'new_network_connection'],
    groupBy: ['internal_ip', 'remote_ip'],
    condition: [{ op: 'gte', value: 2 }],
    aliases: {
      internal_ip: { internal_error: 'destination.ip', new_network_connection: 'source.ip' },
      remote_ip: { internal_error: 'source.ip', new_network_connection: 'destination.ip' },
    },
  });
  const lines = [
    '0 internal_error destination.ip=10.0.0.1 source.ip=9.9.9.9',
    '1 new_network_connection destination.ip=10.0.0.1 source.ip=9.9.9.9',
    '2 new_network_connection destination.ip=9.9.9.9 source.ip=10.0.0.1',
  ];
  const { firings } = correlate([aliased], gather([aliased], events(...lines)));
  assert.deepEqual(
    firings.map((f) => [f.group, f.events]),
    [[{ internal_ip: '10.0.0.1', remote_ip: '9.9.9.9' }, [0, 2]]],
  );
});

const manyFailed = rule({ id: 'many', rules: ['failed'], groupBy: ['User'], timespanMs: 10 * MINUTE });
const thenSuccess = rule({
  id: 'outer',
  type: 'temporal_ordered',
  rules: ['many', 'success'],
  groupBy: ['User'],
  timespanMs: 10 * MINUTE,
  condition: [{ op: 'gte', value: 2 }],
});

test('a chain: failed logins followed by a success of the same user, wherever the outer rule stands in the list', () => {
  const lines = [
    '0 failed User=x',
    '1 failed User=x',
    '2 success User=x',
    '3 failed User=x',
    '4 success User=y',
    '5 success User=x',
  ];
  const expected = ['many 3 x 3 [0,1,3]', 'outer 5 x 2 [0,1,3,5]'];
  assert.deepEqual(fired([thenSuccess, manyFailed], ...lines), expected);
  assert.deepEqual(fired([manyFailed, thenSuccess], ...lines), expected);
});

test('a firing that does not group by a field has that of its last event', () => {
  const byHost = rule({ ...manyFailed, groupBy: ['Host'] });
  const lines = [
    '0 failed Host=h User=a',
    '1 failed Host=h User=b',
    '2 failed Host=h User=c',
    '3 success User=a',
    '4 success User=c',
  ];
  assert.deepEqual(fired([byHost, thenSuccess], ...lines), ['many 2 h 3 [0,1,2]', 'outer 4 c 2 [0,1,2,4]']);
});

test('firings of one position are events of their own; an event_count over them counts each', () => {
  const each = rule({ id: 'each', groupBy: ['Ip'], condition: [{ op: 'gte', value: 1 }] });
  const spread = rule({ id: 'spread', rules: ['each'], condition: [{ op: 'gte', value: 2 }] });
  assert.deepEqual(fired([each, spread], '0 a Ip=x,y'), ['each 0 x 1 [0]', 'each 0 y 1 [0]', 'spread 0  2 [0]']);
});

test('a firing lists the first events and the last, and counts all', () => {
  const many = rule({ condition: [{ op: 'gte', value: 1200 }], timespanMs: MINUTE * 60 });
  const { firings } = correlate([many], gather([many], events(...Array.from({ length: 1200 }, (_, i) => `${i} a`))));
  assert.equal(firings.length, 1);
  assert.equal(firings[0].eventCount, 1200);
  assert.equal(firings[0].events.length, limits.correlationEventsShown);
  assert.deepEqual(firings[0].events.slice(-3), [997, 998, 1199]);
});

// Random streams: few values and times, so that windows fill, ties and boundaries occur and conditions turn.
const field = fc.constantFrom<(string | null)[]>(
  [],
  [null],
  ['x'],
  ['X'],
  ['y'],
  ['x', 'z'],
  ['1'],
  ['0.25'],
  ['-3.1'],
  ['12'],
  ['7', '7'],
);
const event = fc.record({
  time: fc
    .oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0.5, 10, 10.125, 20.25))
    .map((seconds) => seconds * 1000),
  path: fc.constantFrom('p', 'q'),
  rules: fc.subarray(['a', 'b', 'd'], { minLength: 1 }),
  fields: fc.record({ g: fc.constantFrom(['u'], ['U'], ['v'], ['u', 'v'], [null], []), n: field, m: field }),
});
const streams = fc
  .array(event, { maxLength: 24 })
  .map((list) => list.map((one, index): TwinEvent => ({ ...one, record: index + 1 })));
const condition = fc.oneof(
  fc
    .record({ op: fc.constantFrom('gt' as const, 'gte' as const), value: fc.integer({ min: 0, max: 5 }) })
    .map((one) => [one]),
  fc
    .record({
      op: fc.constantFrom('lt' as const, 'lte' as const, 'eq' as const, 'neq' as const),
      value: fc.integer({ min: 0, max: 4 }),
    })
    .map((one) => [one]),
  fc.constant([
    { op: 'gte' as const, value: 2 },
    { op: 'lt' as const, value: 4 },
  ]),
);
const common = {
  condition,
  groupBy: fc.constantFrom([], ['g'], ['g', 'm']),
  rules: fc.constantFrom(['a'], ['a', 'b'], ['b', 'd', 'a']),
};

const cases: [CorrelationRule['type'], fc.Arbitrary<Partial<CorrelationRule>>][] = [
  ['event_count', fc.record(common)],
  ['value_count', fc.record({ ...common, field: fc.constantFrom(['n'], ['n', 'm']) })],
  ['value_sum', fc.record({ ...common, field: fc.constant(['n']) })],
  ['value_avg', fc.record({ ...common, field: fc.constant(['n']) })],
  [
    'value_percentile',
    fc.record({ ...common, field: fc.constant(['n']), percentile: fc.constantFrom(0, 10, 50, 99, 100) }),
  ],
  ['temporal', fc.record(common)],
  ['temporal_ordered', fc.record(common)],
];

for (const [type, parts] of cases) {
  test(`${type} agrees with the plain twin on random streams, in any order of arrival`, () => {
    fc.assert(
      fc.property(parts, streams, fc.infiniteStream(fc.nat()), (some, list, shuffle) => {
        const one = rule({ ...some, type });
        const expected = twin(one, list);
        const hits = new BaseHits(fieldNeeds([one]));
        const order = list.map((_, index) => index).map((index) => ({ index, key: shuffle.next().value ?? 0 }));
        for (const { index } of order.sort((a, b) => a.key - b.key)) {
          const { time, path, record, rules, fields } = list[index];
          for (const id of rules)
            hits.add(
              id,
              { time, path, record, event: index },
              (name) => new Map(Object.entries(fields)).get(name) ?? [],
            );
        }
        const actual = correlate([one], hits);
        const plain = actual.firings
          .map((f) => ({
            group: Object.values(f.group),
            time: f.time,
            record: f.record,
            events: type === 'temporal_ordered' ? [] : f.events,
            value: f.value,
          }))
          .sort((a, b) => a.time - b.time || a.record - b.record || (`${a.group}` < `${b.group}` ? -1 : 1));
        assert.deepEqual(plain, expected.firings);
        assert.equal(actual.ungrouped.c ?? 0, expected.ungrouped);
        if (type === 'temporal_ordered') for (const f of actual.firings) assertSequence(one, list, f.events, f.value);
      }),
      { numRuns: 400 },
    );
  });
}

/** One event a step: strictly later each, each matching a later rule than the one before, inside one timespan. */
function assertSequence(
  one: CorrelationRule,
  list: readonly TwinEvent[],
  sequence: readonly number[],
  length: number,
): void {
  assert.equal(sequence.length, length);
  const times = sequence.map((index) => list[index].time);
  assert.ok(times[times.length - 1] - times[0] <= one.timespanMs);
  let from = 0;
  for (const index of sequence) {
    const step = one.rules.findIndex((id, i) => i >= from && list[index].rules.includes(id));
    assert.ok(step >= 0);
    from = step + 1;
  }
}
