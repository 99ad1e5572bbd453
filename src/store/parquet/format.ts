/** Numbers of Parquet's metadata (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift). */

export const MAGIC = 'PAR1';
/** Before the CRC-32 of the footer, in the eight bytes before it. */
export const FOOTER_CHECK = 'WCRC';

export const PHYSICAL = { boolean: 0, int32: 1, int64: 2, double: 5, bytes: 6 } as const;
export type Physical = (typeof PHYSICAL)[keyof typeof PHYSICAL];

export const ENCODING = {
  plain: 0,
  plainDictionary: 2,
  rle: 3,
  delta: 5,
  deltaLength: 6,
  deltaBytes: 7,
  dictionary: 8,
} as const;
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

export const CODEC = { none: 0, zstd: 6 } as const;
export type Codec = (typeof CODEC)[keyof typeof CODEC];

export const PAGE = { data: 0, dictionary: 2 } as const;

/** What a column means beyond its physical type; null: nothing. */
export type Logical = 'string' | 'timestamp' | null;
