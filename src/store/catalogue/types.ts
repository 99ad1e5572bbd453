/** Values that the catalogue takes and gives. */
import type { SegmentColumn } from '../segment/kinds.ts';
import type { GroupTerms } from '../segment/terms.ts';

/** A number or a text that nothing lies beyond. Texts compare by code point, as their UTF-8 does. */
export type Bound = bigint | number | string;

/** No value lies outside; both of one kind. They hold, but need not be values themselves: long texts are cut. */
export interface Bounds {
  readonly least: Bound;
  readonly greatest: Bound;
}

/** What is known of a column beside its name. */
export interface MeasuredColumn extends SegmentColumn {
  /** Rows without a value. */
  readonly nulls?: number;
  readonly bounds?: Bounds;
}

/** What the catalogue keeps of a segment. Times are microseconds since 1970, both ends counted. */
export interface SegmentInfo {
  readonly tenant: string;
  readonly source: string;
  /** `<log id>/<partition>`. */
  readonly log: string;
  /** 0 of what was cut from the journal; of what was made from segments, one more than the greatest of theirs. */
  readonly level: number;
  /** Journal positions it stands for, both ends counted; one that was made from others stands for theirs, whatever it left out. */
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  /** Of the file. */
  readonly bytes: number;
  /** Of its events as they came, where that was counted. */
  readonly rawBytes?: number;
  /** Source types of its events, an empty one for events of none; absent: not known. */
  readonly types?: readonly string[];
  /** Of event time, of receive time where an event has none. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  readonly minReceived: bigint;
  readonly maxReceived: bigint;
}

/** A segment whose file is on disk, durable. */
export interface NewSegment extends SegmentInfo {
  /** Relative to the store's folder. */
  readonly file: string;
  readonly columns: readonly MeasuredColumn[];
  /** Multiset hash of its events (segment/digest.ts); absent: not known, and to be worked out from the file. */
  readonly multiset?: string;
  /** Of the file, where it was just written. */
  readonly sha256?: string;
  /** Whether it is in the object store, under its `sha256`, rather than on disk. */
  readonly isCold?: boolean;
  /** Its row groups in order, and where the filters of their terms stand; absent: not known, so that any term may be in it. */
  readonly groups?: readonly GroupTerms[];
}

/** A segment of the catalogue. */
export interface StoredSegment extends SegmentInfo {
  readonly file: string;
  /** SHA-256 of the file, where that is in the object store and what is on disk a copy at most; null: it is on disk. */
  readonly object: string | null;
  /** Worked out when asked for, once for all segments with the same. */
  readonly columns: readonly SegmentColumn[];
}

/** Which of some segments may meet what is asked, and what is known of their row groups. */
export interface Narrowed {
  /** Those that may. One that is no segment any more may. */
  readonly files: ReadonlyMap<string, readonly GroupTerms[] | null>;
  readonly pruned: Pick<Found['pruned'], 'columns' | 'values'>;
}

/** How far a log is in segments. */
export interface Progress {
  readonly log: string;
  /** All frames before this position are in segments. */
  readonly position: number;
}

/** Why segments take the place of others. */
export type Reason = 'merge' | 'retention' | 'erasure' | 'tier';

export interface SegmentQuery {
  readonly tenant: string;
  /** One of these; all where nothing is said. */
  readonly sources?: readonly string[];
  /** Least and greatest time of events, microseconds since 1970, both counted. */
  readonly from?: bigint;
  readonly to?: bigint;
  /** A row counts only if it meets all of these. */
  readonly needs?: readonly ColumnNeed[];
}

/** A value that is not null of one of these paths; where more is said, one of which that holds. */
export interface ColumnNeed {
  readonly paths: readonly string[];
  /** Equal to one of these. A number is also looked for as its decimal text, and such a text as the number. */
  readonly values?: readonly Bound[];
  /** At least, at most. Numbers rule out columns of numbers only, texts columns of texts. */
  readonly from?: Bound;
  readonly to?: Bound;
}

export interface Tally {
  readonly segments: number;
  readonly rows: number;
}

/** Segments that may hold rows of an answer, and how many were ruled out by what. */
export interface Found {
  readonly segments: readonly StoredSegment[];
  /** Of this tenant and these sources, ruled out or not. */
  readonly all: Tally;
  readonly pruned: {
    /** No event of that time. */
    readonly time: Tally;
    /** No column of a path that is needed. */
    readonly columns: Tally;
    /** No such value within the bounds of a column. */
    readonly values: Tally;
  };
}

/** A file that is no segment's any more and is yet to be deleted. */
export interface Garbage {
  readonly file: string;
  readonly bytes: number;
  readonly why: Reason | 'rebuild';
  /** Unix milliseconds. */
  readonly since: number;
}

/** An object that is no segment's any more, or not yet. */
export interface StrayObject {
  readonly key: string;
  /** Of the segment that it was, or was to be, the file of. */
  readonly file: string;
  readonly bytes: number;
}

export interface LevelCount {
  readonly level: number;
  readonly segments: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of events as they came; 0 where nobody counted. */
  readonly rawBytes: number;
}
