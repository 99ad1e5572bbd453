import type { CorrelationRule } from '../sigma/model.ts';

/**
 * A correlation that came true for one group. It is an event for the correlations that refer to it: at the time, path
 * and record of its last event; a field of it is the group's field of that name, else that field of its last event.
 */
export interface Firing {
  readonly rule: CorrelationRule;
  /** Group-by field (or alias) → value as its last event spells it; empty without group-by. */
  readonly group: Readonly<Record<string, string>>;
  /** Of the event it fired on; where the condition is judged at the window's end, of the last event in it. Epoch milliseconds. */
  readonly time: number;
  readonly path: string;
  readonly record: number;
  /** The number `BaseHits.add` was given for the earliest event; with rule and group it identifies the firing. */
  readonly firstEvent: number;
  /**
   * Events in order of the members, each once, those of member firings among them: all, or the first
   * `correlationEventsShown − 1` and the last. For `temporal_ordered` one per step of the sequence.
   */
  readonly events: readonly number[];
  /** How many there are. Exact, save that events of member firings beyond those listed may count more than once. */
  readonly eventCount: number;
  /** What the condition was judged on: the count, sum, average, percentile, or number of different rules. */
  readonly value: number;
}
