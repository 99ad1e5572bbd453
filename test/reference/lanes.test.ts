import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../shared.ts';
import { readEvent } from './event.ts';
import { matches, windowsRouter } from './harness.ts';
import { parseJson } from './json.ts';
import { parseRule } from './rule.ts';

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';

function fields(event: unknown, ...names: string[]): (string[] | undefined)[] {
  const read = readEvent(parseJson(JSON.stringify(event)));
  return names.map((name) => read.field(name)?.map(({ is, text }) => (is === 'string' ? text : `${is}:${text}`)));
}

test('evtx_dump events: System attributes join with an underscore, EventData beats System, Channel and EventID stay', () => {
  const event = {
    Event: {
      System: {
        Provider: { '#attributes': { Name: 'P', Guid: 'G' } },
        EventID: { '#attributes': { Qualifiers: 5 }, '#text': 800 },
        Level: 4,
        Channel: 'Security',
        Correlation: null,
      },
      EventData: { Level: 'body', EventID: 'x', Channel: 'y', 'Threat Name': 'T', Data: { '#text': ['a', 'b'] } },
    },
  };
  assert.deepEqual(fields(event, 'Provider_Name', 'Provider_Guid', 'EventID_Qualifiers'), [['P'], ['G'], ['number:5']]);
  assert.deepEqual(fields(event, 'Level', 'EventID', 'Channel'), [['body'], ['number:800'], ['Security']]);
  assert.deepEqual(fields(event, 'ThreatName', 'Data', 'Correlation', 'Threat Name'), [
    ['T'],
    ['a', 'b'],
    ['null:'],
    undefined,
  ]);
  assert.deepEqual(fields(event, 'Event.EventData.Level', 'Name'), [['body'], undefined]);
});

test('evtx_dump events: the wrapper of UserData is no part of the names', () => {
  const event = {
    Event: {
      System: { EventID: 1102, Channel: 'Security' },
      UserData: { LogFileCleared: { '#attributes': { xmlns: 'u' }, SubjectUserName: 'eve', A: { B: 'c' } } },
    },
  };
  assert.deepEqual(fields(event, 'SubjectUserName', 'A.B', 'xmlns', 'LogFileCleared'), [
    ['eve'],
    ['c'],
    undefined,
    undefined,
  ]);
});

test('NXLog and Winlogbeat events have the same names', () => {
  const nxlog = { Channel: 'Security', EventID: 4624, SourceName: 'P', Hostname: 'H', 'Sam Account': 'x' };
  assert.deepEqual(fields(nxlog, 'EventID', 'Provider_Name', 'Computer', 'SamAccount', 'SourceName'), [
    ['number:4624'],
    ['P'],
    ['H'],
    ['x'],
    ['P'],
  ]);
  const winlog = {
    channel: 'Security',
    provider_name: 'P',
    computer_name: 'H',
    event_data: { 'Sam Account': 'x', Channel: 'q' },
  };
  const beat = { winlog, event: { code: '4624' } };
  assert.deepEqual(fields(beat, 'EventID', 'Provider_Name', 'Computer', 'SamAccount', 'Channel'), [
    ['4624'],
    ['P'],
    ['H'],
    ['x'],
    ['Security'],
  ]);
  const dotted = {
    'winlog.channel': 'Security',
    'winlog.event_id': 1,
    'event.code': '2',
    'winlog.event_data.Image': 'i',
  };
  assert.deepEqual(fields(dotted, 'Channel', 'EventID', 'Image', 'winlog\\.channel'), [
    ['Security'],
    ['number:1'],
    ['i'],
    ['Security'],
  ]);
  assert.deepEqual(fields({ winlog: { user_data: { U: 1 } } }, 'U'), [['number:1']]);
  assert.deepEqual(fields({ a: { b: true } }, 'a.b', 'a', 'b'), [['boolean:true'], [], undefined]);
});

test('a logsource means the channels and event ids of thor.yml and nothing more', (t) => {
  const router = windowsRouter();
  if (skipWithout(t, 'sigma/tests/thor.yml') === null || router === null) return;
  const fires = (logsource: string, selection: string, event: Record<string, unknown>): boolean => {
    const rule = parseRule(`logsource: {${logsource}}\ndetection: {s: {${selection}}, condition: s}\n`);
    return matches(rule, parseJson(JSON.stringify(event)), router);
  };
  const sysmon = { Channel: SYSMON, EventID: 1, Image: 'i' };
  const audit = { Channel: 'security', EventID: 4688, NewProcessName: 'i' };
  const start = 'product: windows, category: process_creation';
  assert.equal(fires(start, 'Image: i', sysmon), true);
  assert.equal(fires(start, 'Image: i', audit), true);
  assert.equal(fires(start, 'NewProcessName: i', audit), true);
  assert.equal(fires(start, 'Image: i', { ...audit, NewProcessName: 'j', Image: 'i' }), false);
  assert.equal(fires(start, 'Image: i', { ...sysmon, EventID: '1' }), true);
  assert.equal(fires(start, 'Image: i', { ...sysmon, EventID: 2 }), false);
  assert.equal(fires(start, 'Image: i', { ...sysmon, Channel: 'Security' }), false);
  assert.equal(fires(`${start}, service: security`, 'Image: i', sysmon), false);
  assert.equal(fires(`${start}, service: security`, 'Image: i', audit), true);
  assert.equal(fires('category: process_creation', 'Image: i', sysmon), true);
  assert.equal(fires('product: windows, service: security', 'Image: i', audit), false);
  assert.equal(fires('product: windows, service: security', 'NewProcessName: i', audit), true);
  assert.equal(fires('product: windows', 'Image: i', { Channel: 'Unlisted', EventID: 9, Image: 'i' }), true);
  assert.equal(fires('product: windows', 'Image: i', { Image: 'i' }), false);
  assert.equal(fires('product: linux', 'Image: i', sysmon), false);
  assert.equal(fires('definition: x', 'Image: i', sysmon), false);
  assert.equal(fires('product: windows, service: dns-server', 'Image: i', { ...sysmon, Channel: 'DNS Server' }), false);

  const deleted = { Channel: SYSMON, EventID: 12, EventType: 'DeleteValue', TargetObject: 'k' };
  assert.equal(fires('product: windows, category: registry_delete', 'TargetObject: k', deleted), true);
  assert.equal(fires('product: windows, category: registry_add', 'TargetObject: k', deleted), false);
  assert.equal(fires('product: windows, category: registry_event', 'TargetObject: k', deleted), true);
  assert.equal(
    fires('product: windows, category: registry_delete', 'TargetObject: k', { ...deleted, EventType: 'INFO' }),
    false,
  );

  const core = { Channel: 'PowerShellCore/Operational', EventID: 4104, ScriptBlockText: 'x' };
  assert.equal(fires('product: windows, category: ps_script', 'ScriptBlockText: x', core), true);
  const defender = {
    Channel: 'Microsoft-Windows-Windows Defender/Operational',
    EventID: 1116,
    'Threat Name': 'x',
    Path: 'p',
  };
  assert.equal(fires('category: antivirus', 'Signature: x, Filename: p', defender), true);
  assert.equal(fires('product: windows, service: windefend', 'ThreatName: x', defender), true);
  assert.equal(fires('category: antivirus', 'Signature: x', { ...defender, EventID: 1117 }), false);
});
