/** What a node is opened with, what it is given, and what it answers. */
import type { WeirError } from '../../base/index.ts';
import type { RuleCosts } from '../../detect/index.ts';
import type { SegmentLedgerHead } from './control.ts';
import type { Machine, Thread } from './machine.ts';
import type { MaskOf } from './masking.ts';
import type { LiveObserver } from './observer.ts';
import type { ValidationPolicy } from './policy.ts';
import type { LiveRules } from './rule-set.ts';
import type { loadRuleSet } from './rule-sets.ts';
import type { Delivery, LetterNote, Outcome, ReceiptMask, ReceiptValidation } from './types.ts';

export interface LiveOptions {
  /** Data folder; made if it is not there. */
  readonly folder: string;
  readonly threads: number;
  readonly version: string;
  readonly segmentBytes?: number | undefined;
  readonly journalBytesMax?: number | undefined;
  /** The private key that signs the chain ledger; in the data folder by default. */
  readonly chainKeyPath?: string | undefined;
  /** The ledger of segments as it stands, to be named in the journal; null: nothing is known of it. */
  readonly segmentHead?: () => SegmentLedgerHead | null;
  /** How late events may come and still be in order for correlations; 5 s by default. */
  readonly latenessMs?: number | undefined;
  /** What the events of a source are held to now; null: nothing. Asked for every request, so it should know the answer. */
  policyOf?(tenant: string, source: string): ValidationPolicy | null;
  /** What the events of a request came to that were held to a policy. */
  onValidated?(tenant: string, source: string, validation: ReceiptValidation): void;
  /** What is masked in the events of a source; null: nothing. Asked for every request, as `policyOf`. Throws `mask.key`. */
  maskOf?: MaskOf;
  /** The machine's own by default. */
  readonly machine?: Machine & Threads;
  /** What was stored up to `sequence`: hits to read. */
  onHits?(sequence: number): void;
  readonly observer?: LiveObserver;
  /** What the rules in force cost a door in the last second or so, those that failed among them; rules by their numbers. */
  onCosts?(rules: LiveRules, costs: RuleCosts): void;
  /** Why nothing more is evaluated for now (the disk is full); null: it goes on. Events are taken where the journal has room. */
  onStalled?(reason: string | null): void;
  /** The node can acknowledge nothing any more: the process is to end. */
  onBroken?(error: WeirError): void;
}

/** What the main thread needs of a machine beyond what all threads do. */
export interface Threads {
  thread(name: 'journal' | 'detect' | 'door'): Thread;
  compileKernel(): Promise<WebAssembly.Module>;
  readonly loadRuleSet: typeof loadRuleSet;
}

/** What a request came to. All of it is on disk. */
export interface Ack {
  readonly accepted: number;
  readonly dead: number;
  /** Left out by the shedding policy of the delivery. */
  readonly filtered: number;
  /** As admission counted: all of the above. */
  readonly received: number;
  /** Decompressed bytes of the body. */
  readonly bytes: number;
  /** Of its first entry; null when there was nothing in it. */
  readonly position: number | null;
  /** Where the delivery asked for it. */
  readonly outcome?: Outcome;
  /** Of its first dead letters, where it has some. */
  readonly letters?: readonly LetterNote[];
  /** What was masked in it; absent: its source has no mask. */
  readonly masked?: ReceiptMask;
}

/** What a door has made of a delivery. */
export interface Counts extends Omit<Ack, 'position' | 'outcome' | 'letters'> {
  readonly outcome: Outcome | null;
  readonly letters: readonly LetterNote[];
  readonly validation: ReceiptValidation | null;
}

/** @param position of its first entry; null: there was nothing in it */
export function ackOf(counts: Counts, position: number | null): Ack {
  const { accepted, dead, filtered, received, bytes, outcome, letters, masked } = counts;
  return {
    ...{ accepted, dead, filtered, received, bytes, position },
    ...(outcome === null ? {} : { outcome }),
    ...(letters.length === 0 ? {} : { letters }),
    ...(masked === undefined ? {} : { masked }),
  };
}

/** What another try with a dead letter came to; else than taken: why it still is none. */
export type RetryOutcome = 'taken' | { readonly code: string; readonly reason: string };

export type NewDelivery = Omit<Delivery, 'unit' | 'evaluate' | 'policy' | 'mask'>;

export type RulesState =
  | { readonly state: 'none' | 'loading'; readonly error?: WeirError }
  | { readonly state: 'ready'; readonly rules: LiveRules; readonly error?: WeirError };
