import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { loadRules, type RuleFile } from '../../src/detect/index.ts';
import { prepareRuleSet, type Summary, scan } from '../../src/pipeline/index.ts';
import { mordorRecordings, ndjsonLines, sigmaRules } from '../reference/corpus.ts';
import { skipWithout } from '../shared.ts';
import { hitLines, load, recordsByRule } from './engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-metamorphic-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const files: RuleFile[] = [...sigmaRules()].map(([path, text]) => ({ path, text }));

/** A correlation over rules that fire in the recordings: what crosses pieces, files and threads must not show. */
const BURST: RuleFile = {
  path: 'burst.yml',
  text: `title: Burst of one rule
id: 0b0c3f0e-8a7e-4f5c-9a55-7a0fb2b1c9d1
correlation:
  type: event_count
  rules: [64e8e417-c19a-475a-8d19-98ea705394cc]
  group-by: [Computer]
  timespan: 10m
  condition: {gte: 3}
  generate: true
level: low`,
};

interface Outcome {
  readonly summary: Summary;
  /** Hit lines without the path, in the order they came. */
  readonly lines: string[];
}

async function run(paths: string[], rules: RuleFile[], threads: number): Promise<Outcome> {
  const lines: string[] = [];
  const summary = await scan({
    paths,
    rules: prepareRuleSet(loadRules(rules)),
    threads,
    recover: false,
    onHits: (bytes) => {
      lines.push(...new TextDecoder().decode(bytes).trimEnd().split('\n'));
    },
  });
  return {
    summary,
    lines: lines.map((line) => line.replace(/"path":"[^"]*\/([^"/]*?)(?:\.gz|\.zst)?"/g, '"path":"$1"')),
  };
}

function sample(t: Parameters<typeof skipWithout>[0]): { name: string; text: string }[] | null {
  if (skipWithout(t, 'windows-mordor') === null) return null;
  const picked = [1, 4, 12].map((i) => mordorRecordings()[i]);
  return picked.map((path, i) => ({
    name: `part-${i}.ndjson`,
    text: `${ndjsonLines(path).slice(0, 4000).join('\n')}\n`,
  }));
}

test('threads, order of files, order of rules and compression change nothing', async (t) => {
  const parts = sample(t);
  if (parts === null) return;
  const plain = parts.map(({ name, text }) => {
    writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text));
    writeFileSync(join(folder, `${name}.zst`), zstdCompressSync(text));
    return join(folder, name);
  });
  const rules = [...files, BURST];
  const { summary, lines } = await run(plain, rules, 1);
  assert.ok(lines.length > 40, `${lines.length} hits`);
  assert.ok((summary.hits['0b0c3f0e-8a7e-4f5c-9a55-7a0fb2b1c9d1'] ?? 0) > 0, 'the correlation fires');
  const threads = await run(plain, rules, 3);
  assert.deepEqual(threads.lines, lines, 'threads: the same lines in the same order');
  assert.deepEqual(threads.summary.lanes, summary.lanes);
  const reversedFiles = await run([...plain].reverse(), rules, 2);
  assert.deepEqual([...reversedFiles.lines].sort(), [...lines].sort(), 'order of files');
  const reversedRules = await run(plain, [...rules].reverse(), 2);
  assert.deepEqual([...reversedRules.lines].sort(), [...lines].sort(), 'order of rules');
  for (const extension of ['.gz', '.zst']) {
    const compressed = await run(
      plain.map((path) => path + extension),
      rules,
      2,
    );
    assert.deepEqual(compressed.lines, lines, extension);
  }
});

test('the size of pieces changes nothing', (t) => {
  const parts = sample(t);
  if (parts === null) return;
  const text = new TextEncoder().encode(parts[0].text);
  const loaded = load(files);
  const whole = recordsByRule(hitLines(loaded, text, 1 << 26));
  assert.ok(whole.size > 3);
  for (const size of [3_000, 20_000, 333_333]) {
    assert.deepEqual(recordsByRule(hitLines(loaded, text, size)), whole, `pieces of ${size} bytes`);
  }
});
