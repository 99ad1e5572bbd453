/** Where things are: what comes with weir, and the user's cache. */
import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { demandRestored, fileInfo, isDataFolder, readText, WeirError } from '../base/index.ts';
import { isJournal } from '../journal/index.ts';

/** The package's own folder: two up, from `src/cli` and from `dist/cli` alike. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** Threads beyond this gained nothing: the main thread then only hands out work. */
const THREADS_MAX = 16;

/** A path as a user would write it: relative where it lies below the current folder. */
function shown(place: string): string {
  const relative = path.relative('', place);
  return relative !== '' && !relative.startsWith('..') ? relative : place;
}

export function shippedRules(): string {
  return shown(path.join(PACKAGE, 'rules'));
}

export function demoStory(): string {
  return shown(path.join(PACKAGE, 'demo', 'story'));
}

export function version(): string {
  return (JSON.parse(readText(path.join(PACKAGE, 'package.json'))) as { version: string }).version;
}

/** `WEIR_CACHE`, else `weir` in XDG_CACHE_HOME, else `~/.cache/weir`. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return environment['WEIR_CACHE'] || path.join(base, 'weir');
}

/** One for each core this process may use. */
export function threadsDefault(): number {
  return Math.min(THREADS_MAX, availableParallelism());
}

/** Throws `cli.no_data` where a folder holds no journal, `folder.restoring` where it holds half of a backup. */
export function demandDataFolder(folder: string): void {
  demandRestored(folder);
  if (isJournal(path.join(folder, 'journal'))) return;
  const begun = isDataFolder(folder);
  const what = begun
    ? 'nothing was ever taken there'
    : fileInfo(folder) === null
      ? 'there is no such folder'
      : 'it has no journal of weir';
  throw new WeirError('cli.no_data', `${folder} is no data folder of weir: ${what}`, {
    hint: 'Say with --data where it is.',
  });
}
