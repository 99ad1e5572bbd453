/** The footer of a Parquet file and the headers of its pages, checked before anything is made of what they say. */
import { crc32 } from 'node:zlib';
import {
  CODEC,
  type Codec,
  ENCODING,
  type Encoding,
  FOOTER_CHECK,
  type Logical,
  MAGIC,
  PAGE,
  PHYSICAL,
  type Physical,
} from './format.ts';
import type { Bounds, ChunkMeta, RowGroupMeta, SchemaColumn } from './metadata.ts';
import { Fault, type RangeReader, reading } from './read-range.ts';
import { ThriftReader } from './read-thrift.ts';

/** Rows of one row group: its codes take four bytes each, however few bytes they stand in. */
export const GROUP_ROWS_MAX = 1 << 22;
/** Bytes of one column of one row group once unpacked, pages together. */
export const CHUNK_BYTES_MAX = 1 << 29;
const FOOTER_BYTES_MAX = 1 << 28;
/** Length of the footer and the word at the end. */
const TAIL = 8;
/** Before the footer: a word and the footer's CRC-32. */
const CHECK = 8;
const FIRST_READ = 64 << 10;

export interface FileMeta {
  readonly schema: readonly SchemaColumn[];
  readonly groups: readonly RowGroupMeta[];
  readonly rows: number;
  readonly keyValues: ReadonlyMap<string, string>;
  /** Where the footer begins and pages end. */
  readonly end: number;
}

/** @throws WeirError `store.damaged` */
export function readFooter(reader: RangeReader): FileMeta {
  const first = Math.min(reader.size, FIRST_READ);
  let tail = reader.read(reader.size - first, first);
  const { end, length } = reading(reader, 'its end', reader.size - first, () => {
    if (reader.size < MAGIC.length + CHECK + TAIL) throw new Fault(first, `${reader.size} bytes are no Parquet file`);
    const view = Buffer.from(tail.buffer, tail.byteOffset, tail.length);
    if (view.toString('latin1', first - MAGIC.length) !== MAGIC) throw new Fault(first, `it does not end in ${MAGIC}`);
    const bytes = view.readUInt32LE(first - TAIL);
    if (bytes > FOOTER_BYTES_MAX || bytes > reader.size - TAIL - CHECK - MAGIC.length)
      throw new Fault(first - TAIL, `a footer of ${bytes} bytes does not fit`);
    return { end: reader.size - TAIL - bytes, length: bytes };
  });
  const all = length + TAIL + CHECK;
  tail = all <= first ? tail.subarray(first - all, first - TAIL) : reader.read(end - CHECK, length + CHECK);
  return reading(reader, 'its footer', end - CHECK, () => {
    const check = Buffer.from(tail.buffer, tail.byteOffset, CHECK);
    const footer = tail.subarray(CHECK);
    // Files of others have none; in ours it is always there.
    if (check.toString('latin1', 0, 4) === FOOTER_CHECK && check.readUInt32LE(4) !== crc32(footer))
      throw new Fault(0, 'it is not as its checksum says');
    return footerOf(footer, end);
  });
}

function footerOf(bytes: Uint8Array, end: number): FileMeta {
  const thrift = new ThriftReader(bytes);
  let schema: SchemaColumn[] = [];
  const groups: RowGroupMeta[] = [];
  const keyValues = new Map<string, string>();
  let rows = -1;
  thrift.struct((id) => {
    if (id === 2) schema = schemaOf(thrift);
    else if (id === 3) rows = thrift.integer();
    else if (id === 4) thrift.structs(() => groups.push(groupOf(thrift, schema, end)));
    else if (id === 5) {
      thrift.structs(() => {
        let [key, value] = ['', ''];
        thrift.struct((field) => {
          if (field === 1) key = thrift.text();
          else if (field === 2) value = thrift.text();
        });
        keyValues.set(key, value);
      });
    }
  });
  if (thrift.at !== bytes.length) throw new Fault(thrift.at, 'something follows the footer');
  const sum = groups.reduce((before, group) => before + group.rows, 0);
  if (sum !== rows) throw new Fault(0, `its row groups have ${sum} rows, not ${rows}`);
  return { schema, groups, rows, keyValues, end };
}

const PHYSICALS: ReadonlySet<number> = new Set(Object.values(PHYSICAL));

function schemaOf(thrift: ThriftReader): SchemaColumn[] {
  const columns: SchemaColumn[] = [];
  let children = -1;
  thrift.structs((index) => {
    let [physical, repetition, name, below] = [-1, -1, '', 0];
    let logical: Logical = null;
    thrift.struct((id) => {
      if (id === 1) physical = thrift.integer();
      else if (id === 3) repetition = thrift.integer();
      else if (id === 4) name = thrift.text();
      else if (id === 5) below = thrift.integer();
      else if (id === 10) logical = logicalOf(thrift);
    });
    if (index === 0) {
      children = below;
      return;
    }
    if (below !== 0 || !(repetition === 0 || repetition === 1))
      throw new Fault(thrift.at, `column ${name} is nested, as no column of weir is`);
    if (!PHYSICALS.has(physical))
      throw new Fault(thrift.at, `column ${name} is of type ${physical}, which weir does not write`);
    columns.push({ name, physical: physical as Physical, logical, optional: repetition === 1 });
  });
  if (children !== columns.length) throw new Fault(thrift.at, `it has ${columns.length} columns, not ${children}`);
  return columns;
}

function logicalOf(thrift: ThriftReader): Logical {
  let logical: Logical = null;
  thrift.inner((id) => {
    logical = id === 1 ? 'string' : id === 8 ? 'timestamp' : null;
  });
  return logical;
}

function groupOf(thrift: ThriftReader, schema: readonly SchemaColumn[], end: number): RowGroupMeta {
  const chunks: ChunkMeta[] = [];
  let rows = -1;
  thrift.struct((id) => {
    if (id === 3) rows = thrift.integer();
    else if (id === 1) {
      thrift.structs((index) => {
        const column = schema[index];
        if (column === undefined) throw new Fault(thrift.at, `a row group has more than ${schema.length} columns`);
        let chunk: ChunkMeta | null = null;
        thrift.struct((field) => {
          if (field === 3) chunk = chunkOf(thrift, column);
        });
        if (chunk === null) throw new Fault(thrift.at, `column ${column.name} has no metadata`);
        chunks.push(chunk);
      });
    }
  });
  if (chunks.length !== schema.length)
    throw new Fault(thrift.at, `a row group has ${chunks.length} columns, not ${schema.length}`);
  if (!(rows >= 0 && rows <= GROUP_ROWS_MAX))
    throw new Fault(thrift.at, `a row group has ${rows} rows, more than ${GROUP_ROWS_MAX}`);
  for (const [i, chunk] of chunks.entries()) checkChunk(thrift.at, schema[i], chunk, rows, end);
  return { rows, chunks };
}

function chunkOf(thrift: ThriftReader, column: SchemaColumn): ChunkMeta {
  let [physical, codec, values, uncompressed, compressed, dataAt, nulls] = [-1, -1, -1, -1, -1, -1, 0];
  let encodings: number[] = [];
  let [dictionaryAt, distinct]: (number | null)[] = [null, null];
  let bounds: Bounds | null = null;
  let path: string[] = [];
  thrift.inner((id) => {
    if (id === 1) physical = thrift.integer();
    else if (id === 2) encodings = thrift.integers();
    else if (id === 3) path = thrift.texts();
    else if (id === 4) codec = thrift.integer();
    else if (id === 5) values = thrift.integer();
    else if (id === 6) uncompressed = thrift.integer();
    else if (id === 7) compressed = thrift.integer();
    else if (id === 9) dataAt = thrift.integer();
    else if (id === 11) dictionaryAt = thrift.integer();
    else if (id === 12) {
      let [min, max]: (Uint8Array | null)[] = [null, null];
      thrift.inner((field) => {
        if (field === 3) nulls = thrift.integer();
        else if (field === 4) distinct = thrift.integer();
        else if (field === 5) max = thrift.binary();
        else if (field === 6) min = thrift.binary();
      });
      if (min !== null && max !== null) bounds = { min, max };
    }
  });
  const { name } = column;
  if (physical !== column.physical || path.length !== 1 || path[0] !== name)
    throw new Fault(
      thrift.at,
      `a column is ${path.join('.')} of type ${physical} where ${name} of ${column.physical} should be`,
    );
  if (codec !== CODEC.none && codec !== CODEC.zstd)
    throw new Fault(thrift.at, `column ${name} is compressed by ${codec}, which weir does not use`);
  return {
    ...{ codec: codec as Codec, encodings: encodings as Encoding[], values, nulls, uncompressed, compressed },
    ...{ dictionaryAt, dataAt, distinct, bounds },
  };
}

function checkChunk(at: number, { name, optional }: SchemaColumn, chunk: ChunkMeta, rows: number, end: number): void {
  const { values, nulls, compressed, uncompressed, dataAt, dictionaryAt } = chunk;
  const from = dictionaryAt ?? dataAt;
  if (values !== rows || nulls < 0 || nulls > (optional ? rows : 0))
    throw new Fault(at, `column ${name} has ${values} values and ${nulls} nulls in ${rows} rows`);
  if (
    !(
      from >= MAGIC.length &&
      dataAt >= from &&
      compressed > 0 &&
      from + compressed <= end &&
      dataAt < from + compressed
    )
  )
    throw new Fault(at, `column ${name} of ${compressed} bytes at ${from} does not lie before byte ${end}`);
  if (!(uncompressed > 0 && uncompressed <= CHUNK_BYTES_MAX))
    throw new Fault(at, `column ${name} takes ${uncompressed} bytes, more than ${CHUNK_BYTES_MAX}`);
}

export interface PageHeader {
  readonly isDictionary: boolean;
  /** Of the dictionary; of a data page rows, those without a value among them. */
  readonly values: number;
  readonly encoding: number;
  readonly uncompressed: number;
  readonly compressed: number;
  /** Where the page's bytes begin. */
  readonly at: number;
}

/** Reads the header at `at` of a chunk; the page behind it is there and as its checksum says, where it has one. */
export function readPageHeader(bytes: Uint8Array, at: number): PageHeader {
  const thrift = new ThriftReader(bytes, at);
  let [type, uncompressed, compressed, values, encoding, levels] = [-1, -1, -1, -1, -1, ENCODING.rle as number];
  let checksum: number | null = null;
  let found = -1;
  thrift.struct((id) => {
    if (id === 1) type = thrift.integer();
    else if (id === 2) uncompressed = thrift.integer();
    else if (id === 3) compressed = thrift.integer();
    else if (id === 4) checksum = thrift.integer();
    else if (id === 5 || id === 7) {
      found = id;
      thrift.inner((field) => {
        if (field === 1) values = thrift.integer();
        else if (field === 2) encoding = thrift.integer();
        else if (field === 3 && id === 5) levels = thrift.integer();
      });
    }
  });
  if (!((type === PAGE.data && found === 5) || (type === PAGE.dictionary && found === 7)))
    throw new Fault(at, `a page is of type ${type}, which weir does not write`);
  if (levels !== ENCODING.rle) throw new Fault(at, `levels are encoded by ${levels}, which weir does not use`);
  if (
    !(compressed >= 0 && compressed <= bytes.length - thrift.at && uncompressed >= 0 && uncompressed <= CHUNK_BYTES_MAX)
  )
    throw new Fault(at, `a page of ${compressed} bytes, ${uncompressed} unpacked, does not fit`);
  if (!(values >= 0 && values <= GROUP_ROWS_MAX)) throw new Fault(at, `a page has ${values} values`);
  if (checksum !== null && crc32(bytes.subarray(thrift.at, thrift.at + compressed)) !== checksum >>> 0)
    throw new Fault(at, 'a page is not as its checksum says');
  return { isDictionary: type === PAGE.dictionary, values, encoding, uncompressed, compressed, at: thrift.at };
}
