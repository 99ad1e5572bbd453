/** Hits of a hunt over segments are the hits over the lines these were made of, explanations and events included. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ndjsonLines, sigmaRules } from '../reference/corpus.ts';
import { compare } from '../reference/generate.ts';
import { windowsRouter } from '../reference/harness.ts';
import { skipWithout } from '../shared.ts';
import { frameHitLines, huntHitLines, load, recordsByRule } from './engine.ts';

const utf8 = new TextEncoder();

test('over 20,000 events of recorded attacks, in one row group or in many', (t) => {
  const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  if (path === null) return;
  const text = utf8.encode(ndjsonLines(path).join('\n'));
  const loaded = load([...sigmaRules()].map(([file, rule]) => ({ path: file, text: rule })));
  const wanted = frameHitLines(loaded, text, 4096);
  assert.ok(wanted.length > 100);
  const large = { entries: 1 << 20, textBytes: 96 << 20, tokenBytes: 32 << 20 };
  assert.deepEqual(huntHitLines(loaded, text, 1 << 15, large), wanted);
  assert.deepEqual(huntHitLines(loaded, text, 1500), wanted);
});

const rule = (id: string, selection: string, condition = 'sel'): { path: string; text: string } => ({
  path: `${id}.yml`,
  text: `title: ${id}
id: ${id}
logsource: {product: windows, category: process_creation}
detection:
  sel: ${selection}
  condition: ${condition}
`,
});

const LOADED = load([
  rule('ends', `{Image|endswith: '\\evil.exe'}`),
  rule('same', '{Image|fieldref: ParentImage}'),
  rule('different', '{Image|fieldref: ParentImage}', 'not sel'),
  rule('pattern', `{CommandLine|re: '^a\\d+é'}`),
  rule('word', `['needle']`),
  rule('words', `{'|all': ['needle', 'other']}`),
  rule('absent', '{CommandLine: null}'),
  rule('empty', "{CommandLine: ''}"),
  rule('there', '{CommandLine|exists: true}'),
  rule('not there', '{CommandLine|exists: false}'),
  rule('number', '{Size|gte: 100}'),
  rule('exact', '{Size: 9007199254740993}'),
  rule('truth', '{Elevated: true}'),
  rule('element', "{Groups|contains|all: ['adm', 'usr']}"),
  rule('inner', "{Hashes.MD5: 'ab'}"),
  rule('path', "{CommandLine|endswith: 'Jörg\\tmp\\new'}"),
  rule('negation', "{Image|endswith: '\\evil.exe'}", 'not sel'),
]);

const CHANNEL = 'Microsoft-Windows-Sysmon/Operational';
const started = (more: object): string => JSON.stringify({ Channel: CHANNEL, EventID: 1, ...more });
const xml = (image: string): string =>
  `<Event><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID><Channel>${CHANNEL}</Channel></System>` +
  `<EventData><Data Name="Image">${image}</Data><Data Name="ParentImage">x\\evil.exe</Data></EventData></Event>`;
const ODD = [
  started({ Image: 'C:\\evil.exe', ParentImage: 'c:\\EVIL.exe' }),
  JSON.stringify({ message: xml('x\\evil.exe') }),
  started({ Image: 'a', CommandLine: 'a12é', list: ['x', 1, 'a needle'], deep: { list: [{ a: 'needle' }, []] } }),
  '  { "Channel" : "Microsoft-Windows-Sysmon/Operational" , "EventID": "1", "Image" : "\\u0043:\\\\evil.exe" , "n": [ 1 , 2 ] } ',
  JSON.stringify({ message: xml('y\\evil.exe'), other: 'needle' }),
  started({ Image: 'no', more: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, `needle ${i}`])) }),
  started({ Image: 1e5, CommandLine: ['b', 'a7é'] }),
  started({ CommandLine: null, other: 'another needle' }),
  started({ CommandLine: '', a: [{ Image: 'x' }, { Image: 'y\\evil.exe' }] }),
  started({ Groups: ['Adm', null, 'usr'], Elevated: true, Size: 99.5 }),
  started({ Groups: [], Elevated: 'TRUE', Size: '100' }),
  started({ Groups: [{ x: 'adm' }], Elevated: [false, true], Size: [1, 1e3] }),
  `{"Channel":"${CHANNEL}","EventID":1,"Size":9007199254740993,"Image":"one","Image":"two\\\\evil.exe"}`,
  `{"Channel":"${CHANNEL}","EventID":1,"Size":1.0e2,"CommandLine":"a\\u0031é","Hashes":{"MD5":"AB"}}`,
  `{"Channel":"${CHANNEL}","EventID":1,"Size":-0,"Hashes.MD5":"ab","Image":"\\ud800"}`,
  `{"EventID":1,"Image":"\\\\evil.exe"}`,
  // Escapes that are none: the text is `C:\\Jörg\\tmp\\new`.
  started({ CommandLine: 'C:\\Jörg\\tmp\\new' }),
  // Arrays in arrays: their elements count, and no element ends at a bracket within a text.
  started({ Groups: [null, ['a]', 'adm'], [['x', 'usr']]], list: [[1, []], {}] }),
];

test('of odd tokens, lists, objects in arrays, keys that occur twice, nulls, and events that are XML in a field', () => {
  const text = utf8.encode(Array<string[]>(40).fill(ODD).flat().join('\n'));
  const wanted = frameHitLines(LOADED, text, 4096);
  const hit = new Set(recordsByRule(wanted).keys());
  assert.deepEqual(
    LOADED.rules.detections.map(({ id }) => id).filter((id) => !hit.has(id)),
    [],
  );
  for (const rows of [1, 50, 1 << 14]) assert.deepEqual(huntHitLines(LOADED, text, rows), wanted);
});

test('where a row group does not fit into memory it is read event by event', () => {
  const text = utf8.encode(Array<string[]>(40).fill(ODD).flat().join('\n'));
  const wanted = frameHitLines(LOADED, text, 4096);
  assert.deepEqual(huntHitLines(LOADED, text, 200, { entries: 64, textBytes: 1 << 20, tokenBytes: 1 << 20 }), wanted);
  assert.deepEqual(huntHitLines(LOADED, text, 200, { entries: 1 << 12, textBytes: 2048, tokenBytes: 1 << 20 }), wanted);
  assert.deepEqual(huntHitLines(LOADED, text, 200, { entries: 1 << 12, textBytes: 1 << 20, tokenBytes: 256 }), wanted);
});

test('with generated rules and events, as the reference has them', { timeout: 300_000 }, async (t) => {
  const router = windowsRouter();
  if (skipWithout(t, 'sigma/tests/thor.yml') === null || router === null) return;
  const { SCENARIOS = '20', SEED } = process.env;
  const engine = (texts: readonly string[], ndjson: Uint8Array, placeholders = {}) => {
    const loaded = load(
      texts.map((text, i) => ({ path: `rule-${i}.yml`, text })),
      placeholders,
    );
    const small = { entries: 1 << 14, textBytes: 4 << 20, tokenBytes: 1 << 20 };
    return Promise.resolve(recordsByRule(huntHitLines(loaded, ndjson, 64, small)));
  };
  assert.deepEqual(await compare(engine, router, Number(SCENARIOS), SEED === undefined ? undefined : Number(SEED)), []);
});

test('keywords are found wherever a value holds one, though most values make no entries', () => {
  const keywords = load([
    rule('latin', "['kelvin scale']"),
    rule('digits', "['7654321']"),
    rule('two', "['needle 7', 'sewing']"),
  ]);
  const events = Array.from({ length: 400 }, (_, i) =>
    started({
      // Texts that are all their own, and some that come again.
      Note: i === 77 ? `the \u212aelvin scale, ${i}` : i === 200 ? `a needle 7 of ${i}` : `note number ${i}`,
      Again: i % 50 === 9 ? 'KELVIN SCALE' : 'nothing',
      Number: i === 300 ? 1765432100 : 3_000_000_000 + i,
      Few: i === 301 ? 7654321 : 5,
      ...(i % 3 === 0 ? {} : { Other: `sewin${i === 202 ? 'g' : ''} ${i}` }),
    }),
  );
  const text = utf8.encode(events.join('\n'));
  const wanted = frameHitLines(keywords, text, 100);
  const hits = recordsByRule(wanted);
  assert.deepEqual(
    ['latin', 'digits', 'two'].map((id) => hits.get(id)?.length),
    [9, 2, 2],
  );
  assert.deepEqual(huntHitLines(keywords, text, 1 << 15), wanted);
  assert.deepEqual(huntHitLines(keywords, text, 64), wanted);
});
