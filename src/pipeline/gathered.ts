/** Base matches gathered for correlations, their events out of memory's way, and what correlations make of them. */
import { openScratch, type Scratch } from '../base/index.ts';
import {
  BaseHits,
  type CorrelationResult,
  type CorrelationRule,
  correlate,
  type Firing,
  fieldNeeds,
  type HitColumns,
  type Match,
} from '../detect/index.ts';
import type { Summary } from './types.ts';

/** Memory for the events of base matches before they go to a file. */
const SPOOL_BYTES = 32 * 1024 * 1024;

/** JSON of events, one after the other, and where each ends. */
export interface EventTexts {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
}

export class Gathered {
  readonly #rules: readonly CorrelationRule[];
  readonly #base: BaseHits;
  readonly #spool: Scratch = openScratch(SPOOL_BYTES);
  readonly #events: { readonly at: number; readonly length: number; readonly log: string; record: number }[] = [];

  constructor(rules: readonly CorrelationRule[]) {
    this.#rules = rules;
    this.#base = new BaseHits(fieldNeeds(rules));
  }

  /** Events so far: what the next one's number is. */
  get events(): number {
    return this.#events.length;
  }

  /**
   * @param base whose `event` numbers `events`, and whose records are `add` too small
   * @param log that the events are of, where they are of one
   */
  append(base: HitColumns, events: EventTexts, add: number, log = ''): void {
    const first = this.#events.length;
    this.#base.append({
      ...base,
      record: base.record.map((record) => record + add),
      event: base.event.map((event) => event + first),
    });
    let from = 0;
    for (const end of events.ends) {
      this.#events.push({ at: this.#spool.size + from, length: end - from, log, record: 0 });
      from = end;
    }
    for (let hit = 0; hit < base.count; hit++) this.#events[first + base.event[hit]].record = base.record[hit] + add;
    this.#spool.append(events.bytes);
  }

  correlate(): CorrelationResult {
    return correlate(this.#rules, this.#base);
  }

  /** The record that an event was, and its log. */
  recordOf(event: number): { readonly log: string; readonly record: number } {
    return this.#events[event];
  }

  /** JSON of an event, as it came in. */
  eventText(event: number): string {
    const { at, length } = this.#events[event];
    const bytes = new Uint8Array(length);
    this.#spool.readAt(bytes, at);
    return new TextDecoder().decode(bytes).trim();
  }

  close(): void {
    this.#spool.close();
  }
}

/** What correlations had to leave out, beside `ungrouped`. */
export function pickCounts({ untimed, dropped, evicted, cut }: CorrelationResult): NonNullable<Summary['correlation']> {
  return { untimed, dropped, evicted, cut };
}

/** Why a correlation fired: its group, and what its condition was judged on. */
export function firingMatches(firing: Firing): Match[] {
  const { type, condition } = firing.rule;
  const group = Object.entries(firing.group).map(
    ([field, value]): Match => ({ selection: 'group-by', field, op: 'group', value, decisive: true }),
  );
  const judged: Match = {
    selection: 'condition',
    field: firing.rule.field.join(', ') || null,
    op: type,
    pattern: Object.fromEntries(condition.map(({ op, value }) => [op, value])),
    value: String(firing.value),
    decisive: true,
  };
  return [judged, ...group];
}
