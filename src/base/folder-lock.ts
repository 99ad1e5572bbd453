/**
 * A data folder belongs to one process. Ownership is SQLite's exclusive lock on `lock.db`, which the operating system frees
 * when the process ends, however it ends; `owner.json` beside it says who the owner is and is only believed while the lock
 * is held. Nothing in the owner's process may open `lock.db` by other means: closing any descriptor of a file gives up
 * all of a process's POSIX locks on it.
 */
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { now } from './clock.ts';
import { fileInfo, listDirectory, readText, removePath, replaceFile } from './disk.ts';
import { WeirError } from './errors.ts';
import { makePrivateDirectory } from './secret-file.ts';

export interface FolderOwner {
  /** Process id; null where the owner has not written it (yet). */
  readonly pid: number | null;
  /** Where its API answers, e.g. `http://127.0.0.1:7700`; null while it does not listen, or never does. */
  readonly url: string | null;
  /** Unix milliseconds when it took the folder; null where it has not said. */
  readonly sinceMs: number | null;
}

/** Held until {@link release}, or the end of the process. */
export interface FolderLock extends Disposable {
  readonly folder: string;
  /** Tells others where the owner's API answers. */
  announce(url: string): void;
  release(): void;
}

const LOCK = 'lock.db';
/** Is in a folder while a backup is written to it: until it is gone, nothing there is to be believed. */
export const RESTORING = 'restoring.json';
const OWNER = 'owner.json';
/** {@link folderOwner} holds a shared lock for some microseconds; an owner waits that long before it gives up. */
const WAIT_MS = 250;
const SQLITE_BUSY = 5;
const OWNER_BYTES_MAX = 64 * 1024;

/** Databases whose locks are held: one that nobody refers to is closed by the garbage collector, and its lock goes with it. */
const held = new Set<DatabaseSync>();

/** One of these is in every data folder, one whose first start was cut short and one of which only the journal was restored too. */
const SIGNS = [LOCK, RESTORING, 'credentials.json', 'meta.db', 'detect.db', 'journal/ID', 'journal/HEAD'];
/** In the root of a file system that was just made. */
const NOBODYS = 'lost+found';

/** Whether weir made something of it. */
export function isDataFolder(folder: string): boolean {
  return SIGNS.some((name) => fileInfo(path.join(folder, name)) !== null);
}

/** Throws `folder.restoring` where what is in a folder is half of a backup. */
export function demandRestored(folder: string): void {
  if (fileInfo(path.join(folder, RESTORING)) === null) return;
  throw new WeirError('folder.restoring', `a restore into ${folder} has not come to its end`, {
    hint: 'Run the same `weir restore` again, which goes on; or empty the folder.',
  });
}

/** Files of somebody else are no place for files of weir's. */
function demandOwn(folder: string): void {
  if (isDataFolder(folder)) return;
  const [stranger] = listDirectory(folder).filter(({ name }) => name !== NOBODYS);
  if (stranger === undefined) return;
  throw new WeirError('folder.foreign', `${folder} is no data folder of weir, and not empty: it has ${stranger.name}`, {
    hint: 'Choose with --data DIR a folder that is empty, that weir has made, or that is not there yet.',
  });
}

/**
 * Takes a data folder for this process, making it (for its user only) where it is not there. Throws `folder.in_use`, naming
 * pid and URL of the owner, `folder.foreign` where others have files there and weir has none, `folder.restoring` where a restore has not
 * come to its end, unless this is it, or `folder.lock` where the lock cannot be had at all.
 */
export function lockFolder(folder: string, { restoring = false }: { readonly restoring?: boolean } = {}): FolderLock {
  makePrivateDirectory(folder);
  demandOwn(folder);
  if (!restoring) demandRestored(folder);
  let database: DatabaseSync | null = open(folder, false);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw isBusy(error) ? inUse(folder) : failed(folder, error);
  }
  const owner = path.join(folder, OWNER);
  const sinceMs = now();
  const tell = (url: string | null): void =>
    replaceFile(owner, `${JSON.stringify({ pid: process.pid, url, sinceMs })}\n`);
  held.add(database);
  const release = (): void => {
    if (database === null) return;
    removePath(owner);
    held.delete(database);
    database.close();
    database = null;
  };
  try {
    tell(null);
  } catch (error) {
    release();
    throw error;
  }
  return { folder, announce: tell, release, [Symbol.dispose]: release };
}

/** Whether the last process that had a folder let it go: not where one has it, or was killed, or the power went. */
export function wasReleased(folder: string): boolean {
  return fileInfo(path.join(folder, OWNER)) === null;
}

/** Who owns a folder now; null when nobody does. Waits for nobody. Throws `folder.lock` where that cannot be told. */
export function folderOwner(folder: string): FolderOwner | null {
  if (fileInfo(path.join(folder, LOCK)) === null) return null;
  const database = open(folder, true);
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return null;
  } catch (error) {
    if (isBusy(error)) return readOwner(folder);
    throw failed(folder, error);
  } finally {
    database.close();
  }
}

function open(folder: string, readOnly: boolean): DatabaseSync {
  try {
    return new DatabaseSync(path.join(folder, LOCK), { readOnly, timeout: readOnly ? 0 : WAIT_MS });
  } catch (error) {
    throw failed(folder, error);
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

function failed(folder: string, cause: unknown): WeirError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WeirError('folder.lock', `cannot lock the data folder ${folder}: ${why}`, {
    hint: `Check that the folder can be written, and that ${LOCK} in it is not damaged; it holds nothing and may be removed while no weir runs.`,
    cause,
  });
}

function inUse(folder: string): WeirError {
  const { pid, url } = readOwner(folder);
  const who = pid === null ? 'another process' : `process ${pid}`;
  const where = url === null ? '' : `, which answers at ${url}`;
  return new WeirError('folder.in_use', `the data folder ${folder} is in use by ${who}${where}`, {
    hint: 'Use its API, stop it, or choose another folder with --data DIR.',
  });
}

/** The owner is written a moment after the lock is taken, so that nothing may be there yet. */
function readOwner(folder: string): FolderOwner {
  let value: unknown = null;
  try {
    value = JSON.parse(readText(path.join(folder, OWNER), OWNER_BYTES_MAX));
  } catch (error) {
    if (!(error instanceof WeirError) && !(error instanceof SyntaxError)) throw error;
  }
  const field = (name: string): unknown =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  const [pid, url, sinceMs] = [field('pid'), field('url'), field('sinceMs')];
  return {
    pid: typeof pid === 'number' ? pid : null,
    url: typeof url === 'string' ? url : null,
    sinceMs: typeof sinceMs === 'number' ? sinceMs : null,
  };
}
