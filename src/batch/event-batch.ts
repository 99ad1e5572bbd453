/**
 * A batch of events in one buffer: the same bytes in memory, between threads, in the journal, on the wire and in Kafka.
 *
 * Values and keys are the raw tokens of their lines: escapes, digits and bytes as they came. So an event is rebuilt byte for
 * byte but for white space between tokens (kept inside arrays of scalars): big integers, `\u0000`, lone surrogates,
 * invalid UTF-8 and duplicate keys included, and an original beside it (`_raw`) is needed only where an event was made
 * from something other than JSON. What a token is worth (int64, exact double, text) is decided when it is read.
 */
import { sha256 } from '../base/index.ts';
import {
  COLUMNS_MAX,
  damaged,
  ENTRIES_MAX,
  FrameReader,
  FrameWriter,
  KEY_BYTES_MAX,
  NODES_MAX,
  PATH_BYTES_MAX,
  ROW_BYTES_MAX,
  VALUES_MAX,
} from './frame.ts';
import { type BatchHeader, openHead } from './head.ts';
import { STRING } from './kernel.ts';
import { ARRAY, CLOSE, FIRST_KEY, ITEM, OBJECT, type RawColumn, readShape, type Shape } from './shape-tokens.ts';
import { decodeToken } from './token.ts';
import { isStringText, isToken } from './token-check.ts';
import { type BatchValue, type ColumnKind, tokenValue } from './value.ts';

/** The values of one kind of one column; the store has a column for each. */
export interface TypedColumn {
  readonly path: string;
  readonly kind: ColumnKind;
  /** Row of each value, ascending; a row may have several (arrays of objects). */
  readonly rows: readonly number[];
  /** Index in `dictionary` of each value. */
  readonly codes: readonly number[];
  readonly dictionary: readonly BatchValue[];
}

interface Dictionary {
  readonly kinds: Uint8Array;
  /** Where each entry's token starts, and where the last ends. */
  readonly starts: Uint32Array;
  readonly values: (BatchValue | undefined)[];
}

/** Where a value of a typed column went. */
interface Place {
  readonly typed: { rows: number[]; codes: number[] };
  readonly code: number;
}

const NO_SLOTS: readonly number[] = [];
const KINDS: readonly ColumnKind[] = ['string', 'integer', 'float', 'boolean', 'null', 'list'];
const BRACES = { open: 0x7b, close: 0x7d, openArray: 0x5b, closeArray: 0x5d, comma: 0x2c, colon: 0x3a, quote: 0x22 };

export class EventBatch {
  readonly header: BatchHeader;
  /** The frame itself. */
  readonly buffer: ArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #columns: readonly RawColumn[];
  readonly #shapes: readonly Shape[];
  readonly #rowShapes: Uint16Array;
  readonly #dictionaries: readonly Dictionary[];
  /** Codes of all values, row by row, and where each row's start. */
  readonly #codes: Uint16Array;
  readonly #firsts: Uint32Array;
  #byPath: Map<string, number[]> | null = null;
  /** Of each column pairs of shape and slot. */
  #byColumn: Map<number, number[]> | null = null;

  /** @throws WeirError `batch.damaged`, `batch.version` */
  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    const { header, end } = openHead(this.#bytes);
    this.header = header;
    const { rows } = header;
    const reader = new FrameReader(this.#bytes, end);
    this.#columns = readColumns(reader);
    this.#shapes = readShapes(reader, this.#columns, rows);
    this.#rowShapes = reader.codes(rows, this.#shapes.length, 'shapes of rows');
    this.#firsts = new Uint32Array(rows + 1);
    const counts = new Uint32Array(this.#columns.length);
    for (let row = 0; row < rows; row++) {
      const { columns } = this.#shapes[this.#rowShapes[row]];
      const next = this.#firsts[row] + columns.length;
      if (next > VALUES_MAX) throw damaged(`it has more than ${VALUES_MAX} values`);
      this.#firsts[row + 1] = next;
      for (const column of columns) counts[column]++;
    }
    const dictionaries: Dictionary[] = [];
    let entries = 0;
    const codes: Uint16Array[] = [new Uint16Array()];
    for (let column = 1; column < this.#columns.length; column++) {
      const [dictionary, own] = readDictionary(reader, counts[column], ENTRIES_MAX - entries);
      entries += dictionary.kinds.length;
      dictionaries[column] = dictionary;
      codes.push(own);
    }
    if (reader.at !== this.#bytes.length) throw damaged('something follows its last column');
    this.#dictionaries = dictionaries;
    this.#codes = new Uint16Array(this.#firsts[rows]);
    const used = new Uint32Array(this.#columns.length);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const { columns, textBytes } = this.#shapes[this.#rowShapes[row]];
      let size = textBytes;
      for (const column of columns) {
        const code = codes[column][used[column]++];
        const { starts } = dictionaries[column];
        this.#codes[at++] = code;
        size += starts[code + 1] - starts[code];
      }
      if (size > ROW_BYTES_MAX) throw damaged(`row ${row} takes more than ${ROW_BYTES_MAX} bytes`);
    }
  }

  get rows(): number {
    return this.header.rows;
  }

  /** SHA-256 of the frame, hexadecimal. */
  get hash(): string {
    return sha256(this.#bytes);
  }

  /** Paths of all columns that hold values, in order of appearance. */
  get paths(): readonly string[] {
    return [...this.#index().keys()];
  }

  /** The event of a row as compact JSON, its tokens' bytes as they came. */
  rowText(row: number): Uint8Array {
    this.#checkRow(row);
    const out = new FrameWriter(4096);
    this.#writeRow(out, row);
    return out.bytes();
  }

  /** The events of all rows in order, each as a view that is good until `take` returns. */
  eachRowText(take: (text: Uint8Array) => void): void {
    const out = new FrameWriter(4096);
    for (let row = 0; row < this.rows; row++) {
      out.length = 0;
      this.#writeRow(out, row);
      take(out.bytes());
    }
  }

  #writeRow(out: FrameWriter, row: number): void {
    const { tokens, columns } = this.#shapes[this.#rowShapes[row]];
    out.byte(BRACES.open);
    const closers: number[] = [BRACES.close];
    let value = this.#firsts[row];
    let slot = 0;
    let first = true;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      if (token === CLOSE) {
        out.byte(closers.pop() ?? 0);
        first = false;
        continue;
      }
      const afterKey = i > 0 && tokens[i - 1] >= FIRST_KEY;
      const opens = token === OBJECT || token === ARRAY;
      if (!first && !(opens && afterKey)) out.byte(BRACES.comma);
      first = opens;
      if (opens) {
        out.byte(token === OBJECT ? BRACES.open : BRACES.openArray);
        closers.push(token === OBJECT ? BRACES.close : BRACES.closeArray);
        continue;
      }
      if (token >= FIRST_KEY) {
        out.byte(BRACES.quote);
        const { key } = this.#columns[token - FIRST_KEY + 1];
        out.copy(key, 0, key.length);
        out.byte(BRACES.quote);
        out.byte(BRACES.colon);
        const next = tokens[i + 1];
        if (next === OBJECT || next === ARRAY) continue;
      }
      this.#putToken(out, columns[slot++], this.#codes[value++]);
    }
    out.byte(closers[0]);
  }

  /** Values of a path with their rows, in order of rows; of duplicate keys only the last. */
  *values(path: string): Iterable<{ readonly row: number; readonly value: BatchValue }> {
    const slots = this.#slots(path);
    if (slots === null) return;
    for (let row = 0; row < this.rows; row++) {
      const shape = this.#rowShapes[row];
      for (const slot of slots[shape] ?? NO_SLOTS) {
        const code = this.#codes[this.#firsts[row] + slot];
        yield { row, value: this.#value(this.#shapes[shape].columns[slot], code) };
      }
    }
  }

  /** Every distinct value of a path, those of earlier duplicates of a key among them; cheaper than its columns. */
  distinct(path: string): readonly BatchValue[] {
    return (this.#index().get(path) ?? []).flatMap((column) =>
      Array.from(this.#dictionaries[column].kinds, (_, code) => this.#value(column, code)),
    );
  }

  /** The columns of a path, one a kind that its values have. */
  column(path: string): readonly TypedColumn[] {
    const slots = this.#slots(path);
    if (slots === null) return [];
    const found = new Map<ColumnKind, { rows: number[]; codes: number[]; dictionary: BatchValue[] }>();
    /** Of each raw column, where its values went: null until one is met. */
    const places = new Map<number, (Place | null)[]>();
    // Equal values of one raw column are one object, and so is null of all of them.
    const numbers = new Map<BatchValue, number>();
    const place = (value: BatchValue): Place => {
      let typed = found.get(value.kind);
      if (typed === undefined) {
        typed = { rows: [], codes: [], dictionary: [] };
        found.set(value.kind, typed);
      }
      let code = numbers.get(value);
      if (code === undefined) {
        code = typed.dictionary.push(value) - 1;
        numbers.set(value, code);
      }
      return { typed, code };
    };
    for (const column of this.#index().get(path) ?? []) {
      places.set(column, new Array(this.#dictionaries[column].kinds.length).fill(null));
    }
    for (let row = 0; row < this.rows; row++) {
      const shape = this.#rowShapes[row];
      const own = slots[shape];
      if (own === undefined) continue;
      const { columns } = this.#shapes[shape];
      for (const slot of own) {
        const column = columns[slot];
        const known = places.get(column) ?? [];
        const raw = this.#codes[this.#firsts[row] + slot];
        const at = known[raw] ?? place(this.#value(column, raw));
        known[raw] = at;
        const { typed, code } = at;
        typed.rows.push(row);
        typed.codes.push(code);
      }
    }
    return KINDS.flatMap((kind) => {
      const typed = found.get(kind);
      return typed === undefined ? [] : [{ path, kind, ...typed }];
    });
  }

  /** Of each shape that has a path, its slots that count there; null where none has. */
  #slots(path: string): (readonly number[] | undefined)[] | null {
    const columns = this.#index().get(path);
    if (columns === undefined) return null;
    if (this.#byColumn === null) {
      this.#byColumn = new Map();
      for (const [shape, { columns: own, counts }] of this.#shapes.entries()) {
        for (let slot = 0; slot < own.length; slot++) {
          if (!counts[slot]) continue;
          const known = this.#byColumn.get(own[slot]);
          if (known === undefined) this.#byColumn.set(own[slot], [shape, slot]);
          else known.push(shape, slot);
        }
      }
    }
    const slots: number[][] = new Array(this.#shapes.length);
    for (const column of columns) {
      const pairs = this.#byColumn.get(column) ?? [];
      for (let i = 0; i < pairs.length; i += 2) {
        const own = slots[pairs[i]] ?? [];
        own.push(pairs[i + 1]);
        slots[pairs[i]] = own;
      }
    }
    if (columns.length > 1) for (const own of slots) own?.sort((a, b) => a - b);
    return slots;
  }

  #checkRow(row: number): void {
    if (!(Number.isInteger(row) && row >= 0 && row < this.rows))
      throw new RangeError(`no row ${row} among ${this.rows}`);
  }

  #index(): Map<string, number[]> {
    if (this.#byPath === null) {
      this.#byPath = new Map();
      const used = new Set(this.#shapes.flatMap((shape) => shape.columns.filter((_, slot) => shape.counts[slot])));
      for (const column of [...used].sort((a, b) => a - b)) {
        const { path } = this.#columns[column];
        const known = this.#byPath.get(path);
        if (known === undefined) this.#byPath.set(path, [column]);
        else known.push(column);
      }
    }
    return this.#byPath;
  }

  #putToken(out: FrameWriter, column: number, code: number): void {
    const { kinds, starts } = this.#dictionaries[column];
    const quoted = kinds[code] === STRING;
    if (quoted) out.byte(BRACES.quote);
    out.copy(this.#bytes, starts[code], starts[code + 1] - starts[code]);
    if (quoted) out.byte(BRACES.quote);
  }

  #value(column: number, code: number): BatchValue {
    const { kinds, starts, values } = this.#dictionaries[column];
    let value = values[code];
    if (value === undefined) {
      value = tokenValue(kinds[code], this.#bytes, starts[code], starts[code + 1] - starts[code]);
      values[code] = value;
    }
    return value;
  }
}

/** Reads a frame from anywhere: every number in it is checked before it is used, and every token is a token. */
export function openBatch(buffer: ArrayBuffer): EventBatch {
  return new EventBatch(buffer);
}

const latin1 = new TextDecoder('latin1');

function readColumns(reader: FrameReader): RawColumn[] {
  const count = reader.varint(COLUMNS_MAX, 'the number of its columns');
  const columns: RawColumn[] = [{ parent: -1, key: new Uint8Array(), path: '' }];
  const pathBytes = [0];
  let total = 0;
  let keyBytes = 0;
  const known = new Set<string>();
  for (let i = 1; i <= count; i++) {
    const parent = reader.varint(i - 1, 'the parent of a column');
    const length = reader.varint(reader.bytes.length, 'the length of a key');
    const from = reader.skip(length, 'keys');
    if (!isStringText(reader.bytes, from, from + length)) throw damaged('a key is no JSON string');
    pathBytes.push(pathBytes[parent] + length + 1);
    total += pathBytes[i];
    // The scanner stops there too: one long key with many below it must not fill memory.
    if (total > PATH_BYTES_MAX) throw damaged(`paths of columns take more than ${PATH_BYTES_MAX} bytes`);
    // As kernel/shapes.ts keeps them.
    if (keyBytes + length + 36 > KEY_BYTES_MAX) throw damaged(`its keys take more than ${KEY_BYTES_MAX} bytes`);
    keyBytes += (length + 19) & ~15;
    const identity = `${parent} ${latin1.decode(reader.bytes.subarray(from, from + length))}`;
    if (known.has(identity)) throw damaged('a column stands in it twice');
    known.add(identity);
    const key = decodeToken(true, reader.bytes, from, length).replaceAll('.', '\\.');
    const path = parent === 0 ? key : `${columns[parent].path}.${key}`;
    columns.push({ parent, key: reader.bytes.subarray(from, from + length), path });
  }
  return columns;
}

function readShapes(reader: FrameReader, columns: readonly RawColumn[], rows: number): Shape[] {
  const count = reader.varint(rows, 'the number of its shapes');
  const shapes: Shape[] = [];
  const nodes = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    // A token takes a byte at least, so what is allocated here was sent.
    const length = reader.varint(reader.bytes.length - reader.at, 'the length of a shape');
    const tokens: number[] = [];
    let node = 0;
    for (let k = 0; k < length; k++) {
      const token = reader.varint(ITEM + columns.length - 1, 'a token of a shape');
      tokens.push(token);
      const edge = node * 0x10000 + token;
      node = nodes.get(edge) ?? nodes.size + 1;
      nodes.set(edge, node);
      if (nodes.size > NODES_MAX) throw damaged(`its shapes have more than ${NODES_MAX} nodes`);
    }
    shapes.push(readShape(tokens, columns));
  }
  return shapes;
}

function readDictionary(reader: FrameReader, values: number, entriesMax: number): [Dictionary, Uint16Array] {
  const { bytes } = reader;
  const count = reader.varint(entriesMax, 'the size of a dictionary');
  const kinds = new Uint8Array(count);
  const starts = new Uint32Array(count + 1);
  if (count > 0) {
    const uniform = reader.byte('kinds of values');
    if (uniform !== 0) kinds.fill(uniform);
    else {
      const from = reader.skip(count, 'kinds of values');
      kinds.set(bytes.subarray(from, from + count));
    }
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += reader.varint(bytes.length, 'the length of a value');
      if (sum > bytes.length) throw damaged('values end behind it');
      starts[i + 1] = sum;
    }
  }
  const codes = reader.codes(values, count, 'codes of a column');
  const from = reader.skip(starts[count], 'values');
  for (let i = 0; i <= count; i++) starts[i] += from;
  for (let i = 0; i < count; i++) {
    if (!isToken(kinds[i], bytes, starts[i], starts[i + 1])) throw damaged('a value is no JSON token');
  }
  return [{ kinds, starts, values: [] }, codes];
}
