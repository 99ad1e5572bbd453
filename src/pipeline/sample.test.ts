import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { type DetectionRule, loadRules } from '../detect/index.ts';
import { started, testFolder } from './kit.twin.ts';
import { readSample } from './sample.ts';
import { whyNotOf } from './why-not.ts';

const folder = testFolder();
after(() => fs.rmSync(folder, { recursive: true }));

/** A rule with the given lines of detection. */
function detection(lines: string, logsource = '{product: windows, category: process_creation}'): DetectionRule {
  const text = `title: t\nid: t\nlogsource: ${logsource}\ndetection:\n${lines.replaceAll(/^/gm, '  ')}\n`;
  const rules = loadRules([{ path: 'r.yml', text }]);
  assert.deepEqual(rules.refused, []);
  return rules.detections[0];
}

async function silence(rule: DetectionRule, ...events: string[]): Promise<string | null> {
  const file = path.join(folder, 'sample.ndjson');
  fs.writeFileSync(file, events.join('\n'));
  const rules = { detections: [rule], correlations: [], refused: [], notARule: [], silencedBy: {}, warnings: [] };
  const unparsed: unknown[] = [];
  const sample = await readSample(rules, [file], (each) => unparsed.push(each));
  assert.deepEqual([sample.events, unparsed], [events.length, []]);
  return sample.silence(rule);
}

const EVENT = started('C:\\a.exe', 1, { Hashes: { MD5: 'x' } });

test('a sample tells which rules cannot fire on it, whatever the values', async () => {
  const cases: [string, string | null][] = [
    ['sel: {Image: x}\ncondition: sel', null],
    ['sel: {Image: x, Nope: y}\ncondition: sel', 'no event of its log source has Nope'],
    ['sel: {Nope: x}\nother: {Image: y}\ncondition: sel or other', null],
    ['sel: {Nope: x}\nother: {Neither: y}\ncondition: sel or other', 'no event of its log source has Nope or Neither'],
    ['sel: {Nope: x}\ncondition: not sel', null],
    ['sel: {Nope: null}\ncondition: sel', null],
    ['sel: {Nope|exists: false}\ncondition: sel', null],
    ['sel: {Nope|exists: true}\ncondition: sel', 'no event of its log source has Nope'],
    ['sel: {Hashes|exists: true}\ncondition: sel', null],
    ['sel: [word]\ncondition: sel', null],
  ];
  for (const [text, expected] of cases) assert.equal(await silence(detection(text), EVENT, EVENT), expected, text);
});

test('a sample without events of the log source says so', async () => {
  const dns = detection('sel: {Image: x}\ncondition: sel', '{product: windows, category: dns_query}');
  assert.equal(await silence(dns, EVENT, '{"a":1}'), 'no event is of its log source');
});

test('why-not tells what an event is, whether the rule applies, and what failed', () => {
  const ask = whyNotOf(detection("sel: {Image|endswith: '\\a.exe'}\nother: {User: eve}\ncondition: sel and not other"));
  const hit = ask(EVENT);
  assert.deepEqual([hit.lane, hit.applies, hit.missing], ['windows/process_creation/sysmon', true, []]);
  assert.deepEqual(
    hit.matches.map(({ selection, field, op }) => [selection, field, op]),
    [
      ['sel', 'Image', 'endswith'],
      ['other', 'User', 'not equals'],
    ],
  );
  const miss = ask(started('C:\\b.exe'));
  assert.deepEqual([miss.applies, miss.matches], [true, []]);
  assert.ok(miss.missing.length > 0);
  const other = ask('{"a":1}');
  assert.equal(other.applies, false);
  const xml =
    '<Event><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID><Channel>Microsoft-Windows-Sysmon/Operational</Channel></System><EventData><Data Name="Image">C:\\a.exe</Data></EventData></Event>';
  const unwrapped = ask(JSON.stringify({ other: 1, message: xml }));
  assert.deepEqual([unwrapped.lane, unwrapped.matches.length], ['windows/process_creation/sysmon', 2]);
});

test('why-not refuses what is no event', () => {
  const ask = whyNotOf(detection('sel: {Image: x}\ncondition: sel'));
  for (const text of ['{broken', '[1]', 'null', '']) assert.throws(() => ask(text), { code: 'why_not.event' }, text);
  assert.equal(ask('{"a":1}').applies, false);
});
