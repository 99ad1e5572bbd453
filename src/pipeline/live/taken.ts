/** What becomes of a request in a door, however its events came. */
import { limits } from '../../base/index.ts';
import type { ScannedBatch } from '../scanner.ts';
import type { Arrivals, Arrived } from './arrivals.ts';
import type { DeadLetters } from './dead-letters.ts';
import type {
  Delivery,
  EntryDraft,
  Evaluated,
  EvaluatedBatch,
  LetterNote,
  Outcome,
  Receipt,
  UnitDraft,
} from './types.ts';
import type { Held } from './validation.ts';

/** A request as the journal gets it, and what the rules found in it. */
export interface Taken {
  readonly draft: UnitDraft;
  readonly accepted: number;
  readonly dead: number;
  readonly filtered: number;
  readonly outcome: Outcome | null;
  /** Of its first dead letters. */
  readonly letters: readonly LetterNote[];
  readonly evaluated: Evaluated;
}

export interface TakenAt extends Taken {
  /** Stamp: the body was decompressed. */
  readonly decodedMs: number;
}

/** What looks at the events of a request on their way through. */
export interface Watch {
  /** The policy of their source; null for none. */
  readonly held: Held | null;
  readonly arrivals: Arrivals;
  /** Whose arrivals are told of; null: nobody's, since what is found here is found again later. */
  readonly tenant: string | null;
}

export function receiptOf(
  { door, tenant, source, credential, request, receivedAt, key }: Delivery,
  counted: Omit<Receipt, 'door' | 'tenant' | 'source' | 'credential' | 'request' | 'at' | 'key'>,
): Receipt {
  const sender = { door, tenant, source, credential, request, at: receivedAt };
  return { ...sender, ...counted, ...(key === null ? {} : { key }) };
}

/** What the sender is told of single events. */
export function saidOf(
  { itemized }: Delivery,
  entries: readonly EntryDraft[],
  { told }: DeadLetters,
): Pick<Taken, 'outcome' | 'letters'> {
  const outcome = itemized === true ? { entryRows: entries.map(({ rows }) => rows), dead: told } : null;
  return { outcome, letters: told.slice(0, limits.answerDeadLettersMax) };
}

export function evaluatedBatch(
  rows: number,
  { evaluations, lanes }: Arrived,
  batch: Omit<ScannedBatch, 'errors'>,
): EvaluatedBatch {
  return {
    rows,
    evaluations,
    lanes,
    hitRows: Uint32Array.from(batch.hitRows),
    hitRules: Uint32Array.from(batch.hitRules),
    hitEnds: Uint32Array.from(batch.hitEnds),
    hitTimes: Float64Array.from(batch.hitTimes),
    lines: batch.lines,
    base: batch.base,
  };
}
