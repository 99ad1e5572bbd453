import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answer } from '../kit.twin.ts';
import { type Happening, planOf, sequencesOf } from './sequence.ts';

const KINDS = 'abcd';
const WITHIN = 5n;
const ENDED = 1000n;

/** Steps as letters, `!` before those that must not happen; rows as letters of the steps they could be, one a tick. */
const stepsOf = (pattern: string) =>
  (pattern.match(/!?[a-d]/g) ?? []).map((step) => ({ absent: step.startsWith('!'), kind: step.at(-1) }));
type Steps = ReturnType<typeof stepsOf>;

function rowsOf(steps: Steps, kinds: readonly string[]): Happening[] {
  return kinds.map((kind, i) => ({
    row: new Map(),
    time: BigInt(i),
    cells: [],
    steps: steps.flatMap((step, k) => (kind.includes(step.kind ?? '') ? [k] : [])),
  }));
}

/** All ways to choose rows that are a sequence, by the words of the definition. */
function allSequences(steps: Steps, rows: readonly Happening[]): Happening[][] {
  const is = (row: Happening, step: number): boolean => row.steps.includes(step);
  const between = (from: bigint, to: bigint, step: number): boolean =>
    rows.some((row) => row.time > from && row.time < to && is(row, step));
  const found: Happening[][] = [];
  const extend = (step: number, chosen: readonly Happening[], forbidden: readonly number[]): void => {
    if (step === steps.length) {
      if (chosen.length > 0 && forbidden.length === 0) found.push([...chosen]);
      return;
    }
    if (steps[step].absent) {
      extend(step + 1, chosen, [...forbidden, step]);
      return;
    }
    const last = chosen.at(-1);
    for (const row of rows) {
      if (!is(row, step) || (last !== undefined && row.time <= last.time)) continue;
      if (row.time - (chosen[0] ?? row).time > WITHIN) continue;
      const since = last === undefined ? row.time - WITHIN - 1n : last.time;
      if (!forbidden.some((one) => between(since, row.time, one))) extend(step + 1, [...chosen, row], []);
    }
  };
  extend(0, [], []);
  return found;
}

const timesOf = (sequence: readonly Happening[]): string => sequence.map(({ time }) => time).join(',');
const found = (pattern: string, kinds: readonly string[]): string[] =>
  sequencesOf(rowsOf(stepsOf(pattern), kinds), planOf(stepsOf(pattern)), WITHIN, ENDED).map(timesOf);

test('one is found where there is one, all that are found are ones, and no row is in two', () => {
  const patterns = fc.constantFrom('ab', 'abc', 'aab', 'aba', 'a!cb', '!cab', 'a!cb!da', 'ab!dc', 'a!ab', 'a!bb');
  const kinds = fc.array(
    fc.subarray([...KINDS], { maxLength: 2 }).map((letters) => letters.join('')),
    { maxLength: 14 },
  );
  fc.assert(
    fc.property(patterns, kinds, (pattern, letters) => {
      const steps = stepsOf(pattern);
      const rows = rowsOf(steps, letters);
      const sequences = sequencesOf(rows, planOf(steps), WITHIN, ENDED);
      const possible = new Set(allSequences(steps, rows).map(timesOf));
      assert.equal(sequences.length > 0, possible.size > 0);
      for (const sequence of sequences) assert.ok(possible.has(timesOf(sequence)));
      const used = sequences.flat();
      assert.equal(new Set(used).size, used.length);
    }),
    { numRuns: 2000 },
  );
});

test('the latest beginning is taken, and the first end', () => {
  assert.deepEqual(found('ab', ['a', 'a', 'b', 'b']), ['1,2']);
  assert.deepEqual(found('abc', ['a', 'b', 'a', 'b', 'c']), ['2,3,4']);
  assert.deepEqual(found('aa', ['a', 'a', 'a', 'a']), ['0,1', '2,3']);
});

test('what would have run out of time does not stand in the way of what has not', () => {
  assert.deepEqual(found('abc', ['a', '', '', '', 'ab', 'b', '', 'c']), ['4,5,7']);
  assert.deepEqual(found('ab!dc', ['a', 'b', 'd', 'b', 'c']), ['0,3,4']);
});

test('what must not come behind is waited for until the time is over', () => {
  assert.deepEqual(found('ab!c', ['a', 'b', '', '', '', 'c']), []);
  assert.deepEqual(found('ab!c', ['a', 'b', '', '', '', '', 'c']), ['0,1']);
  const steps = stepsOf('ab!c');
  const rows = rowsOf(steps, ['a', 'b']);
  assert.deepEqual(sequencesOf(rows, planOf(steps), WITHIN, 5n).map(timesOf), []);
  assert.deepEqual(sequencesOf(rows, planOf(steps), WITHIN, 6n).map(timesOf), ['0,1']);
});

test('rows without a time are left out, and it is said how many', async () => {
  const notes: string[] = [];
  const rows = ['{"k":"a"}', '{"k":"b"}', '{"k":"c"}', '{"@timestamp":"2026-03-01T10:00:00Z","k":"a"}'];
  const query = 'events | sequence within 5m [k == "a"] [k == "b"]';
  assert.deepEqual(await answer(query, { events: rows }, { note: (text) => void notes.push(text) }), []);
  assert.deepEqual(notes, ['sequence left out 2 rows without @timestamp']);
});

test('rows come in any order and are brought into that of time', async () => {
  const at = (minute: number, k: string) => `{"@timestamp":"2026-03-01T10:0${minute}:00Z","k":"${k}"}`;
  const query = 'events | sequence within 5m [k == "a"] [k == "b"] | project start';
  assert.deepEqual(await answer(query, { events: [at(3, 'b'), at(1, 'a')] }), ['{"start":"2026-03-01T10:01:00Z"}']);
});
