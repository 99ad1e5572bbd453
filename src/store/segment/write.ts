/** Row groups to the bytes of a Parquet file: pages of each column, and a footer that any reader of Parquet understands. */
import { type Multiset, multisetText, NO_EVENTS, sumOf } from '../../base/index.ts';
import { ENCODING, type Encoding, MAGIC } from '../parquet/format.ts';
import {
  type Bounds,
  type ChunkMeta,
  fileEnd,
  footer,
  type RowGroupMeta,
  type SchemaColumn,
} from '../parquet/metadata.ts';
import { columnText } from './digest.ts';
import { KIND_NAMES, OWN_COLUMNS, type SegmentColumn, type SegmentKind, TERMS, TYPES } from './kinds.ts';
import { physicalNames } from './names.ts';
import { type ChunkAbout, type Page, packedPage, writeChunk } from './pages.ts';
import { bitsOf, floatBounds, joined, numberBounds, plainTexts, type Span, textBounds } from './plain.ts';
import type { RowGroup } from './row-group.ts';

/** A segment that is whole, not yet on disk. */
export interface CutSegment {
  /** The file, in parts; none where a sink has them. */
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  readonly rows: number;
  /** Journal positions of its first and last frame. */
  readonly first: number;
  readonly last: number;
  /** Microseconds since 1970, both counted; of event time, receive time where an event has none. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  readonly minReceived: bigint;
  readonly maxReceived: bigint;
  readonly columns: readonly SegmentColumn[];
  /** Source types of its events, an empty one for events of none. */
  readonly types: readonly string[];
  /** Multiset hash of its events. */
  readonly multiset: string;
}

/** What a segment's maker says of it. */
export interface SegmentAbout {
  readonly tenant?: string;
  readonly source?: string;
  readonly level?: number;
}

export interface WriteOptions {
  /** Of zstd. */
  readonly level: number;
  /** Whether row groups get a filter of their terms. */
  readonly terms: boolean;
}

/** Takes the next bytes of a file. */
export type Sink = (parts: readonly Uint8Array[]) => void;

/** What a sink is given at once, about. */
const SINK_BYTES = 1 << 20;

/** Rows and plain bytes of a page. */
const PAGE_ROWS = 1 << 17;
const PAGE_BYTES = 1 << 20;
/** A dictionary in which more than this share of values are new does not pay for its codes. */
const DICTIONARY_SHARE = 0.67;
/** Of a filter: one value in a hundred and fifty is taken for one that is there. */
const TERM_BITS = 10;

/** Key of the column of whole events: no kind and path have it. */
const WHOLE = 'whole';

const OWN = { position: 0, row: 1, time: 2, received: 3 } as const;

export class SegmentWriter {
  readonly #options: WriteOptions;
  readonly #sink: Sink | null;
  #parts: Uint8Array[] = [];
  #held = 0;
  #length = 0;
  readonly #groups: { readonly rows: number; readonly own: ChunkMeta[]; readonly chunks: Map<string, ChunkMeta> }[] =
    [];
  readonly #columns = new Map<string, { readonly path: string | null; readonly kind: SegmentKind }>();
  readonly #spans: { position: Span | null; time: Span | null; received: Span | null } = {
    position: null,
    time: null,
    received: null,
  };
  readonly #types = new Set<string>();
  readonly #terms: (readonly number[] | null)[] = [];
  #multiset: Multiset = NO_EVENTS;

  /** @param sink takes what is ready as it comes; without one all of it is kept until the end */
  constructor(options: WriteOptions, sink: Sink | null = null) {
    this.#options = options;
    this.#sink = sink;
    this.#put(Buffer.from(MAGIC));
  }

  /** Writes all rows of a group, if it has any, and clears it. */
  take(group: RowGroup): void {
    if (group.rows > 0) this.add(group);
    group.clear();
  }

  /** Writes all rows of a group; it may be cleared then. */
  add(group: RowGroup): void {
    const { kernel } = group;
    const out = kernel.group;
    const used = group.shapesInUse();
    out.orderRows(group.shapes.length);
    const uses: number[][] = [];
    const shapes: string[] = [];
    for (const shape of used) {
      const { text, type, columns } = group.shapes[shape];
      this.#types.add(type ?? '');
      shapes.push(text);
      columns.forEach((column, index) => {
        if (column < 0) return;
        uses[column] ??= [];
        uses[column].push(shape, index);
      });
    }
    const position = this.#own(group, OWN.position);
    const row = this.#own(group, OWN.row);
    const time = this.#own(group, OWN.time);
    const received = this.#own(group, OWN.received);
    const own = [
      position.chunk,
      row.chunk,
      time.chunk,
      received.chunk,
      this.#shapes(group, shapes),
      this.#typesOf(group, used),
    ];
    const spans = this.#spans;
    spans.position = joined(spans.position, position.span);
    spans.received = joined(spans.received, received.span);
    spans.time = joined(spans.time, time.span);
    // Rows without a time of their own go by their receipt.
    if (time.chunk.nulls > 0) spans.time = joined(spans.time, received.span);
    out.clearTerms();
    out.beginDigest();
    const chunks = new Map<string, ChunkMeta>();
    uses.forEach((pairs, column) => {
      const { path, kind } = group.columns[column];
      const name = KIND_NAMES[kind];
      const key = path === null ? WHOLE : `${name} ${path}`;
      this.#columns.set(key, { path, kind: name });
      chunks.set(key, this.#column(group, column, name, pairs));
    });
    this.#digest(group, used);
    this.#groups.push({ rows: group.rows, own, chunks });
    const hasFloats = uses.some((_, column) => KIND_NAMES[group.columns[column].kind] === 'float');
    this.#terms.push(this.#options.terms ? this.#filter(group, hasFloats) : null);
  }

  /** Adds the group's events to the segment's. */
  #digest(group: RowGroup, used: readonly number[]): void {
    const { kernel, shapes } = group;
    const digests = new BigUint64Array(shapes.length);
    for (const shape of used) digests[shape] = group.digestOfShape(shape);
    kernel.reserveScratch(digests.byteLength + 64);
    const at = kernel.get('scratch');
    kernel.bytes.set(new Uint8Array(digests.buffer), at);
    kernel.group.clearDigest();
    kernel.group.digestGroup(shapes.length, at);
    this.#multiset = sumOf(this.#multiset, {
      low: kernel.group.digestLow.value,
      high: kernel.group.digestHigh.value,
    });
  }

  /** Where the filter of a group's terms stands: offset and bytes, and 1 where all numbers are in it; null: any term may be in it. */
  #filter(group: RowGroup, hasFloats: boolean): readonly number[] | null {
    const { kernel } = group;
    kernel.group.settleTerms();
    const { termCount, termsPartial, numbersPartial, page } = kernel.group;
    if (termsPartial.value !== 0) return null;
    const blocks = Math.max(1, Math.ceil((termCount.value * TERM_BITS) / 256));
    kernel.group.termFilter(page.value, blocks);
    const at = page.value >>> 0;
    const place = [this.#length, blocks * 32, hasFloats || numbersPartial.value !== 0 ? 0 : 1];
    this.#put(kernel.bytes.slice(at, at + blocks * 32));
    return place;
  }

  get rows(): number {
    return this.#groups.reduce((sum, { rows }) => sum + rows, 0);
  }

  get length(): number {
    return this.#length;
  }

  /** The whole file; at least one row was added. `about` is kept in it: the catalogue can be made anew from files alone. */
  finish(log: string, about: SegmentAbout = {}): CutSegment {
    const columns = [...this.#columns].filter(([, { path }]) => path !== null) as [
      string,
      { path: string; kind: SegmentKind },
    ][];
    const names = physicalNames(columns.map(([, column]) => column));
    const schema: SchemaColumn[] = [
      ...OWN_COLUMNS,
      ...columns.map(([, { kind }], i) => {
        const [physical, logical] = TYPES[kind];
        return { name: names[i], physical, logical, optional: true };
      }),
    ];
    const keys = [WHOLE, ...columns.map(([key]) => key)];
    const groups: RowGroupMeta[] = this.#groups.map(({ rows, own, chunks }) => ({
      rows,
      chunks: [...own, ...keys.map((key) => chunks.get(key) ?? this.#absent(rows))],
    }));
    const meta = footer(
      schema,
      groups,
      {
        'weir.log': log,
        'weir.format': '1',
        'weir.segment': JSON.stringify({ ...about, ...this.#about() }),
        ...(this.#options.terms ? { 'weir.terms': JSON.stringify(this.#terms) } : {}),
        'weir.columns': JSON.stringify(columns.map(([, { path, kind }], i) => [names[i], path, kind])),
      },
      'weir',
    );
    this.#put(fileEnd(meta));
    this.#pass();
    const { position, time, received } = this.#told();
    return {
      parts: this.#parts,
      bytes: this.#length,
      rows: this.rows,
      first: Number(position.min),
      last: Number(position.max),
      minTime: time.min,
      maxTime: time.max,
      minReceived: received.min,
      maxReceived: received.max,
      columns: columns.map(([, { path, kind }], i) => ({ name: names[i], path, kind })),
      types: [...this.#types].sort(),
      multiset: multisetText(this.#multiset),
    };
  }

  #told(): { readonly position: Span; readonly time: Span; readonly received: Span } {
    const { position, time, received } = this.#spans;
    if (position === null || time === null || received === null) throw new Error('a segment without rows');
    return { position, time, received };
  }

  /** What is kept of the rows in the file. */
  #about(): Readonly<Record<string, string | number | readonly string[]>> {
    const { position, time, received } = this.#told();
    return {
      first: Number(position.min),
      last: Number(position.max),
      time: `${time.min} ${time.max}`,
      received: `${received.min} ${received.max}`,
      types: [...this.#types].sort(),
      multiset: multisetText(this.#multiset),
    };
  }

  #put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    this.#held += bytes.length;
    if (this.#held >= SINK_BYTES) this.#pass();
  }

  #pass(): void {
    if (this.#sink === null) return;
    this.#sink(this.#parts);
    this.#parts = [];
    this.#held = 0;
  }

  /** What the kernel has written, still in its memory. */
  #written(group: RowGroup): Uint8Array {
    const { kernel } = group;
    const at = kernel.group.page.value >>> 0;
    return kernel.bytes.subarray(at, at + kernel.group.pageLength.value);
  }

  #page(kind: Page['kind'], values: number, encoding: Encoding, view: Uint8Array): Page {
    return packedPage(kind, values, encoding, view, this.#options.level);
  }

  #chunk(pages: readonly Page[], about: ChunkAbout): ChunkMeta {
    return writeChunk(pages, about, this.#options.level, this.#length, (bytes) => this.#put(bytes));
  }

  #own(group: RowGroup, which: number): { readonly chunk: ChunkMeta; readonly span: Span | null } {
    const out = group.kernel.group;
    out.ownPage(which);
    const values = out.pageValues.value;
    const wide = which !== OWN.row;
    const span = values === 0 ? null : { min: out.numberMin.value, max: out.numberMax.value };
    const bounds = span === null ? null : numberBounds(span.min, span.max, wide);
    const page = this.#page('data', group.rows, ENCODING.delta, this.#written(group));
    const chunk = this.#chunk([page], { rows: group.rows, nulls: group.rows - values, distinct: null, bounds });
    return { chunk, span };
  }

  #shapes(group: RowGroup, shapes: readonly string[]): ChunkMeta {
    const texts = shapes.map((text) => Buffer.from(text));
    const width = bitsOf(shapes.length - 1);
    group.kernel.group.shapePage(group.shapes.length, width);
    const pages = [
      this.#page('dictionary', texts.length, ENCODING.plain, plainTexts(texts)),
      this.#page('data', group.rows, ENCODING.dictionary, this.#written(group)),
    ];
    return this.#chunk(pages, { rows: group.rows, nulls: 0, distinct: new Set(shapes).size, bounds: null });
  }

  /** Source types of the rows: one for all of a shape. */
  #typesOf(group: RowGroup, used: readonly number[]): ChunkMeta {
    const { kernel, shapes } = group;
    const known = [...new Set(used.map((shape) => shapes[shape].type).filter((type) => type !== null))];
    const codes = new Uint32Array(shapes.length);
    for (const shape of used) {
      const { type } = shapes[shape];
      codes[shape] = type === null ? 0 : known.indexOf(type) + 1;
    }
    kernel.reserveScratch(codes.byteLength + 64);
    const at = kernel.get('scratch');
    kernel.words.set(codes, at >>> 2);
    kernel.group.typePage(shapes.length, bitsOf(known.length - 1), at);
    const values = kernel.group.pageValues.value;
    if (values === 0) return this.#absent(group.rows);
    const texts = known.map((text) => Buffer.from(text));
    const pages = [
      this.#page('dictionary', texts.length, ENCODING.plain, plainTexts(texts)),
      this.#page('data', group.rows, ENCODING.dictionary, this.#written(group)),
    ];
    const about = { rows: group.rows, nulls: group.rows - values, distinct: texts.length, bounds: textBounds(texts) };
    return this.#chunk(pages, about);
  }

  #column(group: RowGroup, column: number, kind: SegmentKind, pairs: readonly number[]): ChunkMeta {
    const { kernel } = group;
    const out = kernel.group;
    // Before anything is put into the kernel's scratch memory: this takes it.
    out.digestColumn(group.digestOf(columnText(group.columns[column].path, kind)));
    const { words } = kernel;
    words.set(pairs, out.uses.value >>> 2);
    const distinct = words[(out.gatherColumns.value >>> 2) + column * 8 + 1];
    const rowsOfShapes = out.shapeFirsts.value >>> 2;
    let values = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      const at = rowsOfShapes + pairs[i];
      values += words[at + 1] - words[at];
    }
    kernel.reserveScratch(distinct * 8 + 64);
    const entries = kernel.get('scratch');
    out.entriesOf(column, entries);
    const plain = kind === 'boolean' || (kind !== 'float' && distinct > values * DICTIONARY_SHARE && distinct > 16);
    const width = bitsOf(distinct - 1);
    out.beginColumn(
      pairs.length >> 1,
      width,
      plain ? 1 : 0,
      entries,
      kind === 'boolean' ? 1 : 0,
      this.#options.terms ? TERMS[kind] : 0,
    );
    const pages: Page[] = [];
    let bounds: Bounds | null = null;
    if (!plain) {
      if (kind === 'float') {
        const numbers = this.#floats(group, entries, distinct);
        bounds = floatBounds(numbers);
        kernel.bytes.set(new Uint8Array(numbers.buffer), kernel.get('scratch'));
        out.digestNumbers(kernel.get('scratch'), distinct);
        pages.push(this.#page('dictionary', distinct, ENCODING.plain, new Uint8Array(numbers.buffer)));
      } else {
        out.dictionary(entries, distinct);
        bounds = this.#bounds(group, kind);
        pages.push(this.#page('dictionary', distinct, ENCODING.plain, this.#written(group)));
      }
    }
    for (let rows = out.nextPage(PAGE_ROWS, PAGE_BYTES); rows > 0; rows = out.nextPage(PAGE_ROWS, PAGE_BYTES)) {
      pages.push(this.#page('data', rows, plain ? ENCODING.plain : ENCODING.dictionary, this.#written(group)));
    }
    bounds ??= this.#bounds(group, kind);
    return this.#chunk(pages, {
      rows: group.rows,
      nulls: group.rows - values,
      distinct: plain ? null : distinct,
      bounds,
    });
  }

  #bounds(group: RowGroup, kind: SegmentKind): Bounds | null {
    const { bytes, group: out } = group.kernel;
    if (kind === 'integer') return numberBounds(out.numberMin.value, out.numberMax.value, true);
    if (kind !== 'string' || out.unbounded.value !== 0) return null;
    const [min, minLength] = [out.leastAt.value >>> 0, out.leastLength.value];
    const [max, maxLength] = [out.greatestAt.value >>> 0, out.greatestLength.value];
    return { min: bytes.slice(min, min + minLength), max: bytes.slice(max, max + maxLength) };
  }

  /** Values of a column of decimals, by code. */
  #floats(group: RowGroup, entries: number, count: number): Float64Array<ArrayBuffer> {
    const { words, bytes } = group.kernel;
    return Float64Array.from({ length: count }, (_, code) => {
      const w = words[(entries >>> 2) + code] >>> 2;
      return Number(Buffer.from(bytes.buffer, words[w], words[w + 1]).toString('latin1'));
    });
  }

  /** A column that no row of the group has. */
  #absent(rows: number): ChunkMeta {
    const view = Buffer.alloc(16);
    const levels: number[] = [];
    for (let rest = rows * 2; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) {
        levels.push(rest);
        break;
      }
      levels.push((rest % 128) | 128);
    }
    levels.push(0);
    view.writeUInt32LE(levels.length, 0);
    view.set(levels, 4);
    const page = this.#page('data', rows, ENCODING.plain, view.subarray(0, 4 + levels.length));
    return this.#chunk([page], { rows, nulls: rows, distinct: null, bounds: null });
  }
}
