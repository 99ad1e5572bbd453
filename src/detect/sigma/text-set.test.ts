import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldSimple } from './fold.ts';
import { ANY, ONE, type Pattern } from './model.ts';
import { matchPattern } from './pattern.ts';
import { TextSet } from './text-set.ts';

const letters = (max: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'c', 'ſ', '😀', ' '), maxLength: max });

const pattern = fc.oneof(
  { weight: 6, arbitrary: letters(6).map((text): Pattern => [ANY, text, ANY]) },
  letters(4).map((text): Pattern => (text === '' ? [] : [text])),
  letters(3).map((text): Pattern => [text, ANY]),
  letters(3).map((text): Pattern => [ANY, text]),
  letters(2).map((text): Pattern => [text, ONE, text, ANY]),
  fc.constant<Pattern>([ANY]),
);

const folded = (written: Pattern): Pattern =>
  written.map((part) => (typeof part === 'string' ? foldSimple(part) : part));

test('few patterns or many, each is found where it matches by itself', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 30 }), letters(40), fc.boolean(), (patterns, value, cased) => {
      const set = new TextSet(patterns, cased);
      const text = cased ? value : foldSimple(value);
      const alone = patterns.flatMap((one, i) => (matchPattern(cased ? one : folded(one), text) ? [i] : []));
      assert.deepEqual(set.which(text), alone);
      assert.equal(set.some(text), alone.length > 0);
    }),
    { numRuns: 2000 },
  );
});

test('literals are found at both ends of a text, over each other and more than once', () => {
  const words = ['abcd', 'bcde', 'cdef', 'xyz', 'invoke-one', 'invoke-two', 'invoke-three', 'get-it', 'it'];
  const set = new TextSet(
    words.map((word): Pattern => [ANY, word, ANY]),
    false,
  );
  assert.deepEqual(set.which('abcdef xyz'), [0, 1, 2, 3]);
  assert.deepEqual(set.which('invoke-twoinvoke-two get-it'), [5, 7, 8]);
  assert.deepEqual(set.which('ab'), []);
  assert.deepEqual(set.which(''), []);
  assert.equal(set.some('it'), true);
});
