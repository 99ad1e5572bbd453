/**
 * `npm run bench`: events/s, MB/s, events per CPU-second, peak memory and hit counts, each beside a plain JSON.parse
 * loop over the same bytes in the same run. `--smoke` runs everything once over little data, for CI.
 *
 * Every row is measured in a process of its own (bench/row.ts), cold, three times; the median is shown. Figures count
 * distinct events only. Behind them the live rows (bench/live), against a running server: a minute each, `--minutes=10` or `--seconds=5`
 * otherwise; and the store rows (bench/store), over a million events, `--events=20000000` otherwise. `--only=NAME` measures rows whose names begin so. The corpus is ../shared/data; without it a generated one of the same shape is used and said so.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { corpus } from './corpus.ts';
import { liveRows } from './live/rows.ts';
import { storeRows } from './store/rows.ts';

const smoke = process.argv.includes('--smoke');
const runs = smoke ? 1 : 3;
const textOf = (name: string): string | null =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
const numberOf = (name: string): number | null => {
  const given = textOf(name);
  return given === null ? null : Number(given);
};
const only = textOf('only') ?? undefined;
/** Events of the store rows, at least; 20 million where there is room and time. */
const STORE_EVENTS = 1_000_000;
/** How long a live row is held. */
const liveSeconds = numberOf('seconds') ?? (smoke ? 2 : 60 * (numberOf('minutes') ?? 1));

export interface Row {
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** JSON.parse over the same lines in the same process, CPU seconds; 0 where it does not apply. */
  readonly baseSeconds: number;
  readonly peakMb: number;
  readonly hits: number;
}

const ROWS: readonly { row: string; title: string; must?: string }[] = [
  { row: 'columns', title: 'columnarise NDJSON', must: '3 × JSON.parse (aim 5 ×)' },
  { row: 'scan-core', title: 'scan NDJSON, all rules, one core', must: '0.6 × (aim 1.2 ×)' },
  { row: 'scan-unique', title: 'the same, every value unique', must: '0.15 × (aim 0.4 ×)' },
  { row: 'scan-wall', title: 'scan, two threads, wall clock', must: '300,000 events/s (aim 800,000)' },
  { row: 'evtx', title: 'EVTX, one core', must: '60 MB/s (aim 200)' },
  { row: 'start', title: 'start to first hit, rules cached', must: '1.5 s (aim 0.4 s)' },
  { row: 'start-cold', title: 'start to first hit, rules compiled', must: '1.5 s' },
  ...['100', '300', '1000', '3000', '10000', '30000'].map((count) => ({
    row: `rules-${count}`,
    title: `scan with ${Number(count).toLocaleString('en')} rules, one core`,
  })),
];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function measure(row: string): Row | null {
  const results: Row[] = [];
  for (let i = 0; i < runs; i++) {
    const script = path.join(import.meta.dirname, 'row.ts');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...process.execArgv, script, row, ...(smoke ? ['--smoke'] : [])],
      { encoding: 'utf8', maxBuffer: 1 << 24 },
    );
    if (status !== 0) throw new Error(`${row} failed:\n${stderr}`);
    if (stdout.trim() === '') return null;
    results.push(JSON.parse(stdout) as Row);
  }
  const of = (pick: (one: Row) => number): number => median(results.map(pick));
  return {
    name: row,
    events: results[0].events,
    bytes: results[0].bytes,
    hits: results[0].hits,
    cpuSeconds: of((one) => one.cpuSeconds),
    wallSeconds: of((one) => one.wallSeconds),
    baseSeconds: of((one) => one.baseSeconds),
    peakMb: of((one) => one.peakMb),
  };
}

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const { described } = corpus(smoke);
const lines = [
  `corpus: ${described}; median of ${runs}; Node ${process.version}`,
  '',
  '| what | events/s | MB/s | events per CPU-second | × JSON.parse | peak MB | hits | must |',
  '|---|---|---|---|---|---|---|---|',
];
for (const { row, title, must } of ROWS) {
  if (only !== undefined && !row.startsWith(only)) continue;
  const result = measure(row);
  if (result === null) continue;
  const perCpu = result.events / result.cpuSeconds;
  const cells = row.startsWith('start')
    ? [`${number(result.wallSeconds, 2)} s`, '–', '–', '–']
    : [
        number(result.events / result.wallSeconds),
        number(result.bytes / result.wallSeconds / 1e6),
        number(perCpu),
        result.baseSeconds === 0 ? '–' : number((perCpu * result.baseSeconds) / result.events, 2),
      ];
  lines.push(`| ${title} | ${cells.join(' | ')} | ${number(result.peakMb)} | ${number(result.hits)} | ${must ?? ''} |`);
  process.stderr.write(`${lines[lines.length - 1]}\n`);
}
const report = (line: string): void => {
  lines.push(line);
  process.stderr.write(`${line}\n`);
};
const asked = { smoke, runs: numberOf('runs') ?? runs };
if (only === undefined || only.startsWith('live')) {
  lines.push('');
  await liveRows({ ...asked, seconds: liveSeconds, only: only ?? 'live', profile: textOf('profile') }, report);
}
if (only === undefined || only.startsWith('store')) {
  lines.push('');
  const events = numberOf('events') ?? (smoke ? 1 : STORE_EVENTS);
  const where = { scratch: textOf('scratch') ?? os.tmpdir(), keep: process.argv.includes('--keep') };
  await storeRows({ ...asked, ...where, events, only: only ?? 'store' }, report);
}
const text = `${lines.join('\n')}\n`;
process.stdout.write(text);
if (!smoke && only === undefined) fs.writeFileSync(path.join(import.meta.dirname, 'results.md'), text);
