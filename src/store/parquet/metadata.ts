/** Headers of pages and the footer of a Parquet file with a flat schema. */
import zlib from 'node:zlib';
import {
  type Codec,
  ENCODING,
  type Encoding,
  FOOTER_CHECK,
  type Logical,
  MAGIC,
  PAGE,
  type Physical,
} from './format.ts';
import { ThriftWriter } from './thrift.ts';

export interface SchemaColumn {
  readonly name: string;
  readonly physical: Physical;
  readonly logical: Logical;
  readonly optional: boolean;
}

/** Least and greatest value as plain bytes (of texts without their length); null: not known. */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

export interface ChunkMeta {
  readonly codec: Codec;
  readonly encodings: readonly Encoding[];
  readonly values: number;
  readonly nulls: number;
  /** Bytes with page headers. */
  readonly uncompressed: number;
  readonly compressed: number;
  readonly dictionaryAt: number | null;
  readonly dataAt: number;
  /** Distinct values, where there is a dictionary. */
  readonly distinct: number | null;
  readonly bounds: Bounds | null;
}

export interface RowGroupMeta {
  readonly rows: number;
  /** One for each column of the schema. */
  readonly chunks: readonly ChunkMeta[];
}

/** What stands before every page. */
export interface PageSizes {
  readonly values: number;
  readonly uncompressed: number;
  readonly compressed: number;
  /** CRC-32 of the page's bytes as they stand in the file. */
  readonly crc: number;
}

export function dataPageHeader(page: PageSizes & { readonly encoding: Encoding }): Uint8Array {
  return pageHeader(PAGE.data, page, (out) => {
    out.struct(5, () => {
      out.i32(1, page.values);
      out.i32(2, page.encoding);
      out.i32(3, ENCODING.rle);
      out.i32(4, ENCODING.rle);
    });
  });
}

export function dictionaryPageHeader(page: PageSizes): Uint8Array {
  return pageHeader(PAGE.dictionary, page, (out) => {
    out.struct(7, () => {
      out.i32(1, page.values);
      out.i32(2, ENCODING.plain);
    });
  });
}

function pageHeader(kind: number, page: PageSizes, own: (out: ThriftWriter) => void): Uint8Array {
  const out = new ThriftWriter();
  out.i32(1, kind);
  out.i32(2, page.uncompressed);
  out.i32(3, page.compressed);
  out.i32(4, page.crc | 0);
  own(out);
  return out.end().bytes();
}

const CONVERTED = { string: 0, timestamp: 10 } as const;

export function footer(
  schema: readonly SchemaColumn[],
  groups: readonly RowGroupMeta[],
  keyValues: Readonly<Record<string, string>>,
  createdBy: string,
): Uint8Array {
  const out = new ThriftWriter();
  out.i32(1, 2);
  const elements: (SchemaColumn | null)[] = [null, ...schema];
  out.structs(2, elements, (column) => {
    if (column === null) {
      out.text(4, 'event');
      out.i32(5, schema.length);
      return;
    }
    out.i32(1, column.physical);
    out.i32(3, column.optional ? 1 : 0);
    out.text(4, column.name);
    const { logical } = column;
    if (logical === null) return;
    out.i32(6, CONVERTED[logical]);
    out.struct(10, () => {
      if (logical === 'string') out.struct(1, () => {});
      else {
        out.struct(8, () => {
          out.boolean(1, true);
          out.struct(2, () => out.struct(2, () => {}));
        });
      }
    });
  });
  out.i64(
    3,
    groups.reduce((sum, { rows }) => sum + rows, 0),
  );
  out.structs(4, groups, (group) => {
    out.structs(
      1,
      group.chunks.map((chunk, i) => ({ chunk, column: schema[i] })),
      ({ chunk, column }) => {
        out.i64(2, 0);
        out.struct(3, () => chunkMeta(out, chunk, column));
      },
    );
    out.i64(
      2,
      group.chunks.reduce((sum, { uncompressed }) => sum + uncompressed, 0),
    );
    out.i64(3, group.rows);
    out.i64(
      6,
      group.chunks.reduce((sum, { compressed }) => sum + compressed, 0),
    );
  });
  out.structs(5, Object.entries(keyValues), ([key, value]) => {
    out.text(1, key);
    out.text(2, value);
  });
  out.text(6, createdBy);
  // Bounds are in the order of each column's type.
  out.structs(7, schema, () => out.struct(1, () => {}));
  return out.end().bytes();
}

/** What stands behind the last page: the footer, and before it what weir holds it against. Readers of Parquet look no further than the footer. */
export function fileEnd(meta: Uint8Array): Uint8Array {
  const check = Buffer.alloc(8);
  check.write(FOOTER_CHECK, 'latin1');
  check.writeUInt32LE(zlib.crc32(meta), 4);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(meta.length, 0);
  tail.write(MAGIC, 4);
  return Buffer.concat([check, meta, tail]);
}

function chunkMeta(out: ThriftWriter, chunk: ChunkMeta, column: SchemaColumn): void {
  out.i32(1, column.physical);
  out.i32s(2, chunk.encodings);
  out.texts(3, [column.name]);
  out.i32(4, chunk.codec);
  out.i64(5, chunk.values);
  out.i64(6, chunk.uncompressed);
  out.i64(7, chunk.compressed);
  out.i64(9, chunk.dataAt);
  if (chunk.dictionaryAt !== null) out.i64(11, chunk.dictionaryAt);
  out.struct(12, () => {
    out.i64(3, chunk.nulls);
    if (chunk.distinct !== null) out.i64(4, chunk.distinct);
    if (chunk.bounds === null) return;
    out.binary(5, chunk.bounds.max);
    out.binary(6, chunk.bounds.min);
  });
}
