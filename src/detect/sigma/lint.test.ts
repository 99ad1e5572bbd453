import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleText } from './event.twin.ts';
import { type KnownLogSource, lintRules } from './lint.ts';
import { loadRules } from './load.ts';

function lint(text: string, known: readonly KnownLogSource[] | null = null): string[] {
  const files = [{ path: 'r.yml', text }];
  return lintRules(files, loadRules(files), known).map(({ kind, line, message }) => `${kind} ${line}: ${message}`);
}

function findings(detection: string): string[] {
  return lint(`level: high\n${ruleText(detection)}`).map((finding) => finding.replace(/^(\w+) \d+: /, '$1: '));
}

test('a good rule has no findings', () => {
  assert.deepEqual(
    findings(
      "{s: {Image|endswith: '\\cmd.exe', EventID: 1}, filter_x: {User: bob}, condition: s and not 1 of filter_*}",
    ),
    [],
  );
});

test('metadata that the specification does not have', () => {
  const text =
    'title: T\nid: my-rule\nlevel: urgent\nstatus: new\ndate: 2023-02-30\nmodified: 2023/01/01\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: s}';
  assert.deepEqual(lint(text), [
    'form 2: id my-rule is no UUID',
    'form 3: level urgent is unknown',
    'form 4: status new is unknown',
    'form 5: date 2023-02-30 is no YYYY-MM-DD',
    'form 6: modified 2023/01/01 is no YYYY-MM-DD',
  ]);
  assert.deepEqual(
    lint('title: T\nstatus: deprecated\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: s}'),
    ['form 1: has no id', 'form 1: has no level; medium is assumed', 'meaning 2: status is deprecated'],
  );
});

test('what likely does not mean what was meant', () => {
  assert.deepEqual(findings('{s: {a: 1}, t: {b: 1}, condition: s}'), [
    'meaning: the condition never uses the selection "t"',
  ]);
  assert.deepEqual(findings('{s: {a: 1}, filter: {b: 1}, condition: s and filter}'), [
    'meaning: the condition uses "filter" without not',
  ]);
  assert.deepEqual(findings("{s: {'a ': 1}, condition: s}"), ['meaning: the field name "a " has spaces around it']);
  assert.deepEqual(findings('{s: {a|hour: 24, b: xyz}, condition: s}'), ['meaning: a: no hour is 24 (0 to 23)']);
  assert.deepEqual(findings('{s: {a|contains|all: abc}, condition: s}'), [
    'form: a: all with a single value, which the specification does not allow',
  ]);
  assert.deepEqual(findings("{s: ['', abc], condition: s}").slice(0, 1), [
    'meaning: an empty keyword is in every event',
  ]);
});

test('what every event of the logsource has to be looked at for', () => {
  const cost = (detection: string): string | undefined =>
    findings(detection).find((finding) => finding.startsWith('cost'));
  assert.match(cost('{s: {a: xyz}, condition: not s}') ?? '', /only says what must not be/);
  assert.match(cost("{s: {a|contains: 'ab'}, condition: s}") ?? '', /a: a pattern holds no 3 characters in a row/);
  assert.match(cost("{s: {a|re: '[a-z]{9}'}, condition: s}") ?? '', /a: a regular expression holds no fixed text/);
  assert.match(cost('{s: {a|fieldref: b}, condition: s}') ?? '', /a: compares two fields/);
  assert.match(
    cost('{s: {a|gt: 5}, t: {b|exists: true}, condition: s or t}') ?? '',
    /a: compare tells nothing beforehand; b: exists tells/,
  );
  assert.match(cost('{s: {a: xyz}, t: {b: null}, condition: s or t}') ?? '', /b: null/);
  for (const cheap of [
    '{s: {a: x}, condition: s}',
    "{s: {a|cidr: '10.0.0.0/8'}, condition: s}",
    "{s: {a|re: 'abc.'}, condition: s}",
    '{s: {a: xyz}, t: {b: null}, condition: s and t}',
  ]) {
    assert.equal(cost(cheap), undefined, cheap);
  }
});

test('a logsource that no known source of events serves', () => {
  const known = [
    { product: 'windows', category: 'process_creation', service: 'sysmon' },
    { product: 'aws', service: 'cloudtrail' },
  ];
  const text = (logsource: string): string =>
    `level: low\n${ruleText('{s: {a: 1}, condition: s}').replace('{product: windows}', logsource)}`;
  for (const served of ['{product: windows}', '{category: process_creation}', '{product: AWS, service: cloudtrail}']) {
    assert.deepEqual(lint(text(served), known), [], served);
  }
  assert.deepEqual(lint(text('{product: aws, category: process_creation}'), known), [
    'meaning 4: no known source of events is aws / process_creation; the rule can never fire',
  ]);
});

test('files and rules that do not load have no findings', () => {
  assert.deepEqual(lint('a: ['), []);
  assert.deepEqual(lint(ruleText('{s: {a|foo: 1}, condition: s}')), []);
  assert.deepEqual(lint(ruleText('{s: {a|contains|re: 1}, condition: s}')), []);
});
