/** What `weir hunt` (hunt.ts) and `weir rules test` (rulesTest.ts) say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast, HuntSummary } from '../../pipeline/index.ts';
import { coverageText, spanOf } from './hunt.ts';
import { forecastText } from './rulesTest.ts';

const COVERED = {
  from: '2026-01-01T00:00:00.000Z',
  to: null,
  position: 7,
  segments: { all: 5, read: 2, skipped: 2, failed: 1 },
  missing: 100,
  earliest: '2026-02-01T00:00:00.000Z',
};

const told = (hunt: HuntSummary['hunt'], events: number): string =>
  coverageText({ hunt, events } as HuntSummary, 'weir-data');

test('coverage: what was read, what was skipped, what is missing and what was never there', () => {
  assert.equal(
    told(COVERED, 900),
    `Hunted 2026-01-01T00:00:00.000Z to now: 2 segments of 5 read, 2 skipped: nothing in them is of that time, 1 could not be read.
100 events could not be read: this covers 90 % of what is kept of that time.
Nothing is kept from before 2026-02-01T00:00:00.000Z.
`,
  );
  const whole = { ...COVERED, from: null, segments: { all: 1, read: 1, skipped: 0, failed: 0 }, missing: 0 };
  assert.equal(told(whole, 900), 'Hunted all of time: 1 segment of 1 read.\n');
  assert.match(told({ ...whole, earliest: null }, 0), /\nNothing is kept in weir-data\.\n$/);
});

test('a time that is not said has no end', () => {
  assert.deepEqual(spanOf({ since: '1970-01-01T00:00:01Z' }), { from: 1_000_000n, to: 2n ** 63n - 1n });
  assert.equal(spanOf({}).from, -(2n ** 63n));
});

test('a forecast that is not exact says so', () => {
  const made = {
    hits: 3,
    exact: false,
    by_day: [{ day: '2026-01-01', hits: 3 }],
    by_rule: [
      { rule: 'a', hits: 2 },
      { rule: 'b', hits: 1 },
    ],
    hosts: [{ host: 'pc\n', hits: 2 }],
    more_hosts: false,
    events: 10,
    cpu_ms_per_million: 1500,
    examples: [],
  };
  assert.equal(
    forecastText(made as unknown as Forecast),
    'at least 3 hits in 10 events\n1,500 ms of CPU time for a million events\n  2026-01-01  3\nNoisiest rules:\n  a  2\n  b  1\nNoisiest hosts:\n  pc\\n  2\n',
  );
});
