import assert from 'node:assert/strict';
import { test } from 'node:test';

interface QueryModule {
  parseQuery(query: string): { word: string; not: boolean }[];
  holds(text: string, words: { word: string; not: boolean }[]): boolean;
  activeSpans(times: Float64Array): { from: number; to: number }[];
}

// Plain JavaScript for the browser, so without types of its own.
const specifier = './query.js';
const { parseQuery, holds, activeSpans } = (await import(specifier)) as QueryModule;

test('words, phrases and exclusions', () => {
  assert.deepEqual(parseQuery('  Mimi "two  words" -http -"a b" ""'), [
    { word: 'mimi', not: false },
    { word: 'two  words', not: false },
    { word: 'http', not: true },
    { word: 'a b', not: true },
  ]);
  assert.deepEqual(parseQuery('"open'), [{ word: 'open', not: false }]);
  assert.deepEqual(parseQuery(' - '), [{ word: '-', not: false }]);
});

test('all words must occur, none of the excluded', () => {
  const holdsAll = (query: string): boolean => holds('image=c:\\windows\\cmd.exe on dc01', parseQuery(query));
  assert.equal(holdsAll('CMD dc01'), true);
  assert.equal(holdsAll('cmd -dc01'), false);
  assert.equal(holdsAll('cmd dc02'), false);
  assert.equal(holdsAll('"cmd.exe on"'), true);
  assert.equal(holdsAll(''), true);
});

test('long silences are cut out of the time line', () => {
  const minute = 60e6;
  const times = [0, 1, 2, 500, 501, 502, 9000, 9003].map((at) => at * minute);
  assert.deepEqual(activeSpans(Float64Array.from(times)), [
    { from: 0, to: 2 * minute },
    { from: 500 * minute, to: 502 * minute },
    { from: 9000 * minute, to: 9003 * minute },
  ]);
  assert.deepEqual(activeSpans(Float64Array.from([5, 5])), [{ from: 5, to: 5 }]);
  assert.deepEqual(activeSpans(Float64Array.from([0, 599e6])), [{ from: 0, to: 599e6 }]);
});
