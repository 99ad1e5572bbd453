import type { CorrelationRule } from '../sigma/model.ts';
import type { Firing } from './firing.ts';
import { type Arrival, keyOf } from './grouping.ts';
import type { BaseHits } from './hits.ts';
import { referencedFirst } from './order.ts';
import { CorrelationState, type EventTable, type Position } from './state.ts';

export interface CorrelationResult {
  /** By rule (referenced ones first), then by (time, path, record, group). */
  readonly firings: readonly Firing[];
  /** Correlation id → events left out because a group-by field was missing. Zeros left out, as in all of these. */
  readonly ungrouped: Readonly<Record<string, number>>;
  /** Rule id → matches left out because their event has no time. */
  readonly untimed: Readonly<Record<string, number>>;
  /** Rule id → matches left out at a limit. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Correlation id → groups given up at a limit. */
  readonly evicted: Readonly<Record<string, number>>;
  /** Correlation id → events whose lists were cut at a limit. */
  readonly cut: Readonly<Record<string, number>>;
}

const COUNTS = ['ungrouped', 'evicted', 'cut'] as const;

/**
 * Correlates everything a scan found. The hits are put in order of (time, path, record) first, so the order in which
 * files were read and threads finished changes nothing. Rules must be free of cycles (sigma/correlation.ts sees to it).
 */
export function correlate(rules: readonly CorrelationRule[], hits: BaseHits): CorrelationResult {
  const table = new Table(hits);
  const byRule = sortedByRule(hits, table);
  const counts: Record<(typeof COUNTS)[number], Record<string, number>> = { ungrouped: {}, evicted: {}, cut: {} };
  for (const rule of referencedFirst(rules)) {
    const from = table.end;
    const state = new CorrelationState(rule, table, (firing, lastRef) => table.push(firing, lastRef));
    const streams = rule.rules.map((id) => byRule.get(id) ?? new Uint32Array());
    for (const { time, arrivals } of steps(streams, table)) state.add(time, arrivals);
    state.finish();
    byRule.set(rule.id, table.sortedFrom(from));
    for (const name of COUNTS) if (state[name] > 0) counts[name][rule.id] = state[name];
  }
  return {
    firings: table.firings,
    ...counts,
    untimed: Object.fromEntries(hits.untimed),
    dropped: Object.fromEntries(hits.dropped),
  };
}

/** Base hits are numbered from 0, firings after them. */
class Table implements EventTable {
  readonly #hits: BaseHits;
  #fired: { readonly firing: Firing; readonly lastRef: number }[] = [];

  constructor(hits: BaseHits) {
    this.#hits = hits;
  }

  get end(): number {
    return this.#hits.count + this.#fired.length;
  }

  get firings(): Firing[] {
    return this.#fired.map(({ firing }) => firing);
  }

  push(firing: Firing, lastRef: number): void {
    this.#fired.push({ firing, lastRef });
  }

  /** Numbers from `ref` on, put in order first: conditions judged at a window's end fire later than their last event. */
  sortedFrom(ref: number): Uint32Array {
    const first = ref - this.#hits.count;
    const sorted = this.#fired.slice(first).sort((a, b) => compareFirings(a.firing, b.firing));
    this.#fired = this.#fired.slice(0, first).concat(sorted);
    return Uint32Array.from(sorted, (_, i) => ref + i);
  }

  isFiring(ref: number): boolean {
    return ref >= this.#hits.count;
  }

  position(ref: number): Position {
    const hits = this.#hits;
    if (!this.isFiring(ref)) return { time: hits.time(ref), path: hits.path(ref), record: hits.record(ref) };
    const { time, path, record } = this.#fired[ref - hits.count].firing;
    return { time, path, record };
  }

  values(ref: number, field: string): readonly string[] {
    if (!this.isFiring(ref)) return this.#hits.values(ref, field);
    const { firing, lastRef } = this.#fired[ref - this.#hits.count];
    return Object.hasOwn(firing.group, field) ? [firing.group[field]] : this.values(lastRef, field);
  }

  events(ref: number): { list: readonly number[]; count: number } {
    if (!this.isFiring(ref)) return { list: [this.#hits.event(ref)], count: 1 };
    const { events, eventCount } = this.#fired[ref - this.#hits.count].firing;
    return { list: events, count: eventCount };
  }
}

function sortedByRule(hits: BaseHits, table: Table): Map<string, Uint32Array> {
  const byRule = new Map<string, number[]>();
  for (let hit = 0; hit < hits.count; hit++) {
    const list = byRule.get(hits.ruleId(hit)) ?? [];
    byRule.set(hits.ruleId(hit), list);
    list.push(hit);
  }
  const compare = (a: number, b: number): number =>
    hits.time(a) - hits.time(b) || comparePositions(table.position(a), table.position(b));
  return new Map([...byRule].map(([id, list]) => [id, Uint32Array.from(list).sort(compare)]));
}

/** Merges sorted streams, one per referenced rule; everything at one position comes together. */
function* steps(streams: readonly Uint32Array[], table: Table): Iterable<{ time: number; arrivals: Arrival[] }> {
  const next = streams.map(() => 0);
  for (;;) {
    let first: Position | null = null;
    for (let rule = 0; rule < streams.length; rule++) {
      if (next[rule] === streams[rule].length) continue;
      const head = table.position(streams[rule][next[rule]]);
      if (first === null || comparePositions(head, first) < 0) first = head;
    }
    if (first === null) return;
    const arrivals: Arrival[] = [];
    for (let rule = 0; rule < streams.length; rule++) {
      while (next[rule] < streams[rule].length) {
        const ref = streams[rule][next[rule]];
        if (comparePositions(table.position(ref), first) !== 0) break;
        arrivals.push({ rule, ref });
        next[rule]++;
      }
    }
    yield { time: first.time, arrivals };
  }
}

function comparePositions(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.record - b.record;
}

/** By group where two fire on one event. */
function compareFirings(a: Firing, b: Firing): number {
  const order = comparePositions(a, b);
  if (order !== 0) return order;
  const [left, right] = [keyOf(Object.values(a.group)), keyOf(Object.values(b.group))];
  return left < right ? -1 : left > right ? 1 : 0;
}
