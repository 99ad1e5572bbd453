/** Events of a segment as they came: each the shape of its row with the values of its columns set in, byte for byte. */
import { limits } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import type { ColumnChunk, RowsWanted } from '../parquet/read.ts';
import { Texts } from '../parquet/read-texts.ts';
import type { SegmentKind } from './kinds.ts';
import { runOf, type SegmentReader, type ShapeRun } from './read.ts';
import { ELEMENT_LETTER, RAW_SHAPE } from './skeleton.ts';

/** From so many rows of a column on its pages are read whole: a cell takes a third of a page's time. */
const CELLS_MAX = 2;
/** Twice the longest line, as of frames: a damaged shape must not fill memory. */
const ROW_BYTES_MAX = 2 * limits.lineBytesMax;

/** Letters of shapes: in a column of which kind the value stands. A null stands nowhere. */
const KIND_OF_LETTER: Readonly<Record<string, SegmentKind | null>> = {
  s: 'string',
  i: 'integer',
  f: 'float',
  b: 'boolean',
  l: 'list',
  n: null,
  S: 'raw',
  I: 'raw',
  F: 'raw',
  L: 'raw',
  [ELEMENT_LETTER]: 'list',
};

interface Slot {
  readonly letter: string;
  /** Dotted. */
  readonly path: string;
}

/** A shape taken apart: the text around its values, and the values. */
export interface ShapeParts {
  /** One more than there are slots. */
  readonly pieces: readonly Uint8Array[];
  readonly slots: readonly Slot[];
}

/** @returns null where the text is no shape */
export function shapeParts(text: string): ShapeParts | null {
  const pieces: Uint8Array[] = [];
  const slots: Slot[] = [];
  /** Of each open level whose values they are and whether it is an array. */
  const paths: (string | null)[] = [];
  const arrays: boolean[] = [];
  let key: string | null = null;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    const isArray = arrays[arrays.length - 1];
    const path = isArray === true ? paths[paths.length - 1] : key;
    if (letter === '"') {
      const end = stringEnd(text, at + 1);
      const name = end < 0 || isArray !== false || text[end + 1] !== ':' ? null : keyOf(text.slice(at + 1, end));
      if (name === null) return null;
      const parent = paths[paths.length - 1];
      key = parent === null ? name : `${parent}.${name}`;
      at = end + 1;
    } else if (letter === '{' || letter === '[') {
      // The event itself is in nothing.
      if (path === null ? at > 0 || letter === '[' : at === 0) return null;
      paths.push(path);
      arrays.push(letter === '[');
      key = null;
    } else if (letter === '}' || letter === ']') {
      if (isArray !== (letter === ']')) return null;
      paths.pop();
      arrays.pop();
      if (arrays.length === 0 && at !== text.length - 1) return null;
    } else if (letter !== ',') {
      if (path === null || path === undefined || !Object.hasOwn(KIND_OF_LETTER, letter)) return null;
      pieces.push(Buffer.from(text.slice(from, at)));
      slots.push({ letter, path });
      from = at + 1;
      key = null;
    }
  }
  if (arrays.length > 0 || text.length === 0) return null;
  pieces.push(Buffer.from(text.slice(from)));
  return { pieces, slots };
}

function stringEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at < text.length ? at : -1;
}

function keyOf(token: string): string | null {
  try {
    const key = token.includes('\\') ? (JSON.parse(`"${token}"`) as string).toWellFormed() : token;
    return key.replaceAll('.', '\\.');
  } catch {
    return null;
  }
}

/** A slot with the column that has its values. */
interface Source {
  /** Code of its letter. */
  readonly letter: number;
  /** Physical; null of a null. */
  readonly name: string | null;
  /** Of an element: which of the row's lists it is from. */
  readonly list: number;
}

/** A column, or a page of it. */
interface Column {
  readonly chunk: ColumnChunk;
  /** Row of the group that is its first, and that behind its last. */
  readonly first: number;
  readonly end: number;
  /** Rows that nobody told of may be missing. */
  readonly isPart: boolean;
  /** Of integers: their values as pairs of 32 bits, since a BigInt takes memory each. */
  readonly words: Int32Array | null;
  /** Of texts that come again: whether they must be escaped; `UNKNOWN` until one comes first. Half of rebuilding was looking for that. */
  readonly escapes: Uint8Array | null;
}

const UNKNOWN = 0;
const PLAIN = 1;
const ESCAPED = 2;

interface Plan {
  readonly pieces: readonly Uint8Array[];
  readonly sources: readonly Source[];
  /** Lists that elements are taken from. */
  readonly lists: number;
}

const LETTER = { string: 0x73, integer: 0x69, float: 0x66, boolean: 0x62, element: 0x65 } as const;
const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const RAW: ShapeParts = { pieces: [new Uint8Array(), new Uint8Array()], slots: [{ letter: 'S', path: '' }] };

/**
 * Rebuilds the events of one row group. Columns are read when an event needs them first, and kept as long as it is: whole where all events are
 * wanted; of events that were told, the pages that have one of them; else page by page.
 */
export class Rebuilder {
  readonly #segment: SegmentReader;
  readonly #group: number;
  readonly #known: (name: string) => ColumnChunk | null;
  readonly #isWanted: RowsWanted | null;
  readonly #runs: readonly ShapeRun[];
  /** Physical names by kind and path. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #plans = new Map<string, Plan>();
  /** How often a part of a column was read. */
  readonly #asked = new Map<string, number>();
  readonly #columns = new Map<string, Column>();
  readonly #out: Output;
  /** Of the rows at hand the column of each value, and which of its values the first row has. */
  #from: (Column | null)[] = [];
  #firsts: number[] = [];
  /** Of each list of the row at hand where its next element is and where it ends; 0: it is not begun. */
  #listAt: Uint32Array = new Uint32Array();
  #listEnd: Uint32Array = new Uint32Array();

  /**
   * @param columnOf gives columns that somebody has read already; null: it has not
   * @param rows ascending, that `rowText` will be asked for and no others; null: any may be
   * @throws WeirError `store.damaged`, as its methods do
   */
  constructor(
    segment: SegmentReader,
    group: number,
    columnOf: (name: string) => ColumnChunk | null = () => null,
    rows: readonly number[] | null = null,
  ) {
    this.#isWanted = rows === null || rows.length <= CELLS_MAX ? null : (from, to) => hasBetween(rows, from, to);
    this.#segment = segment;
    this.#group = group;
    this.#known = columnOf;
    this.#runs = segment.shapes(group);
    this.#names = new Map(segment.columns.map(({ path, kind, name }) => [`${kind} ${path}`, name]));
    this.#out = new Output(() => this.#fail(`an event takes more than ${ROW_BYTES_MAX} bytes`));
  }

  get rows(): number {
    return this.#runs.at(-1)?.to ?? 0;
  }

  /** The event of a row of the group as JSON text; a copy. */
  rowText(row: number): Uint8Array {
    if (!(Number.isInteger(row) && row >= 0 && row < this.rows))
      throw new RangeError(`no row ${row} among ${this.rows}`);
    const plan = this.#planOf(runOf(this.#runs, row).shape);
    this.#begin(plan, row, row + 1, false);
    return this.#write(plan, 0).slice();
  }

  /** All events of the group in the order of the file, each as a view that is good until `take` returns. */
  eachRowText(take: (text: Uint8Array, row: number) => void): void {
    for (const { from, to, shape } of this.#runs) {
      const plan = this.#planOf(shape);
      this.#begin(plan, from, to, true);
      for (let row = from; row < to; row++) take(this.#write(plan, row - from), row);
    }
  }

  /** Finds the columns of rows of one shape, and where their values begin. */
  #begin(plan: Plan, from: number, to: number, whole: boolean): void {
    const { sources } = plan;
    this.#from = sources.map(({ name }) => (name === null ? null : this.#column(name, from, whole)));
    this.#firsts = this.#from.map((column, k) => {
      if (column === null) return 0;
      const { chunk, first } = column;
      const value = chunk.present.indexOf(from - first);
      // Rows of one shape have values of the same columns.
      if (value < 0 || chunk.present.indexOf(to - 1 - first) !== value + to - 1 - from)
        this.#fail(`rows ${from} to ${to - 1} should have a value in column ${sources[k].name}`);
      return value;
    });
    this.#listAt = new Uint32Array(plan.lists);
    this.#listEnd = new Uint32Array(plan.lists);
  }

  /** @param offset of the row behind the first of those at hand */
  #write({ pieces, sources, lists }: Plan, offset: number): Uint8Array {
    const out = this.#out;
    out.length = 0;
    this.#listAt.fill(0);
    for (let k = 0; k < sources.length; k++) {
      out.put(pieces[k], 0, pieces[k].length);
      const column = this.#from[k];
      if (column === null) out.put(NULL, 0, 4);
      else this.#value(sources[k], column, this.#firsts[k] + offset);
    }
    const last = pieces[sources.length];
    out.put(last, 0, last.length);
    for (let i = 0; i < lists; i++) {
      if (this.#listAt[i] !== this.#listEnd[i] + 1) this.#fail('a list has more elements than its event');
    }
    return out.bytes();
  }

  #planOf(shape: string): Plan {
    const known = this.#plans.get(shape);
    if (known !== undefined) return known;
    const parts = shape === RAW_SHAPE ? RAW : shapeParts(shape);
    if (parts === null) return this.#fail(`${JSON.stringify(shape.slice(0, 100))} is no shape`);
    const lists = new Map<string, number>();
    const sources = parts.slots.map(({ letter, path }): Source => {
      if (letter === ELEMENT_LETTER && !lists.has(path)) lists.set(path, lists.size);
      const kind = KIND_OF_LETTER[letter] ?? null;
      const name = parts === RAW ? 'weir.raw' : kind === null ? null : this.#names.get(`${kind} ${path}`);
      if (name === undefined)
        return this.#fail(`a shape has a value of ${path} as ${kind}, of which there is no column`);
      return {
        letter: letter.charCodeAt(0),
        name,
        list: lists.get(path) ?? -1,
      };
    });
    const plan = { pieces: parts.pieces, sources, lists: lists.size };
    this.#plans.set(shape, plan);
    return plan;
  }

  #column(name: string, row: number, whole: boolean): Column {
    const known = this.#columns.get(name);
    const rows = this.rows;
    if (
      known !== undefined &&
      (whole ? known.end - known.first === rows && !known.isPart : known.first <= row && row < known.end)
    )
      return known;
    const isWanted = whole ? null : this.#isWanted;
    const all = whole || isWanted !== null;
    // What somebody has read for the rows that were told may lack others.
    const given = whole && this.#isWanted !== null ? null : this.#known(name);
    const read = given ?? (all ? this.#segment.columnOf(this.#group, name, isWanted) : null);
    const { first, chunk } = read === null ? this.#partOf(name, row) : { first: 0, chunk: read };
    const { values } = chunk;
    const words =
      values instanceof BigInt64Array ? new Int32Array(values.buffer, values.byteOffset, values.length * 2) : null;
    const escapes = whole && chunk.codes !== null && values instanceof Texts ? new Uint8Array(values.length) : null;
    const column = { first, end: first + chunk.rows, isPart: isWanted !== null, chunk, words, escapes };
    this.#columns.set(name, column);
    return column;
  }

  /** What has the row's value: of a column that few rows are asked of, that alone. */
  #partOf(name: string, row: number): { readonly first: number; readonly chunk: ColumnChunk } {
    const asked = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, asked);
    if (asked > CELLS_MAX) return this.#segment.pageOf(this.#group, name, row);
    return { first: row, chunk: this.#segment.cellOf(this.#group, name, row) };
  }

  #value({ letter, list }: Source, { chunk, words, escapes }: Column, index: number): void {
    const { values, codes } = chunk;
    const at = codes === null ? index : codes[index];
    const out = this.#out;
    if (values instanceof Texts) {
      const { bytes, starts, ends } = values;
      if (letter === LETTER.string) {
        if (escapes !== null && escapes[at] === UNKNOWN)
          escapes[at] = specialIn(bytes, starts[at], ends[at]) === ends[at] ? PLAIN : ESCAPED;
        if (escapes !== null && escapes[at] === PLAIN) out.quoted(bytes, starts[at], ends[at]);
        else out.string(bytes, starts[at], ends[at]);
      } else if (letter === LETTER.element) this.#element(values, at, list);
      else out.put(bytes, starts[at], ends[at]);
    } else if (words !== null) out.integer(words[at * 2] >>> 0, words[at * 2 + 1]);
    else if (letter === LETTER.boolean) {
      const word = values[at] === 0 ? FALSE : TRUE;
      out.put(word, 0, word.length);
    } else out.ascii(String(values[at]));
  }

  /** The next element of a list: a scalar, or an array of scalars. */
  #element({ bytes, starts, ends }: Texts, at: number, list: number): void {
    const end = ends[at] - 1;
    const from = this.#listAt[list] === 0 ? starts[at] + 1 : this.#listAt[list];
    let to = from;
    let depth = 0;
    for (; to < end; to++) {
      const c = bytes[to];
      if (c === 0x22) {
        to++;
        while (to < end && bytes[to] !== 0x22) to += bytes[to] === 0x5c ? 2 : 1;
      } else if (c === 0x5b) depth++;
      else if (c === 0x5d) depth--;
      else if (c === 0x2c && depth === 0) break;
    }
    if (to > end || from >= to) this.#fail('a list has fewer elements than its event');
    this.#out.put(bytes, from, to);
    this.#listAt[list] = to + 1;
    this.#listEnd[list] = end;
  }

  #fail(why: string): never {
    throw storeError('store.damaged', `${this.#segment.name}: row group ${this.#group}: ${why}`);
  }
}

/** Whether one of ascending numbers lies from one to before another. */
function hasBetween(numbers: readonly number[], from: number, to: number): boolean {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] < from) low = middle + 1;
    else high = middle;
  }
  return low < numbers.length && numbers[low] < to;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Short escapes of bytes that have one; of the other bytes that are to be escaped ''. */
const ESCAPES: readonly string[] = Array.from({ length: 128 }, (_, byte) => {
  const text = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  return text.length === 2 ? text : '';
});
/** 1 for bytes that cannot stand in a JSON string as they are. */
const SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);

/** Where the first byte is that is to be escaped; `to`: there is none. */
function specialIn(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && SPECIAL[bytes[at]] === 0) at++;
  return at;
}

/** The text of one event. */
class Output {
  length = 0;
  #bytes = new Uint8Array(4096);
  readonly #tooLong: () => never;

  constructor(tooLong: () => never) {
    this.#tooLong = tooLong;
  }

  /** A view. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  put(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.#room(length);
    // Beyond some 48 bytes a call is cheaper than a loop.
    if (length > 48) this.#bytes.set(bytes.subarray(from, to), this.length);
    else for (let i = 0; i < length; i++) this.#bytes[this.length + i] = bytes[from + i];
    this.length += length;
  }

  /** A text in quotes in which nothing is to be escaped. */
  quoted(bytes: Uint8Array, from: number, to: number): void {
    this.#room(to - from + 2);
    this.#bytes[this.length++] = QUOTE;
    this.put(bytes, from, to);
    this.#bytes[this.length++] = QUOTE;
  }

  /** A text in quotes, escaped as JSON.stringify does. */
  string(bytes: Uint8Array, from: number, to: number): void {
    this.ascii('"');
    for (let at = from; at < to; ) {
      const special = specialIn(bytes, at, to);
      this.put(bytes, at, special);
      at = special + 1;
      if (special === to) break;
      const short = ESCAPES[bytes[special]];
      this.ascii(short === '' ? `\\u00${bytes[special].toString(16).padStart(2, '0')}` : short);
    }
    this.ascii('"');
  }

  integer(low: number, high: number): void {
    const value = high * 2 ** 32 + low;
    if (Number.isSafeInteger(value)) this.ascii(String(value));
    else this.ascii(String((BigInt(high) << 32n) | BigInt(low)));
  }

  ascii(text: string): void {
    this.#room(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.length++] = text.charCodeAt(i);
  }

  #room(length: number): void {
    const needed = this.length + length;
    if (needed <= this.#bytes.length) return;
    if (needed > ROW_BYTES_MAX) this.#tooLong();
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }
}
