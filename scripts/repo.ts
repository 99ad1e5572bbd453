/** What the scripts and the gates know about this repo: its root, its tools, its rooms, its files. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repoRoot: string = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** The script behind an installed package's command, to be run by the Node that runs us. */
export function npmTool(packageName: string, command: string): string {
  const folder = path.join(repoRoot, 'node_modules', packageName);
  const manifest = path.join(folder, 'package.json');
  if (!fs.existsSync(manifest)) throw new Error(`${packageName} is not installed: run "npm ci"`);
  const { bin } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> };
  const script = typeof bin === 'string' ? bin : bin[command];
  if (script === undefined) throw new Error(`${packageName} has no command ${command}`);
  return path.join(folder, script);
}

const IGNORED_FOLDERS: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', '.git']);

/** Every file of the repo that a commit could hold, as paths from the root with `/`, sorted. Links are left out. */
export function repoFiles(below = ''): string[] {
  const found: string[] = [];
  const entries = fs.readdirSync(path.join(repoRoot, below), { withFileTypes: true });
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!IGNORED_FOLDERS.has(entry.name) && !entry.name.startsWith('.build-')) found.push(...repoFiles(name));
    } else if (entry.isFile()) found.push(name);
  }
  return found.sort();
}

/**
 * The room a source file stands in: its folder under `src/`; below `src/detect/` each folder is a room of its own.
 * Null outside `src/`.
 */
export function roomOf(file: string): string | null {
  const parts = file.split('/');
  if (parts[0] !== 'src' || parts.length < 3) return null;
  return parts[1] === 'detect' && parts.length > 3 ? `detect/${parts[2]}` : (parts[1] ?? null);
}
