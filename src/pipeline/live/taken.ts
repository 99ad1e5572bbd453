/** What becomes of a request in a door, however its events came. */
import type { ScannedBatch } from '../scanner.ts';
import type { Arrivals, Arrived } from './arrivals.ts';
import type { Delivery, Evaluated, EvaluatedBatch, Outcome, Receipt, UnitDraft } from './types.ts';
import type { Held } from './validation.ts';

/** A request as the journal gets it, and what the rules found in it. */
export interface Taken {
  readonly draft: UnitDraft;
  readonly accepted: number;
  readonly dead: number;
  readonly filtered: number;
  readonly outcome: Outcome | null;
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
