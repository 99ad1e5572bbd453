/** Segments made of lines for tests, and what should be in them, from the frames by way of `EventBatch`. */
import assert from 'node:assert/strict';
import { type Json, parseJson } from '../../../test/reference/json.ts';
import {
  type BatchValue,
  EventBatch,
  encodeBatch,
  type Kernel,
  kernelWithoutRules,
  loadKernelModule,
  NUMBER,
  tokenValue,
} from '../../batch/index.ts';
import type { ColumnChunk } from '../parquet/read.ts';
import { readerOfBytes } from '../parquet/read-range.ts';
import { Texts } from '../parquet/read-texts.ts';
import { openSegment, type SegmentReader } from './read.ts';
import { Rebuilder } from './rebuild.ts';
import { RowGroup } from './row-group.ts';
import { SegmentWriter } from './write.ts';

const module = loadKernelModule();
const kernelOf = (): Kernel => kernelWithoutRules(1 << 16, module);

export interface MadeSegment {
  readonly bytes: Buffer;
  /** By position. */
  readonly frames: readonly EventBatch[];
  readonly segment: SegmentReader;
}

export const received = (position: number): number => 1_700_000_000_000 + position * 1000;
export const timeOf = (position: number, row: number): number | null =>
  row % 3 === 1 ? null : 1_600_000_000_000 + position * 10 - row * 0.5;

/** Makes segments, with one kernel for all of them as the server has. */
export class SegmentMaker {
  readonly #scanner = kernelOf();
  readonly kernel = kernelOf();
  readonly group: RowGroup;
  #position = 0;

  constructor(size = { bytes: 1 << 20, rows: 1 << 12 }) {
    this.group = new RowGroup(this.kernel, size);
  }

  framesOf(lines: Uint8Array): EventBatch[] {
    const frames: EventBatch[] = [];
    this.#scanner.load(lines);
    while (this.#scanner.scan()) {
      for (const frame of encodeBatch(this.#scanner, { tenant: 't', source: 's', mapping: '' }))
        frames.push(new EventBatch(frame));
    }
    return frames;
  }

  /** A row group for each of the parts, and more where one is full. */
  make(groups: readonly Uint8Array[]): MadeSegment {
    const writer = new SegmentWriter({ level: 1, terms: true });
    const all: EventBatch[] = [];
    const end = (): void => {
      if (this.group.rows > 0) writer.add(this.group);
      this.group.clear();
    };
    for (const lines of groups) {
      for (const frame of this.framesOf(lines)) {
        this.kernel.openFrame(new Uint8Array(frame.buffer));
        const position = all.push(frame) - 1;
        this.group.add(
          position,
          received(position),
          (row) => timeOf(position, row),
          () => null,
          end,
        );
        if (this.group.isFull) end();
      }
      end();
    }
    const bytes = Buffer.concat(writer.finish('log-1').parts);
    return { bytes, frames: all, segment: openSegment(readerOfBytes(`segment ${this.#position++}`, bytes)) };
  }
}

/** Holds a segment against the frames it was made of: every event to the byte, every value of every column. */
export function check({ segment, frames }: MadeSegment): void {
  const texts = new Map<string, string>();
  for (const [position, frame] of frames.entries()) {
    for (let row = 0; row < frame.rows; row++) texts.set(`${position}/${row}`, binary(frame.rowText(row)));
  }
  assert.equal(segment.rows, texts.size);
  segment.groups.forEach((_, group) => {
    const places = placesOf(segment, group);
    const rebuilder = new Rebuilder(segment, group);
    rebuilder.eachRowText((text, row) => {
      assert.equal(binary(text), texts.get(places[row]));
      texts.delete(places[row]);
    });
    // Row by row, in another order: out of whole columns, out of pages, and each out of its own cells.
    const paged = new Rebuilder(segment, group);
    const step = 1 + (places.length >> 5);
    const told = places.map((_, row) => row).filter((row) => (places.length - 1 - row) % step === 0);
    const picked = new Rebuilder(segment, group, () => null, told);
    for (let row = places.length - 1; row >= 0; row -= step) {
      const [position, number] = places[row].split('/').map(Number);
      for (const each of [rebuilder, paged, picked, new Rebuilder(segment, group)])
        assert.deepEqual(Buffer.from(each.rowText(row)), Buffer.from(frames[position].rowText(number)));
      cellsAreOf(segment, group, row);
    }
  });
  assert.equal(texts.size, 0);
  assert.deepEqual(contentsOfSegment(segment), contentsOfFrames(frames));
}

/** Each value of a row, read alone, is the one that is read with its column. */
function cellsAreOf(segment: SegmentReader, group: number, row: number): void {
  const valueAt = ({ present, values, codes }: ColumnChunk, at: number): unknown => {
    const index = present.indexOf(at);
    if (index < 0) return null;
    const code = codes === null ? index : codes[index];
    return values instanceof Texts ? binary(values.at(code)) : values[code];
  };
  for (const name of [...segment.columns.map((column) => column.name), 'weir.position', 'weir.row', 'weir.time']) {
    const cell = segment.cellOf(group, name, row);
    assert.equal(cell.rows, 1);
    assert.deepEqual(valueAt(cell, 0), valueAt(segment.columnOf(group, name), row), `${name} of row ${row}`);
  }
}

const binary = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** A value as text: equal for equal values of equal kinds. */
export function describe({ kind, value }: BatchValue): string {
  if (kind === 'list') return `[${(value as readonly BatchValue[]).map(describe).join(', ')}]`;
  if (kind === 'null') return 'null';
  return `${kind} ${Object.is(value, -0) ? '-0' : String(value)}`;
}

function describeJson(json: Json): string {
  if (json.is === 'array') return `[${json.items.map(describeJson).join(', ')}]`;
  if (json.is === 'object') throw new Error('a list holds an object');
  if (json.is === 'null') return 'null';
  if (json.is === 'string') return `string ${json.text.toWellFormed()}`;
  if (json.is === 'boolean') return `boolean ${json.value}`;
  const token = Buffer.from(json.text);
  return describe(tokenValue(NUMBER, token, 0, token.length));
}

/** Values of events by column: `kind path` → `position/row value`, sorted. */
export type Contents = Map<string, string[]>;

export function contentsOfFrames(frames: readonly EventBatch[]): Contents {
  const contents: Contents = new Map();
  frames.forEach((frame, position) => {
    for (const path of frame.paths) {
      const rows = new Map<number, BatchValue[]>();
      for (const { path: of, kind, rows: numbers, codes, dictionary } of frame.column(path)) {
        if (of !== path || dictionary.some((value) => value.kind !== kind))
          throw new Error('a column is not what it should be');
        for (const [i, row] of numbers.entries()) rows.set(row, [...(rows.get(row) ?? []), dictionary[codes[i]]]);
      }
      // Of several values the order is that of the event.
      const several = new Map<number, BatchValue[]>();
      if ([...rows.values()].some((values) => values.length > 1)) {
        for (const { row, value } of frame.values(path)) several.set(row, [...(several.get(row) ?? []), value]);
      }
      for (const [row, values] of rows) {
        const value: BatchValue = values.length === 1 ? values[0] : { kind: 'list', value: several.get(row) ?? [] };
        if (value.kind === 'null') continue;
        const key = `${value.kind} ${path}`;
        contents.set(key, [...(contents.get(key) ?? []), `${position}/${row} ${describe(value)}`]);
      }
    }
  });
  return sorted(contents);
}

export function contentsOfSegment(segment: SegmentReader): Contents {
  const contents: Contents = new Map();
  segment.groups.forEach((_, group) => {
    const places = placesOf(segment, group);
    for (const { name, path, kind } of segment.columns) {
      if (kind === 'raw') continue;
      const key = `${kind} ${path}`;
      const found = contents.get(key) ?? [];
      eachValue(segment.columnOf(group, name), (row, value) => {
        const text =
          kind === 'list'
            ? describeJson(parseJson(String(value)))
            : describe({ kind, value: kind === 'boolean' ? value === 1 : value } as BatchValue);
        found.push(`${places[row]} ${text}`);
      });
      contents.set(key, found);
    }
  });
  return sorted(contents);
}

/** `position/row` of each row of a group. */
export function placesOf(segment: SegmentReader, group: number): string[] {
  const positions = segment.columnOf(group, 'weir.position').values;
  const rows = segment.columnOf(group, 'weir.row').values;
  if (positions instanceof Texts || rows instanceof Texts) throw new Error('places are no numbers');
  return Array.from(positions as BigInt64Array, (position, i) => `${position}/${rows[i]}`);
}

/** Calls with each row that has a value; texts as strings. */
export function eachValue(
  { rows, present, values, codes }: ColumnChunk,
  take: (row: number, value: string | number | bigint) => void,
): void {
  for (let row = 0; row < rows; row++) {
    const index = present.indexOf(row);
    if (index < 0) continue;
    const at = codes === null ? index : codes[index];
    take(row, values instanceof Texts ? Buffer.from(values.at(at)).toString('utf8') : values[at]);
  }
}

function sorted(contents: Contents): Contents {
  return new Map([...contents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => [key, values.sort()]));
}
