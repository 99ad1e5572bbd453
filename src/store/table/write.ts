/** A table of plain values as the bytes of a Parquet file: for answers, which are rows already. Events go the way of `segment/`. */
import { ENCODING, MAGIC, PHYSICAL } from '../parquet/format.ts';
import {
  type Bounds,
  type ChunkMeta,
  fileEnd,
  footer,
  type RowGroupMeta,
  type SchemaColumn,
} from '../parquet/metadata.ts';
import { distinctNames } from '../segment/names.ts';
import { packedPage, writeChunk } from '../segment/pages.ts';
import { floatBounds, numberBounds, plainTexts } from '../segment/plain.ts';

/** `time`: microseconds since 1970, UTC. */
export type TableKind = 'boolean' | 'integer' | 'float' | 'text' | 'time';

export interface TableColumn {
  readonly name: string;
  readonly kind: TableKind;
}

/** Of a boolean · an integer or time · a float · a text · nothing. */
export type TableValue = boolean | bigint | number | string | null;

/** A row group ends behind so many rows, or so many bytes of texts. */
const GROUP_ROWS = 1 << 16;
const GROUP_BYTES = 16 << 20;
/** Of zstd. */
const LEVEL = 3;

const TYPES: Readonly<Record<TableKind, Pick<SchemaColumn, 'physical' | 'logical'>>> = {
  boolean: { physical: PHYSICAL.boolean, logical: null },
  integer: { physical: PHYSICAL.int64, logical: null },
  float: { physical: PHYSICAL.double, logical: null },
  text: { physical: PHYSICAL.bytes, logical: 'string' },
  time: { physical: PHYSICAL.int64, logical: 'timestamp' },
};

export class TableWriter {
  readonly #columns: readonly TableColumn[];
  readonly #put: (bytes: Uint8Array) => void;
  readonly #groups: RowGroupMeta[] = [];
  #rows: (readonly TableValue[])[] = [];
  #textBytes = 0;
  #length = 0;

  /**
   * @param columns at least one; names that agree but for case get a number, as readers of Parquet want it
   * @param put takes the next bytes of the file
   */
  constructor(columns: readonly TableColumn[], put: (bytes: Uint8Array) => void) {
    if (columns.length === 0) throw new RangeError('a Parquet file has a column at least');
    const names = distinctNames(columns.map(({ name }) => name));
    this.#columns = columns.map(({ kind }, i) => ({ name: names[i], kind }));
    this.#put = put;
    this.#write(Buffer.from(MAGIC));
  }

  /** @param values one for each column, of its kind or null */
  add(values: readonly TableValue[]): void {
    this.#rows.push(values);
    for (const value of values) if (typeof value === 'string') this.#textBytes += value.length;
    if (this.#rows.length >= GROUP_ROWS || this.#textBytes >= GROUP_BYTES) this.#flush();
  }

  /** @param keyValues what else the file says */
  finish(keyValues: Readonly<Record<string, string>> = {}): void {
    this.#flush();
    const schema = this.#columns.map(({ name, kind }) => ({ name, ...TYPES[kind], optional: true }));
    const meta = footer(schema, this.#groups, keyValues, 'weir');
    this.#write(fileEnd(meta));
  }

  #write(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#put(bytes);
  }

  #flush(): void {
    const rows = this.#rows;
    if (rows.length === 0) return;
    const chunks = this.#columns.map(({ kind }, i) =>
      this.#chunk(
        kind,
        rows.map((row) => row[i]),
      ),
    );
    this.#groups.push({ rows: rows.length, chunks });
    this.#rows = [];
    this.#textBytes = 0;
  }

  #chunk(kind: TableKind, column: readonly TableValue[]): ChunkMeta {
    const values = column.filter((value) => value !== null);
    const { body, bounds } = plain(kind, values);
    const bytes = Buffer.concat([levelsOf(column), body]);
    const page = packedPage('data', column.length, ENCODING.plain, bytes, LEVEL);
    const about = { rows: column.length, nulls: column.length - values.length, distinct: null, bounds };
    return writeChunk([page], about, LEVEL, this.#length, (part) => this.#write(part));
  }
}

/** Which rows have a value: bits, behind how many bytes they and their head are. */
function levelsOf(column: readonly TableValue[]): Buffer {
  const packed = Buffer.alloc((column.length + 7) >> 3);
  column.forEach((value, row) => {
    if (value !== null) packed[row >> 3] |= 1 << (row & 7);
  });
  const head: number[] = [];
  // The lowest bit: a run of packed groups of eight.
  for (let rest = packed.length * 2 + 1; ; rest >>>= 7) {
    if (rest < 128) {
      head.push(rest);
      break;
    }
    head.push((rest & 127) | 128);
  }
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length + packed.length, 0);
  return Buffer.concat([length, Buffer.from(head), packed]);
}

function plain(
  kind: TableKind,
  values: readonly TableValue[],
): { readonly body: Uint8Array; readonly bounds: Bounds | null } {
  if (kind === 'text') return { body: plainTexts(values.map((text) => Buffer.from(text as string))), bounds: null };
  if (kind === 'boolean') {
    const body = Buffer.alloc((values.length + 7) >> 3);
    values.forEach((value, i) => {
      if (value === true) body[i >> 3] |= 1 << (i & 7);
    });
    return { body, bounds: null };
  }
  if (kind === 'float') {
    const numbers = Float64Array.from(values as number[]);
    return { body: new Uint8Array(numbers.buffer), bounds: numbers.length === 0 ? null : floatBounds(numbers) };
  }
  const numbers = BigInt64Array.from(values as bigint[]);
  let bounds: Bounds | null = null;
  if (numbers.length > 0) {
    const least = numbers.reduce((a, b) => (b < a ? b : a));
    const most = numbers.reduce((a, b) => (b > a ? b : a));
    bounds = numberBounds(least, most, true);
  }
  return { body: new Uint8Array(numbers.buffer), bounds };
}
