/**
 * Builds `dist/`: the kernel (AssemblyScript → `dist/kernel.wasm`) and the program (TypeScript → plain JavaScript, one file for
 * the main thread and one for scan workers).
 *
 *   node bin/node24.js scripts/build.ts            all of it, from nothing
 *   node bin/node24.js scripts/build.ts kernel     the kernel alone
 *   node bin/node24.js scripts/build.ts to FOLDER  all of it, into another folder
 *
 * Everything is written beside `dist/` and put in place at the end, so a failed or parallel build leaves a whole one.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { npmTool, repoRoot } from './repo.ts';

const [what, target] = process.argv.slice(2);
const dist = what === 'to' && target !== undefined ? path.resolve(target) : path.join(repoRoot, 'dist');

/** Runs a development dependency's command; its own messages say what is wrong. */
function run(packageName: string, command: string, args: readonly string[]): void {
  const tool = npmTool(packageName, command);
  const result = spawnSync(process.execPath, [tool, ...args], { cwd: repoRoot, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

function buildKernel(folder: string): void {
  const args = ['kernel/index.ts', '--config', 'kernel/asconfig.json', '--outFile', path.join(folder, 'kernel.wasm')];
  run('assemblyscript', 'asc', args);
}

/** What threads start with. */
const ENTRIES = [
  'cli/main.js',
  'pipeline/worker.js',
  'pipeline/hunt/worker.js',
  'pipeline/hunts/job-process.js',
  'pipeline/live/door-worker.js',
  'pipeline/live/journal-worker.js',
  'pipeline/live/detect-worker.js',
  'pipeline/live/rules-worker.js',
  'pipeline/live/audit-worker.js',
  'pipeline/store/history-worker.js',
  'pipeline/store/merge-worker.js',
  'pipeline/store/release-worker.js',
  'query/duck/duck-process.js',
  'server/metrics/metrics-worker.js',
  'server/notify/notify-worker.js',
  'server/trail/trail-worker.js',
];

/** Compiles `src/`, puts each entry's modules into it, and copies what is no TypeScript (page templates, tables), so that relative paths stay the same. */
async function buildProgram(folder: string): Promise<void> {
  // Loaded here, since an installation without compilers comes by as well.
  const { bundle } = await import('./bundle.ts');
  run('typescript', 'tsc', ['-p', 'tsconfig.build.json', '--outDir', folder]);
  const bundles = ENTRIES.map((entry) => bundle(path.join(folder, entry)));
  for (const name of fs.readdirSync(folder)) {
    if (name !== 'kernel.wasm') fs.rmSync(path.join(folder, name), { recursive: true });
  }
  ENTRIES.forEach((entry, i) => {
    fs.mkdirSync(path.dirname(path.join(folder, entry)), { recursive: true });
    fs.writeFileSync(path.join(folder, entry), bundles[i]);
  });
  const source = path.join(repoRoot, 'src');
  for (const name of fs.readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.(ts|md)$|(^|\/)golden\//.test(name) || !fs.statSync(path.join(source, name)).isFile()) continue;
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.copyFileSync(path.join(source, name), path.join(folder, name));
  }
}

async function build(kernelOnly: boolean): Promise<void> {
  const draft = fs.mkdtempSync(path.join(path.dirname(dist), '.build-'));
  try {
    buildKernel(draft);
    if (kernelOnly) {
      fs.mkdirSync(dist, { recursive: true });
      fs.renameSync(path.join(draft, 'kernel.wasm'), path.join(dist, 'kernel.wasm'));
      return;
    }
    await buildProgram(draft);
    fs.chmodSync(draft, 0o755);
    fs.rmSync(dist, { recursive: true, force: true });
    fs.renameSync(draft, dist);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** `npm ci --omit=dev` runs `prepare` without the compilers: a `dist/` that is there then stays as it is. */
function compilersAbsent(): boolean {
  return ['assemblyscript', 'typescript'].some((name) => !fs.existsSync(path.join(repoRoot, 'node_modules', name)));
}

if (
  process.env['npm_lifecycle_event'] === 'prepare' &&
  compilersAbsent() &&
  fs.existsSync(path.join(dist, 'kernel.wasm'))
) {
  process.stderr.write('build: no compilers installed; dist/ stays as it is\n');
} else {
  try {
    await build(what === 'kernel');
  } catch (error) {
    process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
