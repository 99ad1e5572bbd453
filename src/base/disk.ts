/**
 * The file system, the standard streams and nothing else. Every other room reaches disk through here, so that one file
 * decides how errors read and one seam is enough for a simulated disk.
 *
 * Errors are WeirErrors with code `disk.read`, `disk.write` or `disk.list`; the message names the path and the cause in words.
 */
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import * as path from 'node:path';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { WeirError } from './errors.ts';
import { fileIdentity } from './identity.ts';
import { limits } from './limits.ts';

export interface FileInfo {
  /** `other`: pipes, sockets and devices; they stream but have no size and no positions. */
  readonly kind: 'file' | 'directory' | 'other';
  /** Bytes; 0 where the kind is not `file`. */
  readonly size: number;
  /** Unix milliseconds. */
  readonly modifiedMs: number;
}

/** An open file read at positions. Close it; `using` works too. */
export interface RandomReader extends Disposable {
  readonly path: string;
  /** Bytes when it was opened. */
  readonly size: number;
  /** Reads up to `into.length` bytes from `position`; fewer only at the end of the file. Returns how many. */
  readAt(into: Uint8Array, position: number): number;
  close(): void;
}

/** An open file written from start to end. */
export interface FileWriter extends Disposable {
  readonly path: string;
  write(data: string | Uint8Array): void;
  /** Hands on what is gathered, for readers who wait for it. */
  flush(): void;
  /** After this every written byte is with the operating system. */
  close(): void;
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EIO: 'the disk reports an input/output error',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
};

/** The system error code of a thrown value (`ENOENT`, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Why an operation failed, in words. */
export function causeOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined) return CAUSES[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}

function fail(action: 'read' | 'write' | 'list', name: string, error: unknown): never {
  throw new WeirError(`disk.${action}`, `cannot ${action} ${name}: ${causeOf(error)}`, { cause: error });
}

/** Follows symbolic links. Null when nothing is there; throws `disk.read` when that cannot be told. */
export function fileInfo(name: string): FileInfo | null {
  try {
    const stats = fs.statSync(name);
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    return { kind, size: kind === 'file' ? stats.size : 0, modifiedMs: stats.mtimeMs };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return fail('read', name, error);
  }
}

/** A whole file. Refuses more than `bytesMax` before reading it. */
export function readBytes(name: string, bytesMax: number = limits.wholeFileBytesMax): Buffer {
  try {
    const { size } = fs.statSync(name);
    if (size > bytesMax) {
      throw new WeirError('disk.read', `cannot read ${name}: ${size} bytes, more than the ${bytesMax} allowed here`);
    }
    return fs.readFileSync(name);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    return fail('read', name, error);
  }
}

/** A whole file as UTF-8, without a byte order mark. */
export function readText(name: string, bytesMax: number = limits.wholeFileBytesMax): string {
  const text = readBytes(name, bytesMax).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Opens a regular file for reading at positions. */
export function openRandom(name: string): RandomReader {
  let descriptor = -1;
  try {
    descriptor = fs.openSync(name, 'r');
    const size = fs.fstatSync(descriptor).size;
    const close = (): void => {
      if (descriptor >= 0) fs.closeSync(descriptor);
      descriptor = -1;
    };
    const readAt = (into: Uint8Array, position: number): number => {
      let filled = 0;
      try {
        while (filled < into.length) {
          const got = fs.readSync(descriptor, into, filled, into.length - filled, position + filled);
          if (got === 0) break;
          filled += got;
        }
      } catch (error) {
        return fail('read', name, error);
      }
      return filled;
    };
    return { path: name, size, readAt, close, [Symbol.dispose]: close };
  } catch (error) {
    if (descriptor >= 0) fs.closeSync(descriptor);
    return fail('read', name, error);
  }
}

/**
 * A file, pipe or device from start to end, in buffers of at most `chunkBytes` that the caller may keep.
 * Reading the next one starts when it is asked for.
 */
export async function* readChunks(name: string, chunkBytes: number = limits.readChunkBytes): AsyncGenerator<Buffer> {
  let handle: fs.promises.FileHandle;
  try {
    const stream = openWaiting(name);
    if (stream !== null) return yield* readStream(stream, name);
    handle = await fs.promises.open(name, 'r');
  } catch (error) {
    return fail('read', name, error);
  }
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(chunkBytes);
      let bytesRead: number;
      try {
        bytesRead = (await handle.read(buffer, 0, chunkBytes, null)).bytesRead;
      } catch (error) {
        return fail('read', name, error);
      }
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * A pipe or terminal, whose bytes come when somebody writes them, if ever; null for everything else. Opened and read the
 * ordinary way, it waits in a thread that nothing can call back: not even `process.exit` would end it.
 */
function openWaiting(name: string): Readable | null {
  const stats = fs.statSync(name);
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return null;
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  const descriptor = fs.openSync(name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (stats.isFIFO()) return new Socket({ fd: descriptor, readable: true, writable: false });
  if (isatty(descriptor)) return new ReadStream(descriptor);
  fs.closeSync(descriptor);
  return null;
}

const waited = new Set<Readable>();
let streamsEnded = false;

async function* readStream(stream: Readable, name: string): AsyncGenerator<Buffer> {
  waited.add(stream);
  if (streamsEnded) stream.destroy();
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    if (!streamsEnded) fail('read', name, error);
  } finally {
    waited.delete(stream);
  }
}

/** Standard input from start to end, or until {@link endStreams}. */
export async function* readStandardInput(): AsyncGenerator<Buffer> {
  yield* readStream(process.stdin, 'standard input');
}

/**
 * Ends standard input and pipes for whoever waits for more of them, now or later: a user who stops a scan may be the one
 * who would have to write.
 */
export function endStreams(): void {
  streamsEnded = true;
  for (const stream of waited) stream.destroy();
}

/** Names in a directory with their kinds, sorted by UTF-16 code units so that every machine gives the same order. */
export function listDirectory(name: string): { readonly name: string; readonly kind: FileInfo['kind'] | 'link' }[] {
  try {
    const entries = fs.readdirSync(name, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isFile()
        ? ('file' as const)
        : entry.isDirectory()
          ? ('directory' as const)
          : entry.isSymbolicLink()
            ? ('link' as const)
            : ('other' as const),
    }));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    return fail('list', name, error);
  }
}

/**
 * Every file below a directory, depth first, names sorted. Links are followed; a directory that several names lead to is
 * walked under the first alone, so that no loop is endless. Pipes and devices are left out. What cannot be listed goes to
 * `onError` and the rest goes on. Paths start with `root` as given.
 */
export function walkFiles(root: string, onError: (error: WeirError, path: string) => void): Generator<string> {
  return walkOnce(root, onError, new Set());
}

function* walkOnce(
  root: string,
  onError: (error: WeirError, path: string) => void,
  walked: Set<string>,
): Generator<string> {
  const id = fileIdentity(root)?.id;
  if (id !== undefined && walked.has(id)) return;
  if (id !== undefined) walked.add(id);
  let entries: ReturnType<typeof listDirectory>;
  try {
    entries = listDirectory(root);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    onError(error, root);
    return;
  }
  for (const entry of entries) {
    const below = path.join(root, entry.name);
    if (entry.kind === 'directory') yield* walkOnce(below, onError, walked);
    else if (entry.kind === 'file') yield below;
    else if (entry.kind === 'link') {
      const target = linkTarget(below, onError);
      if (target?.kind === 'file') yield below;
      else if (target?.kind === 'directory') yield* walkOnce(below, onError, walked);
    }
  }
}

function linkTarget(name: string, onError: (error: WeirError, path: string) => void): FileInfo | null {
  try {
    const target = fileInfo(name);
    if (target === null) onError(new WeirError('disk.read', `cannot read ${name}: the link leads nowhere`), name);
    return target;
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    onError(error, name);
    return null;
  }
}

/** Paths that match a glob (`*`, `**`, `?`, `[…]`, `{a,b}`), sorted; empty when none does. */
export function expandGlob(pattern: string): string[] {
  try {
    return fs.globSync(pattern).sort();
  } catch (error) {
    return fail('list', pattern, error);
  }
}

/** Creates a directory and its parents; fine when it is there already. */
export function makeDirectory(name: string): void {
  try {
    fs.mkdirSync(name, { recursive: true });
  } catch (error) {
    fail('write', name, error);
  }
}

/** Opens a file for writing from the start, emptying it. `-` is standard output. */
export function openWriter(name: string): FileWriter {
  if (name === '-') return descriptorWriter('standard output', 1, () => {});
  try {
    const descriptor = fs.openSync(name, 'w');
    return descriptorWriter(name, descriptor, () => fs.closeSync(descriptor));
  } catch (error) {
    return fail('write', name, error);
  }
}

/** Gathers small writes, so that a line of output costs no system call. */
function descriptorWriter(name: string, descriptor: number, release: () => void): FileWriter {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let open = true;
  const flush = (): void => {
    if (pendingBytes === 0) return;
    const data = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    writeFully(name, descriptor, data);
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    flush();
    release();
  };
  const write = (data: string | Uint8Array): void => {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : Uint8Array.from(data);
    pending.push(bytes);
    pendingBytes += bytes.length;
    if (pendingBytes >= limits.writeBufferBytes) flush();
  };
  return { path: name, write, flush, close, [Symbol.dispose]: close };
}

const napCell = new Int32Array(new SharedArrayBuffer(4));

/** A pipe that is full answers EAGAIN when the other side made it non-blocking: wait a moment and go on. */
function writeFully(name: string, descriptor: number, data: Uint8Array): void {
  let written = 0;
  while (written < data.length) {
    try {
      written += fs.writeSync(descriptor, data, written, data.length - written);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') fail('write', name, error);
      Atomics.wait(napCell, 0, 0, 1);
    }
  }
}

/**
 * Replaces a file in one step: whoever reads it sees the old content or the new, never half. `durable`: it survives a power cut
 * that comes after this.
 */
export function replaceFile(
  name: string,
  data: string | Uint8Array,
  options: { readonly durable?: boolean } = {},
): void {
  const draft = `${name}.${process.pid}.draft`;
  const durable = options.durable ?? false;
  try {
    fs.writeFileSync(draft, data, { flush: durable });
    fs.renameSync(draft, name);
    if (durable) syncFolder(path.dirname(name));
  } catch (error) {
    fs.rmSync(draft, { force: true });
    fail('write', name, error);
  }
}

function syncFolder(name: string): void {
  const descriptor = fs.openSync(name, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Removes a file or a directory with all in it; fine when it is not there. */
export function removePath(name: string): void {
  try {
    fs.rmSync(name, { recursive: true, force: true });
  } catch (error) {
    fail('write', name, error);
  }
}
