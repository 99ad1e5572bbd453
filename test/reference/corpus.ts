/** The rules and corpora of ../shared/data, read for comparisons. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { sharedData } from '../shared.ts';
import { parseJsonDocuments, printJson } from './json.ts';

export const SIGMA_FOLDERS = ['sigma/rules', 'sigma/rules-threat-hunting', 'sigma/rules-emerging-threats'];

/** Path → text of SigmaHQ's rules; empty where ../shared/data is absent. */
export function sigmaRules(): Map<string, string> {
  const texts = new Map<string, string>();
  for (const folder of SIGMA_FOLDERS) {
    const root = sharedData(folder);
    if (root === null) continue;
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
      if (name.endsWith('.yml')) texts.set(join(root, name), readFileSync(join(root, name), 'utf8'));
    }
  }
  return texts;
}

/** Non-blank lines of an NDJSON file, decompressed by its name. */
export function ndjsonLines(path: string): string[] {
  const bytes = readFileSync(path);
  const plain = path.endsWith('.gz') ? gunzipSync(bytes) : path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes;
  return plain
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** The complete recordings of simulated attacks; empty where ../shared/data is absent. */
export function mordorRecordings(): string[] {
  const root = sharedData('windows-mordor');
  if (root === null) return [];
  return readdirSync(root)
    .sort()
    .filter((name) => name.endsWith('.ndjson.zst'))
    .map((name) => join(root, name));
}

export interface RegressionCase {
  readonly rule: string;
  /** One compact JSON line an event. */
  readonly lines: readonly string[];
  /** null: at least once. */
  readonly expected: number | null;
  /** Paths of the event log and of the same events as JSON. */
  readonly evtx: string;
  readonly json: string;
}

/** SigmaHQ's regression cases; empty where ../shared/data is absent. */
export function regressionCases(): RegressionCase[] {
  const root = sharedData('sigma-regression');
  if (root === null) return [];
  const cases = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8')) as {
    rule: string;
    evtx: string;
    match_count: number | null;
  }[];
  return cases.map(({ rule, evtx, match_count }) => {
    const json = join(root, evtx.replace(/\.evtx$/, '.json'));
    const lines = parseJsonDocuments(readFileSync(json, 'utf8')).map(printJson);
    return { rule, lines, expected: match_count, evtx: join(root, evtx), json };
  });
}
