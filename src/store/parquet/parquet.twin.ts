/** Parquet the plain way, for tests: encoders that go value by value, and files of one column with any pages. */
import { crc32, zstdCompressSync } from 'node:zlib';
import { CODEC, ENCODING, type Encoding, MAGIC } from './format.ts';
import { dataPageHeader, dictionaryPageHeader, footer, type SchemaColumn } from './metadata.ts';

/** Bits of values, lowest first, filled up to whole bytes. */
function packed(values: readonly bigint[], width: number): number[] {
  const bits = values.flatMap((value) => Array.from({ length: width }, (_, k) => Number((value >> BigInt(k)) & 1n)));
  const bytes: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    bytes.push(bits.slice(i, i + 8).reduce((sum, bit, k) => sum + (bit << k), 0));
  return bytes;
}

export function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

const zigzag = (value: bigint): bigint => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));

/** The hybrid: `runs` says of each piece how many values it has, and whether they are one repeated. */
export function hybrid(values: readonly number[], width: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < values.length; ) {
    let same = 1;
    while (i + same < values.length && values[i + same] === values[i]) same++;
    if (same >= 8 || i + same === values.length) {
      const bytes = packed([BigInt(values[i])], Math.ceil(width / 8) * 8);
      out.push(...varint(BigInt(same) * 2n), ...bytes.slice(0, Math.ceil(width / 8)));
      i += same;
    } else {
      const eight = Array.from({ length: 8 }, (_, k) => BigInt(values[i + k] ?? 0));
      out.push(...varint(3n), ...packed(eight, width));
      i += 8;
    }
  }
  return out;
}

const BLOCK = 128;
const PART = 32;

export function deltas(values: readonly bigint[]): number[] {
  const out = [...varint(BigInt(BLOCK)), ...varint(BigInt(BLOCK / PART)), ...varint(BigInt(values.length))];
  out.push(...varint(zigzag(values[0] ?? 0n)));
  const differences = values.slice(1).map((value, i) => BigInt.asIntN(64, value - values[i]));
  for (let from = 0; from < differences.length; from += BLOCK) {
    const block = differences.slice(from, from + BLOCK);
    const least = block.reduce((a, b) => (a < b ? a : b));
    const rests = block.map((value) => BigInt.asUintN(64, value - least));
    const parts = Array.from({ length: BLOCK / PART }, (_, k) => rests.slice(k * PART, (k + 1) * PART));
    const widths = parts.map((part) =>
      part.reduce((most, rest) => Math.max(most, rest.toString(2).length * (rest > 0n ? 1 : 0)), 0),
    );
    out.push(...varint(zigzag(least)), ...widths);
    parts.forEach((part, k) => {
      if (part.length > 0) out.push(...packed([...part, ...Array(PART - part.length).fill(0n)], widths[k]));
    });
  }
  return out;
}

export function plainTexts(texts: readonly Uint8Array[]): number[] {
  return texts.flatMap((text) => [...u32(text.length), ...text]);
}

export function lengthTexts(texts: readonly Uint8Array[]): number[] {
  return [...deltas(texts.map(({ length }) => BigInt(length))), ...texts.flatMap((text) => [...text])];
}

export function prefixTexts(texts: readonly Uint8Array[]): number[] {
  const shared = texts.map((text, i) => {
    const before = texts[i - 1] ?? [];
    let n = 0;
    while (n < text.length && n < before.length && text[n] === before[n]) n++;
    return n;
  });
  return [...deltas(shared.map(BigInt)), ...lengthTexts(texts.map((text, i) => text.subarray(shared[i])))];
}

export const u32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

export interface TwinPage {
  readonly encoding: Encoding;
  /** Of a data page its levels, of an optional column; null of a dictionary. */
  readonly levels: readonly number[] | null;
  /** Of a dictionary; of a data page that says something else than it has. */
  readonly values?: number;
  readonly body: readonly number[];
}

/** A file of one row group and one column. */
export function fileOf(column: SchemaColumn, pages: readonly TwinPage[], zstd = false): Buffer {
  const parts: Uint8Array[] = [Buffer.from(MAGIC)];
  let [unpacked, length, rows, nulls] = [0, 0, 0, 0];
  let first: number | null = null;
  for (const { encoding, levels, values, body } of pages) {
    const before = levels === null || !column.optional ? [] : hybrid(levels, 1);
    const bytes = Buffer.from(levels === null || !column.optional ? body : [...u32(before.length), ...before, ...body]);
    const stored = zstd ? zstdCompressSync(bytes) : bytes;
    const sizes = { uncompressed: bytes.length, compressed: stored.length, crc: crc32(stored) };
    const header =
      levels === null
        ? dictionaryPageHeader({ ...sizes, values: values ?? 0 })
        : dataPageHeader({ ...sizes, values: values ?? levels.length, encoding });
    if (levels !== null) {
      first ??= MAGIC.length + length;
      rows += levels.length;
      nulls += levels.filter((level) => level === 0).length;
    }
    parts.push(header, stored);
    unpacked += header.length + bytes.length;
    length += header.length + stored.length;
  }
  const meta = footer(
    [column],
    [
      {
        rows,
        chunks: [
          {
            codec: zstd ? CODEC.zstd : CODEC.none,
            encodings: [ENCODING.rle, ENCODING.plain, ...pages.map(({ encoding }) => encoding)],
            values: rows,
            nulls,
            uncompressed: unpacked,
            compressed: length,
            dictionaryAt: pages[0].levels === null ? MAGIC.length : null,
            dataAt: first ?? 0,
            distinct: null,
            bounds: null,
          },
        ],
      },
    ],
    {},
    'test',
  );
  return Buffer.concat([...parts, Buffer.alloc(8), meta, Buffer.from(u32(meta.length)), Buffer.from(MAGIC)]);
}
