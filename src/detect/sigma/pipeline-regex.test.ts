import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleError } from './parse.ts';
import { checkGroups, compilePython, matches, pythonReplacement } from './pipeline-regex.ts';

test('Python’s spellings mean what they mean there', () => {
  const cases: [string, string, boolean][] = [
    ['\\Aab\\Z', 'ab', true],
    ['\\Aab\\Z', 'xab', false],
    ['(?P<n>a)b', 'ab', true],
    ['(?i)straße[a-c][X]\\d', 'STRAßEBx1', true],
    ['(?i)a', 'b', false],
    ['(?s)a.b', 'a\nb', true],
    ['(?m)^b', 'a\nb', true],
    ['[]a]+', ']a', true],
    ['[^]]', ']', false],
    ['(?i)[^a]', 'A', false],
    ['(?i)\\w\\\\K', 'a\\k', true],
  ];
  for (const [pattern, text, expected] of cases)
    assert.equal(matches(compilePython(pattern, []), text), expected, pattern);
});

test('anchored expressions match from the beginning, and twice the same', () => {
  const regex = compilePython('a|b', [], true);
  assert.deepEqual(
    ['ab', 'b', 'cb', 'ab', 'ab'].map((text) => matches(regex, text)),
    [true, true, false, true, true],
  );
});

test('what the linear engine cannot run is refused, so that nothing can hang', () => {
  for (const pattern of ['(?=a)', '(?<!a)b', '(a)\\1', '(', '(?P<x', '(?x)a', 'a{1000}{1000}']) {
    assert.throws(() => compilePython(pattern, ['at']), RuleError, pattern);
  }
  const started = process.cpuUsage().user;
  assert.equal(matches(compilePython('(?i)(a+)+$', []), `${'a'.repeat(50_000)}b`), false);
  assert.ok(process.cpuUsage().user - started < 1_000_000);
});

test('replacements take groups by number and name, and Python’s escapes', () => {
  const match = 'key=value'.match(/(\w+)=(?<v>\w+)(x)?/) ?? assert.fail();
  assert.equal(pythonReplacement('\\g<v>:\\1\\3\\\\\\n\\t\\.', [])(match), 'value:key\\\n\t\\.');
  assert.throws(() => pythonReplacement('\\q', []), /unknown escape \\q/);
  const regex = compilePython('(a)(?P<v>b)', []);
  checkGroups(regex, '\\1\\2\\g<v>\\g<0>\\\\3', []);
  assert.throws(() => checkGroups(regex, '\\3', []), /there is no group 3/);
  assert.throws(() => checkGroups(regex, '\\g<w>', []), /there is no group w/);
});
