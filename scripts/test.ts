/**
 * Runs every `*.test.ts` of the repo from source: `npm test`.
 *
 *   npm test                          all of them
 *   npm test -- evtx schema           files whose path holds one of the words
 *   npm test -- --without test/faults files whose path does not hold it; may be given several times
 *   npm test -- --no-skips            a skipped test fails the run (CI, which always has ../shared/data)
 *   npm test -- --coverage            also measures coverage and holds each room to it (see coverage.ts); not of those that run alone
 *   npm test -- --name 'cidr'         tests whose name matches the pattern
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { type CoverageFile, reportCoverage } from './coverage.ts';
import { CoverageFiles } from './coverage-files.ts';
import { ensureKernel } from './kernel.ts';
import { repoFiles, repoRoot } from './repo.ts';

const TEST_FOLDERS = ['src', 'test', 'rules', 'demo', 'scripts', 'bench'];
/** These load the machine until it is full, or measure what it does then: each runs with no other beside it. */
const ALONE = ['test/faults/', 'test/mutants/', 'test/simulation/'];
/** A test file that takes longer hangs; the longest, a fuzzer, takes some 90 s. Ten million mutations are let run. */
const FILE_TIMEOUT_MS = Number(process.env['FUZZ_N'] ?? 0) > 1e6 ? Number.POSITIVE_INFINITY : 600_000;
/** Coverage counts the program, not its tests. */
const COVERED = ['src/**/*.ts'];
const NOT_COVERED = ['**/*.test.ts', '**/*.twin.ts'];

const { values: options, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    coverage: { type: 'boolean', default: false },
    name: { type: 'string' },
    'no-skips': { type: 'boolean', default: false },
    without: { type: 'string', multiple: true, default: [] },
  },
});

const files = repoFiles()
  .filter((file) => file.endsWith('.test.ts') && TEST_FOLDERS.includes(file.split('/')[0] ?? ''))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .filter((file) => !options.without.some((word) => file.includes(word)));

if (files.length === 0) {
  process.stderr.write(`test: no test file's path holds ${words.join(' or ')}\n`);
  process.exit(1);
}

ensureKernel();
let skipped = 0;
let measured: readonly CoverageFile[] | null = null;

/** @param concurrency test files at a time: each is a process, and most of the work is in its first hundred milliseconds */
async function runFiles(some: readonly string[], concurrency: number, isMeasured: boolean): Promise<void> {
  if (some.length === 0) return;
  const events = run({
    files: some.map((file) => path.join(repoRoot, file)),
    cwd: repoRoot,
    concurrency,
    timeout: FILE_TIMEOUT_MS,
    coverage: isMeasured,
    coverageIncludeGlobs: COVERED,
    coverageExcludeGlobs: NOT_COVERED,
    ...(options.name === undefined ? {} : { testNamePatterns: [options.name] }),
  });
  // node:test has set it by now, for the processes of the tests.
  const left = new CoverageFiles(isMeasured ? (process.env['NODE_V8_COVERAGE'] ?? null) : null);
  events.on('test:summary', (data) => {
    if (data.file !== undefined) left.sweep();
  });
  events.on('test:fail', () => {
    process.exitCode = 1;
  });
  events.on('test:pass', (data) => {
    if (data.skip !== undefined) skipped += 1;
  });
  events.on('test:coverage', (data) => {
    measured = data.summary.files;
  });
  const lines = events.compose(new spec());
  for await (const line of lines) {
    // The runner's own coverage table names every file; ours names rooms, and the files only where a room fails.
    process.stdout.write(isMeasured ? withoutTable(String(line)) : String(line));
  }
  if (left.removed > 0)
    process.stderr.write(`coverage: processes killed before they had told theirs: ${left.removed}\n`);
}

const isAlone = (file: string): boolean => ALONE.some((folder) => file.startsWith(folder));
const together = files.filter((file) => !isAlone(file));
await runFiles(together, os.availableParallelism(), options.coverage);
// Not measured: most of it would be of programs that they end before those can tell theirs.
await runFiles(files.filter(isAlone), 1, false);

function withoutTable(text: string): string {
  return text.replace(/^.*start of coverage report[\s\S]*end of coverage report.*\n?/m, '');
}

if (options['no-skips'] && skipped > 0) {
  process.stderr.write(`test: ${skipped} skipped, and --no-skips allows none\n`);
  process.exitCode = 1;
}
if (options.coverage && measured === null) {
  process.stderr.write('coverage: node reported none; its warning above says why\n');
  process.exitCode = 1;
} else if (
  measured !== null &&
  !reportCoverage(measured, (name) => fs.readFileSync(path.join(repoRoot, name), 'utf8'))
) {
  process.exitCode = 1;
}
