/** Scans: scan.ts, and what it gathers for correlations (gathered.ts). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { skipWithout } from '../../test/shared.ts';
import { limits, sleep } from '../base/index.ts';
import { EVIL, prepared, rule, scanned, started, testFolder } from './kit.twin.ts';

const folder = testFolder();
after(() => fs.rmSync(folder, { recursive: true }));

function file(name: string, data: string | Uint8Array): string {
  const at = path.join(folder, name);
  fs.writeFileSync(at, data);
  return at;
}

const GOOD = started('C:\\good.exe');
const evilRules = prepared(EVIL);

test('hit lines come in order of paths and records, whatever the number of threads', async () => {
  const texts = ['a', 'b', 'c'].map((name, n) => {
    const lines = Array.from({ length: 12_000 }, (_, i) =>
      (i + n) % 1000 === 7 ? started(`C:\\${name}\\evil.exe`, 1, { CommandLine: `${i}` }) : GOOD,
    );
    return file(`${name}.ndjson`, `${lines.join('\n')}\n`);
  });
  // More than one range of the file.
  const many = file('many.ndjson', texts.map((name) => fs.readFileSync(name, 'utf8')).join(''));
  const paths = [texts[2], many, texts[0], texts[1]];
  const one = await scanned(evilRules, paths, { threads: 1 });
  assert.deepEqual(
    one.places.filter((place) => place.startsWith('c.')),
    Array.from({ length: 12 }, (_, i) => `c.ndjson ${i * 1000 + 6} evil`),
  );
  assert.deepEqual(
    one.places.map((place) => place.split('.')[0]).filter((name, i, all) => name !== all[i - 1]),
    ['c', 'many', 'a', 'b'],
  );
  assert.equal(one.places.length, 72);
  assert.deepEqual(one.summary.hits, { evil: 72 });
  for (const threads of [2, 3]) assert.deepEqual((await scanned(evilRules, paths, { threads })).lines, one.lines);
});

test('records of a plain file read in ranges have the numbers they have in the same file gzipped', async () => {
  const lines: string[] = [];
  const broken: string[] = [];
  let record = 0;
  let byte = 0;
  for (let i = 0; byte < 5 << 20; i++) {
    const line = i % 400 === 3 ? '' : i % 900 === 5 ? '{"EventID":1,' : i % 500 === 9 ? started('x\\evil.exe') : GOOD;
    if (line !== '') record++;
    if (i % 900 === 5 && line !== '') broken.push(`record ${record}, byte ${byte + line.length}`);
    lines.push(line);
    byte += line.length + 1;
  }
  const plain = file('ranges.ndjson', lines.join('\n'));
  const zipped = file('ranges.gz', gzipSync(lines.join('\n')));
  const fromPlain = await scanned(evilRules, [plain], { threads: 2 });
  const fromZipped = await scanned(evilRules, [zipped], { threads: 2 });
  const records = (places: string[]): string[] => places.map((place) => place.split(' ')[1]);
  assert.ok(fromPlain.places.length > 50);
  assert.deepEqual(records(fromPlain.places), records(fromZipped.places));
  assert.deepEqual(
    fromPlain.summary.unparsed.map(({ position }) => position),
    broken,
  );
  assert.deepEqual(
    fromZipped.summary.unparsed.map(({ position }) => position.split(',')[0]),
    broken.map((position) => position.split(',')[0]),
  );
  assert.equal(fromPlain.summary.events, record - broken.length);
  assert.equal(fromZipped.summary.events, record - broken.length);
});

test("hits of EVTX carry the record ids of the log and evtx_dump's form of the event", async (t) => {
  const log = skipWithout(t, 'evtx/DSE_bypass_BYOV_TDL_dummydriver_sysmon_6_7_13.evtx');
  if (log === null) return;
  const drivers = `title: driver
id: driver
logsource: {product: windows, category: driver_load}
detection:
  sel: {EventID: 6}
  condition: sel
`;
  const { hits } = await scanned(prepared(drivers), [log], { threads: 2 });
  assert.deepEqual(
    hits.map(({ source }) => source),
    [{ path: log, record: 5 }],
  );
  const { Event } = hits[0].event as { Event: { System: { EventID: number; Channel: string } } };
  assert.deepEqual([Event.System.EventID, Event.System.Channel], [6, 'Microsoft-Windows-Sysmon/Operational']);
});

test('the event stands in its line byte for byte as it came in', async () => {
  const event = `{"Channel": "Microsoft-Windows-Sysmon/Operational",\t"EventID":1.0e0, "n":123456789012345678901234567890.10,"EventID":1, "Image":"C:\\u005cevil.exe","Image2":"ü\\/", "a":{ }}`;
  const { lines } = await scanned(evilRules, [file('odd.ndjson', `  ${event} \r\n`)]);
  assert.equal(lines.length, 1);
  assert.ok(lines[0].endsWith(`,"event":${event}}`), lines[0]);
});

test('bad UTF-8 in an event becomes U+FFFD in its line', async () => {
  const [head, tail] = started('C:\\evil.exe', 0, { User: '@' }).split('@');
  const { hits } = await scanned(evilRules, [
    file('bad.ndjson', Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0x41]), Buffer.from(`${tail}\n`)])),
  ]);
  assert.deepEqual(
    hits.map(({ event }) => (event as { User: string }).User),
    ['\uFFFDA'],
  );
});

test('a line too long to be an event is named, and what follows keeps its number, in plain and gzipped files alike', async () => {
  const max = limits.lineBytesMax;
  const line = (size: number): Buffer =>
    Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(size - 8, 0x78), Buffer.from('"}\n')]);
  const evil = Buffer.from(`${started('C:\\evil.exe')}\n`);
  const before = Buffer.from(`${GOOD}\n\n`);
  const data = Buffer.concat([before, line(max + 1), evil, line(max), evil, line(max + 100_000), line(max + 1)]);
  const second = before.length + max + 2 + evil.length + max + 1 + evil.length;
  const expected = [
    [2, before.length, max + 1],
    [6, second, max + 100_000],
    [7, second + max + 100_001, max + 1],
  ].map(([record, byte, size]) => ({
    position: `record ${record}, byte ${byte}`,
    reason: `the line has ${size} bytes, more than the 16777216 an event may have: left out`,
  }));
  const paths = [file('long.ndjson', data), file('long.gz', gzipSync(data, { level: 1 }))];
  for (const at of [...paths, 'text']) {
    const { places, summary } = await (at === 'text'
      ? scanned(evilRules, [], { text: data })
      : scanned(evilRules, [at]));
    const name = path.basename(at);
    assert.deepEqual(places, [`${name} 3 evil`, `${name} 5 evil`]);
    assert.deepEqual(
      summary.unparsed,
      expected.map((one) => ({ path: at, ...one })),
    );
    assert.equal(summary.events, 4);
  }
});

test('one path given twice is numbered from 1 both times', async () => {
  const at = file('twice.ndjson', `${GOOD}\n{broken\n${started('C:\\evil.exe')}\n`);
  const { places, summary } = await scanned(evilRules, [at, at]);
  assert.deepEqual(places, ['twice.ndjson 3 evil', 'twice.ndjson 3 evil']);
  assert.deepEqual(
    summary.unparsed.map(({ position }) => position),
    [`record 2, byte ${GOOD.length + 2}`, `record 2, byte ${GOOD.length + 2}`],
  );
});

test('an unreadable path is named and the rest is read', async () => {
  const missing = path.join(folder, 'missing.ndjson');
  const unknown = file('notes.txt', 'no event at all\n');
  const good = file('rest.ndjson', `${started('C:\\evil.exe')}\n`);
  const { places, summary } = await scanned(evilRules, [missing, unknown, good]);
  assert.deepEqual(places, ['rest.ndjson 1 evil']);
  assert.deepEqual(summary.unparsed, [
    { path: missing, position: '', reason: 'no such file or directory' },
    {
      path: unknown,
      position: '',
      reason: "expected JSON, XML of Windows events or EVTX, came 'no event at all\\x0a'",
    },
  ]);
  assert.equal(summary.complete, true);
});

test('the format can be given; an unknown one is refused even when the rules fail as well', async () => {
  const at = file('given.log', `prefix\n${started('C:\\evil.exe')}\n`);
  assert.deepEqual((await scanned(evilRules, [at], { inputFormat: 'NDJSON' })).places, ['given.log 2 evil']);
  const rules = Promise.reject(new Error('no rules'));
  await assert.rejects(scanned(rules, [at], { inputFormat: 'csv' }), { code: 'formats.unknown' });
  await assert.rejects(scanned(Promise.reject(new Error('no rules')), [at]), { message: 'no rules' });
});

test('after a stop signal the scan ends early and says that it is not complete', async () => {
  const at = file('stop.ndjson', `${started('C:\\evil.exe')}\n`);
  const zipped = file('stop.gz', gzipSync(fs.readFileSync(at)));
  const stop = new AbortController();
  const running = scanned(evilRules, [at, zipped, at], {
    text: fs.readFileSync(at),
    signal: stop.signal,
    onHits: () => stop.abort(),
  });
  const { summary } = await running;
  assert.equal(summary.complete, false);
  const { summary: none } = await scanned(evilRules, [at], { text: fs.readFileSync(at), signal: AbortSignal.abort() });
  assert.deepEqual([none.complete, none.events, none.hits], [false, 0, {}]);
});

test('what onHits throws ends the scan', async () => {
  const at = file('throws.ndjson', `${started('C:\\evil.exe')}\n`);
  const onHits = (): never => {
    throw new Error('the output is closed');
  };
  await assert.rejects(scanned(evilRules, [at], { onHits }), { message: 'the output is closed' });
});

test('onReady is called once, and progress ends at the size of the inputs', async () => {
  const at = file('progress.ndjson', `${started('C:\\evil.exe')}\n${GOOD}\n`);
  const zipped = file('progress.gz', gzipSync(fs.readFileSync(at)));
  let ready = 0;
  let last: unknown;
  await scanned(evilRules, [at, zipped], {
    threads: 2,
    onReady: () => ready++,
    onProgress: (progress) => {
      last = progress;
    },
  });
  const bytes = fs.statSync(at).size + fs.statSync(zipped).size;
  assert.equal(ready, 1);
  assert.deepEqual(last, { bytes, bytesTotal: bytes, events: 4, hits: 2 });
});

test('the summary has the fields of the contract, lanes and hits counted over all workers', async () => {
  const text = `${started('C:\\evil.exe')}\n${GOOD}\n{"a":1}\n[1]\n`;
  const paths = [file('s1.ndjson', text), file('s2.ndjson', text)];
  const { summary } = await scanned(
    prepared(EVIL, rule('none', `{Image: nothing}`), 'title: no rule\n', rule('bad', `{Image|nope: x}`)),
    paths,
    { threads: 2 },
  );
  const { seconds, start_seconds, rules, ...rest } = summary;
  assert.ok(seconds > 0 && seconds < 60 && start_seconds > 0 && start_seconds < 60);
  assert.deepEqual(
    rules.refused.map(({ path, id }) => ({ path, id })),
    [{ path: '3.yml', id: 'bad' }],
  );
  assert.equal(rules.refused[0].reason, 'line 6: Image|nope: unknown modifier "nope"');
  assert.deepEqual(
    { ...rules, refused: [], silenced_by: { ...rules.silenced_by } },
    { loaded: 2, refused: [], not_a_rule: ['2.yml'], silenced_by: {} },
  );
  const reason = 'expected an object ({…})';
  assert.deepEqual(rest, {
    events: 6,
    carved: 0,
    bytes: 2 * text.length,
    hits: { evil: 2 },
    unparsed: paths.map((path) => ({ path, position: `record 4, byte ${text.length - 4}`, reason })),
    lanes: { 'windows/process_creation/sysmon': 4, unrecognised: 2 },
    left_out: [],
    ungrouped: {},
    correlation: null,
    complete: true,
  });
});

test('seconds are those of the scan: loading the rules counts as start', async () => {
  const at = file('timed.ndjson', `${GOOD}\n`);
  const slow = sleep(1500).then(() => evilRules);
  const { summary } = await scanned(slow, [at]);
  assert.ok(summary.seconds < 1.5, `${summary.seconds}`);
  assert.ok(summary.start_seconds >= 1.5, `${summary.start_seconds}`);
});

test('an id that objects know otherwise is counted like any other', async () => {
  const { summary } = await scanned(prepared(rule('__proto__', `{Image: x}`)), [], {
    text: Buffer.from(started('x')),
  });
  assert.deepEqual(Object.entries(summary.hits), [['__proto__', 1]]);
});
