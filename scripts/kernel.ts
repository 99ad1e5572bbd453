/** Keeps `dist/kernel.wasm` in step with `kernel/`, so that tests and benchmarks run what the sources say. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { repoFiles, repoRoot } from './repo.ts';

/** Builds the kernel where it is missing or older than one of its sources. */
export function ensureKernel(): void {
  const built = fs.statSync(path.join(repoRoot, 'dist/kernel.wasm'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = Math.max(...repoFiles('kernel').map((file) => fs.statSync(path.join(repoRoot, file)).mtimeMs));
  if (built >= newest) return;
  const script = path.join(repoRoot, 'scripts/build.ts');
  const { status } = spawnSync(process.execPath, [script, 'kernel'], { cwd: repoRoot, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the kernel does not build; see above');
}
