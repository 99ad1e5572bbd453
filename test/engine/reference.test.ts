import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openInput } from '../../src/formats/index.ts';
import { mordorRecordings, ndjsonLines, regressionCases, sigmaRules } from '../reference/corpus.ts';
import { compare } from '../reference/generate.ts';
import { referenceHits, windowsRouter } from '../reference/harness.ts';
import { skipWithout } from '../shared.ts';
import { engine, hitLines, load, recordsByRule } from './engine.ts';

const utf8 = new TextEncoder();

function asLists(hits: ReadonlyMap<string, ReadonlySet<number>>): Record<string, number[]> {
  return Object.fromEntries([...hits].map(([id, records]) => [id, [...records].sort((a, b) => a - b)]).sort());
}

function sorted(hits: ReadonlyMap<string, readonly number[]>): Record<string, number[]> {
  return Object.fromEntries([...hits].map(([id, records]): [string, number[]] => [id, [...records]]).sort());
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const input of openInput(path, { recover: false }, () => {})) {
    for await (const { bytes } of input.chunks()) lines.push(...new TextDecoder().decode(bytes).split('\n'));
  }
  return lines.filter((line) => line !== '');
}

test('engine and reference agree, rule by rule and event by event, on 20,000 events of recorded attacks', (t) => {
  const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  const router = windowsRouter();
  if (path === null || router === null) return;
  const lines = ndjsonLines(path);
  const texts = [...sigmaRules().values()];
  const loaded = load([...sigmaRules()].map(([path, text]) => ({ path, text })));
  const got = sorted(recordsByRule(hitLines(loaded, utf8.encode(lines.join('\n')))));
  assert.equal(lines.length, 20_000);
  assert.ok(Object.keys(got).length >= 60, 'the sample sets off some 70 rules');
  assert.deepEqual(got, asLists(referenceHits(texts, lines, router)));
});

test('engine and reference agree on complete recordings of attacks', { timeout: 900_000 }, (t) => {
  const router = windowsRouter();
  if (skipWithout(t, 'windows-mordor') === null || router === null) return;
  const texts = [...sigmaRules().values()];
  const loaded = load([...sigmaRules()].map(([path, text]) => ({ path, text })));
  // All 20 on demand: the reference takes minutes for them.
  const recordings = process.env['FULL'] === '1' ? mordorRecordings() : mordorRecordings().slice(0, 4);
  for (const path of recordings) {
    const lines = ndjsonLines(path);
    const got = sorted(recordsByRule(hitLines(loaded, utf8.encode(lines.join('\n')))));
    assert.deepEqual(got, asLists(referenceHits(texts, lines, router)), path);
  }
});

test('engine and reference agree on event logs', { timeout: 300_000 }, async (t) => {
  const folder = skipWithout(t, 'evtx');
  const router = windowsRouter();
  if (folder === null || router === null) return;
  const texts = [...sigmaRules().values()];
  const loaded = load([...sigmaRules()].map(([path, text]) => ({ path, text })));
  const paths = [
    ...readdirSync(folder)
      .filter((name) => name.endsWith('.evtx'))
      .map((name) => join(folder, name)),
    ...regressionCases().map(({ evtx }) => evtx),
  ];
  let hits = 0;
  for (const path of paths) {
    const lines = await linesOf(path);
    const got = sorted(recordsByRule(hitLines(loaded, utf8.encode(lines.join('\n')))));
    hits += Object.values(got).flat().length;
    assert.deepEqual(got, asLists(referenceHits(texts, lines, router)), path);
  }
  assert.ok(paths.length === 190 && hits > 400, `${paths.length} files, ${hits} hits`);
});

test('engine and reference agree on generated rules and events', { timeout: 300_000 }, async (t) => {
  const router = windowsRouter();
  if (skipWithout(t, 'sigma/tests/thor.yml') === null || router === null) return;
  const { SCENARIOS = '80', SEED } = process.env;
  assert.deepEqual(await compare(engine, router, Number(SCENARIOS), SEED === undefined ? undefined : Number(SEED)), []);
});
