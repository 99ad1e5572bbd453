/**
 * The multiset hash of a segment's events (kernel/digest.ts): what merging must keep, and what is subtracted where events go. It is
 * worked out while a segment is written, from what goes into its pages, and again from the file by {@link multisetOf}, which
 * reads it as anybody would.
 */
import { type Multiset, NO_EVENTS, sumOf } from '../../base/index.ts';
import type { Kernel } from '../../batch/index.ts';
import type { ColumnChunk, Values } from '../parquet/read.ts';
import { Texts } from '../parquet/read-texts.ts';
import type { SegmentKind } from './kinds.ts';
import type { SegmentReader } from './read.ts';

const word = (value: bigint): bigint => BigInt.asUintN(64, value);

/** What a column's values are hashed with; `path` null: of events that stand there whole. */
export function columnText(path: string | null, kind: SegmentKind): string {
  return path === null ? 'whole' : `${kind} ${path}`;
}

export function shapeText(shape: string, type: string | null): string {
  return `${type ?? ''}\n${shape}`;
}

export function digestOf(kernel: Kernel, bytes: Uint8Array): bigint {
  kernel.reserveScratch(bytes.length + 64);
  const at = kernel.get('scratch');
  kernel.bytes.set(bytes, at);
  return word(kernel.group.digestOf(at, bytes.length, 0n));
}

/** Stands for the time of an event that has none. */
const NO_TIME = -(2n ** 63n);

/**
 * From the file.
 * @param kernel in use for nothing else at the time
 * @throws WeirError `store.damaged`
 */
export function multisetOf(segment: SegmentReader, kernel: Kernel): Multiset {
  let sum = NO_EVENTS;
  segment.groups.forEach((_, group) => {
    sum = sumOf(sum, ofGroup(segment, group, kernel));
  });
  return sum;
}

function ofGroup(segment: SegmentReader, group: number, kernel: Kernel): Multiset {
  const { rows } = segment.groups[group];
  const sums = new BigUint64Array(rows);
  const add = (name: string, text: string): void => {
    const chunk = segment.columnOf(group, name);
    if (chunk.present.count > 0) addColumn(sums, chunk, digestsOf(kernel, chunk.values, text));
  };
  add('weir.raw', columnText(null, 'raw'));
  for (const { name, path, kind } of segment.columns) add(name, columnText(path, kind));
  for (const { from, to, shape, type } of segment.shapes(group)) {
    const digest = digestOf(kernel, Buffer.from(shapeText(shape, type)));
    for (let row = from; row < to; row++) sums[row] += digest;
  }
  const times = new BigInt64Array(rows).fill(NO_TIME);
  const timed = segment.columnOf(group, 'weir.time');
  eachRun(timed, (row, index) => {
    times[row] = (timed.values as BigInt64Array)[index];
  });
  const columns = [
    sums,
    times,
    segment.columnOf(group, 'weir.position').values as BigInt64Array,
    segment.columnOf(group, 'weir.received').values as BigInt64Array,
    segment.columnOf(group, 'weir.row').values as Int32Array,
  ];
  kernel.reserveScratch(columns.reduce((bytes, { byteLength }) => bytes + byteLength, 0) + 64);
  let at = kernel.get('scratch');
  const [values, own, positions, received, numbers] = columns.map((column) => {
    const from = at;
    kernel.bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
    return from;
  });
  kernel.group.clearDigest();
  kernel.group.digestStored(rows, values, positions, numbers, received, own);
  return sumOf(NO_EVENTS, { low: kernel.group.digestLow.value, high: kernel.group.digestHigh.value });
}

function addColumn(sums: BigUint64Array, chunk: ColumnChunk, digests: BigUint64Array): void {
  const { codes } = chunk;
  eachRun(chunk, (row, index) => {
    sums[row] += digests[codes === null ? index : codes[index]];
  });
}

/** Rows that have a value, and which of the values or codes it is. */
function eachRun({ present: { runs } }: ColumnChunk, take: (row: number, index: number) => void): void {
  for (let p = 0; p < runs.length; p += 3) {
    for (let row = runs[p], index = runs[p + 2]; row < runs[p + 1]; row++, index++) take(row, index);
  }
}

/** Of each value of a column. */
function digestsOf(kernel: Kernel, values: Values, text: string): BigUint64Array {
  const column = digestOf(kernel, Buffer.from(text));
  const texts = values instanceof Texts ? values : fixedTexts(values);
  const { bytes, starts, ends } = texts;
  const count = starts.length;
  const padded = (bytes.length + 71) & ~7;
  kernel.reserveScratch(padded + count * 16 + 64);
  const at = kernel.get('scratch');
  const [to, startsAt, endsAt] = [at + padded, at + padded + count * 8, at + padded + count * 12];
  kernel.bytes.set(bytes, at);
  kernel.words.set(starts, startsAt >>> 2);
  kernel.words.set(ends, endsAt >>> 2);
  kernel.group.digestTexts(at, startsAt, endsAt, count, to, column);
  return new BigUint64Array(kernel.bytes.slice(to, to + count * 8).buffer);
}

/** Values of one length each. */
function fixedTexts(values: Exclude<Values, Texts>): Texts {
  const { BYTES_PER_ELEMENT: width, buffer, byteOffset, byteLength, length } = values;
  const starts = Uint32Array.from({ length }, (_, i) => i * width);
  const ends = starts.map((start) => start + width);
  return new Texts(new Uint8Array(buffer, byteOffset, byteLength), starts, ends);
}
