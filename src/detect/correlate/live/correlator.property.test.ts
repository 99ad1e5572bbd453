/** Live and offline correlation agree: everything below live/ together (pending.ts, records.ts, ../grouping.ts among it). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { correlationScenarios } from '../../../../test/reference/generate-correlations.ts';
import { limits } from '../../../base/index.ts';
import { parseCorrelation } from '../../sigma/correlation.ts';
import { linkCorrelations } from '../../sigma/correlation-link.ts';
import type { CorrelationRule } from '../../sigma/model.ts';
import { isMap } from '../../sigma/parse-rule.ts';
import { readYaml } from '../../sigma/yaml.ts';
import { LiveCorrelator } from './correlator.ts';
import { offline, outcome, runLive, type TestEvent, type TestFrame } from './live.twin.ts';

interface Scenario {
  readonly rules: readonly CorrelationRule[];
  /** In no order. */
  readonly events: readonly TestEvent[];
}

const small: fc.Arbitrary<Scenario> = correlationScenarios().map(({ correlations, hits }) => {
  const parsed = correlations.map((text, document) => {
    const [yaml] = readYaml(text);
    assert.ok(isMap(yaml));
    return parseCorrelation(yaml, { path: 'c.yml', document }, () => {});
  });
  const linked = linkCorrelations(parsed, [
    { id: 'a', name: 'rule_a' },
    { id: 'b', name: 'rule_b' },
  ]);
  assert.deepEqual(linked.refused, []);
  const events = [...Map.groupBy(hits, ({ record }) => record).values()].flatMap(([first, ...others]) =>
    first?.time == null
      ? []
      : [
          {
            time: first.time,
            source: first.path,
            rules: [first, ...others].map(({ rule }) => rule),
            values: first.values,
          },
        ],
  );
  return { rules: linked.correlations, events };
});

/** Some with so many events that windows are kept between them. */
const scenarios: fc.Arbitrary<Scenario> = fc
  .tuple(
    small,
    fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(small, { minLength: 4, maxLength: 4 }) },
    ),
  )
  .map(([{ rules, events }, more]) => ({ rules, events: [...events, ...more.flatMap(({ events }) => events)] }));

/** Numbers that decide one after the other, as the test needs them. */
const numbers = fc
  .infiniteStream(fc.noBias(fc.nat(0x3fffffff)))
  .map((stream) => (end: number) => stream.next().value % end);

/** Arrival in order of time plus up to `disorder`, in frames of one source each. */
function arriving(events: readonly TestEvent[], disorder: number, below: (end: number) => number): TestFrame[] {
  const arrivals = events.map((event) => ({ event, at: event.time + (disorder === 0 ? 0 : below(disorder + 1)) }));
  const frames: TestEvent[][] = [];
  for (const { event } of arrivals.sort((a, b) => a.at - b.at)) {
    const open = frames.at(-1);
    if (open !== undefined && open[0].source === event.source && below(2) === 0) open.push(event);
    else frames.push([event]);
  }
  return frames;
}

test('without disorder beyond the lateness firings are those of the offline engine, none revised', () => {
  fc.assert(
    fc.property(scenarios, numbers, ({ rules, events }, below) => {
      const frames = arriving(events, 5000, below);
      const { firings } = runLive(rules, frames);
      assert.deepEqual(outcome(firings), offline(rules, frames));
      assert.deepEqual(
        firings.filter(({ revision }) => revision > 1),
        [],
      );
    }),
    { numRuns: 300 },
  );
});

/** Late events are paid for one group at a time. */
const slow = { ...limits, correlationAmendedMax: 1 };

test('whatever the order of arrival, the last revisions are what the offline engine finds', () => {
  const latenessMs = fc.constantFrom(0, 2000, 5000);
  fc.assert(
    fc.property(
      scenarios,
      numbers,
      latenessMs,
      fc.constantFrom(limits, slow),
      ({ rules, events }, below, ms, bounds) => {
        const frames = arriving(events, 60_000, below);
        const { firings } = runLive(
          rules,
          frames,
          { latenessMs: () => ms },
          undefined,
          bounds,
          bounds === slow ? 200 : 3,
        );
        assert.deepEqual(outcome(firings), offline(rules, frames));
      },
    ),
    { numRuns: 600 },
  );
});

/** So little room that state is given up, watermarks are pushed and amendments wait. */
const tight = {
  ...limits,
  correlationLiveBytesMax: 5000,
  correlationWaitingBytesMax: 800,
  correlationAmendedMax: 1010,
  correlationRetentionMsMin: 4000,
  correlationEventsShown: 3,
};

test('a snapshot and its restoration anywhere change no firing, no revision and no count', () => {
  fc.assert(
    fc.property(scenarios, numbers, fc.constantFrom(limits, tight), ({ rules, events }, below, bounds) => {
      const frames = arriving(events, 30_000, below);
      const whole = runLive(rules, frames, {}, undefined, bounds);
      const between = (live: LiveCorrelator): LiveCorrelator => {
        if (below(3) > 0) return live;
        const taken = live.take();
        const restored = LiveCorrelator.restore(live.snapshot(), { log: 'log/0' }, bounds);
        // What was not taken yet is not part of a snapshot.
        return Object.assign(restored, { take: takeFirst(taken, restored) });
      };
      const cut = runLive(rules, frames, {}, between, bounds);
      assert.equal(JSON.stringify(cut.firings), JSON.stringify(whole.firings));
      assert.deepEqual(cut.live.counts(), whole.live.counts());
      assert.ok(whole.live.bytes <= bounds.correlationLiveBytesMax);
    }),
    { numRuns: 300 },
  );
});

/** `take` that gives these first. */
function takeFirst(taken: ReturnType<LiveCorrelator['take']>, live: LiveCorrelator): LiveCorrelator['take'] {
  const rest = live.take.bind(live);
  let first = taken;
  return () => {
    const all = [...first, ...rest()];
    first = [];
    return all;
  };
}
