/** What is in segments: weir's own columns, and kinds of values in files and in the kernel. */
import { GROUP_KINDS } from '../../batch/index.ts';
import { type Logical, PHYSICAL, type Physical } from '../parquet/format.ts';
import type { SchemaColumn } from '../parquet/metadata.ts';

/** Kinds that values of events have in a segment. */
export type SegmentKind = 'integer' | 'float' | 'boolean' | 'string' | 'list' | 'raw';

/** A column of events in a segment. */
export interface SegmentColumn {
  /** Name in the file. */
  readonly name: string;
  /** Dotted path in events; a literal dot of a key is `\.`. */
  readonly path: string;
  readonly kind: SegmentKind;
}

/** weir's own columns, which stand before those of events. */
export const OWN_COLUMNS: readonly SchemaColumn[] = [
  { name: 'weir.position', physical: PHYSICAL.int64, logical: null, optional: false },
  { name: 'weir.row', physical: PHYSICAL.int32, logical: null, optional: false },
  { name: 'weir.time', physical: PHYSICAL.int64, logical: 'timestamp', optional: true },
  { name: 'weir.received', physical: PHYSICAL.int64, logical: 'timestamp', optional: false },
  { name: 'weir.shape', physical: PHYSICAL.bytes, logical: 'string', optional: false },
  { name: 'weir.type', physical: PHYSICAL.bytes, logical: 'string', optional: true },
  { name: 'weir.raw', physical: PHYSICAL.bytes, logical: null, optional: true },
];

export const KIND_NAMES: Readonly<Record<number, SegmentKind>> = {
  [GROUP_KINDS.string]: 'string',
  [GROUP_KINDS.integer]: 'integer',
  [GROUP_KINDS.float]: 'float',
  [GROUP_KINDS.boolean]: 'boolean',
  [GROUP_KINDS.list]: 'list',
  [GROUP_KINDS.raw]: 'raw',
};

export const TYPES: Readonly<Record<SegmentKind, readonly [Physical, Logical]>> = {
  string: [PHYSICAL.bytes, 'string'],
  integer: [PHYSICAL.int64, null],
  float: [PHYSICAL.double, null],
  boolean: [PHYSICAL.boolean, null],
  // As a text: a list that holds `\\ud800` is no JSON to DuckDB, which then refuses the whole file.
  list: [PHYSICAL.bytes, 'string'],
  raw: [PHYSICAL.bytes, null],
};

/** How the kernel takes the terms of a kind of values. */
export const TERMS: Readonly<Record<SegmentKind, number>> = {
  string: 1,
  integer: 1,
  list: 2,
  raw: 0,
  float: 0,
  boolean: 0,
};
