/** What crosses the ports between the threads of the live server. */
import type { ThreadLoad, ToldError } from '../../base/index.ts';
import type { LiveCounts } from '../../detect/index.ts';
import type { Recovery, ReleaseEntry } from '../../journal/index.ts';
import type { RuleVersion } from '../../store/index.ts';
import type { RulePackage } from '../scanner.ts';
import type { Control } from './control.ts';
import type { RuleNames } from './detector.ts';
import type { DoorCosts } from './door.ts';
import type { Port } from './machine.ts';
import type { MaskPolicy } from './masking.ts';
import type { Counts, RetryOutcome } from './node-options.ts';
import type { ValidationPolicy } from './policy.ts';
import type { StageSwitch } from './stages.ts';
import type { Delivery, DurableUnit, Evaluated, UnitDraft } from './types.ts';

/** Why a unit did not come to be; codes are those of errors. */
export interface Refused extends ToldError {
  readonly unit: number;
}

// To and from door workers.
export type ToDoor =
  | {
      readonly kind: 'start';
      readonly module: WebAssembly.Module;
      /** Where large bodies come, as `Delivery`. */
      readonly large: Port;
      readonly journal: Port;
      readonly detect: Port;
    }
  | { readonly kind: 'rules'; readonly epoch: number; readonly rules: RulePackage; readonly current: boolean }
  /** Before the first delivery that names it. */
  | { readonly kind: 'policy'; readonly id: string; readonly policy: ValidationPolicy }
  | { readonly kind: 'mask'; readonly mask: MaskPolicy }
  /** A small body; what it names has come before it, for large ones too. */
  | { readonly kind: 'deliver'; readonly delivery: Delivery };

/** Up to so many bytes as sent, a body is small: it goes before large ones, and is handed on together with others. */
export const SMALL_BODY_BYTES = 16 * 1024;

export const isSmall = (bytes: number): boolean => bytes <= SMALL_BODY_BYTES;

/** How often threads say how they are, between other work. */
export const STATS_MS = 1000;

export interface DoorStats {
  readonly load: ThreadLoad;
  /** Of its rules since the last time; null: it evaluated nothing. */
  readonly costs: DoorCosts | null;
}

export interface JournalStats {
  readonly load: ThreadLoad;
  /** Position behind the last entry, and its hash: the head of the chain. */
  readonly next: number;
  readonly hash: string;
}

export interface DetectStats {
  readonly load: ThreadLoad;
  /** Units on disk that wait for their turn, and results that wait for theirs. */
  readonly waiting: number;
  readonly results: number;
  readonly correlations: readonly LiveCounts[];
}

/** A unit that goes to the journal, or would if it had entries. */
export interface TakenUnit extends Counts {
  readonly unit: number;
  readonly entries: number;
  /** Stamps: the body is decompressed; its rules have run, null where they run later. */
  readonly decodedMs: number;
  readonly evaluatedMs: number | null;
}

export type FromDoor =
  | { readonly kind: 'stats'; readonly stats: DoorStats }
  | { readonly kind: 'answers'; readonly taken: readonly TakenUnit[]; readonly refused: readonly Refused[] };

/** From the detect worker, over its own port. */
export interface ReplayRequest {
  readonly unit: number;
  readonly epoch: number;
  readonly tenant: string;
  /** When they were received. */
  readonly at: number;
  readonly frames: readonly ArrayBuffer[];
}

// To and from the journal worker.
export interface AppendUnit {
  readonly draft: UnitDraft;
  readonly control: Control | null;
  /** A door has evaluated it. */
  readonly evaluating: boolean;
}

export interface JournalOptions {
  readonly folder: string;
  /** Folder of the ledger that signs the journal, and its key; null: in that folder. */
  readonly chain: string;
  readonly keyPath: string | null;
  readonly segmentBytes: number | null;
  readonly bytesMax: number | null;
}

export type ToJournal =
  | {
      readonly kind: 'open';
      readonly options: JournalOptions;
      readonly doors: readonly Port[];
      readonly detect: Port;
    }
  | { readonly kind: 'append'; readonly unit: AppendUnit }
  /** A released file is written beside its oldest whole one: it takes its place. */
  | { readonly kind: 'release'; readonly entry: ReleaseEntry }
  | { readonly kind: 'close' };

export interface Opened {
  readonly log: string;
  /** Position of the next entry. */
  readonly next: number;
  /** Of all files of the journal. */
  readonly bytes: number;
  readonly releasedUpTo: number;
  readonly recovery: Recovery;
}

export type FromJournal =
  | { readonly kind: 'opened'; readonly opened: Opened }
  | { readonly kind: 'stats'; readonly stats: JournalStats }
  | {
      readonly kind: 'durable';
      /** Unit and first position, flat. */
      readonly units: readonly number[];
      readonly next: number;
      readonly bytes: number;
      readonly syncMs: number;
      /** Stamp: it is on disk. */
      readonly journaledMs: number;
      /** Of all files of the journal. */
      readonly journalBytes: number;
    }
  | { readonly kind: 'refused'; readonly refused: readonly Refused[] }
  /** The events of everything below a position are released; bytes: of all files of the journal. */
  | { readonly kind: 'released'; readonly upTo: number; readonly journalBytes: number }
  /** The journal is signed up to this position; head: of the ledger, to be kept elsewhere. */
  | { readonly kind: 'signed'; readonly upTo: number; readonly head: string }
  /** Nothing more can be acknowledged by this process. */
  | ({ readonly kind: 'broken' } & ToldError)
  | { readonly kind: 'closed' };

// To and from the detect worker.
export type ToDetect =
  | {
      readonly kind: 'open';
      readonly folder: string;
      readonly journal: string;
      readonly log: string;
      /** Position of the first entry of this process. */
      readonly next: number;
      readonly journalPort: Port;
      readonly doors: readonly Port[];
      /** How late events may come and still be in order for correlations. */
      readonly latenessMs: number;
    }
  | {
      readonly kind: 'rules';
      readonly epoch: number;
      readonly names: RuleNames;
      /** Every rule as it was written; null where the set is kept already. */
      readonly texts: readonly RuleVersion[] | null;
    }
  | {
      readonly kind: 'letter';
      readonly call: number;
      readonly tenant: string;
      readonly id: string;
      readonly outcome: RetryOutcome;
    }
  | { readonly kind: 'close' };

export type FromDetect =
  | { readonly kind: 'called'; readonly call: number }
  | {
      readonly kind: 'opened';
      readonly checkpoint: number;
      readonly sequence: number;
      readonly stages: readonly StageSwitch[];
    }
  | { readonly kind: 'stats'; readonly stats: DetectStats }
  | { readonly kind: 'load'; readonly set: string }
  /** Why nothing more is evaluated for now; null: it goes on. */
  | { readonly kind: 'stalled'; readonly reason: string | null }
  | {
      readonly kind: 'committed';
      readonly position: number;
      readonly sequence: number;
      readonly hits: number;
      /** Hits by level, in the order of `LEVELS`; those of correlations among them. */
      readonly levels: readonly number[];
      readonly tookMs: number;
      /** Stamp: it is stored. */
      readonly committedMs: number;
      /** Of positions with hits: position, index of the highest level, hits; flat. Of correlations there are none. */
      readonly found: readonly number[];
    }
  | { readonly kind: 'closed' };

/** Over the port from the journal to the detect worker. */
export interface DurableUnits {
  readonly units: readonly DurableUnit[];
  /** Units that doors evaluate and that did not come to be: nobody is to wait for a place of theirs. */
  readonly refused: readonly number[];
}

/** Over the ports from doors to the journal worker. */
export type AppendUnits = readonly AppendUnit[];

/** Over the ports from doors to the detect worker. */
export type EvaluatedUnits = readonly Evaluated[];
