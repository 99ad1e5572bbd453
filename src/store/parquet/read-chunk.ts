/** A column of a row group: its pages, one after the other, as typed arrays. */
import zlib from 'node:zlib';
import { CODEC, type Codec, ENCODING, PHYSICAL, type Physical } from './format.ts';
import type { ChunkMeta, SchemaColumn } from './metadata.ts';
import { readDeltas, readLengthTexts, readPrefixTexts } from './read-delta.ts';
import { Cursor, Presence, PresenceBuilder, readHybrid, valueInHybrid, WIDTH_MAX } from './read-hybrid.ts';
import { type PageHeader, readPageHeader } from './read-metadata.ts';
import { Fault } from './read-range.ts';
import { joinTexts, readPlainTexts, TEXT_BYTES_MAX, type Texts } from './read-texts.ts';

/** Of columns of bytes · int64 · int32 · double · boolean (0 and 1). */
export type Values = Texts | BigInt64Array | Int32Array | Float64Array | Uint8Array;

export interface ColumnChunk {
  readonly rows: number;
  /** Which rows have a value. */
  readonly present: Presence;
  /** Values, in order; where there are codes distinct ones, but for those of plain pages behind a dictionary that grew too large. */
  readonly values: Values;
  /** Of each row that has a value which of `values` it is; null: its own. */
  readonly codes: Uint32Array | null;
}

/** Texts of a page, and which rows have one, as far as has been read. */
export interface TextPage {
  readonly texts: Texts;
  readonly present: Presence;
}

/** Whether somebody wants rows from one to before another. */
export type RowsWanted = (from: number, to: number) => boolean;

/** One page after the other; at the end, which rows have a text. */
export type TextPages = Generator<TextPage, Presence>;

/** Where a chunk stands, and of how many rows it is. */
export interface StoredChunk {
  readonly bytes: Uint8Array;
  readonly column: SchemaColumn;
  readonly meta: ChunkMeta;
  readonly rows: number;
}

/** @param isWanted whether a page that has rows from one to before another is; rows of others stay packed, and count as rows without a value */
export function readChunk(stored: StoredChunk, isWanted: RowsWanted | null): ColumnChunk {
  const pages = new Pages(stored);
  for (const header of headersOf(stored)) pages.readWanted(header, isWanted);
  return pages.whole();
}

/** Values of the dictionary alone; null where a page has values of its own. */
export function readDictionary(stored: StoredChunk): Values | null {
  const pages = new Pages(stored);
  for (const header of headersOf(stored)) {
    if (header.isDictionary) pages.read(header);
    else if (!isCoded(header.encoding)) return null;
  }
  return pages.dictionary;
}

const isCoded = (encoding: number): boolean =>
  encoding === ENCODING.dictionary || encoding === ENCODING.plainDictionary;

/** The page of a row: a chunk of which `first` is the first row. Of others only the headers are looked at, and the dictionary. */
export function readPage(stored: StoredChunk, row: number): { readonly first: number; readonly chunk: ColumnChunk } {
  const pages = new Pages(stored);
  let first = 0;
  for (const header of headersOf(stored)) {
    if (header.isDictionary || first + header.values > row) pages.read(header);
    if (header.isDictionary) continue;
    if (first + header.values > row) return { first, chunk: pages.chunk() };
    first += header.values;
  }
  throw new Fault(stored.bytes.length, `its pages have ${first} rows, not ${stored.rows}`);
}

/**
 * One row, as a chunk of that row alone: of its page only what stands before its value is looked at, and codes not even that. For those who want
 * few rows; of many, `readPage` is cheaper.
 */
export function readCell(stored: StoredChunk, row: number): ColumnChunk {
  const pages = new Pages(stored);
  let first = 0;
  for (const header of headersOf(stored)) {
    if (header.isDictionary) pages.read(header);
    else if (first + header.values > row) return pages.cell(header, first, row);
    else first += header.values;
  }
  throw new Fault(stored.bytes.length, `its pages have ${first} rows, not ${stored.rows}`);
}

/** Pages as `readChunk` has them. */
export function* readTextPages(stored: StoredChunk, isWanted: RowsWanted | null): TextPages {
  const pages = new Pages(stored);
  for (const header of headersOf(stored)) {
    pages.readWanted(header, isWanted);
    const texts = pages.takePlain();
    if (texts !== null) yield { texts: texts as Texts, present: pages.present };
  }
  return pages.whole().present;
}

function* headersOf({ bytes, meta }: StoredChunk): Generator<PageHeader> {
  let unpacked = 0;
  for (let at = 0; at < bytes.length; ) {
    const header = readPageHeader(bytes, at);
    unpacked += header.uncompressed + header.at - at;
    if (unpacked > meta.uncompressed)
      throw new Fault(at, `its pages take more than the ${meta.uncompressed} bytes it should`);
    if (!(meta.encodings as readonly number[]).includes(header.encoding))
      throw new Fault(at, `a page has encoding ${header.encoding}, which its column has not`);
    if (header.isDictionary && at > 0) throw new Fault(at, 'a dictionary stands behind other pages');
    yield header;
    at = header.at + header.compressed;
  }
}

/** What was read of a chunk so far. */
class Pages {
  readonly #stored: StoredChunk;
  readonly #present = new PresenceBuilder();
  #dictionary: Values | null = null;
  #plain: Values[] = [];
  readonly #codes: Uint32Array[] = [];
  /** Values of the dictionary and of plain pages. */
  #distinct = 0;
  /** No page was passed over. */
  #isWhole = true;

  constructor(stored: StoredChunk) {
    this.#stored = stored;
  }

  read(header: PageHeader): void {
    const { bytes, meta } = this.#stored;
    const page = new Cursor(pageBytes(bytes, header, meta.codec));
    inPage(header, meta.codec, () => {
      if (header.isDictionary) this.#readDictionary(page, header);
      else this.#readData(page, header);
      if (page.at !== page.end) page.fail('something follows the last value');
    });
  }

  /**
   * One row of a data page, of which nothing else is kept.
   * @param first row of the page in the chunk
   */
  cell(header: PageHeader, first: number, row: number): ColumnChunk {
    const { bytes, meta, column } = this.#stored;
    const page = new Cursor(pageBytes(bytes, header, meta.codec));
    return inPage(header, meta.codec, () => {
      const builder = new PresenceBuilder();
      this.#readLevels(page, header.values, first, builder);
      const present = builder.end();
      const index = present.indexOf(row - first);
      const own = new Presence(1, index < 0 ? 0 : 1, index < 0 ? new Uint32Array(0) : Uint32Array.of(0, 1, 0));
      if (isCoded(header.encoding)) {
        const values = this.#dictionary ?? page.fail('codes without a dictionary');
        const codes = index < 0 ? new Uint32Array(0) : readCode(page, present.count, index, values.length);
        return { rows: 1, present: own, values, codes };
      }
      const values = readValues(page, column.physical, header.encoding, present.count);
      return { rows: 1, present: own, values, codes: index < 0 ? new Uint32Array(0) : Uint32Array.of(index) };
    });
  }

  /** Which rows of a page have values. @param first row of the page in the chunk */
  #readLevels(page: Cursor, rows: number, first: number, into: PresenceBuilder): void {
    const left = this.#stored.rows - first;
    if (rows > left) page.fail(`${rows} rows where ${left} are left`);
    if (!this.#stored.column.optional) {
      into.add(rows, true);
      return;
    }
    const length = page.u32();
    const from = page.pass(length);
    const levels = new Cursor(page.bytes, from, from + length);
    into.read(levels, rows);
    if (levels.at !== levels.end) levels.fail('something follows the levels');
  }

  #readDictionary(page: Cursor, { encoding, values }: PageHeader): void {
    if (encoding !== ENCODING.plain && encoding !== ENCODING.plainDictionary)
      page.fail(`a dictionary of encoding ${encoding}`);
    if (values > 2 ** WIDTH_MAX) page.fail(`a dictionary of ${values} values`);
    this.#dictionary = readPlain(page, this.#stored.column.physical, values);
    this.#distinct = values;
  }

  #readData(page: Cursor, { encoding, values: rows }: PageHeader): void {
    const { column } = this.#stored;
    const before = this.#present.count;
    this.#readLevels(page, rows, this.#present.rows, this.#present);
    const count = this.#present.count - before;
    if (isCoded(encoding)) {
      if (this.#dictionary === null) page.fail('codes without a dictionary');
      this.#codes.push(readCodes(page, count, this.#dictionary.length));
    } else if (count > 0 || page.at < page.end) {
      const first = this.#distinct;
      this.#plain.push(readValues(page, column.physical, encoding, count));
      this.#distinct += count;
      if (this.#dictionary !== null) this.#codes.push(Uint32Array.from({ length: count }, (_, i) => first + i));
    }
  }

  /** Passes over a page that nobody wants: its rows then have no values. */
  readWanted(header: PageHeader, isWanted: RowsWanted | null): void {
    const { at, values: rows, isDictionary } = header;
    const first = this.#present.rows;
    if (isWanted === null || isDictionary || isWanted(first, first + rows)) {
      this.read(header);
      return;
    }
    const left = this.#stored.rows - first;
    if (rows > left) throw new Fault(at, `${rows} rows where ${left} are left`);
    this.#present.add(rows, false);
    this.#isWhole = false;
  }

  /** As far as has been read; good until more is. */
  get present(): Presence {
    return this.#present.soFar();
  }

  /** Null: there was none yet. */
  get dictionary(): Values | null {
    return this.#dictionary;
  }

  /** Plain values read since it was asked last, which are not kept then; null: there are none. */
  takePlain(): Values | null {
    const taken = this.#plain.length === 0 ? null : join(this.#stored.column.physical, this.#plain);
    this.#plain = [];
    return taken;
  }

  /** What was read. */
  chunk(): ColumnChunk {
    const { physical } = this.#stored.column;
    const dictionary = this.#dictionary;
    return {
      rows: this.#present.rows,
      present: this.#present.end(),
      values: join(physical, dictionary === null ? this.#plain : [dictionary, ...this.#plain]),
      codes: dictionary === null ? null : joinCodes(this.#codes),
    };
  }

  /** The same, at the end of the chunk. */
  whole(): ColumnChunk {
    const { bytes, rows, meta } = this.#stored;
    const { rows: found, count } = this.#present;
    if (found !== rows) throw new Fault(bytes.length, `its pages have ${found} rows, not ${rows}`);
    if (this.#isWhole && count !== rows - meta.nulls)
      throw new Fault(bytes.length, `its pages have ${count} values where ${rows - meta.nulls} should be`);
    return this.chunk();
  }
}

/** Offsets in pages that were packed say nothing of the file: those faults are told at the page. */
function inPage<T>(header: PageHeader, codec: Codec, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (codec === CODEC.none) throw new Fault(header.at + error.at, error.message);
    throw new Fault(header.at, `${error.message} (byte ${error.at} of the unpacked page)`);
  }
}

const PACKED_TIMES = 64;

function pageBytes(bytes: Uint8Array, { at, compressed, uncompressed }: PageHeader, codec: Codec): Uint8Array {
  const packed = bytes.subarray(at, at + compressed);
  if (codec === CODEC.none) {
    if (compressed !== uncompressed) throw new Fault(at, `a page of ${uncompressed} bytes takes ${compressed}`);
    return packed;
  }
  let found: Buffer;
  try {
    found = zlib.zstdDecompressSync(packed, {
      maxOutputLength: Math.max(uncompressed, 1),
      // All at once, unless the page is smaller than any that is what it says: then memory grows with what comes. A little more than
      // that, or zlib takes as much again to see that nothing follows.
      chunkSize: Math.max(64, Math.min(uncompressed, packed.length * PACKED_TIMES) + 64),
    });
  } catch (error) {
    throw new Fault(at, `a page cannot be unpacked: ${(error as Error).message}`);
  }
  if (found.length !== uncompressed)
    throw new Fault(at, `a page unpacks to ${found.length} bytes, not ${uncompressed}`);
  return found;
}

function readCodes(page: Cursor, count: number, entries: number): Uint32Array {
  const codes = new Uint32Array(count);
  if (count === 0 && page.at === page.end) return codes;
  const width = page.byte();
  if (width > WIDTH_MAX) page.fail(`codes of ${width} bits`);
  readHybrid(page, width, codes);
  let most = 0;
  for (let i = 0; i < count; i++) if (codes[i] > most) most = codes[i];
  if (count > 0 && most >= entries) page.fail(`code ${most} of a dictionary of ${entries}`);
  return codes;
}

/** The code of one value of a page. */
function readCode(page: Cursor, count: number, index: number, entries: number): Uint32Array {
  const width = page.byte();
  if (width > WIDTH_MAX) page.fail(`codes of ${width} bits`);
  const code = valueInHybrid(page, width, count, index);
  if (code >= entries) page.fail(`code ${code} of a dictionary of ${entries}`);
  return Uint32Array.of(code);
}

function readValues(page: Cursor, physical: Physical, encoding: number, count: number): Values {
  if (encoding === ENCODING.plain) return readPlain(page, physical, count);
  if (encoding === ENCODING.delta) {
    if (physical === PHYSICAL.int64) return new BigInt64Array(readDeltas(page, count).buffer);
    if (physical === PHYSICAL.int32) {
      const pairs = readDeltas(page, count);
      const values = new Int32Array(count);
      for (let i = 0; i < count; i++) values[i] = pairs[i * 2];
      return values;
    }
  }
  if (physical === PHYSICAL.bytes) {
    if (encoding === ENCODING.deltaLength) return readLengthTexts(page, count);
    if (encoding === ENCODING.deltaBytes) return readPrefixTexts(page, count);
  }
  return page.fail(`encoding ${encoding} of type ${physical}, which weir does not use`);
}

function readPlain(page: Cursor, physical: Physical, count: number): Values {
  if (physical === PHYSICAL.bytes) return readPlainTexts(page, count);
  if (physical === PHYSICAL.boolean) {
    const from = page.pass((count + 7) >> 3);
    const values = new Uint8Array(count);
    for (let i = 0; i < count; i++) values[i] = (page.bytes[from + (i >> 3)] >> (i & 7)) & 1;
    return values;
  }
  const from = page.pass(count * (physical === PHYSICAL.int32 ? 4 : 8));
  // A copy: their place in the page need not be a multiple of their size.
  const { buffer } = Uint8Array.from(page.bytes.subarray(from, page.at));
  if (physical === PHYSICAL.int32) return new Int32Array(buffer);
  return physical === PHYSICAL.int64 ? new BigInt64Array(buffer) : new Float64Array(buffer);
}

function joinCodes(parts: readonly Uint32Array[]): Uint32Array {
  if (parts.length === 1) return parts[0];
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function join(physical: Physical, parts: readonly Values[]): Values {
  if (parts.length === 1) return parts[0];
  if (physical === PHYSICAL.bytes) {
    const texts = parts as readonly Texts[];
    const bytes = texts.reduce((sum, part) => sum + part.bytes.length, 0);
    if (bytes > TEXT_BYTES_MAX) throw new Fault(0, `its texts take more than ${TEXT_BYTES_MAX} bytes`);
    return joinTexts(texts);
  }
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  const all = emptyOf(physical, count);
  let at = 0;
  for (const part of parts) {
    (all as Uint8Array).set(part as Uint8Array, at);
    at += part.length;
  }
  return all;
}

function emptyOf(physical: Physical, count: number): Exclude<Values, Texts> {
  if (physical === PHYSICAL.boolean) return new Uint8Array(count);
  if (physical === PHYSICAL.int32) return new Int32Array(count);
  return physical === PHYSICAL.int64 ? new BigInt64Array(count) : new Float64Array(count);
}
