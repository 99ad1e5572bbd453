/** A Python of our own with the packages that tests need, made once and kept in the user's cache. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** As the store's documents name them: the readers of Parquet that segments are held against. */
const PACKAGES = ['duckdb==2.0.0', 'polars==2.1.0', 'pyarrow==26.0.1'];
const INSTALL_MS_MAX = 300_000;

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_MS_MAX });
}

/** Path of the interpreter, or why there is none. */
export function pythonWithReaders(): { readonly path: string } | { readonly missing: string } {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const name = `python-${createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12)}`;
  const folder = join(cache, 'weir-tests', name);
  const path = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return { path };
  const made = `${folder}.${process.pid}`;
  try {
    mkdirSync(join(cache, 'weir-tests'), { recursive: true });
    run('python3', ['-m', 'venv', made]);
    run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', ...PACKAGES]);
    mkdirSync(join(made, 'complete'));
    // Interpreters find their packages from where they stand; only scripts name the folder they were made in.
    if (existsSync(folder)) rmSync(made, { recursive: true });
    else renameSync(made, folder);
    return { path };
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    const said = String((error as { stderr?: unknown }).stderr ?? '')
      .trim()
      .split('\n')
      .at(-1);
    return {
      missing: `needs python3 with ${PACKAGES.join(', ')}, which could not be installed: ${said || (error as Error).message}`,
    };
  }
}
