/**
 * Numbers as they are kept: a column behind the other, each value XORed with the one before, bytes of equal weight side by side, zstd over
 * all. What does not change is then nothing but noughts.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { storeError } from '../errors.ts';

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };
const BYTES = 8;

/** Columns of equal length. */
export function packColumns(columns: readonly Float64Array[]): Buffer {
  const rows = columns[0]?.length ?? 0;
  const out = Buffer.alloc(rows * columns.length * BYTES);
  columns.forEach((column, c) => {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, rows * BYTES);
    for (let byte = 0; byte < BYTES; byte++) {
      const plane = (c * BYTES + byte) * rows;
      let before = 0;
      for (let row = 0; row < rows; row++) {
        const now = bytes[row * BYTES + byte];
        out[plane + row] = now ^ before;
        before = now;
      }
    }
  });
  return zstdCompressSync(out, LEVEL);
}

/** @throws `store.damaged` where it is none of so many columns, or holds more than `rowsMax` rows */
export function unpackColumns(packed: Uint8Array, columns: number, rowsMax: number): Float64Array[] {
  let bytes: Buffer;
  try {
    bytes = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, rowsMax * columns * BYTES) });
  } catch (cause) {
    throw storeError('store.damaged', 'numbers of a metric cannot be unpacked', cause);
  }
  const rows = bytes.length / (columns * BYTES);
  if (!Number.isInteger(rows)) throw storeError('store.damaged', `numbers of a metric: ${bytes.length} bytes`);
  return Array.from({ length: columns }, (_, c) => {
    const out = new Uint8Array(rows * BYTES);
    for (let byte = 0; byte < BYTES; byte++) {
      const plane = (c * BYTES + byte) * rows;
      let before = 0;
      for (let row = 0; row < rows; row++) {
        before ^= bytes[plane + row];
        out[row * BYTES + byte] = before;
      }
    }
    return new Float64Array(out.buffer);
  });
}
