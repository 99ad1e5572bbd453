/** Where the rows of a row group stand in the journal, and when they were: weir's own columns, read when first asked for. */
import type { ColumnChunk, SegmentReader } from '../../store/index.ts';

/** Microseconds since 1970, both counted. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** Microseconds beyond which, either way, a span has no end. */
export const ENDLESS = 2n ** 62n;

/** Position in the journal, and row in the frame there. */
export interface Place {
  readonly position: number;
  readonly row: number;
}

export const comparePlaces = (a: Place, b: Place): number => a.position - b.position || a.row - b.row;

export class GroupPlaces {
  readonly #segment: SegmentReader;
  readonly #group: number;
  readonly #columns = new Map<string, { readonly chunk: ColumnChunk; readonly words: Int32Array | null }>();

  constructor(segment: SegmentReader, group: number) {
    this.#segment = segment;
    this.#group = group;
  }

  placeOf(row: number): Place {
    return { position: this.#number('weir.position', row) ?? 0, row: this.#number('weir.row', row) ?? 0 };
  }

  /** The event's own time, Unix milliseconds; null: it has none. */
  timeOf(row: number): number | null {
    const micros = this.#number('weir.time', row);
    return micros === null ? null : micros / 1000;
  }

  /** Unix milliseconds. */
  receivedAt(row: number): number {
    return (this.#number('weir.received', row) ?? 0) / 1000;
  }

  /** The greatest of all places. */
  last(): Place {
    let last: Place = { position: -1, row: -1 };
    const { rows } = this.#column('weir.position').chunk;
    for (let row = 0; row < rows; row++) {
      const position = this.#number('weir.position', row) ?? 0;
      if (position < last.position) continue;
      const place = this.placeOf(row);
      if (comparePlaces(place, last) > 0) last = place;
    }
    return last;
  }

  /** Which rows are of a time, a byte each; null: all of them. */
  within({ from, to }: Span): Uint8Array | null {
    if (this.#allWithin(from, to)) return null;
    const { rows } = this.#column('weir.received').chunk;
    const marks = new Uint8Array(rows);
    const [least, most] = [Number(from), Number(to)];
    for (let row = 0; row < rows; row++) {
      const at = this.#number('weir.time', row) ?? this.#number('weir.received', row) ?? 0;
      if (at >= least && at <= most) marks[row] = 1;
    }
    return marks;
  }

  /** Whether what the file says of its columns is enough to know that. */
  #allWithin(from: bigint, to: bigint): boolean {
    const time = this.#segment.statistics(this.#group, 'weir.time');
    const received = this.#segment.statistics(this.#group, 'weir.received');
    const inside = ({ min, max }: typeof time): boolean =>
      typeof min === 'bigint' && typeof max === 'bigint' && min >= from && max <= to;
    if (time.values > 0 && !inside(time)) return false;
    return time.values === time.rows || inside(received);
  }

  #column(name: string) {
    let column = this.#columns.get(name);
    if (column === undefined) {
      const chunk = this.#segment.columnOf(this.#group, name);
      const { values } = chunk;
      // As pairs of 32 bits: a BigInt takes memory each.
      const words =
        values instanceof BigInt64Array ? new Int32Array(values.buffer, values.byteOffset, values.length * 2) : null;
      column = { chunk, words };
      this.#columns.set(name, column);
    }
    return column;
  }

  #number(name: string, row: number): number | null {
    const { chunk, words } = this.#column(name);
    const index = chunk.present.indexOf(row);
    if (index < 0) return null;
    const at = chunk.codes === null ? index : chunk.codes[index];
    if (words !== null) return words[at * 2 + 1] * 2 ** 32 + (words[at * 2] >>> 0);
    return (chunk.values as Int32Array)[at];
  }
}
