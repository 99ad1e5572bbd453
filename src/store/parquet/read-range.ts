/** Where the bytes of a Parquet file come from, and how what is wrong with them is told. */
import type { RandomReader } from '../../base/index.ts';
import { storeError } from '../errors.ts';

/** Bytes of a file that stands anywhere: on disk, in memory, behind a cache of an object store. */
export interface RangeReader {
  /** What errors call it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes of a range that lies within the file; they may be a view, and do not change. */
  read(from: number, length: number): Uint8Array;
}

/** What is wrong, and where in the bytes at hand; whoever knows what they are makes a `store.damaged` of it. */
export class Fault extends Error {
  readonly at: number;

  constructor(at: number, why: string) {
    super(why);
    this.at = at;
  }
}

/**
 * Runs what reads; its faults become `store.damaged`, which names the file, what was read and where.
 * @param from offset in the file of the bytes that faults count in
 */
export function reading<T>(reader: RangeReader, what: string, from: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw storeError('store.damaged', `${reader.name}: ${what}, at byte ${from + error.at}: ${error.message}`);
  }
}

export function readerOfBytes(name: string, bytes: Uint8Array): RangeReader {
  return { name, size: bytes.length, read: (from, length) => bytes.subarray(from, from + length) };
}

/** @throws (its `read`) WeirError `store.damaged` where the file is shorter than it was */
export function readerOfFile(file: RandomReader): RangeReader {
  return {
    name: file.path,
    size: file.size,
    read: (from, length) => {
      const bytes = Buffer.allocUnsafeSlow(length);
      const got = file.readAt(bytes, from);
      if (got < length)
        throw storeError('store.damaged', `${file.path}: it ends at byte ${from + got}, which it did not`);
      return bytes;
    },
  };
}
