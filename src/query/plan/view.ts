/** What the planner is told of stored events. */

/** Kinds of values a column holds. `raw`: tokens as they were written, for rebuilding events only. */
export type ColumnKind = 'string' | 'integer' | 'float' | 'boolean' | 'list' | 'raw';

/** Name in the file, path in events, kind: an entry of `weir.columns`. */
export type SegmentColumn = readonly [physical: string, path: string, kind: ColumnKind];

export interface Segment {
  /** Absolute path of a Parquet file. */
  readonly file: string;
  /** `weir.source.id` of its events. */
  readonly source: string;
  /** Log id of its events: the first part of `weir.id`. */
  readonly log: string;
  readonly rows: number;
  /** Positions of the journal it stands for, both counted; absent: not known. */
  readonly positions?: readonly [first: number, last: number];
  /** Least and greatest event time, microseconds since 1970. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** Its own columns are not among them. The same list for many segments is worked out once. */
  readonly columns: readonly SegmentColumn[];
  /** Source types of its events, an empty one for events of none; absent: told by its columns. */
  readonly types?: readonly string[];
}

/** A set of segments that stays as it is while a query runs. */
export interface StoreView {
  readonly tenant: string;
  /** Absolute paths of folders that hold all its files, and none of other tenants: all that DuckDB may read. */
  readonly folders: readonly string[];
  readonly segments: readonly Segment[];
}
