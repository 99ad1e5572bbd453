/** Which segments are merged: by hand, and as properties of any history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/index.ts';
import { segment } from './kit.twin.ts';
import { MERGE_SETTINGS, type MergeInput, type MergeSettings, planMerges } from './merges.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 20, 12);

/** One segment a step from `at` on, each of one position, received there. */
function row(count: number, at = NOON, change: Partial<MergeInput> = {}, from = 0): MergeInput[] {
  return Array.from({ length: count }, (_, i) => {
    const received = BigInt(at + i * 10_000) * 1000n;
    return { ...segment(from + i, from + i), minReceived: received, maxReceived: received, ...change };
  });
}

const firsts = (plans: readonly (readonly MergeInput[])[]): number[][] =>
  plans.map((plan) => plan.map(({ first }) => first));
const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

test('in a day that goes on, sixteen neighbours are merged and fifteen are not', () => {
  assert.deepEqual(planMerges(row(15), NOON), []);
  assert.deepEqual(firsts(planMerges(row(16), NOON)), [upTo(16)]);
  assert.deepEqual(firsts(planMerges(row(40), NOON)), [upTo(40)]);
  assert.deepEqual(firsts(planMerges(row(15), NOON, MERGE_SETTINGS, true)), [upTo(15)]);
});

test('a large segment waits until its neighbours are many times as large together: it is not written again for each small one', () => {
  const [large] = row(1, NOON, { bytes: 4000 });
  const small = row(31, NOON + 1000, {}, 1);
  assert.deepEqual(firsts(planMerges([large, ...small.slice(0, 15)], NOON)), []);
  assert.deepEqual(firsts(planMerges([large, ...small.slice(0, 27)], NOON)), [upTo(27, 1)]);
  assert.deepEqual(firsts(planMerges([large, ...small.slice(0, 28)], NOON)), [upTo(29)]);
  const middle = [...small.slice(0, 16), { ...large, first: 17 }, ...row(16, NOON + 200_000, {}, 18)];
  assert.deepEqual(firsts(planMerges([{ ...large, bytes: 99_000 }, ...middle], NOON)), [upTo(33, 1)]);
});

test('what is in the object store is merged no more, and parts those before it from those behind', () => {
  const all = row(41);
  const there = (at: readonly number[]): MergeInput[] =>
    all.map((one, i) => (at.includes(i) ? { ...one, object: 'a' } : one));
  assert.deepEqual(firsts(planMerges(there([20]), NOON)), [upTo(20), upTo(20, 21)]);
  assert.deepEqual(firsts(planMerges(there(upTo(40)), NOON, MERGE_SETTINGS, true)), []);
  assert.deepEqual(firsts(planMerges(there([0, 2, 40]), NOON)), [upTo(37, 3)]);
});

test('what would have too many rows or bytes is not made', () => {
  const rows = planMerges(row(40, NOON, { rows: 50_000 }), NOON);
  assert.deepEqual(firsts(rows), [upTo(20), upTo(20, 20)]);
  const bytes = planMerges(row(40, NOON, { bytes: 8 << 20 }), NOON);
  assert.deepEqual(firsts(bytes), [upTo(16), upTo(16, 16)]);
  assert.deepEqual(planMerges(row(40, NOON, { rows: 600_000 }), NOON), []);
});

test('where too many could be one, they become one at once', () => {
  const settings = { ...MERGE_SETTINGS, neighbours: 1000, segmentsMax: 80 };
  assert.deepEqual(planMerges(row(21), NOON, settings), []);
  assert.deepEqual(firsts(planMerges(row(22), NOON, settings)), [upTo(22)]);
});

test('tenants, sources, logs and UTC days stay apart', () => {
  const mixed = [
    ...row(20),
    ...row(20, NOON, { source: 'fw' }, 100),
    ...row(20, NOON, { tenant: 'beta' }),
    ...row(20, NOON, { log: 'other/0' }),
  ];
  assert.equal(planMerges(mixed, NOON).length, 4);
  const midnight = Math.ceil(NOON / DAY_MS) * DAY_MS;
  const across = row(27, midnight - 10_000 * 12);
  assert.deepEqual(planMerges(across, midnight + 60_000), []);
  assert.deepEqual(firsts(planMerges(across, midnight + 2 * 3_600_000)), [upTo(12)]);
});

test('of a day that is over all that fits becomes one, an hour after its end', () => {
  const yesterday = row(3, NOON - DAY_MS);
  const end = Math.floor(NOON / DAY_MS) * DAY_MS;
  assert.deepEqual(planMerges(yesterday, end + 3_599_999), []);
  assert.deepEqual(firsts(planMerges(yesterday, end + 3_600_000)), [upTo(3)]);
});

test('days are merged into months once the whole month is older than thirty days', () => {
  const november = upTo(30).flatMap((day) => row(1, Date.UTC(2026, 10, 1 + day, 5), {}, day));
  assert.deepEqual(planMerges(november, Date.UTC(2026, 11, 30, 5)), []);
  assert.deepEqual(firsts(planMerges(november, Date.UTC(2026, 11, 31, 5))), [upTo(30)]);
});

test('a segment that spans two days is merged with neither', () => {
  const midnight = BigInt(Math.ceil(NOON / DAY_MS) * DAY_MS) * 1000n;
  const [odd] = row(1, NOON, { maxReceived: midnight + 1n }, 10);
  assert.deepEqual(
    firsts(planMerges([...row(10), odd, ...row(10, NOON + 200_000, {}, 11)], NOON, MERGE_SETTINGS, true)),
    [upTo(10), upTo(10, 11)],
  );
});

/** What is there after all plans have been carried out; how many bytes that wrote. */
function settle(
  start: readonly MergeInput[],
  now: number,
  settings: MergeSettings,
): { live: MergeInput[]; written: number } {
  let live = start.toSorted((a, b) => a.first - b.first);
  let written = 0;
  for (let round = 0; ; round++) {
    assert.ok(round < 100, 'it does not end');
    const plans = planMerges(live, now, settings);
    if (plans.length === 0) return { live, written };
    const gone = new Set(plans.flat());
    assert.equal(gone.size, plans.flat().length, 'a segment is in two plans');
    for (const plan of plans) {
      const [first, last] = [live.indexOf(plan[0]), live.indexOf(plan[plan.length - 1])];
      assert.ok(plan.length > 1 && last - first === plan.length - 1, 'they are no neighbours');
      const sum = (of: 'rows' | 'bytes'): number => plan.reduce((total, one) => total + one[of], 0);
      const output = {
        ...plan[0],
        rows: sum('rows'),
        bytes: sum('bytes'),
        maxReceived: plan[plan.length - 1].maxReceived,
      };
      written += output.bytes;
      live = [...live.slice(0, first), output, ...live.slice(last + 1)];
    }
  }
}

test('any history settles: nothing larger than allowed is made, and no more segments are left than allowed', () => {
  const settings: MergeSettings = { ...MERGE_SETTINGS, rowsMax: 1000, bytesMax: 50_000, segmentsMax: 80 };
  const part = fc.record({
    gapHours: fc.integer({ min: 0, max: 40 }),
    rows: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1500 })),
    width: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 300, size: 'max' }), fc.nat({ max: 90 }), (parts, days) => {
      let hours = 0;
      const start = parts.map(({ gapHours, rows, width }, i): MergeInput => {
        hours += gapHours / 10;
        const received = BigInt(Math.floor(NOON + hours * 3_600_000)) * 1000n;
        return { ...segment(i, i), rows, bytes: rows * width, minReceived: received, maxReceived: received };
      });
      const { live } = settle(start, NOON + hours * 3_600_000 + days * DAY_MS, settings);
      const total = {
        rows: start.reduce((sum, one) => sum + one.rows, 0),
        bytes: start.reduce((sum, one) => sum + one.bytes, 0),
      };
      assert.equal(
        live.reduce((sum, one) => sum + one.rows, 0),
        total.rows,
      );
      assert.ok(live.length <= settings.segmentsMax, `${live.length} segments`);
      // So few bytes that sixty segments of the usual size hold them: then none grows beyond it.
      const fits = (2 * total.rows) / 1000 + (2 * total.bytes) / 50_000 + 60 < settings.segmentsMax * 0.75;
      const wasLarge = new Set(
        start.filter(({ rows, bytes }) => rows > 1000 || bytes > 50_000).map(({ first }) => first),
      );
      for (const { first, rows, bytes } of live) {
        assert.ok(!fits || wasLarge.has(first) || (rows <= 1000 && bytes <= 50_000), `${rows} rows, ${bytes} bytes`);
      }
    }),
    { numRuns: 60 },
  );
});

test('more history than full segments may hold makes larger ones, so that there are never too many', () => {
  const settings: MergeSettings = { ...MERGE_SETTINGS, rowsMax: 1000, segmentsMax: 100 };
  const old = upTo(400).flatMap((i) => row(1, Date.UTC(2026, 0, 1) + i * 3_600_000, { rows: 1000 }, i));
  const { live } = settle(old, NOON, settings);
  assert.ok(live.length <= 100 && live.length > 20, `${live.length}`);
  assert.equal(Math.max(...live.map(({ rows }) => rows)), 8000);
});

test('over a day of a cut every ten seconds an event is written less than four times, and few segments are left', () => {
  const random = seededRandom(1);
  const midnight = Math.floor(NOON / DAY_MS) * DAY_MS;
  let live: MergeInput[] = [];
  let [written, came, most] = [0, 0, 0];
  for (let i = 0; i < 8640; i++) {
    const at = midnight + i * 10_000;
    const bytes = 10_000 + random.integer(20_000);
    came += bytes;
    live.push(...row(1, at, { bytes, rows: 100 }, i));
    if (i % 6 > 0) continue;
    const settled = settle(live, at, MERGE_SETTINGS);
    ({ live } = settled);
    written += settled.written;
    most = Math.max(most, live.length);
  }
  const end = settle(live, midnight + DAY_MS + 3_600_000, MERGE_SETTINGS);
  assert.ok((written + end.written) / came < 4, `${(written + end.written) / came} times`);
  assert.ok(most < 100, `${most} segments`);
  assert.equal(end.live.length, Math.ceil(came / MERGE_SETTINGS.bytesMax));
});
