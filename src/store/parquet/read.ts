/**
 * Reads the Parquet files that weir writes: flat, pages of version 1, zstd or nothing. A column of a row group comes as typed
 * arrays; no value is an object until it is asked for. What is wrong with a file is told as `store.damaged`, by file, column and byte.
 */
import { ENCODING, PHYSICAL } from './format.ts';
import {
  type ColumnChunk,
  type RowsWanted,
  readCell,
  readChunk,
  readDictionary,
  readPage,
  readTextPages,
  type StoredChunk,
  type TextPages,
  type Values,
} from './read-chunk.ts';
import { type FileMeta, readFooter } from './read-metadata.ts';
import { type RangeReader, reading } from './read-range.ts';

export type { ColumnChunk, RowsWanted, TextPages, Values } from './read-chunk.ts';

export class ParquetReader {
  readonly reader: RangeReader;
  readonly meta: FileMeta;

  /** @throws WeirError `store.damaged` */
  constructor(reader: RangeReader) {
    this.reader = reader;
    this.meta = readFooter(reader);
  }

  /**
   * Pages that are not wanted stay packed: their rows come as rows without a value.
   * @throws WeirError `store.damaged` · RangeError where there is no such group or column
   */
  column(group: number, column: number, isWanted: RowsWanted | null = null): ColumnChunk {
    return this.#reading(group, column, (stored) => readChunk(stored, isWanted));
  }

  /** The distinct values of a column, without its codes; null where not all of them are in a dictionary. Throws as `column` does. */
  dictionary(group: number, column: number): Values | null {
    return this.#reading(group, column, readDictionary);
  }

  /** The part of a column that is in the page of a row: a chunk of which `first` is the first row. Throws as `column` does. */
  page(group: number, column: number, row: number): { readonly first: number; readonly chunk: ColumnChunk } {
    return this.#reading(group, column, (stored) => readPage(stored, row));
  }

  /** A chunk of that row alone. Throws as `column` does. */
  cell(group: number, column: number, row: number): ColumnChunk {
    return this.#reading(group, column, (stored) => readCell(stored, row));
  }

  /**
   * Texts of a column that has no dictionary, a page at a time: for those who take them elsewhere, without a copy of all between. Null where it
   * has one, or its texts are not plain. Pages that are not wanted are as in `column`.
   */
  textPages(group: number, column: number, isWanted: RowsWanted | null = null): TextPages | null {
    const { encodings, dictionaryAt } = this.#meta(group, column);
    const isPlain = encodings.every((encoding) => encoding === ENCODING.plain || encoding === ENCODING.rle);
    if (dictionaryAt !== null || !isPlain || this.meta.schema[column].physical !== PHYSICAL.bytes) return null;
    const pages = this.#reading(group, column, (stored) => readTextPages(stored, isWanted));
    return this.#pagesReading(group, column, pages);
  }

  /** The same, with faults told as damage. */
  *#pagesReading(group: number, column: number, pages: TextPages): TextPages {
    while (true) {
      const next = this.#told(group, column, () => pages.next());
      if (next.done === true) return next.value;
      yield next.value;
    }
  }

  #meta(group: number, column: number): StoredChunk['meta'] {
    const meta = this.meta.groups[group]?.chunks[column];
    if (meta === undefined) throw new RangeError(`no column ${column} of row group ${group}`);
    return meta;
  }

  #reading<T>(group: number, index: number, read: (stored: StoredChunk) => T): T {
    const meta = this.#meta(group, index);
    const column = this.meta.schema[index];
    const bytes = this.reader.read(meta.dictionaryAt ?? meta.dataAt, meta.compressed);
    return this.#told(group, index, () => read({ bytes, column, meta, rows: this.meta.groups[group].rows }));
  }

  #told<T>(group: number, column: number, read: () => T): T {
    const { dictionaryAt, dataAt } = this.#meta(group, column);
    const what = `column ${this.meta.schema[column].name} of row group ${group}`;
    return reading(this.reader, what, dictionaryAt ?? dataAt, read);
  }
}
