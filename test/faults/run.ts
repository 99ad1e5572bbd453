/**
 * `npm run faults`: makes the faults of docs/RELIABILITY.md, one test file after the other.
 *
 *   npm run faults                    as often as CI does
 *   npm run faults -- --full          as often as is worth it: hours; writes the report in docs/RELIABILITY.md
 *   npm run faults -- --report        writes the report of the CI's counts
 *   npm run faults -- power overload  files whose path holds one of the words
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { ensureKernel } from '../../scripts/kernel.ts';
import { repoFiles, repoRoot } from '../../scripts/repo.ts';
import type { Reported } from './report.ts';

const DOCUMENT = path.join(repoRoot, 'docs/RELIABILITY.md');
const [BEGIN, END] = ['<!-- report -->', '<!-- end of report -->'];

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean', default: false }, report: { type: 'boolean', default: false } },
});

const files = repoFiles('test/faults')
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

ensureKernel();
const figures = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-faults-report-')), 'figures.ndjson');
fs.writeFileSync(figures, '');
process.env['FAULTS_REPORT'] = figures;
if (options.full) process.env['FAULTS'] = 'full';

const passed: string[] = [];
const failed: string[] = [];
const skipped: string[] = [];
const begun = Date.now();
const events = run({ files: files.map((file) => path.join(repoRoot, file)), cwd: repoRoot, concurrency: false });
events.on('test:fail', ({ name }) => {
  process.exitCode = 1;
  failed.push(name);
});
events.on('test:pass', ({ name, skip }) => (skip === undefined ? passed : skipped).push(name));
for await (const line of events.compose(new spec())) process.stdout.write(String(line));

if (options.full || options.report) {
  const text = fs.readFileSync(DOCUMENT, 'utf8');
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${DOCUMENT} has no place for the report`);
  fs.writeFileSync(DOCUMENT, `${head}${BEGIN}\n\n${reportOf(reported())}\n${END}${tail}`);
}

function reported(): Reported[] {
  const lines = fs.readFileSync(figures, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Reported);
}

/** One row for each test; of one that reports several times, the last. */
function reportOf(all: readonly Reported[]): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: repoRoot, encoding: 'utf8' }).trim();
  const changed = execFileSync('git', ['status', '--porcelain', 'src'], { cwd: repoRoot, encoding: 'utf8' }) !== '';
  const minutes = Math.round((Date.now() - begun) / 60_000);
  const told = new Map(all.map(({ test, figures: told }) => [test, told]));
  const row = (name: string, how: string): string => {
    const numbers = Object.entries(told.get(name) ?? {}).map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`);
    return `| ${name} | ${how} | ${numbers.join(', ')} |`;
  };
  return [
    `Commit ${commit}${changed ? ' with changes' : ''}, ${new Date().toISOString().slice(0, 10)}, ${options.full ? 'on-demand' : 'CI'} counts, ${minutes} minutes on ${os.availableParallelism()} cores.`,
    '',
    '| fault | result | figures |',
    '|---|---|---|',
    ...passed.map((name) => row(name, 'passed')),
    ...failed.map((name) => row(name, '**failed**')),
    ...skipped.map((name) => row(name, 'skipped')),
    '',
  ].join('\n');
}
