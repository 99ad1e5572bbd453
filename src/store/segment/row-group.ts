/**
 * Rows of many frames as columns with one dictionary each, ready to be written as a row group. The work for each value is the
 * kernel's (kernel/gather.ts); here is what happens once per column, per shape, and for what is not plain.
 */
import { isUtf8 } from 'node:buffer';
import {
  ColumnPaths,
  columnsOf,
  type GatherHost,
  GROUP_KINDS,
  type Kernel,
  LIST,
  STRING,
  tokenValue,
} from '../../batch/index.ts';
import { digestOf, shapeText } from './digest.ts';
import { ELEMENT_LETTER, LETTERS, RAW_SHAPE, type Skeleton, skeletonOf } from './skeleton.ts';

export interface GroupColumn {
  /** Dotted; null: events that stand there whole. */
  readonly path: string | null;
  /** One of `GROUP_KINDS`, without `odd`. */
  readonly kind: number;
}

export interface GroupShape {
  readonly text: string;
  /** Source type of its rows; null: none that is known. */
  readonly type: string | null;
  /** Columns of the codes of its rows, in order; -1: that code is none's. */
  readonly columns: readonly number[];
}

/** Most that one group holds; the row that goes beyond it is its last. */
export interface GroupSize {
  /** Bytes of distinct tokens. */
  readonly bytes: number;
  readonly rows: number;
}

/** How much stored rows add at most. */
export interface StoredSize {
  readonly rows: number;
  readonly values: number;
  readonly entries: number;
  /** Of distinct tokens. */
  readonly bytes: number;
  readonly columns: number;
  readonly shapes: number;
}

/** What one row may add to a group that was not full: twice the values it has, where all are spelt oddly. */
const ROW_VALUES = 0x80000 * 2;
/** A row of 32 MB, each byte of which is no UTF-8 and takes three, and once more as it was written. */
const ROW_BYTES = 192 << 20;
const KINDS_BYTES = 4 << 20;
/** Columns and shapes there is room for; from the lower numbers on no further row is begun. What is kept when a group is cleared fits beside as many. */
const COLUMNS = 1 << 20;
const COLUMNS_SOFT = 1 << 17;
const SHAPES = 1 << 17;
const SHAPES_SOFT = 1 << 16;
const SHAPE_WORDS = 4;
/** What is kept when a group is cleared. Where names never repeat it would never be of use again. */
const COLUMNS_KEPT = 1 << 13;
const SHAPES_KEPT = 1 << 12;
const SHAPE_LETTERS_KEPT = 8 << 20;

export class RowGroup implements GatherHost {
  readonly kernel: Kernel;
  readonly columns: GroupColumn[] = [];
  readonly shapes: GroupShape[] = [];
  readonly #size: GroupSize;
  readonly #entriesMax: number;
  readonly #valuesMax: number;
  readonly #paths: ColumnPaths;
  readonly #byKey = new Map<string, number>();
  readonly #byText = new Map<string, number>();
  readonly #skeletons = new Map<number, Skeleton>();
  /** Column for a kind of values of a column of the kernel. */
  readonly #typed = new Map<number, number>();
  /** Of names of columns and, by number, of shapes: they come again with every group. */
  readonly #digests = new Map<string, bigint>();
  readonly #shapeDigests: (bigint | undefined)[] = [];
  /** Letters of the shapes' texts. */
  #shapeLetters = 0;
  readonly #kindsAt: number;
  #kindsUsed = 0;
  #frame = 0;
  #typeOf: (node: number) => string | null = () => null;
  #open = 0;

  constructor(kernel: Kernel, size: GroupSize) {
    this.kernel = kernel;
    this.#size = size;
    this.#paths = new ColumnPaths(kernel);
    this.#entriesMax = size.rows * 16;
    this.#valuesMax = size.rows * 128;
    const group = kernel.group;
    const bytes = size.bytes + ROW_BYTES;
    const rows = size.rows + 1;
    const entries = this.#entriesMax + ROW_VALUES;
    const pageBytes = bytes + entries * 4;
    group.boundGather(size.bytes, this.#entriesMax, size.rows, this.#valuesMax);
    const ok =
      group.initGather(bytes, entries, rows, this.#valuesMax + ROW_VALUES, COLUMNS, SHAPES) &&
      group.initGroup(rows, SHAPES, pageBytes, this.#valuesMax + ROW_VALUES) &&
      group.initOwn(rows, rows) &&
      group.initDigest(rows, entries) &&
      group.initTerms();
    this.#kindsAt = kernel.alloc(KINDS_BYTES + ROW_VALUES);
    if (!ok) throw new Error('the kernel cannot have memory for a row group');
    kernel.refresh();
    kernel.gathering = this;
  }

  get rows(): number {
    return this.kernel.group.gatherRowCount.value;
  }

  /** Bytes of distinct tokens so far. */
  get bytes(): number {
    return this.kernel.group.gatherBytes.value;
  }

  /** It is to be written, and `clear`ed. */
  get isFull(): boolean {
    return this.rows >= this.#size.rows || this.bytes >= this.#size.bytes;
  }

  /**
   * Adds all rows of the frame that the kernel has open.
   * @param received Unix milliseconds · @param timeOf a row's own time in Unix milliseconds, null where it has none
   * @param typeOf the source type of rows with a node of the kernel's trie; null: none that is known
   * @param write writes the group and clears it: there was no room for all rows
   */
  add(
    position: number,
    received: number,
    timeOf: (row: number) => number | null,
    typeOf: (node: number) => string | null,
    write: () => void,
  ): void {
    this.#typeOf = typeOf;
    const { kernel } = this;
    const { group } = kernel;
    const rows = kernel.get('rowCount');
    const floats = new Float64Array(kernel.bytes.buffer);
    const times = group.gatherTimes.value >>> 3;
    for (let row = 0; row < rows; row++) {
      const time = timeOf(row);
      floats[times + row] = time === null ? Number.NaN : Math.round(time * 1000);
    }
    this.#open = this.frame(position, received * 1000);
    for (let row = group.gather(this.#open, 0); row < rows; row = group.gather(this.#open, row)) {
      write();
      if (this.rows > 0) throw new Error('a row group that was written still holds its rows');
      this.#open = this.frame(position, received * 1000);
    }
  }

  /** Whether stored rows of this size may be added; to a group that was cleared what was a group always may. */
  fits(more: StoredSize): boolean {
    const { gatherEntryCount, gatherCodeCount } = this.kernel.group;
    return (
      this.rows + more.rows <= this.#size.rows &&
      this.bytes + more.bytes <= this.#size.bytes &&
      this.columns.length + more.columns <= COLUMNS_SOFT &&
      this.shapes.length + more.shapes <= SHAPES_SOFT &&
      gatherEntryCount.value + more.entries <= this.#entriesMax &&
      gatherCodeCount.value + more.values <= this.#valuesMax &&
      this.#frame + more.rows <= this.#size.rows
    );
  }

  /** Number of the frame at a position, received at a time (microseconds). */
  frame(position: number, received: number): number {
    const floats = new Float64Array(this.kernel.bytes.buffer);
    const at = (this.kernel.group.frames.value >>> 3) + this.#frame * 2;
    floats[at] = position;
    floats[at + 1] = received;
    return this.#frame++;
  }

  /**
   * The shape of stored rows that have values in these columns.
   * @returns its number, and for each column the place of its code in a row
   */
  storedShape(
    text: string,
    type: string | null,
    columns: readonly number[],
  ): { readonly shape: number; readonly places: readonly number[] } {
    const own = text === RAW_SHAPE ? `${RAW_SHAPE}${columns.toSorted((a, b) => a - b).join()}` : text;
    const key = keyOf(own, type);
    const shape = this.#byText.get(key) ?? this.#newShape(key, text, type, columns);
    const known = this.shapes[shape].columns;
    return { shape, places: columns.map((column) => known.indexOf(column)) };
  }

  /** Numbers of the shapes that have rows: of a source with few events a small part of those that are known. */
  shapesInUse(): number[] {
    const { words, group } = this.kernel;
    const used: number[] = [];
    let at = (group.gatherShapes.value >>> 2) + 3;
    for (let shape = 0; shape < this.shapes.length; shape++, at += SHAPE_WORDS) if (words[at] > 0) used.push(shape);
    return used;
  }

  /** Forgets the rows; columns and shapes are kept, unless there are many. */
  clear(): void {
    const { group } = this.kernel;
    group.clearGather(this.columns.length, this.shapes.length);
    this.#frame = 0;
    if (
      this.columns.length < COLUMNS_KEPT &&
      this.shapes.length < SHAPES_KEPT &&
      this.#shapeLetters < SHAPE_LETTERS_KEPT &&
      this.#kindsUsed < KINDS_BYTES >> 1
    )
      return;
    this.columns.length = 0;
    this.shapes.length = 0;
    this.#kindsUsed = 0;
    this.#shapeLetters = 0;
    this.#byKey.clear();
    this.#byText.clear();
    this.#digests.clear();
    this.#shapeDigests.length = 0;
    this.shapesReset();
  }

  /** What stands for the name of a column in the multiset hash. Not to be called while rows are gathered. */
  digestOf(column: string): bigint {
    let digest = this.#digests.get(column);
    if (digest === undefined) {
      digest = digestOf(this.kernel, Buffer.from(column));
      this.#digests.set(column, digest);
    }
    return digest;
  }

  /** The same of a shape with its type, by its number. */
  digestOfShape(shape: number): bigint {
    let digest = this.#shapeDigests[shape];
    if (digest === undefined) {
      const { text, type } = this.shapes[shape];
      digest = digestOf(this.kernel, Buffer.from(shapeText(text, type)));
      this.#shapeDigests[shape] = digest;
    }
    return digest;
  }

  shapesReset(): void {
    this.#paths.clear();
    this.#skeletons.clear();
    this.#typed.clear();
    this.kernel.group.forgetGather();
  }

  column(column: number, kind: number): number {
    const key = column * 8 + kind;
    const known = this.#typed.get(key);
    if (known !== undefined) return known;
    const made = this.columnOf(this.#paths.pathOf(column), kind);
    this.#typed.set(key, made);
    return made;
  }

  /** Number of a column; `path` null: of events that stand there whole. */
  columnOf(path: string | null, kind: number): number {
    const key = path === null ? 'whole' : `${kind}${path}`;
    let number = this.#byKey.get(key);
    if (number === undefined) {
      number = this.columns.push({ path, kind }) - 1;
      this.#byKey.set(key, number);
      if (this.columns.length > COLUMNS_SOFT) this.kernel.group.stopGather();
      this.kernel.words[(this.kernel.group.gatherColumns.value >>> 2) + number * 8] = kind;
    }
    return number;
  }

  node(node: number): number {
    const skeleton = this.#skeletonOf(node);
    const { slots } = columnsOf(this.kernel, node, this.#paths);
    const paths = new Set(slots.map(({ path }) => path));
    return skeleton.isText && slots.length === skeleton.columns.length && paths.size === slots.length ? 1 : 2;
  }

  #skeletonOf(node: number): Skeleton {
    let known = this.#skeletons.get(node);
    if (known === undefined) {
      known = skeletonOf(this.kernel, node);
      this.#skeletons.set(node, known);
    }
    return known;
  }

  shape(node: number, kindsAt: number, slots: number): number {
    const { pieces, columns } = this.#skeletonOf(node);
    const kinds = this.kernel.bytes.slice(kindsAt, kindsAt + slots);
    let text = pieces[0];
    for (let k = 0; k < slots; k++) text += LETTERS[kinds[k]] + pieces[k + 1];
    const type = this.#typeOf(node);
    const key = keyOf(text, type);
    let number = this.#byText.get(key);
    const { words, group } = this.kernel;
    if (number === undefined) {
      const own: number[] = [];
      const tokens: number[] = [];
      for (let k = 0; k < slots; k++) {
        const kind = kinds[k] & 15;
        own.push(kind === GROUP_KINDS.null ? -1 : this.column(columns[k], kind));
        if (kinds[k] & GROUP_KINDS.odd) tokens.push(this.column(columns[k], GROUP_KINDS.raw));
      }
      number = this.#newShape(key, text, type, [...own, ...tokens]);
      const at = this.#kindsAt + this.#kindsUsed;
      this.kernel.bytes.set(kinds, at);
      this.#kindsUsed += (slots + 31) & ~15;
      if (this.#kindsUsed > KINDS_BYTES) this.kernel.group.stopGather();
      words[(group.gatherShapes.value >>> 2) + number * SHAPE_WORDS + 1] = at;
    }
    words[(group.gatherShapes.value >>> 2) + number * SHAPE_WORDS] = node;
    return number;
  }

  #newShape(key: string, text: string, type: string | null, columns: readonly number[]): number {
    const number = this.shapes.push({ text, type, columns }) - 1;
    this.#shapeLetters += text.length;
    this.#byText.set(key, number);
    if (this.shapes.length >= SHAPES_SOFT) this.kernel.group.stopGather();
    const at = (this.kernel.group.gatherShapes.value >>> 2) + number * SHAPE_WORDS;
    this.kernel.words.fill(0, at, at + SHAPE_WORDS);
    this.kernel.words[at + 2] = columns.length;
    return number;
  }

  /** A value spelt in one of many ways, or a number that is no small integer. */
  value(entry: number): void {
    const { words, bytes, group, entriesAt } = this.kernel;
    const w = entriesAt + entry * 8;
    const kind = words[w + 2] & 0xff;
    const [at, length, column] = [words[w], words[w + 1], words[w + 3]];
    // A copy: what is made below may need more memory, which moves.
    const token = Buffer.from(bytes.slice(at, at + length).buffer);
    const value = tokenValue(kind, bytes, at, length);
    let canonical: string;
    if (kind === LIST) canonical = token.toString('utf8');
    else if (value.kind === 'string') canonical = JSON.stringify(value.value).slice(1, -1);
    else if (value.kind === 'float') canonical = floatToken(value.value as number);
    else canonical = String(value.value);
    const text = Buffer.from(canonical, 'utf8');
    // A number that is kept as text would come back in quotes.
    const same = (kind === STRING || value.kind !== 'string') && text.equals(token) && !Object.is(value.value, -0);
    const code = this.#intern(this.column(column, GROUP_KINDS[value.kind]), text, value.kind === 'string');
    if (same) {
      group.setFound(entry, GROUP_KINDS[value.kind], code, 0);
      return;
    }
    const written = kind === STRING ? Buffer.concat([QUOTE, token, QUOTE]) : token;
    const raw = this.#intern(this.column(column, GROUP_KINDS.raw), written, false);
    group.setFound(entry, GROUP_KINDS[value.kind] + GROUP_KINDS.odd, code, raw);
  }

  #intern(column: number, text: Uint8Array, isString: boolean): number {
    const { kernel } = this;
    kernel.reserveScratch(text.length + 64);
    const at = kernel.get('scratch');
    kernel.bytes.set(text, at);
    return kernel.group.internBytes(column, at, text.length, isString && text.includes(0x5c) ? 1 : 0);
  }

  /** A row with duplicate keys, several values of a path, or keys that are no text. */
  row(row: number): void {
    const { kernel } = this;
    const { group } = kernel;
    const node = kernel.words[kernel.rowsAt + row * 4];
    const first = kernel.codesAt + kernel.words[kernel.rowsAt + row * 4 + 1];
    const skeleton = this.#skeletonOf(node);
    const { slots } = columnsOf(kernel, node, this.#paths);
    const entries = Array.from(skeleton.columns, (_, k) => kernel.words[first + k]);
    const byPath = Map.groupBy(slots, ({ path }) => path);
    const columns: number[] = [];
    const codes: number[] = [];
    const tokens: { column: number; code: number }[] = [];
    const letters: string[] = new Array(entries.length).fill('n');
    let whole = !skeleton.isText || slots.length < entries.length;
    for (const [path, own] of byPath) {
      if (own.length === 1) {
        const { position } = own[0];
        const entry = entries[position];
        const kind = group.takeValue(entry);
        letters[position] = LETTERS[kind];
        if (kind === GROUP_KINDS.null) continue;
        const column = kernel.words[kernel.entriesAt + entry * 8 + 3];
        columns.push(this.column(column, kind & 15));
        const found = (group.foundAt() >>> 2) + entry * 4;
        codes.push(kernel.words[found]);
        if (kind & GROUP_KINDS.odd) {
          tokens.push({ column: this.column(column, GROUP_KINDS.raw), code: kernel.words[found + 2] });
        }
        continue;
      }
      const parts: Buffer[] = [];
      for (const { position } of own) {
        letters[position] = ELEMENT_LETTER;
        parts.push(parts.length === 0 ? OPEN : COMMA, this.#token(entries[position]));
      }
      const list = Buffer.concat([...parts, CLOSE]);
      // What is no text could not stand in a column of texts.
      const isText = isUtf8(list);
      whole ||= !isText;
      columns.push(this.columnOf(path, GROUP_KINDS.list));
      codes.push(this.#intern(columns[columns.length - 1], isText ? list : Buffer.from(list.toString('utf8')), false));
    }
    let text: string = RAW_SHAPE;
    if (whole) {
      tokens.length = 0;
      const column = this.columnOf(null, GROUP_KINDS.raw);
      tokens.push({ column, code: this.#intern(column, kernel.line(row), false) });
    } else text = skeleton.pieces.reduce((before, piece, k) => before + letters[k - 1] + piece);
    const all = [...columns, ...tokens.map(({ column }) => column)];
    // Rows that are kept whole have columns of their own each.
    const type = this.#typeOf(node);
    const key = keyOf(whole ? `${RAW_SHAPE}${all.join()}` : text, type);
    const number = this.#byText.get(key) ?? this.#newShape(key, text, type, all);
    group.addRow(number, row, this.#open);
    for (const code of codes) group.addCode(code);
    for (const { code } of tokens) group.addCode(code);
  }

  /** Token of a value as written, quotes included. */
  #token(entry: number): Buffer {
    const { words, bytes, entriesAt } = this.kernel;
    const w = entriesAt + entry * 8;
    const token = Buffer.from(bytes.buffer, words[w], words[w + 1]);
    // A copy, either way.
    return (words[w + 2] & 0xff) === STRING ? Buffer.concat([QUOTE, token, QUOTE]) : Buffer.from(token);
  }
}

/** What a shape is known by: its text, and which type of source its rows are of. */
function keyOf(text: string, type: string | null): string {
  return type === null ? text : `${type} ${text}`;
}

/** A double as JSON has it; its zero has a sign. */
export function floatToken(value: number): string {
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
}

const QUOTE = Buffer.from('"');
const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');
