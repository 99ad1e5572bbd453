import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Grouping, keyOf } from './grouping.ts';
import { rule } from './live/journal.twin.ts';

/** Matches by number: their field values. */
function grouping(parts: Parameters<typeof rule>[0], matches: readonly Record<string, string[]>[]): Grouping {
  const table = {
    isFiring: () => false,
    values: (ref: number, field: string) => matches[ref][field] ?? [],
  };
  return new Grouping(rule(parts), table, { correlationCombinationsMax: 4 });
}

test('values that run together differently are different groups; case does not matter', () => {
  assert.notEqual(keyOf(['a', 'bc']), keyOf(['ab', 'c']));
  assert.equal(keyOf(['ÄB']), keyOf(['äb']));
});

test('matches of one event are one event in a group, as the first spells it', () => {
  const groups = grouping({ groupBy: ['u'], rules: ['a', 'b'] }, [{ u: ['X'] }, { u: ['x', 'y'] }]).grouped([
    { rule: 0, ref: 0 },
    { rule: 1, ref: 1 },
  ]);
  assert.deepEqual(
    [...groups].map(([key, { values, events }]) => [key, values, events.map((event) => event.rules)]),
    [
      ['1:x', ['X'], [[0, 1]]],
      ['1:y', ['y'], [[1]]],
    ],
  );
});

test('an event is ungrouped only when none of its matches has the fields; asking for keys counts nothing', () => {
  const by = grouping({ groupBy: ['u', 'v'], rules: ['a', 'b'] }, [
    { u: ['x'] },
    { u: ['x'], v: ['1', '2', '3', '4', '5'] },
  ]);
  by.grouped([
    { rule: 0, ref: 0 },
    { rule: 1, ref: 1 },
  ]);
  assert.deepEqual([by.ungrouped, by.cut], [0, 1]);
  assert.equal(by.keys({ rule: 1, ref: 1 }).size, 4);
  assert.deepEqual(by.spelled({ rule: 1, ref: 1 }, keyOf(['x', '3'])), ['x', '3']);
  by.grouped([{ rule: 0, ref: 0 }]);
  assert.deepEqual([by.ungrouped, by.cut], [1, 1]);
});
