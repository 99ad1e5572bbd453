/** Files only their user may read: keys, passwords, what a data folder holds. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorCode } from './disk.ts';
import { WeirError } from './errors.ts';

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Creates a directory, and its parents, for its user only; one that is there keeps its mode. */
export function makePrivateDirectory(name: string): void {
  attempt(name, () => makeDirectories(path.resolve(name)));
}

/** With its parents. Node's own way never returns where a parent is there and takes no directory, as in /proc. */
function makeDirectories(name: string): void {
  if (fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = path.dirname(name);
  if (parent !== name) makeDirectories(parent);
  try {
    fs.mkdirSync(name, DIRECTORY_MODE);
  } catch (error) {
    // Another process may have made it since.
    if (errorCode(error) !== 'EEXIST') throw error;
    if (!fs.statSync(name).isDirectory()) throw new Error('it is a file, not a folder');
  }
}

/** Creates an empty file for its user only, or takes other users' access from one that is there. */
export function makePrivateFile(name: string): void {
  attempt(name, () => {
    fs.closeSync(fs.openSync(name, 'a', FILE_MODE));
    fs.chmodSync(name, FILE_MODE);
  });
}

/** Replaces a file in one step, mode 0600 from its first byte on, and synced: after this a power cut does not lose it. */
export function writeSecretFile(name: string, data: string | Uint8Array): void {
  const draft = `${name}.${process.pid}.draft`;
  attempt(name, () => {
    fs.rmSync(draft, { force: true });
    try {
      fs.writeFileSync(draft, data, { mode: FILE_MODE, flag: 'wx', flush: true });
      fs.renameSync(draft, name);
    } catch (error) {
      fs.rmSync(draft, { force: true });
      throw error;
    }
    syncDirectory(path.dirname(name));
  });
}

function syncDirectory(name: string): void {
  // Windows cannot open directories; its file systems keep renames in order.
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(name, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function attempt(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const why = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw new WeirError('disk.write', `cannot write ${name}: ${why}`, { cause: error });
  }
}
