/**
 * Files whose writes must survive a power cut: the disk of the journal and the chain. Everything is synchronous, since the
 * thread that writes has nothing else to do, and every step that durability needs is a call of its own: a write is durable
 * after `sync`, a new, renamed or removed name after `syncDirectory` of its folder.
 *
 * `filesOn` puts words and whole writes on a handful of system calls; node:fs has these, and so has the simulated disk
 * (simulated-files.ts), so that faults of the disk reach the same code as the disk's.
 *
 * Errors are WeirErrors: `disk.full` (no space, or quota used up), `disk.sync` (a failed fsync: what was written since the last
 * one may be lost, whatever a later fsync says), `disk.write`, `disk.read`. The message names the path.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { causeOf, errorCode, type RandomReader } from './disk.ts';
import { WeirError } from './errors.ts';

/** An open file written at positions. */
export interface DurableFile extends Disposable {
  readonly path: string;
  /** Bytes now. */
  size(): number;
  /** All of `buffers`, one behind the other from `position` on. When it throws, some of it may have been written. */
  write(buffers: readonly Uint8Array[], position: number): void;
  /** After this, what was written and the size survive a power cut. Never to be called again once it has thrown. */
  sync(): void;
  truncate(size: number): void;
  close(): void;
}

export interface Files {
  /** Opens for writing, and creates it if need be. `private`: only the owner may read it. */
  open(path: string, options?: { readonly private?: boolean }): DurableFile;
  openRead(path: string): RandomReader;
  /** Bytes; null when nothing is there. */
  size(path: string): number | null;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): string[];
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** With its parents; fine when it is there already. */
  makeDirectory(path: string): void;
  syncDirectory(path: string): void;
  /** Bytes that may still be written to the disk of this folder. */
  freeBytes(folder: string): number;
}

/** The system calls. They throw errors with the system's `code`; `write` may write less than it was given. */
export interface DiskCalls {
  open(path: string, use: 'read' | 'write' | 'directory', mode: number): number;
  close(descriptor: number): void;
  size(descriptor: number): number;
  read(descriptor: number, into: Uint8Array, position: number): number;
  write(descriptor: number, buffers: readonly Uint8Array[], position: number): number;
  sync(descriptor: number, what: 'file' | 'directory'): void;
  truncate(descriptor: number, size: number): void;
  sizeOf(path: string): number;
  list(folder: string): string[];
  rename(from: string, to: string): void;
  remove(path: string): void;
  makeDirectory(path: string): void;
  freeBytes(folder: string): number;
}

/** How many buffers one writev takes on Linux; beyond, libuv splits without a look at short writes. */
const BUFFERS_MAX = 1024;
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);
const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

type Action = 'read' | 'write' | 'sync';

function tried<T>(action: Action, name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    const full = action === 'write' && FULL.has(code);
    throw new WeirError(full ? 'disk.full' : `disk.${action}`, `cannot ${action} ${name}: ${causeOf(cause)}`, {
      ...(full ? { hint: 'Free space on this disk, or move the folder to a larger one.' } : {}),
      ...(action === 'sync' ? { hint: 'Check the disk: it did not keep what it was given.' } : {}),
      cause,
    });
  }
}

export function filesOn(calls: DiskCalls): Files {
  const writeFully = (descriptor: number, buffers: readonly Uint8Array[], position: number): void => {
    let left = buffers.filter((buffer) => buffer.length > 0);
    let at = position;
    while (left.length > 0) {
      let written = calls.write(descriptor, left.slice(0, BUFFERS_MAX), at);
      at += written;
      let whole = 0;
      while (whole < left.length && written >= left[whole].length) written -= left[whole++].length;
      left = left.slice(whole);
      if (written > 0) left[0] = left[0].subarray(written);
    }
  };

  const open: Files['open'] = (name, options = {}) => {
    let descriptor = tried('write', name, () => calls.open(name, 'write', options.private === true ? 0o600 : 0o644));
    const close = (): void => {
      if (descriptor >= 0) calls.close(descriptor);
      descriptor = -1;
    };
    return {
      path: name,
      size: () => tried('read', name, () => calls.size(descriptor)),
      write: (buffers, position) => tried('write', name, () => writeFully(descriptor, buffers, position)),
      sync: () => tried('sync', name, () => calls.sync(descriptor, 'file')),
      truncate: (size) => tried('write', name, () => calls.truncate(descriptor, size)),
      close,
      [Symbol.dispose]: close,
    };
  };

  const openRead: Files['openRead'] = (name) => {
    let descriptor = tried('read', name, () => calls.open(name, 'read', 0));
    const close = (): void => {
      if (descriptor >= 0) calls.close(descriptor);
      descriptor = -1;
    };
    const readAt = (into: Uint8Array, position: number): number => {
      let filled = 0;
      while (filled < into.length) {
        const got = tried('read', name, () => calls.read(descriptor, into.subarray(filled), position + filled));
        if (got === 0) break;
        filled += got;
      }
      return filled;
    };
    try {
      const size = tried('read', name, () => calls.size(descriptor));
      return { path: name, size, readAt, close, [Symbol.dispose]: close };
    } catch (error) {
      close();
      throw error;
    }
  };

  const orAbsent = <T>(name: string, absent: T, work: () => T): T =>
    tried('read', name, () => {
      try {
        return work();
      } catch (error) {
        if (ABSENT.has(errorCode(error))) return absent;
        throw error;
      }
    });

  return {
    open,
    openRead,
    size: (name) => orAbsent<number | null>(name, null, () => calls.sizeOf(name)),
    list: (folder) => orAbsent<string[]>(folder, [], () => calls.list(folder).sort()),
    rename: (from, to) => tried('write', to, () => calls.rename(from, to)),
    remove: (name) => tried('write', name, () => calls.remove(name)),
    makeDirectory: (name) => tried('write', name, () => calls.makeDirectory(name)),
    syncDirectory: (name) => {
      const descriptor = tried('read', name, () => calls.open(name, 'directory', 0));
      try {
        tried('sync', name, () => calls.sync(descriptor, 'directory'));
      } finally {
        calls.close(descriptor);
      }
    },
    freeBytes: (folder) => tried('read', folder, () => calls.freeBytes(folder)),
  };
}

const { O_RDONLY, O_RDWR, O_CREAT, O_DIRECTORY = 0 } = fs.constants;

/** The machine's own disk. */
export const realFiles: Files = filesOn({
  open: (name, use, mode) =>
    fs.openSync(name, use === 'write' ? O_RDWR | O_CREAT : use === 'read' ? O_RDONLY : O_RDONLY | O_DIRECTORY, mode),
  close: fs.closeSync,
  size: (descriptor) => fs.fstatSync(descriptor).size,
  read: (descriptor, into, position) => fs.readSync(descriptor, into, 0, into.length, position),
  write: (descriptor, buffers, position) => fs.writevSync(descriptor, buffers, position),
  sync: (descriptor, what) => (what === 'file' ? fs.fdatasyncSync(descriptor) : fs.fsyncSync(descriptor)),
  truncate: fs.ftruncateSync,
  sizeOf: (name) => fs.statSync(name).size,
  list: (folder) => fs.readdirSync(folder),
  rename: fs.renameSync,
  remove: fs.unlinkSync,
  makeDirectory: (name) => void fs.mkdirSync(name, { recursive: true }),
  freeBytes: (folder) => {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  },
});

/** Replaces a small file in one step that survives a power cut: afterwards it is the old or the new one, never half. */
export function writeDurably(
  files: Files,
  name: string,
  data: Uint8Array,
  options: { readonly private?: boolean } = {},
): void {
  const folder = path.dirname(name);
  const draft = `${name}.draft`;
  if (files.size(draft) !== null) files.remove(draft);
  using file = files.open(draft, options);
  file.write([data], 0);
  file.sync();
  // The draft's own name is durable before it replaces anything.
  files.syncDirectory(folder);
  files.rename(draft, name);
  files.syncDirectory(folder);
}
