import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '../detect/index.ts';
import { conditionLines, correlationLines } from './words.ts';

function detection(yaml: string): string[] {
  const text = `title: T\nid: a0000000-0000-4000-8000-000000000000\nlogsource: {product: windows}\ndetection:\n${yaml.replace(/^/gm, '  ')}\n`;
  const { detections, refused } = loadRules([{ path: 'r.yml', text }]);
  assert.deepEqual(refused, []);
  return conditionLines(detections[0]);
}

test('a condition reads as nested lists', () => {
  assert.deepEqual(
    detection(`a:
  Image|endswith: ['\\a.exe', '\\b.exe']
  User: null
b:
  CommandLine|contains|all: [x, y]
c:
  Size|gte: 5
condition: (a or b) and not c`),
    [
      '  all of:',
      '    any of:',
      '      all of:',
      '        [a] Image ends with any of:',
      "            '\\a.exe'",
      "            '\\b.exe'",
      '        [a] User is absent or null',
      '      all of:',
      "        [b] CommandLine contains (one of several that must all hold) 'x'",
      "        [b] CommandLine contains (one of several that must all hold) 'y'",
      '    not [c] Size is at least 5',
    ],
  );
});

test('modifiers are words', () => {
  assert.deepEqual(detection("a:\n  F|re|i: 'x+'\ncondition: a"), [
    "  [a] F matches the regular expression (in any case) 'x+'",
  ]);
  assert.deepEqual(detection('a:\n  F|exists: false\ncondition: a'), ['  [a] F is not there']);
  assert.deepEqual(detection('a:\n  T|hour: 3\ncondition: a'), ['  [a] the hour of T is 3']);
  assert.deepEqual(detection('a: [word]\ncondition: not a'), ["  not [a] any value contains 'word'"]);
  assert.deepEqual(detection("a:\n  F|contains|windash: ' -e '\ncondition: a"), [
    "  [a] F contains (with any kind of dash) ' -e '",
  ]);
});

test('a long list of values is cut, and counted', () => {
  const values = Array.from({ length: 25 }, (_, at) => `v${at}`).join(', ');
  const lines = detection(`a:\n  F: [${values}]\ncondition: a`);
  assert.equal(lines.length, 22);
  assert.equal(lines.at(-1), '      and 5 more');
});

test('a correlation says what it counts, by what and how soon', () => {
  const text = `title: A
id: a0000000-0000-4000-8000-000000000000
name: base
logsource: {product: windows}
detection: {s: {F: 1}, condition: s}
---
title: B
id: b0000000-0000-4000-8000-000000000000
correlation: {type: value_count, rules: [base], group-by: [User, Host], timespan: 30m, condition: {gte: 8, field: Ip}}`;
  const { correlations, refused } = loadRules([{ path: 'r.yml', text }]);
  assert.deepEqual(refused, []);
  assert.deepEqual(
    correlationLines(correlations[0], () => 'A'),
    [
      '  at least 8 different values of Ip within 1800 s',
      '  for each User, Host',
      '  of the matches of:',
      '    A (a0000000-0000-4000-8000-000000000000)',
      '  Those rules report no hits of their own.',
    ],
  );
});
