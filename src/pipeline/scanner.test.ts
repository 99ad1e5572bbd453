import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { EVIL, prepared, rule, scanned, started } from './kit.twin.ts';
import { packRules } from './rules.ts';
import { scanText } from './scan-text.ts';
import { Scanner } from './scanner.ts';

const withText = (rules: ReturnType<typeof prepared>, ...lines: string[]): ReturnType<typeof scanned> =>
  scanned(rules, [], { text: Buffer.from(lines.map((line) => `${line}\n`).join('')) });

/** A Windows event as XML in a field of a JSON record. */
function wrapped(image: string, more = '', key = 'message'): string {
  const system =
    '<Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID><TimeCreated SystemTime="2024-01-01T00:00:00.5Z"/>' +
    '<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>far</Computer>';
  const xml = `<Event><System>${system}</System><EventData><Data Name="Image">${image}</Data></EventData>${more}</Event>`;
  return JSON.stringify({ [key]: xml });
}

function correlation(id: string, text: string, more = ''): string {
  return `title: About ${id}\nid: ${id}\nlevel: critical\ntags: [attack.t1110]\n${more}correlation:\n${text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
}

const A = rule('a', `{Image|endswith: '\\evil.exe'}`, 'low');
const B = rule('b', `{CommandLine|contains: x}`, 'low');

test('an event that is XML in a field is unwrapped, and its hit has the record as it came in', async () => {
  const record = wrapped('C:\\evil.exe', '', 'payload');
  const { lines, hits, summary } = await withText(prepared(EVIL), record);
  assert.equal(hits.length, 1);
  const [{ time, host, source, matches }] = hits;
  assert.deepEqual(
    [time, host, source, matches[0].path],
    ['2024-01-01T00:00:00.500Z', 'far', { path: 'text', record: 1 }, 'Event.EventData.Image'],
  );
  assert.ok(lines[0].endsWith(`,"event":${record}}`));
  assert.deepEqual(summary.lanes, { 'windows/process_creation/sysmon': 1 });
});

test('unwrapped and plain events of one file stay in order, each explained by its own values', async () => {
  const events = [
    started('1\\evil.exe'),
    wrapped('2\\evil.exe'),
    wrapped('C:\\good.exe'),
    '{broken',
    started('5\\evil.exe'),
    wrapped('6\\evil.exe'),
    started('7\\evil.exe'),
  ];
  const { hits, summary } = await withText(prepared(EVIL), ...events);
  assert.deepEqual(
    hits.map(({ source, matches }) => [source.record, matches[0].value]),
    [1, 2, 5, 6, 7].map((record) => [record, `${record}\\evil.exe`]),
  );
  assert.deepEqual(
    summary.unparsed.map(({ position }) => position),
    ['record 4'],
  );
});

test('bad XML in a field is named and the record read as it stands', async () => {
  const bad = JSON.stringify({ message: '<Event><System>' });
  const { places, summary } = await withText(prepared(EVIL), started('x'), bad, wrapped('C:\\evil.exe'));
  assert.equal(summary.events, 3);
  assert.deepEqual(places, ['text 3 evil']);
  assert.deepEqual(summary.unparsed, [
    {
      path: 'text',
      position: 'record 2',
      reason: "event XML in a field: character 15: the element 'System' is not closed",
    },
  ]);
  assert.deepEqual(summary.lanes, { 'windows/process_creation/sysmon': 2, unrecognised: 1 });
});

test('XML that becomes too deep an event is named, and the records around it are read', async () => {
  const levels = limits.nestingLevelsMax - 3;
  const deep = `<UserData>${'<a>'.repeat(levels)}<b c="1">d</b>${'</a>'.repeat(levels)}</UserData>`;
  const { places, summary } = await withText(
    prepared(EVIL),
    wrapped('C:\\evil.exe'),
    wrapped('C:\\evil.exe', deep),
    wrapped('C:\\evil.exe'),
  );
  assert.deepEqual(places, ['text 1 evil', 'text 3 evil']);
  assert.deepEqual(summary.unparsed, [
    { path: 'text', position: 'record 2', reason: 'event XML in a field: nested deeper than 64 levels' },
  ]);
  assert.deepEqual(summary.lanes, { 'windows/process_creation/sysmon': 2, unrecognised: 1 });
});

test('a correlation fires with its events, its group and no host, and speaks for its rules', async () => {
  const often = correlation(
    'often',
    'type: event_count\nrules: [a]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 2}',
  );
  const events = [1, 2, 3].map((second) => started('C:\\evil.exe', second, { User: second === 2 ? 'eve' : 'bob' }));
  const { lines, hits, summary } = await withText(prepared(A, often), ...events, started('C:\\evil.exe', 4));
  assert.equal(hits.length, 1);
  assert.equal(
    lines[0],
    JSON.stringify({
      rule: { id: 'often', title: 'About often', level: 'critical', tags: ['attack.t1110'], logsource: null },
      time: '2024-01-01T00:00:03.000Z',
      source: { path: 'text', record: 3 },
      host: null,
      matches: [
        { selection: 'condition', field: null, op: 'event_count', pattern: { gte: 2 }, value: '2', decisive: true },
        { selection: 'group-by', field: 'User', op: 'group', value: 'bob', decisive: true },
      ],
      correlation: { type: 'event_count', group: { User: 'bob' }, value: 2, events: 2 },
      events: [JSON.parse(events[0]), JSON.parse(events[2])],
    }),
  );
  assert.deepEqual(summary.hits, { often: 1 });
  assert.deepEqual(summary.ungrouped, { often: 1 });
  assert.deepEqual({ ...summary.rules.silenced_by }, { a: ['often'] });
  assert.deepEqual(summary.correlation, { untimed: {}, dropped: {}, evicted: {}, cut: {} });
});

test('with generate the rules of a correlation speak too', async () => {
  const often = correlation(
    'often',
    'type: event_count\nrules: [a]\ngenerate: true\ntimespan: 10s\ncondition: {gte: 2}',
  );
  const events = [started('C:\\evil.exe', 1), started('C:\\evil.exe', 2)];
  const { places, summary } = await withText(prepared(A, often), ...events);
  assert.deepEqual(places, ['text 1 a', 'text 2 a', 'text 2 often']);
  assert.deepEqual([summary.hits, { ...summary.rules.silenced_by }], [{ a: 2, often: 1 }, {}]);
});

test('a correlation below minLevel or spoken for by another is not put out', async () => {
  const often = correlation('often', 'type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 2}');
  const above = correlation('above', 'type: event_count\nrules: [often]\ntimespan: 10s\ncondition: {gte: 1}');
  const text = Buffer.from(`${started('C:\\evil.exe', 1)}\n${started('C:\\evil.exe', 2)}\n`);
  assert.deepEqual((await scanned(prepared(A, often, above), [], { text })).summary.hits, { above: 1 });
  const lower = often.replace('critical', 'medium');
  assert.deepEqual((await scanned(prepared(A, lower), [], { text, minLevel: 'high' })).summary.hits, {});
});

test('an event that several rules of a correlation matched is listed once', async () => {
  const both = correlation('both', 'type: temporal\nrules: [a, b]\ntimespan: 10s');
  const event = started('C:\\evil.exe', 1, { CommandLine: 'x' });
  const { hits } = await withText(prepared(A, B, both), started('y', 0), event, started('y', 2));
  assert.deepEqual(
    hits.map(({ events, correlation }) => [events, correlation?.events]),
    [[[JSON.parse(event)], 1]],
  );
});

test('events of a correlation lie in two pieces of input, large ones included', async () => {
  const often = correlation('often', 'type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 3}');
  const padding = 'p'.repeat(limits.readChunkBytes);
  const events = [1, 2, 3].map((second) => started('C:\\evil.exe', second, { padding }));
  const { hits } = await withText(prepared(A, often), ...events);
  assert.deepEqual(
    hits.map(({ source, events }) => [source.record, events]),
    [[3, events.map((event) => JSON.parse(event))]],
  );
});

test('a rule that compares two fields is decided by the host', async () => {
  const same = rule('same', `{Image|fieldref: ParentImage}`);
  const { hits } = await withText(
    prepared(same),
    started('C:\\A.exe', 1, { ParentImage: 'c:\\a.EXE' }),
    started('C:\\A.exe', 2, { ParentImage: 'C:\\B.exe' }),
    started('C:\\A.exe', 3),
    wrapped('C:\\A.exe').replace('</EventData>', '<Data Name=\\"ParentImage\\">C:\\\\A.exe</Data></EventData>'),
  );
  assert.deepEqual(
    hits.map(({ source, matches }) => [source.record, matches[0].op]),
    [
      [1, 'fieldref'],
      [4, 'fieldref'],
    ],
  );
});

test('rules below a level are compiled and quiet', () => {
  const ruleSet = { ...prepared().report, detections: [] };
  assert.equal(packRules(ruleSet, 'high').quiet.length, 0);
  assert.throws(() => new Scanner({ ...packRules(ruleSet), image: new SharedArrayBuffer(64) }, 1024), {
    message: 'the compiled rules are not of this version',
  });
});

test('scanText gives hits and summary of events in memory', async () => {
  const files = [{ path: 'r.yml', text: EVIL }];
  const { hits, summary } = await scanText(files, `${started('x')}\n${started('C:\\evil.exe')}`);
  assert.deepEqual(
    hits.map(({ source }) => source),
    [{ path: 'text', record: 2 }],
  );
  assert.deepEqual([summary.events, summary.hits], [2, { evil: 1 }]);
  assert.deepEqual((await scanText(files, new TextEncoder().encode(started('x')))).hits, []);
  await assert.rejects(scanText(files, new Uint8Array(limits.wholeFileBytesMax + 1)), { code: 'scan.text' });
});
