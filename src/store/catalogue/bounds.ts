/**
 * Least and greatest value and nulls of each column of a segment, as one blob: columns in the order of the segment's list. A byte says
 * what is known of a column: nulls (varint), then integers (zigzag varint, and how much more the greatest is), floats (8 bytes each)
 * or texts (length byte, UTF-8). A first byte says whether zstd made it smaller.
 */
import * as zlib from 'node:zlib';
import { storeError } from '../errors.ts';
import type { SegmentKind } from '../segment/kinds.ts';
import type { Bound, Bounds, ColumnNeed, MeasuredColumn } from './types.ts';
import { ByteReader, ByteWriter } from './varint.ts';

type Measure = Pick<MeasuredColumn, 'nulls' | 'bounds'>;

/** Longer texts are cut: the beginning is what tells values apart, and bounds are most of the catalogue. */
const TEXT_BYTES = 24;
const NULLS = 8;
const [NONE, INTEGERS, FLOATS, TEXTS] = [0, 1, 2, 3];
/** What a blob may expand to: a million columns do not take as much. */
const EXPANDED_MAX = 64 << 20;
const GREATEST_CODE_POINT = 0x10ffff;

export function packBounds(measures: readonly Measure[]): Uint8Array {
  const out = new ByteWriter();
  for (const { nulls, bounds } of measures) {
    const known = bounds === undefined ? null : storable(bounds);
    const kind = known === null ? NONE : kindOf(known);
    out.byte(kind | (nulls === undefined ? 0 : NULLS));
    if (nulls !== undefined) out.varint(nulls);
    if (known === null) continue;
    const { least, greatest } = known;
    if (typeof least === 'bigint' && typeof greatest === 'bigint') {
      out.varint(least >= 0n ? least * 2n : least * -2n - 1n);
      out.varint(greatest - least);
    } else if (typeof least === 'number' && typeof greatest === 'number') {
      out.float(least);
      out.float(greatest);
    } else {
      out.text(String(least));
      out.text(String(greatest));
    }
  }
  const plain = out.bytes();
  const packed = zlib.zstdCompressSync(plain);
  const smaller = packed.length < plain.length;
  return Buffer.concat([Uint8Array.of(smaller ? 1 : 0), smaller ? packed : plain]);
}

/** Of all columns, in order. @param count columns @throws WeirError `store.damaged` */
export function unpackBounds(packed: Uint8Array, count: number): Measure[] {
  return reading(packed, (reader) => Array.from({ length: count }, () => measureOf(reader)));
}

/** Of some columns, by their places, ascending: queries ask for one of hundreds. @throws WeirError `store.damaged` */
export function unpackSome(packed: Uint8Array, places: readonly number[]): Measure[] {
  return reading(packed, (reader) => {
    let at = 0;
    return places.map((place) => {
      for (; at < place; at++) skipMeasure(reader);
      at++;
      return measureOf(reader);
    });
  });
}

function reading<T>(packed: Uint8Array, read: (reader: ByteReader) => T): T {
  try {
    const rest = packed.subarray(1);
    return read(
      new ByteReader(packed[0] === 1 ? zlib.zstdDecompressSync(rest, { maxOutputLength: EXPANDED_MAX }) : rest),
    );
  } catch (cause) {
    throw storeError('store.damaged', 'the bounds of a segment in the catalogue are damaged', cause);
  }
}

function measureOf(reader: ByteReader): Measure {
  const head = reader.byte();
  const nulls = (head & NULLS) === 0 ? {} : { nulls: Number(reader.varint()) };
  const kind = head & 7;
  if (kind === NONE) return nulls;
  if (kind === FLOATS) return { ...nulls, bounds: { least: reader.float(), greatest: reader.float() } };
  if (kind === TEXTS) return { ...nulls, bounds: { least: reader.text(), greatest: reader.text() } };
  if (kind !== INTEGERS) throw new Error(`no kind of bounds: ${kind}`);
  const zigzag = reader.varint();
  const least = zigzag % 2n === 0n ? zigzag / 2n : -(zigzag + 1n) / 2n;
  return { ...nulls, bounds: { least, greatest: least + reader.varint() } };
}

function skipMeasure(reader: ByteReader): void {
  const head = reader.byte();
  if ((head & NULLS) !== 0) reader.skipVarint();
  const kind = head & 7;
  if (kind === FLOATS) reader.skip(16);
  for (let end = 0; end < 2 && kind !== NONE && kind !== FLOATS; end++) {
    if (kind === TEXTS) reader.skip(reader.byte());
    else reader.skipVarint();
  }
}

function kindOf({ least }: Bounds): number {
  return typeof least === 'bigint' ? INTEGERS : typeof least === 'number' ? FLOATS : TEXTS;
}

/** The bounds as they are kept; null where nothing can be said. */
function storable({ least, greatest }: Bounds): Bounds | null {
  if (typeof least === 'bigint' && typeof greatest === 'bigint') return least <= greatest ? { least, greatest } : null;
  // Not so where one is no number.
  if (typeof least === 'number' && typeof greatest === 'number') return least <= greatest ? { least, greatest } : null;
  if (typeof least !== 'string' || typeof greatest !== 'string') return null;
  const above = cutAbove(greatest);
  return above === null ? null : { least: cut(least), greatest: above };
}

/** As many whole characters of a text as fit; never greater than it. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= TEXT_BYTES) return bytes.toString();
  let end = TEXT_BYTES;
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** A short text that no text beginning as this one does exceeds; null where there is none. */
function cutAbove(text: string): string | null {
  const short = cut(text);
  if (Buffer.byteLength(text) <= TEXT_BYTES) return short;
  const points = Array.from(short, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === GREATEST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return null;
  // Surrogates are no characters.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

/** By code point, as UTF-8 sorts. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether a column of this kind and these bounds may hold a value that meets the need. */
export function mayMeet(need: ColumnNeed, kind: SegmentKind, bounds: Bounds | undefined): boolean {
  const { values, from, to } = need;
  if (values === undefined && from === undefined && to === undefined) return true;
  if (kind === 'raw') return false;
  if (kind === 'list' || kind === 'boolean') return true;
  if (values !== undefined && !values.some((value) => mayEqual(value, kind, bounds))) return false;
  if (bounds === undefined) return true;
  return !(isBeyond(from, bounds.greatest, 1) || isBeyond(to, bounds.least, -1));
}

function mayEqual(value: Bound, kind: SegmentKind, bounds: Bounds | undefined): boolean {
  // A text may be a number in many ways: 4624.0 is 4624.
  if (kind === 'string' && typeof value !== 'string') return true;
  const own = kind === 'string' ? value : numberOf(value, kind);
  if (own === null) return false;
  return bounds === undefined || !(isBeyond(own, bounds.greatest, 1) || isBeyond(own, bounds.least, -1));
}

/** Number that a text stands for; null: none. */
function numberOf(value: Bound, kind: SegmentKind): bigint | number | null {
  if (typeof value !== 'string') return kind === 'float' ? Number(value) : value;
  if (kind === 'integer' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isNaN(number) ? null : number;
}

/** Whether `value` lies beyond `bound`: 1 above, -1 below. Not where they are of different kinds. */
function isBeyond(value: Bound | undefined, bound: Bound, side: 1 | -1): boolean {
  if (value === undefined) return false;
  if (typeof value === 'string' && typeof bound === 'string') return compareText(value, bound) * side > 0;
  if (typeof value === 'string' || typeof bound === 'string') return false;
  return side > 0 ? value > bound : value < bound;
}
