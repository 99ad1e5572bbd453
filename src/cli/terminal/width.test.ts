import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { displayWidth, fit, truncate } from './width.ts';

test('wide characters take two columns, combining and invisible ones none', () => {
  const widths: [string, number][] = [
    ['', 0],
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['ﾊﾝ', 2],
    ['ＡＢ', 4],
    ['한국', 4],
    ['👍', 2],
    ['👩‍💻', 2],
    ['❤️', 2],
    ['\u200b', 0],
    ['א', 1],
    ['𠮷', 2],
  ];
  for (const [text, width] of widths) assert.equal(displayWidth(text), width, text);
});

test('a cut text ends in the mark and never in half a character', () => {
  assert.equal(truncate('abcdef', 6), 'abcdef');
  assert.equal(truncate('abcdefg', 6), 'abcde…');
  assert.equal(truncate('日本語', 5), '日本…');
  assert.equal(truncate('日本語', 4), '日…');
  assert.equal(truncate('👩‍💻👩‍💻👩‍💻', 3), '👩‍💻…');
  assert.equal(truncate('abcdef', 5, '...'), 'ab...');
  assert.equal(truncate('abcdef', 2, '...'), '..');
  assert.equal(truncate('abc', 0), '');
});

test('a huge text is cut without being looked at as a whole', () => {
  assert.equal(truncate('x'.repeat(50_000_000), 10), 'xxxxxxxxx…');
  assert.equal(displayWidth(truncate(`a${'\u0301'.repeat(1_000_000)}b`, 3)) <= 3, true);
});

test('fit gives exactly the columns asked for', () => {
  assert.equal(fit('日本', 6), '日本  ');
  assert.equal(fit('12', 5, 'right'), '   12');
  assert.equal(fit('日本語', 4), '日… ');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const shown = text.replace(/\p{Cc}/gu, '');
      assert.equal(displayWidth(fit(shown, columns)), columns);
    }),
  );
});
