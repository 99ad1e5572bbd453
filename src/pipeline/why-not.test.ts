import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DetectionRule, loadRules } from '../detect/index.ts';
import { started } from './kit.twin.ts';
import { whyNotOf } from './why-not.ts';

/** A rule with the given lines of detection. */
function detection(lines: string): DetectionRule {
  const text = `title: t\nid: t\nlogsource: {product: windows, category: process_creation}\ndetection:\n${lines.replaceAll(/^/gm, '  ')}\n`;
  const rules = loadRules([{ path: 'r.yml', text }]);
  assert.deepEqual(rules.refused, []);
  return rules.detections[0];
}

const EVENT = started('C:\\a.exe', 1, { Hashes: { MD5: 'x' } });

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
