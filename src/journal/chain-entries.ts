/** What the lines of a ledger say (chain.ts). */

/** Entries of the journal in `[from, to)`; root: SHA-256 over their hashes, one behind the other. */
export interface FrameEntry {
  readonly kind: 'frame';
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly root: string;
}

/** A file of the journal whose events are in segments, held against them one by one: the file that took its place, without them. */
export interface ReleaseEntry {
  readonly kind: 'release';
  readonly from: number;
  readonly to: number;
  /** Of the released file. */
  readonly sha256: string;
  /** Events that were in it, and of them those that segments have; the others have expired since. */
  readonly events: number;
  readonly stored: number;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The first line: whose ledger it is. `key`: the public key, SPKI in base64. */
export interface BeginEntry {
  readonly kind: 'begin';
  readonly log: string;
  readonly key: string;
}

/** A segment of the store: rows of `[from, to)`; `multiset` does not depend on their order, so that compaction keeps it. */
export interface SegmentRecord {
  readonly sha256: string;
  /** Below the store's folder. */
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly multiset: string;
}

/** Segments cut from the journal that became visible at once. */
export interface SegmentEntry {
  readonly kind: 'segment';
  readonly segments: readonly SegmentRecord[];
}

/** Segments that were merged, by their SHA-256, and what they became: with the sum of their multiset hashes. */
export interface CompactEntry {
  readonly kind: 'compact';
  readonly inputs: readonly string[];
  readonly output: SegmentRecord;
}

export interface EraseEntry {
  readonly kind: 'erase';
  readonly ids: readonly string[];
  /** Multiset hash of the events erased. */
  readonly subtracted: string;
}

/** Events whose time was up: of a whole segment, or of a part, and then what is left of it. */
export interface ExpireEntry {
  readonly kind: 'expire';
  readonly segment: string;
  readonly output: SegmentRecord | null;
  readonly count: number;
  /** Multiset hash of the events that went. */
  readonly subtracted: string;
  /** Name of the policy, and what it went by. */
  readonly policy: string;
  readonly because: 'age' | 'bytes';
  /** Unix milliseconds. */
  readonly at: number;
  /** Events that went, by minute of receipt since 1970: for the books. */
  readonly minutes: readonly (readonly [minute: number, events: number])[];
}

/** Segments that went to another kind of storage. */
export interface TierEntry {
  readonly kind: 'tier';
  readonly segments: readonly string[];
  readonly tier: string;
}

/** Lines that never came into effect: the process ended, or the disk failed, before the catalogue had what they say. */
export interface VoidEntry {
  readonly kind: 'void';
  readonly lines: readonly number[];
}

/** The catalogue was made anew from the files: what is no longer among the segments, and what is again. */
export interface RebuildEntry {
  readonly kind: 'rebuild';
  readonly dropped: readonly string[];
  readonly added: readonly SegmentRecord[];
}

/** What a legal hold forbids to delete. */
export interface HoldScope {
  readonly tenants?: readonly string[];
  readonly sources?: readonly string[];
  /** Event time, ISO 8601, both counted; without: from the first, up to the last. */
  readonly from?: string;
  readonly to?: string;
}

/** A legal hold begins, and who says so. */
export interface HoldEntry extends HoldScope {
  readonly kind: 'hold';
  readonly name: string;
  readonly reason: string;
  readonly by: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A legal hold ends. */
export interface UnholdEntry {
  readonly kind: 'unhold';
  readonly name: string;
  readonly by: string;
  readonly at: number;
}

/** One call of the API: a change or a read. */
export interface AuditRecord {
  /** Unix milliseconds. */
  readonly at: number;
  readonly tenant: string | null;
  /** Credential, and the name of who has it; null: nobody that is known. */
  readonly by: string | null;
  readonly name: string | null;
  readonly method: string;
  /** As declared: `/v1/holds/:name`. */
  readonly route: string;
  /** Parameters and body as JSON, without secrets, cut where they are long. */
  readonly asked: string;
  /** 0: whoever asked left before an answer began. */
  readonly status: number;
  readonly problem: string | null;
  readonly request: string;
}

/** What was asked of the API, in order. */
export interface AuditEntry {
  readonly kind: 'audit';
  readonly records: readonly AuditRecord[];
  /** Calls before these of which nothing was kept, since the disk took nothing. */
  readonly lost: number;
}

export type LedgerEntry =
  | BeginEntry
  | FrameEntry
  | ReleaseEntry
  | SegmentEntry
  | CompactEntry
  | EraseEntry
  | ExpireEntry
  | TierEntry
  | VoidEntry
  | RebuildEntry
  | HoldEntry
  | UnholdEntry
  | AuditEntry;

export type SignedEntry = LedgerEntry & {
  /** Number of the line, from 0. */
  readonly n: number;
  readonly previous: string;
  readonly signature: string;
};
