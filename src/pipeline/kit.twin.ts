/** What the tests of this room share: events, rules, a folder, and a scan that keeps its hits. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadRules } from '../detect/index.ts';
import { type PreparedRules, prepareRuleSet } from './prepare.ts';
import { type ScanOptions, scan } from './scan.ts';
import type { Hit, Summary } from './types.ts';

/** A folder of its own for a test file. */
export function testFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'weir-pipeline-'));
}

/** An event of Sysmon, process creation, at second `second` of a minute. */
export function started(image: string, second = 0, more: object = {}): string {
  const time = `2024-01-01 00:00:${String(second).padStart(2, '0')}.000`;
  const channel = 'Microsoft-Windows-Sysmon/Operational';
  return JSON.stringify({ Channel: channel, EventID: 1, Hostname: 'pc', UtcTime: time, Image: image, ...more });
}

/** A rule on such events. */
export function rule(id: string, selection: string, level = 'high'): string {
  return `title: About ${id}
id: ${id}
level: ${level}
logsource: {product: windows, category: process_creation}
detection:
  sel: ${selection}
  condition: sel
`;
}

export const EVIL = rule('evil', `{Image|endswith: '\\evil.exe'}`);

/** Rules `0.yml`, `1.yml` … */
export function prepared(...texts: string[]): PreparedRules {
  return prepareRuleSet(loadRules(texts.map((text, i) => ({ path: `${i}.yml`, text }))));
}

/** The scan's hit lines as they came, parsed, and `path record rule` of each. */
export interface Scanned {
  readonly lines: string[];
  readonly hits: Hit[];
  readonly places: string[];
  readonly summary: Summary;
}

export async function scanned(
  rules: ScanOptions['rules'],
  paths: readonly string[],
  options: Partial<ScanOptions> = {},
): Promise<Scanned> {
  const pieces: Uint8Array[] = [];
  const onHits = (lines: Uint8Array): void => {
    pieces.push(Uint8Array.from(lines));
  };
  const summary = await scan({ paths, rules, threads: 1, recover: false, onHits, ...options });
  const text = Buffer.concat(pieces).toString();
  const lines = text.split('\n').slice(0, -1);
  const hits = lines.map((line) => JSON.parse(line) as Hit);
  const places = hits.map(({ rule, source }) => `${path.basename(source.path)} ${source.record} ${rule.id}`);
  return { lines, hits, places, summary };
}
