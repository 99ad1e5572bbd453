/** Hits over frames are the hits over the lines these were made of, explanations and events included. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openInput } from '../../src/formats/index.ts';
import { ndjsonLines, sigmaRules } from '../reference/corpus.ts';
import { compare } from '../reference/generate.ts';
import { windowsRouter } from '../reference/harness.ts';
import { skipWithout } from '../shared.ts';
import { frameHitLines, hitLines, load, recordsByRule } from './engine.ts';

const utf8 = new TextEncoder();
const sigma = () => load([...sigmaRules()].map(([path, text]) => ({ path, text })));

test('over 20,000 events of recorded attacks', (t) => {
  const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  if (path === null) return;
  const text = utf8.encode(ndjsonLines(path).join('\n'));
  const loaded = sigma();
  const wanted = hitLines(loaded, text);
  assert.ok(wanted.length > 100);
  assert.deepEqual(frameHitLines(loaded, text), wanted);
  assert.deepEqual(frameHitLines(loaded, text, 4 << 20), wanted);
});

test('over event logs', { timeout: 300_000 }, async (t) => {
  const folder = skipWithout(t, 'evtx');
  if (folder === null) return;
  const loaded = sigma();
  const lines: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.evtx')) continue;
    for await (const input of openInput(join(folder, name), { recover: false }, () => {})) {
      for await (const { bytes } of input.chunks()) lines.push(...new TextDecoder().decode(bytes).split('\n'));
    }
  }
  const text = utf8.encode(lines.filter((line) => line !== '').join('\n'));
  const wanted = hitLines(loaded, text);
  assert.ok(wanted.length > 100);
  assert.deepEqual(frameHitLines(loaded, text), wanted);
});

test('where lines are damaged, blank or wide, and events are XML in a field', () => {
  const rule = (id: string, selection: string): { path: string; text: string } => ({
    path: `${id}.yml`,
    text: `title: ${id}
id: ${id}
logsource: {product: windows, category: process_creation}
detection:
  sel: ${selection}
  condition: sel
`,
  });
  const loaded = load([
    rule('ends', `{Image|endswith: '\\evil.exe'}`),
    rule('same', '{Image|fieldref: ParentImage}'),
    rule('pattern', `{CommandLine|re: '^a\\d+é'}`),
    rule('word', `['needle']`),
  ]);
  const channel = 'Microsoft-Windows-Sysmon/Operational';
  const started = (more: object): string => JSON.stringify({ Channel: channel, EventID: 1, ...more });
  const xml = (image: string): string =>
    `<Event><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID><Channel>${channel}</Channel></System>` +
    `<EventData><Data Name="Image">${image}</Data><Data Name="ParentImage">x\\evil.exe</Data></EventData></Event>`;
  const lines = [
    started({ Image: 'C:\\evil.exe', ParentImage: 'c:\\EVIL.exe' }),
    JSON.stringify({ message: xml('x\\evil.exe') }),
    '{broken',
    started({ Image: 'a', CommandLine: 'a12é', list: ['x', 1, 'a needle'], deep: { list: [{ a: 'needle' }, []] } }),
    '',
    JSON.stringify({ message: '<Event><System>' }),
    '  { "Channel" : "Microsoft-Windows-Sysmon/Operational" , "EventID": "1", "Image" : "\\u0043:\\\\evil.exe" , "n": [ 1 , 2 ] } ',
    JSON.stringify({ message: xml('y\\evil.exe'), other: 'needle' }),
    started({
      Image: 'no',
      more: Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`k${i}`, `needle ${i}`])),
    }),
    started({ Image: 1e5, CommandLine: ['b', 'a7é'] }),
  ];
  const text = utf8.encode(Array<string[]>(8).fill(lines).flat().join('\n'));
  const wanted = hitLines(loaded, text);
  assert.equal(wanted.length, 8 * 10);
  for (const bytes of [1, 5000, 1 << 19]) assert.deepEqual(frameHitLines(loaded, text, bytes), wanted);
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
    return Promise.resolve(recordsByRule(frameHitLines(loaded, ndjson, 4096)));
  };
  assert.deepEqual(await compare(engine, router, Number(SCENARIOS), SEED === undefined ? undefined : Number(SEED)), []);
});
