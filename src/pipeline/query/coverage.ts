/** What an answer is of, and what it leaves out. */
import type { Ruled, Segment } from '../../query/index.ts';
import type { ThreadView } from '../store/history-messages.ts';
import type { TableRead } from './tables/index.ts';
import type { Reason } from './why.ts';

/** What an answer is of. */
export interface Coverage {
  /** Everything that was acknowledged before this position of the journal. */
  readonly position: number;
  readonly segments: number;
  readonly events: number;
  /** Of the events there should be, those that could be read; 1: all. */
  readonly share: number;
  /** Segments whose file is not there: when their events were, and how many. */
  readonly missing: readonly { readonly from: string; readonly to: string; readonly events: number }[];
  /** Segments that cannot hold an answer, and were not read. */
  readonly pruned: number;
  /** By what they were ruled out, for each time events were opened. */
  readonly ruled: readonly Ruled[];
  /** Tables beside `events` that were read. */
  readonly tables: readonly TableRead[];
  /** What the answer leaves out for other reasons. */
  readonly notes: readonly string[];
  /** Why there is nothing in the answer, as far as that can be told; names that no event has, whatever is in it. */
  readonly why: readonly Reason[];
  /** The cursor of the next page; null: there is none, or no page was asked for. */
  readonly next: string | null;
}

/** What was opened for a query, and what became of it. */
export interface Read {
  readonly views: readonly ThreadView[];
  readonly missing: readonly Segment[];
  readonly ruled: readonly Ruled[];
  readonly tables: readonly TableRead[];
  readonly notes: readonly string[];
}

const time = (micros: bigint): string => new Date(Number(micros / 1000n)).toISOString();

const segmentsOf = ({ time: { segments }, columns, values, terms }: Ruled): number =>
  segments + columns.segments + values.segments + terms.segments;

export function coverageOf(
  { views, missing, ruled, tables, notes }: Read,
  why: readonly Reason[],
  next: string | null,
): Coverage {
  const segments = views.flatMap((view) => view.segments);
  const events = segments.reduce((sum, { rows }) => sum + rows, 0);
  const outside = views.reduce((sum, { all }) => sum + all.segments, 0) - segments.length;
  const lost = missing.reduce((sum, { rows }) => sum + rows, 0);
  return {
    position: Math.max(0, ...views.map(({ position }) => position)),
    segments: segments.length - missing.length,
    events: events - lost,
    share: events === 0 ? 1 : (events - lost) / events,
    missing: missing.map(({ minTime, maxTime, rows }) => ({ from: time(minTime), to: time(maxTime), events: rows })),
    // Events that were opened twice are read where either needs them.
    pruned: ruled.length === 0 ? outside : Math.min(...ruled.map(segmentsOf)),
    ruled,
    tables,
    notes,
    why,
    next,
  };
}
