/** Policies, holds and reasons against segments: by hand, and over seven years of a simulated clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import { segment } from './kit.twin.ts';
import { planMerges } from './merges.ts';
import {
  hotUntil,
  type LegalHold,
  leastMsOf,
  planRetention,
  policyFaults,
  type RetentionInput,
  type RetentionPlan,
  type RetentionPolicy,
} from './retention.ts';
import type { NewSegment } from './types.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2030, 5, 15);
const micros = (ms: number): bigint => BigInt(Math.floor(ms)) * 1000n;

/** A segment received and happened so many days ago. */
function aged(from: number, to: number, change: Partial<NewSegment> = {}): NewSegment {
  const [min, max] = [micros(NOW - from * DAY_MS), micros(NOW - to * DAY_MS)];
  return segment(0, 9, { minReceived: min, maxReceived: max, minTime: min, maxTime: max, ...change });
}

const policy = (change: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  name: 'all',
  reason: 'operations',
  by: 'receive',
  ...change,
});
const most = (days: number, change: Partial<RetentionPolicy> = {}) => policy({ mostMs: days * DAY_MS, ...change });

/** What is done with each segment, by its number. */
function done(
  segments: readonly RetentionInput[],
  policies: readonly RetentionPolicy[],
  holds: readonly LegalHold[] = [],
) {
  const plan = planRetention(segments, { policies, holds }, NOW);
  const numbers = (list: readonly { readonly segment: RetentionInput }[]) =>
    list.map((one) => segments.indexOf(one.segment));
  return { expire: numbers(plan.expire), rewrite: numbers(plan.rewrite), retained: numbers(plan.retained), plan };
}

test('where no policy says otherwise everything is kept', () => {
  const { plan } = done([aged(10_000, 9000)], []);
  assert.deepEqual(plan, { expire: [], rewrite: [], retained: [], over: [] });
  assert.deepEqual(done([aged(10_000, 9000)], [policy({ leastMs: 1 })]).plan, plan);
});

test('a segment goes when its youngest event is past its time, and is written anew when its oldest is by a day', () => {
  const segments = [aged(32, 30.001), aged(32, 30), aged(30.9, 29), aged(29, 1)];
  const { expire, rewrite, plan } = done(segments, [most(30)]);
  assert.deepEqual([expire, rewrite], [[0], [1]]);
  assert.deepEqual(plan.rewrite[0].before, { received: micros(NOW - 30 * DAY_MS) });
  assert.deepEqual([plan.expire[0].policy.name, plan.expire[0].because], ['all', 'age']);
  const eager = planRetention(segments, { policies: [most(30)], holds: [], slackMs: 0 }, NOW);
  assert.equal(eager.rewrite.length, 2);
});

test('an age counts from receipt unless the policy says by event time', () => {
  const imported = aged(5, 5, { minTime: micros(NOW - 900 * DAY_MS), maxTime: micros(NOW - 400 * DAY_MS) });
  const mixed = aged(5, 5, { minTime: micros(NOW - 900 * DAY_MS), maxTime: micros(NOW - 4 * DAY_MS) });
  assert.deepEqual(done([imported, mixed], [most(30)]).expire, []);
  const { expire, rewrite, plan } = done([imported, mixed], [most(30, { by: 'event_time' })]);
  assert.deepEqual([expire, rewrite, plan.rewrite[0].before], [[0], [1], { time: micros(NOW - 30 * DAY_MS) }]);
});

test('the first policy of a longest time that applies decides; names may have stars', () => {
  const of = (tenant: string, source: string) => aged(100, 99, { tenant, source });
  const segments = [
    of('acme', 'dc'),
    of('acme', 'fw-1'),
    of('beta', 'fw-1'),
    of('beta', 'x-fw-edge'),
    of('beta', 'fw'),
  ];
  const policies = [
    most(365, { name: 'dc', sources: ['dc'] }),
    most(30, { name: 'walls', tenants: ['beta'], sources: ['fw-*', '*-fw-*', 'f*w*x'] }),
    most(200),
  ];
  assert.deepEqual(done(segments, policies).expire, [2, 3]);
  assert.deepEqual(done(segments, [most(30, { sources: [] })]).expire, []);
  assert.deepEqual(done(segments, [most(30, { sources: ['*'] })]).expire, [0, 1, 2, 3, 4]);
});

test('what is to be kept at least so long stays, and says for which policy', () => {
  const sox = policy({ name: 'books', reason: 'sox', sources: ['dc'] });
  const years = [aged(2556, 2555.5), aged(2559, 2557.5), aged(2559, 2556.5)];
  const { expire, rewrite, plan } = done(years, [most(365), sox]);
  assert.deepEqual([expire, rewrite], [[1], [2]]);
  assert.deepEqual(plan.rewrite[0].before, { received: micros(NOW - 2557 * DAY_MS) });
  assert.deepEqual(
    plan.retained.map(({ segment: one, policy: { name }, by }) => [years.indexOf(one as NewSegment), name, by.name]),
    [[0, 'all', 'books']],
  );
  // Another source's policy keeps nothing of this one's.
  assert.deepEqual(done(years, [most(365), { ...sox, sources: ['fw'] }]).expire, [0, 1, 2]);
});

test('ages by receipt and by event time are both met before an event goes', () => {
  const one = aged(5, 5, { minTime: micros(NOW - 900 * DAY_MS), maxTime: micros(NOW - 100 * DAY_MS) });
  const keep = policy({ name: 'keep', leastMs: 3 * DAY_MS });
  assert.deepEqual(done([one], [most(30, { by: 'event_time' }), keep]).expire, [0]);
  const week = { ...keep, leastMs: 7 * DAY_MS };
  const { plan } = done([one], [most(30, { by: 'event_time' }), week]);
  assert.deepEqual([plan.expire, plan.rewrite, plan.retained[0].by], [[], [], week]);
  const wide = { ...one, minReceived: micros(NOW - 20 * DAY_MS) };
  assert.deepEqual(done([wide], [most(30, { by: 'event_time' }), week]).plan.rewrite[0].before, {
    received: micros(NOW - 7 * DAY_MS),
    time: micros(NOW - 30 * DAY_MS),
  });
});

test('a legal hold beats age and bytes: what it touches stays as it is', () => {
  const segments = [aged(100, 99), aged(90, 89), aged(80, 79, { source: 'fw' })];
  const hold: LegalHold = { name: 'case 7', tenants: ['acme'], sources: ['dc'], to: segments[0].maxTime };
  const { expire, retained, plan } = done(segments, [most(30)], [hold]);
  assert.deepEqual([expire, retained, plan.retained[0].by], [[1, 2], [0], hold]);
  assert.deepEqual(done(segments, [most(30)], [{ ...hold, to: segments[0].minTime - 1n }]).retained, []);
  assert.deepEqual(done(segments, [most(30)], [{ name: 'all' }]).expire, []);
  assert.deepEqual(done(segments, [most(30)], [{ name: 'late', from: segments[1].minTime }]).retained, [1, 2]);
  const full = done(segments, [policy({ bytesMax: 0 })], [hold]);
  assert.deepEqual([full.expire, full.retained, full.plan.over[0].bytes], [[1, 2], [0], 10_000]);
});

test('beyond a bound on bytes the oldest segments go until the rest fits; what must stay is said to be over', () => {
  const segments = [aged(1, 1), aged(9, 8), aged(20, 2), aged(30, 29, { tenant: 'beta' })];
  const limit = (bytesMax: number, change: Partial<RetentionPolicy> = {}) =>
    policy({ name: 'room', bytesMax, ...change });
  assert.deepEqual(done(segments, [limit(40_000)]).expire, []);
  assert.deepEqual(done(segments, [limit(39_999)]).expire, [3]);
  assert.deepEqual(done(segments, [limit(15_000)]).expire, [3, 1, 2]);
  assert.deepEqual(done(segments, [limit(15_000, { tenants: ['acme'] })]).expire, [1, 2]);
  assert.equal(done(segments, [limit(39_999)]).plan.expire[0].because, 'bytes');
  const keep = policy({ name: 'keep', leastMs: 10 * DAY_MS });
  const { expire, retained, plan } = done(segments, [limit(15_000), keep]);
  assert.deepEqual([expire, retained], [[3], [1, 2, 0]]);
  assert.deepEqual(
    plan.over.map(({ policy: { name }, bytes }) => [name, bytes]),
    [['room', 30_000]],
  );
  // What goes by age makes room first, and nothing goes twice.
  const both = done(segments, [limit(25_000), most(25)]);
  assert.deepEqual(both.expire, [3, 1]);
  assert.deepEqual(done(segments, [limit(10_000, { tenants: ['acme'] }), limit(10_000)]).expire, [1, 2, 3]);
});

test('a segment that goes for its bytes is not written anew before', () => {
  const segments = [aged(40, 20), aged(1, 1)];
  const { expire, rewrite } = done(segments, [most(30), policy({ name: 'room', bytesMax: 15_000 })]);
  assert.deepEqual([expire, rewrite], [[0], []]);
});

test('a named reason keeps as long as it asks for, whatever the policy says, and never a day less', () => {
  const days = (reason: RetentionPolicy['reason'], leastMs?: number): number =>
    leastMsOf(policy({ reason, ...(leastMs === undefined ? {} : { leastMs }) })) / DAY_MS;
  assert.deepEqual(
    [days('hipaa'), days('sox'), days('pci_dss'), days('gdpr'), days('contract')],
    [2192, 2557, 366, 0, 0],
  );
  assert.deepEqual([days('hipaa', DAY_MS), days('hipaa', 3000 * DAY_MS)], [2192, 3000]);
  for (let year = 1990; year < 2100; year++) {
    const span = (years: number): number => (Date.UTC(year + years, 1, 1) - Date.UTC(year, 1, 1)) / DAY_MS;
    assert.ok(span(6) <= 2192 && span(7) <= 2557 && span(1) <= 366, `${year}`);
  }
});

test('PCI DSS keeps three months at hand, counted from the youngest event', () => {
  const one = aged(10, 3);
  assert.equal(hotUntil(one, [policy({ reason: 'pci_dss' }), policy()]), micros(NOW + 89 * DAY_MS));
  assert.equal(hotUntil(one, [policy({ reason: 'pci_dss', sources: ['fw'] }), policy({ reason: 'sox' })]), null);
});

test('policies that contradict themselves or their reason are named', () => {
  assert.deepEqual(policyFaults([most(30), policy({ name: 'b', reason: 'sox' })]), []);
  assert.deepEqual(
    policyFaults([
      policy({ name: 'people', reason: 'gdpr' }),
      policy({ name: 'books', reason: 'sox', leastMs: 365 * DAY_MS }),
      most(300, { name: 'cards', reason: 'pci_dss' }),
      most(30, { name: 'cards' }),
      most(30, { name: 'odd', leastMs: 60 * DAY_MS }),
    ]),
    [
      'people: GDPR, storage limitation asks for a longest time, and none is set',
      'books: SOX, audit records: 7 years asks for 2557 days, more than the 365 that are set',
      'cards: deletes after 300 days what it keeps for at least 366',
      'two policies are called cards',
      'odd: deletes after 30 days what it keeps for at least 60',
    ],
  );
});

/** A day's events of one source, as the seven years see them. */
interface Day {
  readonly day: number;
  /** Day on which they happened: imports come late. */
  readonly happened: number;
}

type Kept = NewSegment & { readonly days: readonly Day[] };

test('over seven years and more, with merges: each policy keeps at least and at most what it says, and a hold all it names', () => {
  const START = Date.UTC(2023, 0, 1);
  const YEARS = 7.6;
  const SOURCES = ['dc', 'fw', 'mail', 'cards', 'health', 'ledger'];
  const policies: RetentionPolicy[] = [
    policy({ name: 'health', reason: 'hipaa', sources: ['health'], mostMs: 2300 * DAY_MS }),
    policy({ name: 'ledger', reason: 'sox', sources: ['ledger'], mostMs: 2557 * DAY_MS }),
    policy({ name: 'cards', reason: 'pci_dss', sources: ['cards'], mostMs: 366 * DAY_MS }),
    policy({ name: 'people', reason: 'gdpr', by: 'event_time', sources: ['mail'], mostMs: 90 * DAY_MS }),
    policy({ name: 'walls', sources: ['fw'], bytesMax: 200_000 }),
    most(180, { name: 'rest', sources: ['dc'] }),
  ];
  const [heldFrom, heldTo] = [400, 430];
  const hold: LegalHold = {
    name: 'case 7',
    sources: ['dc', 'mail'],
    from: micros(START + heldFrom * DAY_MS),
    to: micros(START + (heldTo + 1) * DAY_MS - 1),
  };
  const [holdStart, holdEnd] = [410, 1500];
  const noon = (day: number): bigint => micros(START + (day + 0.5) * DAY_MS);
  const random = seededRandom(7);
  let live: Kept[] = [];
  const told = new Map<string, number>();
  const count = (name: string): void => void told.set(name, (told.get(name) ?? 0) + 1);

  const of = (source: string, first: number, last: number, level: number, days: readonly Day[]): Kept => {
    const [received, happened] = [days.map(({ day }) => day), days.map((one) => one.happened)];
    const [least, greatest] = [
      (list: readonly number[]): bigint => noon(Math.min(...list)),
      (list: readonly number[]): bigint => noon(Math.max(...list)),
    ];
    return {
      ...segment(first, last, { source, level, columns: [] }),
      ...{ rows: days.length, bytes: days.length * 1000, days },
      ...{ minReceived: least(received), maxReceived: greatest(received) },
      ...{ minTime: least(happened), maxTime: greatest(happened) },
    };
  };

  const apply = (plan: RetentionPlan<Kept>): void => {
    for (const expired of plan.expire) count(`${expired.policy.name} expired`);
    for (const { by } of plan.retained) count(`${by.name} retained`);
    const gone = new Set(plan.expire.map((one) => one.segment));
    live = live.filter((one) => !gone.has(one));
    for (const {
      segment: old,
      policy: { name },
      before,
    } of plan.rewrite) {
      count(`${name} rewritten`);
      const left = old.days.filter(
        ({ day, happened }) =>
          noon(day) >= (before.received ?? 2n ** 62n) || noon(happened) >= (before.time ?? 2n ** 62n),
      );
      assert.ok(left.length > 0 && left.length < old.days.length, 'it was written anew for nothing');
      live = live.map((one) => (one === old ? of(old.source, old.first, old.last, old.level + 1, left) : one));
    }
  };

  for (let day = 0; day < YEARS * 365; day++) {
    const now = START + (day + 1) * DAY_MS + 3_600_000;
    SOURCES.forEach((source, i) => {
      const happened = source === 'mail' && random.integer(10) === 0 ? day - random.integer(60) : day;
      live.push(of(source, day * 10 + i, day * 10 + i, 0, [{ day, happened }]));
    });
    for (const plan of planMerges(live, now)) {
      const gone = new Set(plan);
      const output = of(
        plan[0].source,
        plan[0].first,
        plan[plan.length - 1].last,
        plan[0].level + 1,
        plan.flatMap(({ days }) => days),
      );
      live = [...live.filter((one) => !gone.has(one)), output];
    }
    const isHeld = day >= holdStart && day < holdEnd;
    apply(planRetention(live, { policies, holds: isHeld ? [hold] : [] }, now));
    if (day % 9 > 0) continue;
    const kept = Map.groupBy(
      live.flatMap(({ source, days }) => days.map((one) => ({ source, ...one }))),
      ({ source }) => source,
    );
    const received = (source: string): Set<number> => new Set(kept.get(source)?.map((one) => one.day));
    const range = (source: string, from: number): boolean => {
      const days = received(source);
      for (let at = Math.max(0, from); at <= day; at++) if (!days.has(at)) return false;
      return true;
    };
    // At least.
    assert.ok(range('health', day - 2190), `health on day ${day}`);
    assert.ok(range('ledger', day - 2555), `ledger on day ${day}`);
    assert.ok(range('cards', day - 364), `cards on day ${day}`);
    assert.ok(range('dc', day - 178), `dc on day ${day}`);
    // At most, but for a day's slack and the day that goes on.
    const oldest = (source: string): number => Math.min(...received(source));
    assert.ok(oldest('health') >= day - 2302);
    assert.ok(oldest('ledger') >= day - 2559);
    assert.ok(oldest('cards') >= day - 368);
    // Retention of what is held is judged by the segment, so its month stays.
    if (!isHeld) assert.ok(oldest('dc') >= day - 182, `dc on day ${day}: ${oldest('dc')}`);
    const mail = kept.get('mail') ?? [];
    if (!isHeld)
      assert.ok(
        mail.every(({ happened }) => happened >= day - 92),
        `mail on day ${day}`,
      );
    if (isHeld) {
      const dc = received('dc');
      for (let at = heldFrom; at <= Math.min(heldTo, day); at++)
        assert.ok(dc.has(at), `day ${at} is held on day ${day}`);
    }
    assert.ok((kept.get('fw') ?? []).length <= 200);
  }
  for (const name of ['health', 'ledger', 'cards', 'people', 'walls', 'rest']) {
    assert.ok((told.get(`${name} expired`) ?? 0) > 0, `nothing expired by ${name}`);
  }
  assert.ok((told.get('case 7 retained') ?? 0) > 300);
  assert.ok((told.get('people rewritten') ?? 0) > 20);
});
