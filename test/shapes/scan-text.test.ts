import assert from 'node:assert/strict';
import { it } from 'node:test';
import { scanText } from '../../src/pipeline/index.ts';
import { regressionCases, sigmaRules } from '../reference/corpus.ts';
import { parseRules } from '../reference/harness.ts';
import { skipWithout } from '../shared.ts';
import { fromEvtxJson, fromNxlog, SHAPES, type WindowsEvent } from './convert.ts';
import { mordorKinds, vendorCorpora } from './corpora.ts';
import { matchesThrough, readWithSchema } from './scan.ts';

/** Shape → the source type that recognises it; XML is unwrapped first. */
const SOURCE_OF: Readonly<Record<string, string>> = {
  evtx_json: 'windows.evtx_json',
  nxlog: 'windows.nxlog',
  winlogbeat: 'windows.winlogbeat',
  winlogbeat_dotted: 'windows.winlogbeat',
  elastic_agent: 'windows.winlogbeat',
  xml: 'windows.evtx_json',
};

type Rules = { path: string; text: string }[];

function windowsRules(): Rules {
  return [...sigmaRules()]
    .map(([path, text]) => ({ path, text }))
    .filter(({ text }) => /product: windows|category: antivirus/.test(text));
}

/** `rule id, record` of every hit, sorted. */
async function hits(rules: Rules, lines: readonly string[]): Promise<string[]> {
  const { hits, summary } = await scanText(rules, lines.map((line) => `${line}\n`).join(''));
  assert.equal(summary.events, lines.length);
  assert.deepEqual(summary.unparsed, []);
  return hits.map(({ rule, source }) => `${rule.id} ${source.record}`).sort();
}

async function assertSameHits(events: readonly WindowsEvent[], originals: readonly string[]): Promise<number> {
  const rules = windowsRules();
  const expected = await hits(rules, originals);
  for (const [shape, write] of Object.entries(SHAPES)) {
    const sources = new Set(events.slice(0, 200).map((event) => readWithSchema(write(event)).source?.id));
    assert.deepEqual([...sources], [SOURCE_OF[shape]], shape);
    assert.deepEqual(await hits(rules, events.map(write)), expected, shape);
  }
  return expected.length;
}

it('a scan gives the same hits for SigmaHQ’s regression events in every shape', async (t) => {
  if (skipWithout(t, 'sigma-regression') === null) return;
  const lines = regressionCases().flatMap((one) => one.lines);
  assert.ok((await assertSameHits(lines.map(fromEvtxJson), lines)) >= 134);
});

it('a scan gives the same hits for the Mordor recordings, one event of a kind, in every shape', async (t) => {
  if (skipWithout(t, 'windows-mordor') === null) return;
  const lines = mordorKinds();
  assert.ok((await assertSameHits(lines.map(fromNxlog), lines)) > 100);
});

it('a scan finds in vendors’ events exactly what the mappings and the reference evaluator find', async (t) => {
  if (skipWithout(t, 'vendor-logs') === null) return;
  const files = [...sigmaRules()].map(([path, text]) => ({ path, text }));
  const lines = vendorCorpora().flatMap((corpus) => corpus.lines);
  const { rules } = parseRules(files.map(({ text }) => text));
  const expected = lines.flatMap((line, index) => {
    const event = readWithSchema(line);
    return rules.filter((rule) => matchesThrough(rule, event)).map(({ id }) => `${id} ${index + 1}`);
  });
  assert.deepEqual(await hits(files, lines), expected.sort());
  assert.ok(expected.length > 300);
});
