import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANY, DASH, ONE, type Pattern } from './model.ts';
import { dashesToClass, isLiteral, mapLiterals, matchPattern, parseWildcards, patternText } from './pattern.ts';

test('backslashes escape as the specification lists it', () => {
  const cases: [string, Pattern][] = [
    ['', []],
    ['*', [ANY]],
    ['a\\b', ['a\\b']],
    ['a\\\\b', ['a\\b']],
    ['\\*', ['*']],
    ['\\?', ['?']],
    ['\\\\*', ['\\', ANY]],
    ['\\\\\\*', ['\\*']],
    ['\\\\\\', ['\\\\']],
    ['\\\\\\\\', ['\\\\']],
    ['a**b', ['a', ANY, 'b']],
    ['prog?.exe', ['prog', ONE, '.exe']],
    ['C:\\Windows\\*', ['C:\\Windows*']],
    ['\\', ['\\']],
  ];
  for (const [text, pattern] of cases) assert.deepEqual(parseWildcards(text), pattern, text);
});

test('a pattern written out parses back to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\\', '*', '?') }), (text) => {
      const pattern = parseWildcards(text);
      assert.deepEqual(parseWildcards(patternText(pattern)), pattern);
    }),
  );
  assert.equal(patternText([DASH, 'x']), '[-/]x');
});

test('matching agrees with a regular expression', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?', '😀', 'ab');
  const text = fc.array(fc.constantFrom('a', 'b', '😀', '-'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), text, (parts, value) => {
      const source = parts.map((p) => (p === '*' ? '[^]*' : p === '?' ? '[^]' : p)).join('');
      const expected = new RegExp(`^${source}$`, 'u').test(value);
      assert.equal(matchPattern(parseWildcards(parts.join('')), value), expected);
    }),
    { numRuns: 3000 },
  );
});

test('? is exactly one code point', () => {
  assert.ok(matchPattern([ONE], '😀'));
  assert.ok(!matchPattern([ONE, ONE], '😀'));
  assert.ok(!matchPattern([ANY, ONE, ONE], '😀'));
  assert.ok(!matchPattern([ONE], ''));
});

test('windash turns dashes that start a word into one class', () => {
  assert.deepEqual(dashesToClass(parseWildcards('--foo -x /y a-b c/d')), [
    DASH,
    '-foo ',
    DASH,
    'x ',
    DASH,
    'y a-b c/d',
  ]);
  assert.deepEqual(dashesToClass(parseWildcards('\u2014z\t\u2013')), [DASH, 'z\t', DASH]);
  assert.deepEqual(dashesToClass(parseWildcards('a*-q')), ['a', ANY, '-q']);
  assert.deepEqual(dashesToClass([]), []);
});

test('the dash class is the five dashes and nothing else', () => {
  for (const dash of ['-', '/', '–', '—', '―']) assert.ok(matchPattern([ANY, DASH, 'f'], `x ${dash}f`), dash);
  for (const other of ['_', '\\', '‐', '−', 'f', '']) assert.ok(!matchPattern([DASH], other), other);
});

test('a hostile pattern takes no more than length times length', () => {
  const pattern = parseWildcards(`${'*a'.repeat(50)}*b`);
  assert.ok(!matchPattern(pattern, 'a'.repeat(100_000)));
});

test('literals are told from patterns, and can be mapped', () => {
  assert.ok(isLiteral([]) && isLiteral(['a']) && !isLiteral([ANY]) && !isLiteral(['a', ANY]));
  assert.deepEqual(
    mapLiterals(['A', ANY, 'B'], (text) => text.toLowerCase()),
    ['a', ANY, 'b'],
  );
});
