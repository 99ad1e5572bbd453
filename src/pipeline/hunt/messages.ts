/** What a hunt's main thread and its workers tell each other, beside what all workers with rules are told. */
import type { Start } from '../messages.ts';
import type { Place, Span } from './places.ts';

/** A row group to hunt in. */
export interface GroupJob {
  /** Path of the segment's file. */
  readonly file: string;
  readonly group: number;
  readonly source: string;
  readonly span: Span;
  readonly after: Place | null;
  readonly wantsLast: boolean;
}

export type ToHunter =
  | Start
  | (GroupJob & { readonly kind: 'group'; readonly id: number })
  | { readonly kind: 'finish' };

/** Of a worker, at its end. */
export interface HunterTotals {
  /** CPU time it took, milliseconds, its start left out. */
  readonly cpuMs: number;
}
