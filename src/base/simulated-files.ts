/**
 * A disk in memory that fails as disks do, for tests and seeded simulations.
 *
 * What programs see is what the operating system keeps in memory. What a power cut leaves is decided by syncs: synced writes
 * stay; each unsynced one may be lost, kept, or kept in part, by sectors in any order; a name that was made, changed or removed
 * without its folder being synced may be so or not. After a failed sync the unsynced writes are still seen and will never
 * reach the disk, as on Linux, which marks the pages clean: only writing them again helps. Folders themselves are durable.
 */
import * as path from 'node:path';
import { type DiskCalls, type Files, filesOn } from './files.ts';
import type { SeededRandom } from './random.ts';

export interface SimulatedDiskOptions {
  /** Bytes of all files together; without limit if left out. */
  readonly capacity?: number;
}

export interface SimulatedDisk {
  readonly files: Files;
  /** Calls made so far. */
  readonly calls: number;
  /** Bytes of all files together; may be changed at any time. */
  capacity: number;
  /** The n-th call from now (1: the next) fails with this system error code (`EIO`, `ENOSPC`, …); writes after half of it. */
  failCall(n: number, code: string): void;
  /** Forgets failures that were ordered and have not been met. */
  heal(): void;
  /** The disk as it may be found after a power cut now. This one goes on unharmed, so one state can be cut many times. */
  crash(random: SeededRandom): SimulatedDisk;
  /** A file's bytes as programs see them; a copy. */
  bytes(path: string): Uint8Array;
  /** Sets a file's bytes, durably: damage that no program did. */
  damage(path: string, bytes: Uint8Array): void;
  /** Removes a file, durably. */
  lose(path: string): void;
}

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly size: number };

/** One file, whatever its name. */
interface Inode {
  seen: Bytes;
  durable: Bytes;
  /** Changes that no sync has made durable yet. */
  pending: Change[];
}

interface NameChange {
  readonly folder: string;
  /** The name's file from now on; null: none. */
  readonly names: readonly (readonly [name: string, inode: Inode | null])[];
}

const SECTOR = 512;

/** A growing array of bytes. */
class Bytes {
  data: Uint8Array = new Uint8Array(0);
  length = 0;

  copy(): Bytes {
    const copy = new Bytes();
    copy.write(this.view(), 0);
    return copy;
  }

  view(): Uint8Array {
    return this.data.subarray(0, this.length);
  }

  resize(size: number): void {
    if (size > this.data.length) {
      const larger = new Uint8Array(Math.max(size, this.data.length * 2));
      larger.set(this.view());
      this.data = larger;
    }
    if (size < this.length) this.data.fill(0, size, this.length);
    this.length = size;
  }

  write(bytes: Uint8Array, at: number): void {
    if (at + bytes.length > this.length) this.resize(at + bytes.length);
    this.data.set(bytes, at);
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

export function simulatedDisk(options: SimulatedDiskOptions = {}): SimulatedDisk {
  return diskWith(new Map(), new Set(), options.capacity ?? Number.POSITIVE_INFINITY);
}

/** A disk on which these files and folders are durable. */
function diskWith(names: Map<string, Inode>, folders: Set<string>, capacity: number): SimulatedDisk {
  const durableNames = new Map(names);
  const nameChanges: NameChange[] = [];
  const open = new Map<number, Inode | string>();
  const failures = new Map<number, string>();
  let nextDescriptor = 3;

  const inodeAt = (name: string): Inode => {
    const inode = names.get(name);
    if (inode === undefined) throw systemError('ENOENT');
    return inode;
  };
  const inodeOf = (descriptor: number): Inode => {
    const inode = open.get(descriptor);
    if (inode === undefined || typeof inode === 'string') throw systemError('EBADF');
    return inode;
  };
  const rename = (folder: string, changes: NameChange['names']): void => {
    nameChanges.push({ folder, names: changes });
    for (const [name, inode] of changes) setName(names, name, inode);
  };
  const used = (): number => new Set(names.values()).values().reduce((sum, inode) => sum + inode.seen.length, 0);
  const count = (): string | undefined => failures.get(++disk.calls);
  const counted = (): void => {
    const code = count();
    if (code !== undefined) throw systemError(code);
  };
  const put = (inode: Inode, bytes: Uint8Array, at: number): void => {
    inode.seen.write(bytes, at);
    inode.pending.push({ kind: 'write', at, bytes });
  };

  const calls: DiskCalls = {
    open: (name, use) => {
      counted();
      const descriptor = nextDescriptor++;
      if (use === 'directory') {
        if (!folders.has(name)) throw systemError('ENOENT');
        open.set(descriptor, name);
        return descriptor;
      }
      if (use === 'write' && !names.has(name)) {
        rename(path.dirname(name), [[name, { seen: new Bytes(), durable: new Bytes(), pending: [] }]]);
      }
      open.set(descriptor, inodeAt(name));
      return descriptor;
    },
    close: (descriptor) => void open.delete(descriptor),
    size: (descriptor) => {
      counted();
      return inodeOf(descriptor).seen.length;
    },
    read: (descriptor, into, position) => {
      counted();
      const found = inodeOf(descriptor)
        .seen.view()
        .subarray(position, position + into.length);
      into.set(found);
      return found.length;
    },
    write: (descriptor, buffers, position) => {
      const code = count();
      const inode = inodeOf(descriptor);
      const all = Buffer.concat(buffers);
      const room = disk.capacity - used() + inode.seen.length - position;
      const allowed = Math.max(0, Math.min(code === undefined ? all.length : all.length >> 1, room));
      if (allowed > 0) put(inode, all.subarray(0, allowed), position);
      if (code !== undefined) throw systemError(code);
      if (allowed === 0 && all.length > 0) throw systemError('ENOSPC');
      return allowed;
    },
    sync: (descriptor, what) => {
      const code = count();
      if (what === 'directory') {
        if (code !== undefined) throw systemError(code);
        const folder = open.get(descriptor);
        const kept = nameChanges.filter((change) => change.folder !== folder);
        for (const change of nameChanges) if (!kept.includes(change)) applyNames(durableNames, change);
        nameChanges.splice(0, nameChanges.length, ...kept);
        return;
      }
      const inode = inodeOf(descriptor);
      const { pending } = inode;
      inode.pending = [];
      if (code !== undefined) throw systemError(code);
      for (const change of pending) applyChange(inode.durable, change);
    },
    truncate: (descriptor, size) => {
      counted();
      const inode = inodeOf(descriptor);
      inode.seen.resize(size);
      inode.pending.push({ kind: 'size', size });
    },
    sizeOf: (name) => {
      counted();
      return folders.has(name) ? 0 : inodeAt(name).seen.length;
    },
    list: (folder) => {
      counted();
      return [...names.keys(), ...folders]
        .filter((name) => path.dirname(name) === folder && name !== folder)
        .map((name) => path.basename(name));
    },
    rename: (from, to) => {
      counted();
      const inode = inodeAt(from);
      rename(path.dirname(to), [
        [to, inode],
        [from, null],
      ]);
    },
    remove: (name) => {
      counted();
      inodeAt(name);
      rename(path.dirname(name), [[name, null]]);
    },
    makeDirectory: (name) => {
      counted();
      for (let folder = name; !folders.has(folder); folder = path.dirname(folder)) folders.add(folder);
    },
    freeBytes: () => {
      counted();
      return Math.max(0, disk.capacity - used());
    },
  };

  const disk: { -readonly [key in keyof SimulatedDisk]: SimulatedDisk[key] } = {
    files: filesOn(calls),
    calls: 0,
    capacity,
    failCall: (n, code) => void failures.set(disk.calls + n, code),
    heal: () => failures.clear(),
    crash: (random) => {
      const left = new Map(durableNames);
      for (const change of nameChanges) if (random.integer(2) === 0) applyNames(left, change);
      const cut = new Map<Inode, Inode>();
      for (const [name, inode] of left) {
        const after = cut.get(inode) ?? afterCut(inode, random);
        cut.set(inode, after);
        left.set(name, after);
      }
      return diskWith(left, new Set(folders), disk.capacity);
    },
    bytes: (name) => Uint8Array.from(inodeAt(name).seen.view()),
    damage: (name, bytes) => {
      const inode: Inode = { seen: new Bytes(), durable: new Bytes(), pending: [] };
      inode.seen.write(bytes, 0);
      inode.durable.write(bytes, 0);
      names.set(name, inode);
      durableNames.set(name, inode);
    },
    lose: (name) => {
      names.delete(name);
      durableNames.delete(name);
    },
  };
  return disk;
}

function setName(names: Map<string, Inode>, name: string, inode: Inode | null): void {
  if (inode === null) names.delete(name);
  else names.set(name, inode);
}

function applyNames(names: Map<string, Inode>, change: NameChange): void {
  for (const [name, inode] of change.names) setName(names, name, inode);
}

function applyChange(bytes: Bytes, change: Change): void {
  if (change.kind === 'size') bytes.resize(change.size);
  else bytes.write(change.bytes, change.at);
}

/** What is left of one file: each unsynced change kept, lost, or (writes) kept up to some byte or by some of its sectors. */
function afterCut(inode: Inode, random: SeededRandom): Inode {
  const left = inode.durable.copy();
  for (const change of inode.pending) {
    const fate = random.integer(5);
    if (fate === 0) continue;
    if (fate === 1 || change.kind === 'size') {
      applyChange(left, change);
      continue;
    }
    const { at, bytes } = change;
    // The size may have reached the disk before the bytes: zeros stand for these.
    if (fate === 2 && at + bytes.length > left.length) left.resize(at + bytes.length);
    if (fate === 3) left.write(bytes.subarray(0, random.integer(bytes.length + 1)), at);
    else {
      for (let from = 0; from < bytes.length; ) {
        const to = Math.min(bytes.length, from + SECTOR - ((at + from) % SECTOR));
        if (random.integer(2) === 0) left.write(bytes.subarray(from, to), at + from);
        from = to;
      }
    }
  }
  return { seen: left.copy(), durable: left, pending: [] };
}
