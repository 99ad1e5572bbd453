/** Row groups that are on disk, gathered again: small ones become large ones without becoming rows. */
import { GROUP_KINDS } from '../../batch/index.ts';
import type { ColumnChunk, Values } from '../parquet/read.ts';
import type { RangeReader } from '../parquet/read-range.ts';
import { Texts } from '../parquet/read-texts.ts';
import { OWN_COLUMNS } from './kinds.ts';
import { openSegment, type SegmentReader, type ShapeRun } from './read.ts';
import { floatToken, type RowGroup, type StoredSize } from './row-group.ts';

/** The column of events that stand there whole: the last of weir's own. */
const WHOLE = { name: 'weir.raw', path: null, kind: 'raw' } as const;

/** Rows of a group that have one shape, and the numbers of the columns that they have values in. */
interface Run extends ShapeRun {
  readonly columns: number[];
  /** How many of them are taken. */
  readonly taken: number;
}

/** Which rows of a row group are taken: all, or those that are not 0. */
export type Kept = Uint8Array | null;

/** A segment as merging reads it. */
export class StoredRows {
  readonly #segment: SegmentReader;
  /** Of the row group that was asked for last. */
  #runs: { readonly index: number; readonly runs: readonly ShapeRun[] } | null = null;

  /** @throws WeirError `store.damaged`, as its methods do */
  constructor(file: RangeReader) {
    this.#segment = openSegment(file);
  }

  get groups(): number {
    return this.#segment.groups.length;
  }

  /** How much a row group adds to the one that is gathered; never too little. */
  sizeOf(index: number): StoredSize {
    const { rows, chunks } = this.#segment.groups[index];
    let [values, entries, bytes] = [0, 0, 0];
    for (const chunk of chunks.slice(OWN_COLUMNS.length - 1)) {
      const present = chunk.values - chunk.nulls;
      values += present;
      entries += Math.min(present, chunk.distinct ?? present);
      // Numbers take more as text than as numbers.
      bytes += chunk.uncompressed * 3;
    }
    return { rows, values, entries, bytes, columns: chunks.length, shapes: this.#runsOf(index).length };
  }

  #runsOf(index: number): readonly ShapeRun[] {
    if (this.#runs?.index !== index) this.#runs = { index, runs: this.#segment.shapes(index) };
    return this.#runs.runs;
  }

  /** Adds the rows of a row group; where there is no room beside what is gathered, `write` is to make room first. */
  gather(group: RowGroup, index: number, write: () => void, kept: Kept = null): void {
    if (group.rows > 0 && !group.fits(this.sizeOf(index))) write();
    this.addTo(group, index, kept);
  }

  /** Adds the rows of a row group, which fits; what only other rows hold leaves no trace. */
  addTo(group: RowGroup, index: number, kept: Kept = null): void {
    const { kernel } = group;
    const out = kernel.group;
    const ranks = kept === null ? null : ranksOf(this.#runsOf(index), kept);
    const runs: Run[] = this.#runsOf(index).map((run) => ({
      ...run,
      columns: [],
      taken: kept === null ? run.to - run.from : countOf(kept, run.from, run.to),
    }));
    const codes: { readonly chunk: ColumnChunk; readonly mapped: Uint32Array; readonly column: number }[] = [];
    for (const { name, path, kind } of [WHOLE, ...this.#segment.columns]) {
      const chunk = this.#segment.columnOf(index, name);
      if (chunk.present.count === 0) continue;
      const wanted = kept === null ? null : wantedOf(chunk, kept);
      if (wanted?.length === 0) continue;
      const column = group.columnOf(path, GROUP_KINDS[kind]);
      codes.push({ chunk, column, mapped: interned(group, column, chunk.values, wanted) });
      let run = 0;
      for (let p = 0; p < chunk.present.runs.length; p += 3) {
        const [from, to] = [chunk.present.runs[p], chunk.present.runs[p + 1]];
        while (runs[run].to <= from) run++;
        for (; run < runs.length && runs[run].from < to; run++) {
          if (runs[run].taken > 0) runs[run].columns.push(column);
        }
        if (run > 0) run--;
      }
    }
    const shapes = runs.map((run) => ({
      ...(run.taken === 0 ? NO_SHAPE : group.storedShape(run.shape, run.type, run.columns)),
      first: 0,
      width: run.columns.length,
    }));
    for (const [i, shape] of shapes.entries()) shape.first = out.addCodes(runs[i].taken, shape.width);
    this.#addRows(group, index, runs, shapes, kept);
    const { words } = kernel;
    const codesAt = out.gatherCodes.value >>> 2;
    for (const { chunk, mapped, column } of codes) {
      const { runs: present } = chunk.present;
      let run = 0;
      for (let p = 0; p < present.length; p += 3) {
        let value = present[p + 2];
        for (let row = present[p]; row < present[p + 1]; ) {
          while (runs[run].to <= row) run++;
          const { from, to, columns, taken } = runs[run];
          const { first, width, places } = shapes[run];
          const end = Math.min(to, present[p + 1]);
          if (taken === 0) {
            value += end - row;
            row = end;
            continue;
          }
          const place = places[columns.indexOf(column)];
          let at = codesAt + first + (row - from) * width + place;
          if (ranks !== null && kept !== null) {
            for (; row < end; row++, value++) {
              if (kept[row] === 0) continue;
              words[codesAt + first + ranks[row] * width + place] =
                mapped[chunk.codes === null ? value : chunk.codes[value]];
            }
          } else if (chunk.codes === null) for (; row < end; row++, at += width) words[at] = mapped[value++];
          else for (; row < end; row++, at += width) words[at] = mapped[chunk.codes[value++]];
        }
      }
    }
  }

  #addRows(
    group: RowGroup,
    index: number,
    runs: readonly Run[],
    shapes: readonly { readonly shape: number; readonly first: number; readonly width: number }[],
    kept: Kept,
  ): void {
    const out = group.kernel.group;
    const positions = longs(this.#segment.columnOf(index, 'weir.position'));
    const received = longs(this.#segment.columnOf(index, 'weir.received'));
    const times = this.#segment.columnOf(index, 'weir.time');
    const timed = longs(times);
    const rows = this.#segment.columnOf(index, 'weir.row').values as Int32Array;
    const frames = new Map<number, number>();
    let [lastPosition, lastFrame] = [-1, -1];
    let time = 0;
    runs.forEach(({ from, to }, i) => {
      const { shape, width } = shapes[i];
      let { first } = shapes[i];
      for (let row = from; row < to; row++) {
        if (kept !== null && kept[row] === 0) continue;
        if (positions[row] !== lastPosition) {
          lastPosition = positions[row];
          lastFrame = frames.get(lastPosition) ?? group.frame(lastPosition, received[row]);
          frames.set(lastPosition, lastFrame);
        }
        while (time < times.present.runs.length && times.present.runs[time + 1] <= row) time += 3;
        const start = times.present.runs[time];
        const own = start === undefined || start > row ? Number.NaN : timed[times.present.runs[time + 2] + row - start];
        out.addStored(shape, first, rows[row], lastFrame, own);
        first += width;
      }
    });
  }
}

/** Whole numbers of 64 bits as doubles: positions and microseconds are far below 2^53. */
function longs({ values }: ColumnChunk): Float64Array {
  const pairs = new Int32Array(
    (values as BigInt64Array).buffer,
    (values as BigInt64Array).byteOffset,
    values.length * 2,
  );
  const found = new Float64Array(values.length);
  for (let i = 0; i < found.length; i++) found[i] = pairs[i * 2 + 1] * 2 ** 32 + (pairs[i * 2] >>> 0);
  return found;
}

const NO_SHAPE = { shape: 0, places: [] } as const;

function countOf(kept: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let row = from; row < to; row++) if (kept[row] !== 0) count++;
  return count;
}

/** Of each row that is taken how many of its run stand before it. */
function ranksOf(runs: readonly ShapeRun[], kept: Uint8Array): Uint32Array {
  const ranks = new Uint32Array(kept.length);
  for (const { from, to } of runs) {
    for (let row = from, rank = 0; row < to; row++) if (kept[row] !== 0) ranks[row] = rank++;
  }
  return ranks;
}

/** Which values rows that are taken have. */
function wantedOf({ present: { runs }, codes, values }: ColumnChunk, kept: Uint8Array): Uint32Array {
  const used = new Uint8Array(values.length);
  for (let p = 0; p < runs.length; p += 3) {
    for (let row = runs[p], value = runs[p + 2]; row < runs[p + 1]; row++, value++) {
      if (kept[row] !== 0) used[codes === null ? value : codes[value]] = 1;
    }
  }
  const wanted = new Uint32Array(countOf(used, 0, used.length));
  for (let value = 0, at = 0; value < used.length; value++) if (used[value] !== 0) wanted[at++] = value;
  return wanted;
}

/** Codes of values in the dictionary of a column that is gathered: of all, or of those that are wanted. */
function interned(group: RowGroup, column: number, values: Values, wanted: Uint32Array | null): Uint32Array {
  if (wanted === null || wanted.length === values.length) return internedAll(group, column, values);
  const codes = internedAll(group, column, selected(values, wanted));
  const mapped = new Uint32Array(values.length);
  wanted.forEach((value, i) => {
    mapped[value] = codes[i];
  });
  return mapped;
}

function selected(values: Values, wanted: Uint32Array): Values {
  if (values instanceof Texts) {
    const { bytes, starts, ends } = values;
    return new Texts(
      bytes,
      wanted.map((value) => starts[value]),
      wanted.map((value) => ends[value]),
    );
  }
  const picked = values.slice(0, wanted.length);
  wanted.forEach((value, i) => {
    picked[i] = values[value];
  });
  return picked;
}

function internedAll(group: RowGroup, column: number, values: Values): Uint32Array {
  if (values instanceof Texts) return internedTexts(group, column, values);
  const { kernel } = group;
  const count = values.length;
  if (values instanceof BigInt64Array) {
    kernel.reserveScratch(count * 12 + 64);
    const at = kernel.get('scratch');
    const to = at + count * 8;
    kernel.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    kernel.group.internIntegers(column, at, count, to);
    return kernel.words.slice(to >>> 2, (to >>> 2) + count);
  }
  if (values instanceof Uint8Array) {
    const truths = [...new Set(values)];
    const codes = internedTexts(
      group,
      column,
      Texts.of(truths.map((truth) => Buffer.from(truth === 1 ? 'true' : 'false'))),
    );
    return Uint32Array.from(values, (value) => codes[truths.indexOf(value)]);
  }
  return internedTexts(group, column, Texts.of(Array.from(values, (value) => Buffer.from(floatToken(value)))));
}

function internedTexts(group: RowGroup, column: number, { bytes, starts, ends }: Texts): Uint32Array {
  const { kernel } = group;
  const count = starts.length;
  const padded = (bytes.length + 67) & ~3;
  kernel.reserveScratch(padded + count * 12 + 64);
  const at = kernel.get('scratch');
  kernel.bytes.set(bytes, at);
  const [startsAt, endsAt, to] = [at + padded, at + padded + count * 4, at + padded + count * 8];
  kernel.words.set(starts, startsAt >>> 2);
  kernel.words.set(ends, endsAt >>> 2);
  kernel.group.internTexts(column, at, startsAt, endsAt, count, to);
  return kernel.words.slice(to >>> 2, (to >>> 2) + count);
}
