import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regexFor, textTest } from './texts.ts';

test('an expression that means the same to RE2 is passed on, a dot without the ends of lines', () => {
  assert.equal(regexFor('^cmd[0-9a-f]+\\.exe$'), '^cmd[0-9a-f]+\\.exe$');
  assert.equal(regexFor('(?:a|b){2,3}?c'), '(?:a|b){2,3}?c');
  assert.equal(regexFor('a.*b'), 'a[^\\n\\r\\x{2028}\\x{2029}]*b');
  assert.equal(regexFor('\\d+\\w?'), '\\d+\\w?');
});

test('an expression that may mean something else is not', () => {
  const others = [
    'a.b',
    '[^a]',
    '\\s',
    '\\D',
    '\\b',
    '(?i)a',
    '(?=a)',
    '\\1',
    'ä',
    '[a-',
    '\\u0041',
    '[\\d]',
    '(?<a>b)',
  ];
  assert.deepEqual(
    others.filter((pattern) => regexFor(pattern) !== null),
    [],
  );
});

test('what no value of a kind can hold is said without looking', () => {
  assert.equal(textTest('long', 'x', 'contains', 'abc', false), false);
  assert.equal(textTest('bool', 'x', 'has', '1', false), false);
  assert.equal(textTest('datetime', 'x', 'has', 'cmd', false), false);
  assert.equal(textTest('real', 'x', 'has', 'cmd', false), false);
});

test('texts whose case is not that of ASCII alone, and halves of signs, have no SQL', () => {
  assert.equal(textTest('string', 'x', 'contains', 'ü', false), null);
  assert.equal(textTest('string', 'x', 'contains', '\ud800', true), null);
  assert.equal(textTest('string', 'x', 'contains', 'ü', true), `contains(x, 'ü')`);
  assert.equal(textTest('string', 'x', 'contains', 'abc', false), `contains(lower(x), 'abc')`);
});
