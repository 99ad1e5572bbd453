import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pressure, SIGNALS, type SignalName, type Signals, signalPressure } from './index.ts';

const CALM: Signals = {
  queue: 0,
  cpu: 0.2,
  memory: 0.3,
  diskFree: 0.5,
  journal: 0.1,
  detect: 0.1,
  eventLoopMs: 5,
  responseMs: 10,
  errors: 0,
};
const NAMES = Object.keys(SIGNALS) as SignalName[];
const hardOf = (name: SignalName): Signals => ({ ...CALM, [name]: SIGNALS[name].hard });

/** One sample a second of the same signals. */
function hold(pressure: Pressure, signals: Signals, fromS: number, forS: number): number[] {
  return Array.from({ length: forS }, (_, i) => pressure.observe(signals, (fromS + i) * 1000).share);
}

test('each signal gives nothing up to its soft bound, all it can from its hard one, and names itself', () => {
  for (const name of NAMES) {
    const bounds = SIGNALS[name];
    const { soft, hard, most } = bounds;
    assert.equal(signalPressure(soft, bounds), 0, name);
    assert.equal(signalPressure(hard, bounds), most, name);
    assert.equal(signalPressure(hard + (hard - soft), bounds), most, name);
    assert.ok(Math.abs(signalPressure((soft + hard) / 2, bounds) - most / 2) < 1e-12, name);
    const state = new Pressure().observe(hardOf(name), 0);
    assert.equal(state.worst, name);
    assert.equal(state.pressure, most);
    assert.match(bounds.why, /\w+ \w+/);
  }
  assert.equal(signalPressure(Number.NaN, SIGNALS.queue), 1);
  assert.equal(new Pressure().observe(CALM, 0).pressure, 0);
});

test('a full queue lets in less step by step, down to the least; recovery rises a step a second, by itself', () => {
  const pressure = new Pressure();
  hold(pressure, CALM, 0, 5);
  const falling = hold(pressure, hardOf('queue'), 5, 12);
  assert.deepEqual(
    falling.slice(0, 4).map((share) => share.toFixed(3)),
    ['0.700', '0.490', '0.343', '0.240'],
  );
  assert.equal(falling.at(-1), 0.05);
  const rising = hold(pressure, CALM, 17, 30);
  // Pressure fades over some seconds first: one good sample ends nothing.
  assert.equal(rising[0], 0.05);
  assert.equal(rising.at(-1), 1);
  for (let i = 1; i < rising.length; i++) assert.ok(rising[i] - rising[i - 1] < 0.0501 && rising[i] >= rising[i - 1]);
});

test('sampled ten times as often it steps no faster', () => {
  const pressure = new Pressure();
  for (let tenth = 0; tenth <= 30; tenth++) pressure.observe(hardOf('memory'), tenth * 100);
  assert.equal(pressure.state.share.toFixed(4), (0.7 ** 4).toFixed(4));
});

test('a busy CPU alone refuses nobody', () => {
  const pressure = new Pressure();
  assert.deepEqual(new Set(hold(pressure, { ...CALM, cpu: 1 }, 0, 60)), new Set([1]));
});

test('trend and slope say where it goes', () => {
  const pressure = new Pressure();
  for (let s = 0; s < 20; s++) pressure.observe({ ...CALM, queue: 0.5 + s * 0.01 }, s * 1000);
  assert.equal(pressure.state.trend, 'rising');
  assert.ok(Math.abs(pressure.state.slope - 0.02) < 1e-6, `${pressure.state.slope}`);
  for (let s = 20; s < 40; s++) pressure.observe(CALM, s * 1000);
  assert.equal(pressure.state.trend, 'falling');
  for (let s = 40; s < 90; s++) pressure.observe(CALM, s * 1000);
  assert.equal(pressure.state.trend, 'steady');
});

test('the history is bounded, and keeps the worst of each second', () => {
  const pressure = new Pressure({ samplesMax: 10 });
  for (let tenth = 0; tenth < 300; tenth++) pressure.observe(tenth === 255 ? hardOf('errors') : CALM, tenth * 100);
  assert.equal(pressure.history.length, 10);
  assert.deepEqual(
    pressure.history.map(({ atMs }) => Math.floor(atMs / 1000)),
    [20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
  );
  const second = pressure.history[5];
  assert.equal(second.worst, 'errors');
  assert.equal(second.pressure, SIGNALS.errors.most);
});

const level = fc.record({
  name: fc.constantFrom(...NAMES),
  part: fc.double({ min: 0, max: 1.2, noNaN: true }),
  seconds: fc.integer({ min: 1, max: 60 }),
});

test('under steps the share never swings: within each it goes down, then stays or goes up, at most once round', () => {
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 8 }), (levels) => {
      const pressure = new Pressure();
      let at = 0;
      for (const { name, part, seconds } of levels) {
        const { soft, hard } = SIGNALS[name];
        const shares = [
          pressure.state.share,
          ...hold(pressure, { ...CALM, [name]: soft + part * (hard - soft) }, at, seconds),
        ];
        at += seconds;
        const moves = shares.slice(1).map((share, i) => Math.sign(share - shares[i]));
        const turns = moves.filter((move) => move !== 0).filter((move, i, all) => i > 0 && move !== all[i - 1]);
        // What is left of the level before may still press it down at first; it never goes down again.
        assert.ok(turns.length <= 1 && turns[0] !== -1, `${shares}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever comes, pressure and share stay in bounds, and after a quiet minute all are let in', () => {
  const any = fc.record(
    Object.fromEntries(NAMES.map((name) => [name, fc.double()])) as Record<SignalName, fc.Arbitrary<number>>,
  );
  fc.assert(
    fc.property(fc.array(any, { maxLength: 30 }), (samples) => {
      const pressure = new Pressure();
      samples.forEach((signals, s) => {
        const state = pressure.observe(signals, s * 1000);
        assert.ok(state.pressure >= 0 && state.pressure <= 1 && state.share >= 0.05 && state.share <= 1);
      });
      assert.equal(hold(pressure, CALM, samples.length, 60).at(-1), 1);
    }),
    { numRuns: 100 },
  );
});
