/** Temporary bytes that outgrow memory: kept in memory up to a size, then in a file that has no name. */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { WeirError } from './errors.ts';

/** Written once from start to end, then read at positions. Close it; `using` works too. */
export interface Scratch extends Disposable {
  readonly size: number;
  append(bytes: Uint8Array): void;
  /** Reads up to `into.length` bytes from `position`; fewer only at the end. Returns how many. */
  readAt(into: Uint8Array, position: number): number;
  close(): void;
}

/**
 * Keeps up to `memoryBytes` in memory and all in a temporary file beyond that. The file's name is removed as soon as
 * it is open, so that nothing stays behind even after kill -9. Throws `disk.write` when the disk is full.
 */
export function openScratch(memoryBytes: number): Scratch {
  let pieces: Uint8Array[] = [];
  let descriptor = -1;
  let size = 0;

  const write = (bytes: Uint8Array): void => {
    for (let written = 0; written < bytes.length; ) written += fs.writeSync(descriptor, bytes, written);
  };
  const append = (bytes: Uint8Array): void => {
    size += bytes.length;
    if (descriptor < 0 && size <= memoryBytes) {
      pieces.push(Uint8Array.from(bytes));
      return;
    }
    try {
      if (descriptor < 0) {
        descriptor = openNameless();
        for (const piece of pieces) write(piece);
        pieces = [];
      }
      write(bytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WeirError('disk.write', `cannot write a temporary file in ${os.tmpdir()}: ${why}`, {
        hint: 'Free space there, or set TMPDIR to a folder with room.',
        cause,
      });
    }
  };
  const readAt = (into: Uint8Array, position: number): number => {
    if (descriptor < 0) return copyPieces(pieces, into, position);
    let filled = 0;
    while (filled < into.length) {
      const got = fs.readSync(descriptor, into, filled, into.length - filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    return filled;
  };
  const close = (): void => {
    pieces = [];
    if (descriptor >= 0) fs.closeSync(descriptor);
    descriptor = -1;
  };
  return {
    get size() {
      return size;
    },
    append,
    readAt,
    close,
    [Symbol.dispose]: close,
  };
}

function openNameless(): number {
  const name = path.join(os.tmpdir(), `weir-${randomBytes(12).toString('hex')}`);
  const descriptor = fs.openSync(name, 'wx+', 0o600);
  fs.rmSync(name, { force: true });
  return descriptor;
}

function copyPieces(pieces: readonly Uint8Array[], into: Uint8Array, position: number): number {
  let filled = 0;
  let start = 0;
  for (const piece of pieces) {
    const from = Math.max(0, position - start);
    if (filled < into.length && from < piece.length) {
      const part = piece.subarray(from, from + into.length - filled);
      into.set(part, filled);
      filled += part.length;
      position += part.length;
    }
    start += piece.length;
  }
  return filled;
}
