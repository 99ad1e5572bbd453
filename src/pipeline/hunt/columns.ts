/** Columns of a row group in the kernel: their distinct values as entries, their codes as they stand. */
import type { Kernel } from '../../batch/index.ts';
import {
  type ColumnChunk,
  type Presence,
  type RowsWanted,
  type SegmentReader,
  type TextPages,
  Texts,
} from '../../store/index.ts';
import { KeptPages } from './kept-pages.ts';

/** A column whose values are entries. */
export interface LoadedColumn {
  readonly present: Presence;
  /** Entry of code 0. */
  readonly first: number;
  /** Of each row that has a value; null: values are their own codes. */
  readonly codes: Uint32Array | null;
  /** Where the codes stand in the kernel's memory; 0: nowhere. */
  readonly codesAt: number;
  /** As it was read; null: not all of it was. */
  readonly chunk: ColumnChunk | null;
}

/** A column that only keywords look at: entries of those values that may hold one. */
export interface SweptColumn {
  readonly present: Presence;
  /** Where the indices of those values stand in the kernel's memory, ascending, and how many there are. */
  readonly hotAt: number;
  readonly hot: number;
  /** Entry of the first of them. */
  readonly first: number;
}

interface Rows {
  readonly from: number;
  /** The row behind the last. */
  readonly to: number;
}

/** Rows of one shape, and matchers of the keywords that are searched for in them. */
interface KeywordRows extends Rows {
  readonly matchers: Set<number>;
}

/** The same of texts, from one to before another. */
interface KeywordPart {
  readonly from: number;
  readonly to: number;
  readonly matchers: Iterable<number>;
}

/** Of pages that are kept of one column: a row group of messages takes 40 to 60 MB. */
const KEPT_BYTES = 64 << 20;

/** There is no room for the values of a column. */
export class TooLarge extends Error {}

/** One row group's. */
export class HuntColumns {
  readonly #kernel: Kernel;
  readonly #segment: SegmentReader;
  readonly #group: number;
  readonly #loaded = new Map<string, LoadedColumn>();
  readonly #swept = new Map<string, SweptColumn | null | 'all'>();
  /** Columns that were read and of which nothing is an entry. */
  readonly #chunks = new Map<string, ColumnChunk>();
  /** Columns of texts that were searched. */
  readonly #kept = new Map<string, KeptPages>();
  /** By column: rows whose values are asked for, where that was told. */
  readonly #needed = new Map<string, Rows[]>();
  /** By column: rows in which keywords are searched for there. */
  readonly #keywords = new Map<string, KeywordRows[]>();

  constructor(kernel: Kernel, segment: SegmentReader, group: number) {
    this.#kernel = kernel;
    this.#segment = segment;
    this.#group = group;
  }

  /** Tells that values of rows from one to before another will be asked for: of a column that was told of, others may be missing. */
  neededFor(name: string, from: number, to: number): void {
    const known = this.#needed.get(name) ?? [];
    this.#needed.set(name, known);
    known.push({ from, to });
  }

  /** @throws TooLarge */
  column(name: string): LoadedColumn {
    let column = this.#loaded.get(name);
    if (column === undefined) {
      column = this.#load(name);
      this.#loaded.set(name, column);
    }
    return column;
  }

  /**
   * Tells that keywords are searched for in these columns of some rows from one to before another, all of one shape. Rows come in order; the same may come
   * again.
   */
  searchedFor(names: readonly string[], from: number, to: number, matcher: number): void {
    for (const name of names) {
      const known = this.#keywords.get(name) ?? [];
      this.#keywords.set(name, known);
      let last = known.at(-1);
      if (last?.from !== from) {
        last = { from, to, matchers: new Set() };
        known.push(last);
      }
      last.matchers.add(matcher);
    }
  }

  /**
   * A column for keywords alone: what no keyword is in makes no entries. Null: it has none.
   * @throws TooLarge
   */
  searched(name: string): LoadedColumn | SweptColumn | null {
    let swept = this.#swept.get(name);
    if (swept === undefined) {
      swept = this.#sweep(name);
      this.#swept.set(name, swept);
    }
    return swept === 'all' ? this.column(name) : swept;
  }

  /** 'all': every value is to be looked at. */
  #sweep(name: string): SweptColumn | null | 'all' {
    const searched = this.#keywords.get(name) ?? [];
    const kind = this.#segment.column(name)?.kind;
    if (kind === 'integer') {
      const mayHold = (matcher: number): boolean => this.#kernel.hunt.sweepIntegers(matcher) !== 0;
      return searched.some(({ matchers }) => [...matchers].some(mayHold)) ? 'all' : null;
    }
    if (kind !== 'string') return 'all';
    const kept = new KeptPages(KEPT_BYTES);
    const isWanted: RowsWanted = (from, to) => {
      const wanted = overlaps(searched, from, to);
      if (!wanted) kept.skip(from, to);
      return wanted;
    };
    const pages = this.#segment.textPagesOf(this.#group, name, isWanted);
    if (pages === null) return this.#sweepDictionary(name, searched) ? 'all' : null;
    // Of one that is loaded whole nothing needs to be unpacked again.
    if (this.#needed.has(name) && this.column(name).chunk !== null) return 'all';
    this.#kept.set(name, kept);
    return this.#sweepPages(pages, searched, kept);
  }

  /** Whether one of the values that those rows have may hold a keyword. */
  #sweepDictionary(name: string, searched: readonly KeywordRows[]): boolean {
    const values = this.chunkOf(name)?.values ?? this.#segment.dictionaryOf(this.#group, name);
    if (!(values instanceof Texts)) return true;
    const matchers = new Set(searched.flatMap((rows) => [...rows.matchers]));
    const hot = new Set(this.#hotOf(values, [{ from: 0, to: values.length, matchers }]));
    // Nearly always: then no code is looked at.
    if (hot.size === 0) return false;
    const chunk = this.chunkOf(name) ?? this.#segment.columnOf(this.#group, name);
    this.#chunks.set(name, chunk);
    const { codes, present } = chunk;
    return searched.some(({ from, to }) => {
      const at = present.indexOf(from);
      for (let i = at; i < at + to - from; i++) if (hot.has(codes?.[i] ?? i)) return true;
      return false;
    });
  }

  #sweepPages(pages: TextPages, searched: readonly KeywordRows[], kept: KeptPages): SweptColumn | null {
    const hot: number[] = [];
    const texts: Uint8Array[] = [];
    let at = 0;
    let next = pages.next();
    for (; next.done !== true; next = pages.next()) {
      const { texts: page, present } = next.value;
      kept.add(page);
      const parts = searched.flatMap(({ from, to, matchers }) => {
        const index = present.indexOf(from);
        const [first, end] = [Math.max(0, index - at), Math.min(page.length, index + to - from - at)];
        return index < 0 || first >= end ? [] : [{ from: first, to: end, matchers }];
      });
      for (const index of this.#hotOf(page, parts)) {
        hot.push(at + index);
        texts.push(page.at(index));
      }
      at += page.length;
    }
    kept.end(next.value);
    if (hot.length === 0) return null;
    const { entry } = this.#strings(Texts.of(texts));
    return { present: next.value, hotAt: this.#put(Uint32Array.from(hot)), hot: hot.length, first: entry };
  }

  /** Which texts may hold a keyword that is searched for in their part. */
  #hotOf({ bytes, starts, ends }: Texts, parts: readonly KeywordPart[]): number[] {
    const count = starts.length;
    if (parts.length === 0) return [];
    const { kernel, at: startsAt } = this.#scratch(count * 12 + bytes.length);
    const [endsAt, marksAt, room] = [startsAt + count * 4, startsAt + count * 8, startsAt + count * 12];
    kernel.words.set(starts, startsAt >>> 2);
    kernel.words.set(ends, endsAt >>> 2);
    kernel.bytes.fill(0, marksAt, marksAt + count);
    kernel.bytes.set(bytes, room);
    let found = 0;
    for (const { from, to, matchers } of parts) {
      const [starting, ending] = [startsAt + from * 4, endsAt + from * 4];
      for (const matcher of matchers)
        found += kernel.hunt.sweepTexts(room, starting, ending, to - from, matcher, marksAt + from);
    }
    if (found === 0) return [];
    const hot: number[] = [];
    for (let i = 0; i < count; i++) if (kernel.bytes[marksAt + i] !== 0) hot.push(i);
    return hot;
  }

  /** A column as it was read from the file; null: it was not. */
  chunkOf(name: string): ColumnChunk | null {
    return this.#loaded.get(name)?.chunk ?? this.#chunks.get(name) ?? null;
  }

  /** The same for some rows, ascending: of others it may say that they have no value. */
  chunkFor(name: string, rows: readonly number[]): ColumnChunk | null {
    return this.chunkOf(name) ?? this.#kept.get(name)?.of(rows) ?? null;
  }

  #load(name: string): LoadedColumn {
    const kind = this.#segment.column(name)?.kind;
    if (kind === 'string') {
      const needed = this.#needed.get(name);
      let isWhole = true;
      const isWanted: RowsWanted = (from, to) => {
        const wanted = needed === undefined || overlaps(needed, from, to);
        isWhole &&= wanted;
        return wanted;
      };
      const pages = this.#segment.textPagesOf(this.#group, name, isWanted);
      if (pages !== null) {
        const loaded = this.#pages(pages);
        return isWhole ? loaded : { ...loaded, chunk: null };
      }
    }
    const chunk = this.#chunks.get(name) ?? this.#segment.columnOf(this.#group, name);
    const { present, values } = chunk;
    // Booleans are their own codes.
    const codes = values instanceof Uint8Array ? Uint32Array.from(values) : chunk.codes;
    return { present, first: this.#entries(values, kind === 'string'), codes, codesAt: this.#put(codes), chunk };
  }

  #entries(values: ColumnChunk['values'], isText: boolean): number {
    if (values instanceof Texts) return isText ? this.#strings(values).entry : this.#tokens(values);
    if (values instanceof BigInt64Array) {
      const { kernel, at } = this.#scratch(values.byteLength);
      kernel.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
      return placed(kernel.hunt.huntIntegers(at, values.length));
    }
    const texts =
      values instanceof Uint8Array ? ['false', 'true'] : values.values().map((value) => JSON.stringify(value));
    return this.#tokens(Texts.of([...texts].map((text) => Buffer.from(text))));
  }

  #put(codes: Uint32Array | null): number {
    if (codes === null) return 0;
    const at = placed(this.#kernel.hunt.huntRoom(codes.byteLength) >>> 0);
    this.#kernel.words.set(codes, at >>> 2);
    return at;
  }

  /**
   * A column in which nearly every value is its own: page by page, since its texts are many and none is needed twice. Pages of which no value is
   * asked for stay packed: of a row group's 40 MB of messages rules read those of 70 events in 79,000, which stand in 2 MB.
   */
  #pages(pages: TextPages): LoadedColumn {
    let first = 0;
    const starts: Uint32Array[] = [];
    const ends: Uint32Array[] = [];
    let next = pages.next();
    for (; next.done !== true; next = pages.next()) {
      const { texts } = next.value;
      if (texts.length === 0) continue;
      const { entry, room } = this.#strings(texts);
      if (first === 0) first = entry;
      starts.push(texts.starts.map((at) => at + room));
      ends.push(texts.ends.map((at) => at + room));
    }
    const { value: present } = next;
    const values = new Texts(this.#kernel.bytes, joined(starts, present.count), joined(ends, present.count));
    const chunk = { rows: present.rows, present, values, codes: null };
    return { present, first, codes: null, codesAt: 0, chunk };
  }

  #scratch(bytes: number): { readonly kernel: Kernel; readonly at: number } {
    this.#kernel.reserveScratch(bytes + 64);
    return { kernel: this.#kernel, at: this.#kernel.get('scratch') };
  }

  #strings({ bytes, starts, ends }: Texts): { readonly entry: number; readonly room: number } {
    const count = starts.length;
    const { kernel, at } = this.#scratch(count * 8);
    kernel.words.set(starts, at >>> 2);
    kernel.words.set(ends, (at >>> 2) + count);
    const room = placed(kernel.hunt.huntRoom(bytes.length) >>> 0);
    kernel.bytes.set(bytes, room);
    return { entry: placed(kernel.hunt.huntStrings(room, at, at + count * 4, count)), room };
  }

  #tokens({ bytes, starts, ends }: Texts): number {
    const count = starts.length;
    const { kernel, at } = this.#scratch(bytes.length + count * 8);
    kernel.words.set(starts, at >>> 2);
    kernel.words.set(ends, (at >>> 2) + count);
    kernel.bytes.set(bytes, at + count * 8);
    return placed(kernel.hunt.huntTokens(at + count * 8, at, at + count * 4, count));
  }
}

function joined(parts: readonly Uint32Array[], count: number): Uint32Array {
  const all = new Uint32Array(count);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether one of several runs has a row from one to before another. */
function overlaps(runs: readonly Rows[], from: number, to: number): boolean {
  return runs.some((rows) => rows.from < to && from < rows.to);
}

function placed(first: number): number {
  if (first === 0) throw new TooLarge();
  return first;
}
