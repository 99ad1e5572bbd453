/** What doors tell of what has come (arrivals.ts), and how it gets to the store (lane-arrivals.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { loadRules } from '../../detect/index.ts';
import { packRules } from '../rules.ts';
import { Scanner } from '../scanner.ts';
import { Arrivals, laneOf } from './arrivals.ts';
import { event, FIRST, rule } from './kit.twin.ts';
import { LaneArrivals } from './lane-arrivals.ts';
import type { DurableUnit, EvaluatedBatch, LaneRows } from './types.ts';

const RULES = packRules(loadRules([{ path: 'a.yml', text: rule(FIRST, 'User', 'mallory') }]));
const scanner = new Scanner(RULES, 1 << 16, loadKernelModule());

function arrived(arrivals: Arrivals, lines: readonly string[], leaveOut: readonly number[] = [], tenant = 'a', at = 0) {
  scanner.takeRows();
  scanner.engine.kernel.load(Buffer.from(lines.join('\n')));
  let found = { evaluations: 0, lanes: [] as readonly LaneRows[] };
  const place = { path: null, firstRecord: null, records: null, position: null, carved: false };
  const onBatch = () => {
    found = arrivals.take(scanner, leaveOut, tenant, at);
  };
  scanner.scan({ ...place, onBatch });
  return found;
}

const told = ({ lanes }: { lanes: readonly LaneRows[] }) =>
  lanes.map(({ lane, rows, columns, more }) => {
    const { source, facts } = laneOf(lane);
    return [source?.id ?? null, facts.at(-1)?.service ?? null, rows, [...(columns ?? [])].sort(), more ?? false];
  });

test('a door tells of events by kind, and of each column once, again after a while, and to each tenant', () => {
  const arrivals = new Arrivals();
  const columns = ['@timestamp', 'Channel', 'EventID', 'User'];
  const lines = [event({ User: 'x' }), '{"a":1}', event({ User: 'y' })];
  const nothing = [null, null, 1, [], false];
  const found = arrived(arrivals, lines, [], 'a', 1000);
  assert.equal(found.evaluations, 2);
  assert.deepEqual(told(found), [['windows.nxlog', 'security', 2, columns, false], nothing]);
  assert.deepEqual(told(arrived(arrivals, [event({ Host: 'h' })], [], 'a', 2000)), [
    ['windows.nxlog', 'security', 1, ['Host'], false],
  ]);
  assert.deepEqual(told(arrived(arrivals, lines, [], 'b', 3000))[0], ['windows.nxlog', 'security', 2, columns, false]);
  assert.deepEqual(told(arrived(arrivals, lines, [], 'a', 700_000))[0].at(3), columns);
});

test('what is left out has not arrived and was evaluated by nothing', () => {
  const arrivals = new Arrivals();
  const found = arrived(arrivals, [event({ User: 'x' }), event({ Host: 'h' })], [1]);
  assert.deepEqual(
    [found.evaluations, told(found)[0].slice(2, 4)],
    [1, [1, ['@timestamp', 'Channel', 'EventID', 'User']]],
  );
  assert.deepEqual(arrived(arrivals, [event({ Host: 'h' })], [0]), { evaluations: 0, lanes: [] });
});

test('names without end are bounded, and that there are more is told', () => {
  const arrivals = new Arrivals();
  const wide = (from: number) => event(Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${from + i}`, 1])));
  assert.equal(told(arrived(arrivals, [event({ ['x'.repeat(limits.columnCharactersMax + 1)]: 1 })]))[0].at(4), true);
  let columns = 0;
  let more = false;
  for (let i = 0; i < 4; i++) {
    const [{ columns: own = [], more: beyond }] = arrived(arrivals, [wide(i * 900)]).lanes;
    columns += own.length;
    more ||= beyond === true;
  }
  assert.ok(columns <= limits.laneColumnsMax);
  assert.equal(more, true);
});

const unit = (number: number, first: number): DurableUnit => ({
  unit: number,
  first,
  entries: [],
  receivedAt: first * 10,
  tenant: 'a',
  source: 's',
  door: 'http',
  control: null,
  evaluating: true,
});
const batch = (lanes: readonly LaneRows[]): EvaluatedBatch => ({
  rows: 1,
  evaluations: 0,
  hitRows: new Uint32Array(),
  hitRules: new Uint32Array(),
  hitEnds: new Uint32Array(),
  hitTimes: new Float64Array(),
  lines: new Uint8Array(),
  base: null,
  lanes,
});

test('news that came with a result that was thrown away come with the one in its place', () => {
  const arrivals = new LaneArrivals();
  arrivals.told({ unit: 1, epoch: 1, batches: [batch([{ lane: 'l', rows: 1, columns: ['x'] }])] });
  arrivals.told({ unit: 1, epoch: 2, replayed: true, batches: [batch([{ lane: 'l', rows: 1 }])] });
  arrivals.add(unit(1, 5), [batch([{ lane: 'l', rows: 1 }])]);
  assert.deepEqual(arrivals.gathered, [
    { tenant: 'a', lane: 'l', position: 5, received: 50, lastReceived: 50, events: 1, columns: ['x'], more: false },
  ]);
});

test('without news events of a kind are one entry; news begin another', () => {
  const arrivals = new LaneArrivals();
  const plain = [batch([{ lane: 'l', rows: 2 }])];
  arrivals.add(unit(1, 5), plain);
  arrivals.add(unit(2, 6), plain);
  const news = [batch([{ lane: 'l', rows: 3, columns: ['y'] }])];
  arrivals.told({ unit: 3, epoch: 1, batches: news });
  arrivals.add(unit(3, 7), news);
  arrivals.add(unit(4, 8), plain);
  assert.deepEqual(
    arrivals.gathered.map(({ position, lastReceived, events, columns }) => [position, lastReceived, events, columns]),
    [
      [5, 60, 4, []],
      [7, 80, 5, ['y']],
    ],
  );
  arrivals.stored();
  assert.deepEqual(arrivals.gathered, []);
});
