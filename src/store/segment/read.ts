/** Opens segments (write.ts makes them): what columns of events they have, what is known of these, and their values. */
import { PHYSICAL, type Physical } from '../parquet/format.ts';
import type { RowGroupMeta } from '../parquet/metadata.ts';
import { type ColumnChunk, ParquetReader, type RowsWanted, type TextPages, type Values } from '../parquet/read.ts';
import { Fault, type RangeReader, reading } from '../parquet/read-range.ts';
import { Texts } from '../parquet/read-texts.ts';
import { OWN_COLUMNS, type SegmentColumn, type SegmentKind, TYPES } from './kinds.ts';
import { type GroupTerms, termsOfGroups } from './terms.ts';

/** Of `weir.format`: what this reads. */
const FORMAT = '1';

/** What a row group's metadata says of a column. */
export interface ColumnStatistics {
  readonly rows: number;
  /** Rows that have a value. */
  readonly values: number;
  /** Distinct values; null: not known. */
  readonly distinct: number | null;
  /** Least and greatest value: a text as its UTF-8, integers as bigint; null: not known. */
  readonly min: Uint8Array | bigint | number | null;
  readonly max: Uint8Array | bigint | number | null;
  /** Bytes in the file. */
  readonly bytes: number;
}

/** Rows one after the other that have one shape. */
export interface ShapeRun {
  readonly from: number;
  /** The row behind the last. */
  readonly to: number;
  /** As `weir.shape` has it. */
  readonly shape: string;
  /** Source type of its rows; null: none that is known. */
  readonly type: string | null;
}

/** The run that a row is of, which one is. */
export function runOf(runs: readonly ShapeRun[], row: number): ShapeRun {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle].to <= row) low = middle + 1;
    else high = middle;
  }
  return runs[low];
}

/** What the file says of itself (`weir.segment`): for a catalogue that is made anew. */
export interface SegmentSelf {
  readonly tenant: string;
  readonly source: string;
  readonly level: number;
  readonly first: number;
  readonly last: number;
  /** Microseconds since 1970, both counted. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  readonly minReceived: bigint;
  readonly maxReceived: bigint;
  readonly types: readonly string[];
  /** Multiset hash of its events; null in files of before there was one. */
  readonly multiset: string | null;
}

function selfOf(text: string): SegmentSelf {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Fault(0, `weir.segment is no JSON: ${(error as Error).message}`);
  }
  const { tenant, source, level, first, last, types, multiset = null } = json;
  const span = (name: string): [bigint, bigint] => {
    const match = /^(-?\d{1,19}) (-?\d{1,19})$/.exec(String(json[name]));
    if (match === null) throw new Fault(0, `weir.segment has no ${name}`);
    return [BigInt(match[1]), BigInt(match[2])];
  };
  if (
    typeof tenant !== 'string' ||
    typeof source !== 'string' ||
    !Number.isSafeInteger(level) ||
    !Number.isSafeInteger(first) ||
    !Number.isSafeInteger(last) ||
    !Array.isArray(types) ||
    !types.every((type) => typeof type === 'string') ||
    !(multiset === null || (typeof multiset === 'string' && /^[0-9a-f]{32}$/.test(multiset)))
  )
    throw new Fault(0, 'weir.segment does not say what it is of');
  const [minTime, maxTime] = span('time');
  const [minReceived, maxReceived] = span('received');
  const numbers = { level: Number(level), first: Number(first), last: Number(last) };
  return { tenant, source, types, multiset, ...numbers, minTime, maxTime, minReceived, maxReceived };
}

/** @throws WeirError `store.damaged` */
export function openSegment(reader: RangeReader): SegmentReader {
  return new SegmentReader(reader);
}

export class SegmentReader {
  readonly name: string;
  /** Id of the journal that its positions are of. */
  readonly log: string;
  readonly rows: number;
  /** Of events, in the order of the file. */
  readonly columns: readonly SegmentColumn[];
  readonly groups: readonly RowGroupMeta[];
  readonly #parquet: ParquetReader;
  readonly #indices: ReadonlyMap<string, number>;

  constructor(reader: RangeReader) {
    this.#parquet = new ParquetReader(reader);
    const { schema, groups, rows, keyValues, end } = this.#parquet.meta;
    this.name = reader.name;
    this.rows = rows;
    this.groups = groups;
    this.#indices = new Map(schema.map(({ name }, index) => [name, index]));
    const found = reading(reader, 'its metadata', end, () => {
      const format = keyValues.get('weir.format');
      if (format !== FORMAT) throw new Fault(0, `its format is ${format ?? 'none'}, not ${FORMAT}`);
      const log = keyValues.get('weir.log');
      if (log === undefined) throw new Fault(0, 'it names no log');
      if (this.#indices.size !== schema.length) throw new Fault(0, 'two columns have one name');
      const columns = columnsOf(keyValues.get('weir.columns') ?? '');
      const wanted = [
        ...OWN_COLUMNS.map(({ name, physical }) => `${name} ${physical}`),
        ...columns.map(({ name, kind }) => `${name} ${TYPES[kind][0]}`),
      ];
      schema.forEach(({ name, physical }, i) => {
        if (`${name} ${physical}` !== wanted[i])
          throw new Fault(0, `its columns are not those that weir.columns names: ${name}`);
      });
      if (schema.length !== wanted.length) throw new Fault(0, `it has ${schema.length} columns, not ${wanted.length}`);
      return { log, columns };
    });
    this.log = found.log;
    this.columns = found.columns;
  }

  /**
   * What the file says of itself.
   * @throws WeirError `store.damaged`
   */
  self(): SegmentSelf {
    const { keyValues, end } = this.#parquet.meta;
    return reading(this.#parquet.reader, 'its metadata', end, () => selfOf(keyValues.get('weir.segment') ?? ''));
  }

  /**
   * Its row groups, with the places of their filters.
   * @throws WeirError `store.damaged`
   */
  terms(): GroupTerms[] {
    const { keyValues, end, groups } = this.#parquet.meta;
    const rows = groups.map((group) => group.rows);
    return reading(this.#parquet.reader, 'its metadata', end, () =>
      termsOfGroups(keyValues.get('weir.terms'), rows, end),
    );
  }

  /** A column of events or one of weir's own; null where there is none. */
  column(name: string): SegmentColumn | null {
    const index = this.#indices.get(name);
    return index === undefined ? null : (this.columns[index - OWN_COLUMNS.length] ?? null);
  }

  /**
   * Values of a column, by its physical name, in a row group; of pages that are not wanted, rows come as if they had none.
   * @throws WeirError `store.damaged` · RangeError where there is none such
   */
  columnOf(group: number, name: string, isWanted: RowsWanted | null = null): ColumnChunk {
    return this.#parquet.column(group, this.#index(name), isWanted);
  }

  /** Its distinct values alone; null where not all of them are in a dictionary. Throws as `columnOf` does. */
  dictionaryOf(group: number, name: string): Values | null {
    return this.#parquet.dictionary(group, this.#index(name));
  }

  /** The part of it that is in the page of a row: a chunk of which `first` is the first row. Throws as `columnOf` does. */
  pageOf(group: number, name: string, row: number): { readonly first: number; readonly chunk: ColumnChunk } {
    return this.#parquet.page(group, this.#index(name), row);
  }

  /** The row's own value: a chunk of one row. Throws as `columnOf` does. */
  cellOf(group: number, name: string, row: number): ColumnChunk {
    return this.#parquet.cell(group, this.#index(name), row);
  }

  /** Texts of a column that has no dictionary, page by page; null where it has one. Pages that are not wanted are as in `columnOf`. */
  textPagesOf(group: number, name: string, isWanted: RowsWanted | null = null): TextPages | null {
    return this.#parquet.textPages(group, this.#index(name), isWanted);
  }

  statistics(group: number, name: string): ColumnStatistics {
    const index = this.#index(name);
    const meta = this.groups[group]?.chunks[index];
    if (meta === undefined) throw new RangeError(`${this.name} has no row group ${group}`);
    const { physical } = this.#parquet.meta.schema[index];
    const bound = (bytes: Uint8Array | undefined): ColumnStatistics['min'] =>
      bytes === undefined ? null : boundOf(physical, bytes);
    return {
      rows: meta.values,
      values: meta.values - meta.nulls,
      distinct: meta.distinct,
      min: bound(meta.bounds?.min),
      max: bound(meta.bounds?.max),
      bytes: meta.compressed,
    };
  }

  /** Shapes of the rows of a group, as runs: rows stand by shape. */
  shapes(group: number): ShapeRun[] {
    const { values, codes, rows } = this.columnOf(group, 'weir.shape');
    if (!(values instanceof Texts)) throw new Error('weir.shape is no text');
    const runs: ShapeRun[] = [];
    const text = new Map<number, string>();
    const typeOf = this.#typesOf(group);
    for (let from = 0; from < rows; ) {
      const code = codes === null ? from : codes[from];
      let to = from + 1;
      while (to < rows && codes !== null && codes[to] === code) to++;
      const shape = text.get(code) ?? Buffer.from(values.at(code)).toString('utf8');
      text.set(code, shape);
      runs.push({ from, to, shape, type: typeOf(from) });
      from = to;
    }
    return runs;
  }

  /** The source type of a row. */
  #typesOf(group: number): (row: number) => string | null {
    const { present, values, codes } = this.columnOf(group, 'weir.type');
    if (!(values instanceof Texts)) throw new Error('weir.type is no text');
    return (row) => {
      const index = present.indexOf(row);
      return index < 0 ? null : Buffer.from(values.at(codes === null ? index : codes[index])).toString('utf8');
    };
  }

  #index(name: string): number {
    const index = this.#indices.get(name);
    if (index === undefined) throw new RangeError(`${this.name} has no column ${name}`);
    return index;
  }
}

function columnsOf(text: string): SegmentColumn[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Fault(0, `weir.columns is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(json)) throw new Fault(0, 'weir.columns is no array');
  return json.map((entry: unknown) => {
    if (!Array.isArray(entry)) throw new Fault(0, 'weir.columns holds what is no column');
    const [name, path, kind] = entry as readonly unknown[];
    if (typeof name !== 'string' || typeof path !== 'string' || typeof kind !== 'string' || !Object.hasOwn(TYPES, kind))
      throw new Fault(0, `weir.columns holds what is no column: ${JSON.stringify(entry).slice(0, 100)}`);
    return { name, path, kind: kind as SegmentKind };
  });
}

function boundOf(physical: Physical, bytes: Uint8Array): ColumnStatistics['min'] {
  if (physical === PHYSICAL.bytes) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (physical === PHYSICAL.int32 && bytes.length === 4) return view.getInt32(0, true);
  if (physical === PHYSICAL.int64 && bytes.length === 8) return view.getBigInt64(0, true);
  return physical === PHYSICAL.double && bytes.length === 8 ? view.getFloat64(0, true) : null;
}
