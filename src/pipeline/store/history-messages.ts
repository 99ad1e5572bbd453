/** What the server and the threads of its history tell each other. */
import type { HoldEntry, ReleaseEntry } from '../../journal/index.ts';
import type { Segment } from '../../query/index.ts';
import type { ColumnNeed, Found, Narrowed, NewSegment, SegmentQuery, StoreStats } from '../../store/index.ts';
import type { HuntView } from '../hunt/view.ts';
import type { OutsideRetention } from './expirations.ts';
import type { Fields } from './field-counts.ts';
import type { WarmSettings } from './history.ts';
import type { MergeInput } from './merge.ts';
import type { ObjectPlace } from './object-place.ts';
import type { ReleaseSettings, ReleaseWaits } from './releasing.ts';
import type { Retained, RetentionSettings } from './retention.ts';
import type { SegmentHead } from './segment-chain.ts';
import type { Tiered, TierSettings } from './tiering.ts';

/** Segments that stay until they are released. */
export interface ThreadView {
  readonly lease: number;
  /** Everything before this position is in the segments. */
  readonly position: number;
  readonly segments: readonly Segment[];
  readonly all: Found['all'];
  readonly pruned: Found['pruned'];
  /** Paths of those that are in the object store, and to be fetched before they are read. */
  readonly cold: ReadonlySet<string>;
  /** What the query may have asked for and retention has let go of; null: nothing. */
  readonly outside: OutsideRetention | null;
}

/** Segments that were to be fetched and cannot be read for now, by their paths, and why. */
export type AwayFiles = ReadonlyMap<string, string>;

/** The same as a hunt takes it. */
export interface HuntThreadView extends HuntView {
  readonly lease: number;
}

/** A segment of the object store that is on disk until it is released, or why it is not. */
export interface CopyAnswer {
  readonly lease: number;
  readonly away: string | null;
}

/** What a backup is made of. */
export interface BackupView {
  readonly lease: number;
  readonly segmentLedgerBytes: number;
}

/** Where a query gets its segments from: a server's thread, or a folder of one's own. */
export interface HistorySource {
  view(query: SegmentQuery): Promise<ThreadView>;
  /** Which segments of a view, by their files, may meet all needs; and their row groups. */
  narrow(files: readonly string[], needs: readonly ColumnNeed[]): Promise<Narrowed>;
  /** Has these segments of a view on disk until it is released; but for those it gives, all are there then. */
  fetch(view: Pick<ThreadView, 'lease'>, files: readonly string[]): Promise<AwayFiles>;
  release(view: ThreadView): void;
  /** Fields of all events of a tenant that are in segments. */
  fields(tenant: string): Promise<Fields>;
}

export interface HistoryState {
  /** Everything before this position is in segments. */
  readonly position: number;
  readonly segments: number;
  readonly rows: number;
  readonly bytes: number;
  /** Since the start. */
  readonly flushed: number;
  readonly merged: number;
  /** The ledger of segments; null: nothing was added since the start. */
  readonly signed: SegmentHead | null;
  /** What retention did last, and when (Unix milliseconds); null: nothing since the start. */
  readonly retention: (Retained & { readonly at: number }) | null;
  /** What went to the object store last, and when (Unix milliseconds); null: nothing was looked at since the start. */
  readonly tiered: (Tiered & { readonly at: number }) | null;
  /** The journal's files whose events are in segments; null: nothing was looked at since the start. */
  readonly released: ReleaseState | null;
  /** Why it does not go on; null: it does. */
  readonly failed: string | null;
}

export interface ReleaseState {
  /** What the oldest file that is whole waits for; null: nothing, it is being released. */
  readonly waits: ReleaseWaits | null;
  /** Why the last one was not, if it was not. */
  readonly failed: string | null;
}

/** What its thread begins with. */
export interface HistoryWorkerData {
  /** The data folder. */
  readonly folder: string;
  /** The private key of the ledgers; null: `key.pem` beside them. */
  readonly keyPath: string | null;
  /** Whether segments are cut and merged as events come; else when somebody asks. */
  readonly continuously: boolean;
  readonly retention: (RetentionSettings & { readonly everyMs: number }) | null;
  /** What is merged of events that are all so old is compressed so; null: as anything else. */
  readonly warm: WarmSettings | null;
  /** Null: nothing goes to an object store. */
  readonly tiers: (TierSettings & { readonly place: ObjectPlace; readonly everyMs: number }) | null;
  /** Null: the journal keeps all its events. */
  readonly release: ReleaseSettings | null;
}

export type HoldRequest = Omit<HoldEntry, 'kind' | 'at'>;

export type ToHistory =
  | {
      readonly kind: 'durable';
      readonly position: number;
      readonly bytes: number;
      /** Whether the server has the memory that merging takes. */
      readonly canMerge: boolean;
    }
  | { readonly kind: 'view'; readonly call: number; readonly query: SegmentQuery; readonly position: number }
  | { readonly kind: 'hunt-view'; readonly call: number; readonly query: SegmentQuery; readonly position: number }
  | {
      readonly kind: 'narrow';
      readonly call: number;
      readonly files: readonly string[];
      readonly needs: readonly ColumnNeed[];
    }
  | { readonly kind: 'fetch'; readonly call: number; readonly lease: number; readonly files: readonly string[] }
  | { readonly kind: 'copy'; readonly call: number; readonly file: string }
  | { readonly kind: 'backup'; readonly call: number; readonly file: string }
  | { readonly kind: 'release'; readonly lease: number }
  | { readonly kind: 'stats'; readonly call: number }
  | { readonly kind: 'fields'; readonly call: number; readonly tenant: string }
  | { readonly kind: 'holds'; readonly call: number }
  | { readonly kind: 'hold'; readonly call: number; readonly hold: HoldRequest }
  | { readonly kind: 'unhold'; readonly call: number; readonly name: string; readonly by: string }
  | { readonly kind: 'close'; readonly call: number };

export type HistoryAnswer =
  | ThreadView
  | Narrowed
  | HuntThreadView
  | BackupView
  | AwayFiles
  | CopyAnswer
  | StoreStats
  | Fields
  | readonly HoldEntry[]
  | null;

export type FromHistory =
  | { readonly kind: 'state'; readonly state: HistoryState }
  /** A released file is written: the journal is to take it in place of the one it was made of. */
  | { readonly kind: 'release'; readonly entry: ReleaseEntry }
  | { readonly kind: 'answer'; readonly call: number; readonly answer: HistoryAnswer }
  | { readonly kind: 'failed'; readonly call: number; readonly code: string; readonly message: string };

export interface ToMerger {
  readonly folder: string;
  readonly inputs: readonly MergeInput[];
  readonly level: number;
  /** Level of compression. */
  readonly zstd: number;
}

export type FromReleaser =
  | { readonly kind: 'written'; readonly entry: ReleaseEntry }
  | { readonly kind: 'failed'; readonly message: string };

export type FromMerger =
  | { readonly kind: 'merged'; readonly segment: NewSegment }
  | { readonly kind: 'failed'; readonly message: string };
