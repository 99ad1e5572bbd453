/** One row of the benchmark, in a process of its own: prints a Row as JSON, or nothing where it does not apply. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Kernel, loadKernelModule } from '../src/batch/index.ts';
import { loadRules, type RuleFile } from '../src/detect/index.ts';
import { readEvtx } from '../src/formats/index.ts';
import { prepareRuleSet, prepareRules, Scanner, scan } from '../src/pipeline/index.ts';
import { corpus } from './corpus.ts';
import type { Row } from './run.ts';
import { ruleVariants } from './variants.ts';

const [row = '', flag] = process.argv.slice(2);
const smoke = flag === '--smoke';
const { ndjson, unique, evtx, rules: rulePaths } = corpus(smoke);
const PIECE = 2 << 20;

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

function* pieces(data: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < data.length; ) {
    let to = Math.min(data.length, from + PIECE);
    if (to < data.length) to = data.lastIndexOf(0x0a, to - 1) + 1;
    yield data.subarray(from, to);
    from = to;
  }
}

/** The yardstick: each line decoded and parsed, results thrown away. */
function parseSeconds(data: Buffer): number {
  const start = cpu();
  for (let from = 0; from < data.length; ) {
    let to = data.indexOf(0x0a, from);
    if (to < 0) to = data.length;
    if (to > from) JSON.parse(data.toString('utf8', from, to));
    from = to + 1;
  }
  return cpu() - start;
}

/** Measures `work` and prints the row. The yardstick runs after it, so that it finds no warmer caches than `work` did. */
function measured(data: Buffer, work: () => { events: number; hits: number }): void {
  const cpuStart = cpu();
  const wallStart = performance.now();
  const { events, hits } = work();
  const cpuSeconds = cpu() - cpuStart;
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const peak = peakMb();
  print({
    name: row,
    events,
    bytes: data.length,
    cpuSeconds,
    wallSeconds,
    baseSeconds: parseSeconds(data),
    peakMb: peak,
    hits,
  });
}

function print(result: Row): void {
  process.stdout.write(JSON.stringify(result));
}

/** The kernel compiles while rules load, so it is part of the start and no part of this. */
const kernelModule = loadKernelModule();

function scanWith(prepared: ReturnType<typeof prepareRuleSet>, data: Buffer): { events: number; hits: number } {
  const scanner = new Scanner(prepared.rules, PIECE * 2, kernelModule);
  let events = 0;
  let hits = 0;
  let record = 1;
  for (const piece of pieces(data)) {
    scanner.engine.kernel.load(piece);
    const result = scanner.scan({ path: 'bench', firstRecord: record, records: null, position: 0, carved: false });
    events += result.events;
    hits += result.hits;
    record += result.records;
  }
  return { events, hits };
}

async function scanRow(file: string): Promise<void> {
  const prepared = await prepareRules({ paths: rulePaths, cache: null });
  const data = fs.readFileSync(file);
  measured(data, () => scanWith(prepared, data));
}

async function wallRow(): Promise<void> {
  const prepared = await prepareRules({ paths: rulePaths, cache: null });
  let cpuStart = cpu();
  let wallStart = performance.now();
  // Start and rule load are a row of their own.
  const onReady = () => {
    cpuStart = cpu();
    wallStart = performance.now();
  };
  const summary = await scan({
    paths: [ndjson],
    rules: prepared,
    threads: 2,
    recover: false,
    onHits: () => {},
    onReady,
  });
  const hits = Object.values(summary.hits).reduce((a, b) => a + b, 0);
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const cpuSeconds = cpu() - cpuStart;
  const peak = peakMb();
  print({
    name: row,
    events: summary.events,
    bytes: summary.bytes,
    cpuSeconds,
    wallSeconds,
    baseSeconds: parseSeconds(fs.readFileSync(ndjson)),
    peakMb: peak,
    hits,
  });
}

function columnsRow(): void {
  const data = fs.readFileSync(ndjson);
  const none = () => {
    throw new Error('nothing is evaluated here');
  };
  const kernel = new Kernel(kernelModule, { fold: none, residual: none, shape: none, plan: none }, PIECE * 2);
  measured(data, () => {
    let events = 0;
    for (const piece of pieces(data)) {
      kernel.load(piece);
      while (kernel.scan()) events += kernel.get('rowCount');
    }
    return { events, hits: 0 };
  });
}

async function evtxRow(): Promise<void> {
  if (evtx === null) return;
  const files = evtx.map((file) => fs.readFileSync(file));
  const target = smoke ? 4e6 : 120e6;
  let bytes = 0;
  let events = 0;
  const cpuStart = cpu();
  const wallStart = performance.now();
  while (bytes < target) {
    for (const file of files) {
      for await (const chunk of readEvtx([file], { recover: false, report: () => {} }))
        events += chunk.records?.length ?? 0;
      bytes += file.length;
    }
  }
  const cpuSeconds = cpu() - cpuStart;
  const wallSeconds = (performance.now() - wallStart) / 1000;
  print({ name: row, events, bytes, cpuSeconds, wallSeconds, baseSeconds: 0, peakMb: peakMb(), hits: 0 });
}

/** The installed command, from nothing to the first hit line on its output. */
function startRow(): void {
  const cache = path.join(os.tmpdir(), `weir-bench-cache${row === 'start' ? '' : `-${process.pid}`}`);
  const weir = path.join(import.meta.dirname, '../bin/weir.js');
  const args = ['scan', ...rulePaths.flatMap((rules) => ['--rules', rules]), '--format', 'ndjson', ndjson];
  const start = path.join(import.meta.dirname, 'first-line.ts');
  const run = () =>
    spawnSync(process.execPath, [start, weir, ...args], {
      encoding: 'utf8',
      env: { ...process.env, WEIR_CACHE: cache },
    });
  if (row === 'start') run();
  const { stdout, status, stderr } = run();
  if (row !== 'start') fs.rmSync(cache, { recursive: true, force: true });
  if (status !== 0) throw new Error(stderr);
  const seconds = Number(stdout);
  print({
    name: row,
    events: 1,
    bytes: 1,
    cpuSeconds: seconds,
    wallSeconds: seconds,
    baseSeconds: 0,
    peakMb: 0,
    hits: 1,
  });
}

function rulesRow(count: number): void {
  const data = fs.readFileSync(ndjson);
  const files: RuleFile[] = ruleVariants(rulePaths, smoke ? Math.min(count, 1000) : count);
  const prepared = prepareRuleSet(loadRules(files));
  measured(data, () => scanWith(prepared, data));
}

if (row === 'columns') columnsRow();
else if (row === 'scan-core') await scanRow(ndjson);
else if (row === 'scan-unique') await scanRow(unique);
else if (row === 'scan-wall') await wallRow();
else if (row === 'evtx') await evtxRow();
else if (row.startsWith('start')) startRow();
else if (row.startsWith('rules-')) rulesRow(Number(row.slice(6)));
else throw new Error(`no row ${row}`);
