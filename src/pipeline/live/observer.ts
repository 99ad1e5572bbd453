/** What the live server tells of itself while it works: counts for metrics, times for latency. Calls must be quick. */
import type { ThreadLoad } from '../../base/index.ts';
import type { DetectStats, JournalStats } from './messages.ts';
import type { Ack, NewDelivery } from './node-options.ts';

/** A group of requests that is on disk. */
export interface DurableGroup {
  readonly requests: number;
  readonly bytes: number;
  /** Writing and syncing it. */
  readonly syncMs: number;
}

/** Results that are stored. */
export interface StoredGroup {
  /** Everything up to here. */
  readonly position: number;
  /** Hits by level, in the order of `LEVELS`. */
  readonly levels: readonly number[];
  readonly tookMs: number;
  readonly committedMs: number;
  /** Of positions with hits: position, index of the highest level, hits; flat. */
  readonly found: readonly number[];
}

/** When a request came to each stage; stamps of `stampMs`. */
export interface AckStamps {
  /** Entries of the journal that it became. */
  readonly entries: number;
  readonly receivedMs: number;
  readonly decodedMs: number;
  readonly journaledMs: number;
  readonly ackedMs: number;
  /** Null where its rules run later. */
  readonly evaluatedMs: number | null;
}

export interface LiveObserver {
  /** All of a request is on disk: it is answered now. Without a position there was nothing in it. */
  acked?(delivery: NewDelivery, ack: Ack, stamps: AckStamps): void;
  durable?(group: DurableGroup): void;
  stored?(group: StoredGroup): void;
}

/** Several as one. */
export function observers(...all: readonly LiveObserver[]): LiveObserver {
  return {
    acked: (delivery, ack, stamps) => {
      for (const each of all) each.acked?.(delivery, ack, stamps);
    },
    durable: (group) => {
      for (const each of all) each.durable?.(group);
    },
    stored: (group) => {
      for (const each of all) each.stored?.(group);
    },
  };
}

/** As the threads said last; null before they did. */
export interface LiveStats {
  /** `door-0`, …, `journal`, `detect`. */
  readonly threads: ReadonlyMap<string, ThreadLoad>;
  readonly journal: JournalStats | null;
  readonly detect: DetectStats | null;
}
