/** What commands print, without their process; test/cli runs them whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules, type RuleSet } from '../../detect/index.ts';
import { whyNotOf } from '../../pipeline/index.ts';
import { screen } from '../samples.twin.ts';
import { checkSections } from './rulesCheck.ts';
import { costLines, laneLines, ruleLines } from './rulesExplain.ts';
import { runOptions } from './scan.ts';
import { eventPlace, whyNotLines } from './whyNot.ts';

const ID = 'a0000000-0000-4000-8000-00000000000';
const rule = (id: number, body: string, logsource = '{product: windows, category: process_creation}'): string =>
  `title: Rule ${id}\nid: ${ID}${id}\nlevel: high\nlogsource: ${logsource}\ndetection:\n  ${body}\n`;

function load(...texts: string[]): { rules: RuleSet; files: { path: string; text: string }[]; unreadable: [] } {
  const files = texts.map((text, at) => ({ path: `r${at}.yml`, text }));
  return { rules: loadRules(files), files, unreadable: [] };
}

test('rules check: every kind of finding has its section', () => {
  const loaded = load(
    rule(1, "{s: {Image|endswith: '\\\\a.exe'}, condition: s}"),
    rule(2, '{s: {Image: x}, condition: not s}'),
    rule(3, '{s: {F: xyz}, condition: s}', '{product: cisco, service: nothing}'),
    rule(4, '{s: {F: xyz}, condition: s}', '{product: macos, category: process_creation}'),
    rule(5, '{s: {F|nonsense: 1}, condition: s}'),
    rule(6, '{s: {F: xyz}, unused: {F: abc}, condition: s}'),
    'just: settings',
  );
  const found = new Map(checkSections(loaded).map(({ title, entries }) => [title.replace(/:.*/, ''), entries]));
  assert.match(found.get('Refused')?.[0] ?? '', /^r4\.yml:6: .*nonsense/);
  assert.match(found.get('Expensive')?.[0] ?? '', /^r1\.yml:6: only says what must not be/);
  assert.match(
    found.get('Likely not what is meant')?.join('\n') ?? '',
    /^r5\.yml:6: the condition never uses the selection "unused"$/,
  );
  assert.deepEqual(found.get('Can never fire'), ['cisco/nothing: 1 rule']);
  assert.deepEqual(found.get('Unproven'), ['macos/process_creation: 1 rule']);
  assert.deepEqual(found.get('Not a rule'), ['r6.yml']);
});

test('rules explain: lanes, condition and what is waited for', () => {
  const { rules } = load(
    rule(1, "{s: {Image|endswith: '\\\\mimikatz.exe', User: a}, condition: s}"),
    rule(2, '{s: {Image: x}, condition: not s}'),
    rule(3, '{s: {F: xyz}, condition: s}', '{product: cisco, service: nothing}'),
  );
  const [first, second, third] = rules.detections;
  assert.deepEqual(costLines(first), ['  It is looked at only where one of these holds:', '    Image ends with …']);
  assert.match(costLines(second)[0], /every event of its lanes is looked at/);
  assert.match(laneLines(first)[0], /^ {2}windows\/process_creation, proven/);
  assert.deepEqual(laneLines(third), ['  cisco/nothing: no known source of events has it, so the rule can never fire']);
  const text = ruleLines(first, rules, screen()).join('\n');
  assert.match(text, /^Rule 1\n {2}level {3}high\n {2}id {6}a0000000/);
  assert.match(text, /\n\nIt hits an event when\n {2}all of:\n/);
});

test('why not: failed and held predicates, with the values there', () => {
  const { rules } = load(
    rule(1, "{s: {Image|endswith: '\\a.exe', CommandLine|contains: go}, f: {User: x}, condition: s and not f}"),
  );
  const [only] = rules.detections;
  const ask = whyNotOf(only);
  const event = {
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    Image: 'C:\\b.exe',
    CommandLine: 'go on',
  };
  const lines = (changes: object): string[] =>
    whyNotLines(only, ask(JSON.stringify({ ...event, ...changes })), screen());
  assert.deepEqual(lines({}), [
    '  lane: windows/process_creation/sysmon',
    "  failed  [s] Image endswith '\\a.exe'",
    "          the event has 'C:\\b.exe'; this alone would make it hit",
    "  held    [s] CommandLine contains 'go'",
    "          the event has 'go on'",
    "  held    [f] User not equals 'x'",
    '          the field is absent',
  ]);
  assert.deepEqual(lines({ Image: 'C:\\a.exe' }), [
    '  lane: windows/process_creation/sysmon',
    '  The rule hits this event.',
  ]);
  assert.match(lines({ Image: 'C:\\a.exe', EventID: 3 })[1], /failed {2}the event is not of the rule's log source/);
  assert.throws(() => ask('{"a":'), /no JSON object/);
});

test('an event is named by file and record', () => {
  assert.deepEqual(eventPlace('a.json:12'), { path: 'a.json', record: 12 });
  assert.deepEqual(eventPlace('a.json'), { path: 'a.json', record: null });
});

test('options are checked before anything is read', () => {
  const options = runOptions(['-'], { out: 'r.html', failOn: 'HIGH', threads: '3' });
  assert.deepEqual([options.format, options.failOn, options.threads, options.out], ['html', 'high', 3, 'r.html']);
  for (const threads of ['0', 'two', '-1', '1.5', '257']) {
    assert.throws(() => runOptions(['-'], { threads }), { code: 'cli.usage' }, threads);
  }
  assert.throws(() => runOptions(['-'], { inputFormat: 'evxt' }), { hint: /Did you mean 'evtx'\?/ });
});
