/** What goes into and comes out of `detect.db`. Times are epoch milliseconds throughout, fractions allowed. */

/** Names one version of a rule: `version` is the hash of its compiled form (contract: identity). */
export interface RuleRef {
  readonly id: string;
  readonly version: string;
  readonly level: string;
}

export interface Hit {
  readonly tenant: string;
  readonly rule: RuleRef;
  readonly source: string;
  /** Number of the journal entry, from 0, and of the row in it. */
  readonly position: number;
  readonly row: number;
  /** Event time; null where the event has none. */
  readonly time: number | null;
  /** Receive time. */
  readonly received: number;
  /** False for what was found in a replay over history: stored, listed, never notified. */
  readonly live: boolean;
  /** JSON members without braces: `"rule":{…},"time":…,"host":…,"matches":[…],"event":{…}`. Not copied until the commit is done. */
  readonly body: Uint8Array;
}

export interface CorrelationHit {
  /** H(rule id, version, group key, first event id). No dashes-and-digits form of a hit's id: any other text, 128 characters at most. */
  readonly id: string;
  readonly tenant: string;
  readonly rule: RuleRef;
  readonly source: string;
  /** Rises by late events; what is not above the stored one is a duplicate. */
  readonly revision: number;
  /** The entry whose evaluation brought this revision. */
  readonly position: number;
  readonly time: number | null;
  readonly received: number;
  readonly live: boolean;
  readonly body: Uint8Array;
}

export interface Checkpoint {
  /** All results of entries up to and including this one are in this commit or an earlier one. Never falls. */
  readonly position: number;
  /** Receive time of that entry. */
  readonly received: number;
  /** The rule set in force after it. */
  readonly ruleSet: string;
  /** What else the evaluator must find again after a crash, e.g. watermarks: its own JSON text. */
  readonly state?: string;
}

/** Events of one tenant evaluated by one rule set, from one entry to another, both included. */
export interface LedgerRange {
  readonly tenant: string;
  readonly ruleSet: string;
  readonly from: number;
  readonly to: number;
  readonly events: number;
  /** Sum over rows of the rules of their lane. */
  readonly evaluations: number;
  readonly receivedFrom: number;
  readonly receivedTo: number;
}

/** Why a rule did not see events: `stage_off` is said of rule `*`, every rule. */
export type ExceptionReason =
  | 'disabled'
  | 'field_never_present'
  | 'late'
  | 'over_budget'
  | 'quarantined'
  | 'stage_off'
  | 'failed';

export interface LedgerException {
  readonly tenant: string;
  /** Rule id, or `*` for every rule. */
  readonly rule: string;
  readonly reason: ExceptionReason;
  /** First entry concerned. */
  readonly from: number;
  /**
   * Last entry concerned; null: it holds from here on, until a later commit gives the same tenant, rule and reason with
   * a `to`. So a rule that is off costs one row however long it is.
   */
  readonly to: number | null;
  /** Events concerned in this range, as far as counted. */
  readonly events: number;
  readonly receivedFrom: number;
  readonly receivedTo: number | null;
  readonly detail?: string;
}

/** Events of one kind that a tenant sent, as a commit adds them. */
export interface Arrival {
  readonly tenant: string;
  /** Names the kind: any text. */
  readonly lane: string;
  /** Entry with the first of them, and when it and the last of them were received. */
  readonly position: number;
  readonly received: number;
  readonly lastReceived: number;
  readonly events: number;
  /** Columns they have, those not known yet among them. */
  readonly columns: readonly string[];
  /** They have others, too. */
  readonly more: boolean;
}

/** Where something came for the first time. */
export interface FirstSeen {
  readonly position: number;
  /** Events of its lane before it. */
  readonly before: number;
}

/** What has arrived of one kind. */
export interface Lane {
  readonly lane: string;
  readonly events: number;
  /** Entry with the first event, and when it was received. */
  readonly position: number;
  readonly received: number;
  readonly lastReceived: number;
  readonly columns: ReadonlyMap<string, FirstSeen>;
  /** There are columns beyond these. */
  readonly more: boolean;
}

export type DeadLetterState = 'open' | 'replayed' | 'dismissed';

export interface DeadLetter {
  readonly tenant: string;
  readonly source: string;
  /** Through which door it came: `http`, `bulk`, … */
  readonly door: string;
  readonly position: number;
  readonly row: number;
  readonly received: number;
  /** Reason as a code (`json.syntax`) and in words. */
  readonly code: string;
  readonly reason: string;
  /** Cut at `deadLetterRawBytesMax`; how long it was is kept. */
  readonly raw: Uint8Array;
  /** Its length as it came, where `raw` is cut already. */
  readonly rawBytes?: number;
}

export interface Counter {
  readonly tenant: string;
  readonly name: string;
  readonly add: number;
}

export interface Commit {
  /** `<log id>/<partition>`: the journal in which all positions of this commit count. */
  readonly log: string;
  readonly checkpoint?: Checkpoint;
  readonly hits?: readonly Hit[];
  readonly correlationHits?: readonly CorrelationHit[];
  readonly ledger?: { readonly ranges?: readonly LedgerRange[]; readonly exceptions?: readonly LedgerException[] };
  readonly deadLetters?: readonly DeadLetter[];
  /** In order of positions. */
  readonly arrivals?: readonly Arrival[];
  /** State of the correlations as of this commit's checkpoint; replaces the one before. */
  readonly snapshot?: Uint8Array;
  readonly counters?: readonly Counter[];
}

export interface CommitResult {
  /** Newly stored, and dropped because the same id was there. */
  readonly hits: number;
  readonly duplicateHits: number;
  readonly correlationHits: number;
  readonly revisedCorrelationHits: number;
  readonly duplicateCorrelationHits: number;
  readonly deadLetters: number;
  readonly duplicateDeadLetters: number;
  /** Sequence of the last hit ever stored. */
  readonly sequence: number;
}

/** A hit as it is read. */
export interface StoredHit {
  /** Place in the order in which hits were stored, from 1; grows, with gaps. The cursor of lists and streams. */
  readonly sequence: number;
  readonly id: string;
  readonly tenant: string;
  readonly rule: RuleRef;
  readonly source: string;
  /** `<log>/<position>/<row>`; of a correlation hit, null: its events are in the body. */
  readonly eventId: string | null;
  readonly time: number | null;
  readonly received: number;
  readonly live: boolean;
  /** Of a correlation hit; else null. */
  readonly revision: number | null;
  readonly body: Uint8Array;
}

/**
 * What retention and erasure will ask of `Detections`; not built yet. Sequences and ids of what is gone are never given out again, and
 * counts by rule and minute stay: they say what was found, not what is kept.
 */
export interface DetectionsErasure {
  /** Everything received before a time. */
  expire(tenant: string, receivedBefore: number): { readonly hits: number; readonly deadLetters: number };
  /** Hits and dead letters by id, whole rows rewritten without them. */
  erase(tenant: string, ids: readonly string[]): { readonly hits: number; readonly deadLetters: number };
}
