/**
 * Hits of one rule version that were committed together, as two blobs: their keys, column by column, and their bodies one behind
 * the other. From `PACKED_MIN` hits on both are compressed: one after the other a rule's events repeat themselves, so that 2.3 KB
 * shrink to 20–200 bytes at 0.4–0.9 GB/s (bench/notes-hits.md); a single one shrinks by half and costs 30 µs.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { limits } from '../base/index.ts';
import { storeError } from './errors.ts';

export interface GroupKeys {
  readonly count: number;
  readonly positions: Float64Array;
  readonly rows: Uint32Array;
  /** Event time, epoch milliseconds; NaN where the event has none. */
  readonly times: Float64Array;
  /** Receive time, epoch milliseconds. */
  readonly received: Float64Array;
  /** End of each hit's body in the bodies. */
  readonly ends: Uint32Array;
  /** Index of each hit's source in `sourceNames`. */
  readonly sources: Uint16Array;
  readonly sourceNames: readonly string[];
}

export interface PackedGroup {
  readonly packed: boolean;
  readonly keys: Uint8Array;
  readonly bodies: Uint8Array;
  /** Bodies before compression. */
  readonly bytes: number;
}

const PACKED_MIN = 4;
/** More gained nothing: level 3 is half as fast for a few per cent. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const HEADER_BYTES = 8;
const ROW_BYTES = 3 * 8 + 2 * 4 + 2;

/** `bodies[i]` belongs to key `i`; `ends` and `count` follow from them. */
export function packGroup(keys: Omit<GroupKeys, 'ends' | 'count'>, bodies: readonly Uint8Array[]): PackedGroup {
  const count = bodies.length;
  const ends = new Uint32Array(count);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    bytes += bodies[i].length;
    ends[i] = bytes;
  }
  const names = Buffer.from(JSON.stringify(keys.sourceNames), 'utf8');
  const out = new Uint8Array(HEADER_BYTES + count * ROW_BYTES + names.length);
  new Uint32Array(out.buffer, 0, 2).set([count, names.length]);
  let at = HEADER_BYTES;
  for (const column of [keys.positions, keys.times, keys.received, keys.rows, ends, keys.sources]) {
    out.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  out.set(names, at);
  const all = count === 1 ? bodies[0] : Buffer.concat(bodies, bytes);
  if (count < PACKED_MIN) return { packed: false, keys: out, bodies: all, bytes };
  return { packed: true, keys: zstdCompressSync(out, LEVEL), bodies: zstdCompressSync(all, LEVEL), bytes };
}

/** Throws `store.damaged` where the blob is not what `packGroup` makes. */
export function unpackKeys(packed: boolean, blob: Uint8Array): GroupKeys {
  // A copy of its own, so that the columns are aligned.
  const bytes = new Uint8Array(packed ? inflate(blob, limits.hitGroupBytesMax) : blob);
  const { buffer } = bytes;
  const [count, names] = bytes.length < HEADER_BYTES ? [0, 0] : new Uint32Array(buffer, 0, 2);
  if (count === 0 || bytes.length !== HEADER_BYTES + count * ROW_BYTES + names) {
    throw storeError('store.damaged', `the keys of a group of hits have ${bytes.length} bytes for ${count} hits`);
  }
  let at = HEADER_BYTES;
  const next = (bytesEach: number): [ArrayBuffer, number, number] => {
    at += bytesEach * count;
    return [buffer, at - bytesEach * count, count];
  };
  const floats = (): Float64Array => new Float64Array(...next(8));
  const words = (): Uint32Array => new Uint32Array(...next(4));
  const [positions, times, received] = [floats(), floats(), floats()];
  const [rows, ends] = [words(), words()];
  const sources = new Uint16Array(...next(2));
  const text = Buffer.from(buffer, at, names).toString('utf8');
  return { count, positions, rows, times, received, ends, sources, sourceNames: JSON.parse(text) as string[] };
}

export function unpackBodies(packed: boolean, blob: Uint8Array, keys: GroupKeys): Uint8Array {
  const bytes = keys.ends[keys.count - 1];
  const bodies = packed ? inflate(blob, bytes) : blob;
  if (bodies.length === bytes) return bodies;
  throw storeError('store.damaged', `the bodies of a group of hits have ${bodies.length} bytes instead of ${bytes}`);
}

function inflate(blob: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return zstdDecompressSync(blob, { maxOutputLength: Math.max(bytesMax, 1) });
  } catch (cause) {
    throw storeError('store.damaged', 'a group of hits cannot be decompressed', cause);
  }
}
