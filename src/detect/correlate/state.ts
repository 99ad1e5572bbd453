import { type LimitName, limits } from '../../base/index.ts';
import type { CorrelationRule } from '../sigma/model.ts';
import { type GroupWindow, type Kind, kindOf } from './aggregates.ts';
import { conditionHolds, judgedAtEnd } from './condition.ts';
import type { Firing } from './firing.ts';
import { type Arrival, type FieldTable, Grouping } from './grouping.ts';
import { listEvents, type Members } from './members.ts';

export interface Position {
  readonly time: number;
  readonly path: string;
  readonly record: number;
}

/** The events a correlation is fed, by number: base hits and firings of other correlations. */
export interface EventTable extends FieldTable {
  position(ref: number): Position;
  /** Numbers of the base events, in order (see `Firing.events`), and how many there are. */
  events(ref: number): Members<number>;
}

/** Takes a firing and the number of its last event, where fields that the group lacks are read. */
export type Emit = (firing: Firing, lastRef: number) => void;

type Bounds = Readonly<
  Pick<Record<LimitName, number>, `correlation${'Groups' | 'Entries' | 'Combinations'}Max` | 'correlationEventsShown'>
>;

interface Group {
  readonly key: string;
  /** As the last event spells them. */
  values: readonly string[];
  readonly window: GroupWindow;
  /** Time of the first event; where conditions are judged at the end, that of the window. */
  readonly opened: number;
  touched: number;
  lastRef: number;
  firedAt: number | null;
}

/**
 * One correlation over a stream of events in order of (time, path, record).
 *
 * With only `gt` and `gte` the condition is judged at every event of a group, over the closed window that ends there; it
 * fires on turning true, and again when it was false at some event in between or more than a timespan has passed. With
 * any other operator a group's window opens at its first event, is judged once, when its timespan is over, and the
 * group's next event opens the next; groups without events have no window.
 *
 * Memory: one entry per event inside a window (`temporal_ordered`: rules² per group), windows and groups bounded by
 * `correlationEntriesMax` and `correlationGroupsMax`; groups idle for a timespan are forgotten.
 */
export class CorrelationState {
  readonly #bounds: Bounds;
  readonly #rule: CorrelationRule;
  readonly #table: EventTable;
  readonly #emit: Emit;
  readonly #kind: Kind;
  readonly #grouping: Grouping;
  readonly #judgedAtEnd: boolean;
  /** Longest untouched (judged at the end: longest open) first. */
  readonly #groups = new Map<string, Group>();
  #entries = 0;
  /** Groups given up at a limit: they may have missed firings. */
  evicted = 0;

  constructor(rule: CorrelationRule, table: EventTable, emit: Emit, bounds: Bounds = limits) {
    this.#bounds = bounds;
    this.#rule = rule;
    this.#table = table;
    this.#emit = emit;
    this.#kind = kindOf(rule);
    this.#grouping = new Grouping(rule, table, bounds);
    this.#judgedAtEnd = judgedAtEnd(rule);
  }

  /** Events left out because they lack a group-by field. */
  get ungrouped(): number {
    return this.#grouping.ungrouped;
  }

  /** Events whose lists were cut; see `Grouping.cut`. */
  get cut(): number {
    return this.#grouping.cut;
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  /** Everything that arrived at one position, which must not lie before the position of an earlier call. */
  add(time: number, arrivals: readonly Arrival[]): void {
    this.advance(time);
    for (const [key, { values, events }] of this.#grouping.grouped(arrivals)) {
      const group = this.#touch(key, values, time);
      this.#entries -= group.window.size;
      if (!this.#judgedAtEnd) group.window.slide(time);
      group.window.add(time, events);
      this.#entries += group.window.size;
      group.lastRef = events[events.length - 1].ref;
      if (!this.#judgedAtEnd) this.#judge(group, time);
    }
    this.#bound();
  }

  /** No event before `time` will come any more: judges the windows that ended and forgets idle groups. */
  advance(time: number): void {
    for (const group of this.#groups.values()) {
      if (time - (this.#judgedAtEnd ? group.opened : group.touched) <= this.#rule.timespanMs) return;
      this.#forget(group);
      if (this.#judgedAtEnd) this.#judge(group, group.opened + this.#rule.timespanMs);
    }
  }

  /** The stream is over: every open window ends. */
  finish(): void {
    this.advance(Number.POSITIVE_INFINITY);
  }

  #judge(group: Group, time: number): void {
    if (this.#judgedAtEnd) group.window.slide(time);
    const value = group.window.value();
    if (!conditionHolds(this.#rule, value)) {
      group.firedAt = null;
      return;
    }
    if (group.firedAt !== null && time - group.firedAt <= this.#rule.timespanMs) return;
    group.firedAt = time;
    const firing: Firing = {
      rule: this.#rule,
      group: Object.fromEntries(this.#rule.groupBy.map((name, i) => [name, group.values[i]])),
      ...this.#table.position(group.lastRef),
      ...this.#members(group.window.refs()),
      value,
    };
    this.#emit(firing, group.lastRef);
  }

  #members(refs: Iterable<number>): { firstEvent: number; events: readonly number[]; eventCount: number } {
    const members = Iterator.from(refs).map((ref) => this.#table.events(ref));
    const { events, count } = listEvents(members, this.#bounds.correlationEventsShown);
    return { firstEvent: events[0], events, eventCount: count };
  }

  #touch(key: string, values: readonly string[], time: number): Group {
    const known = this.#groups.get(key);
    if (known !== undefined) {
      known.touched = time;
      known.values = values;
      if (!this.#judgedAtEnd) {
        this.#groups.delete(key);
        this.#groups.set(key, known);
      }
      return known;
    }
    const group: Group = {
      key,
      values,
      window: this.#kind.open(),
      opened: time,
      touched: time,
      lastRef: 0,
      firedAt: null,
    };
    this.#entries += group.window.size;
    this.#groups.set(key, group);
    return group;
  }

  #forget(group: Group): void {
    this.#groups.delete(group.key);
    this.#entries -= group.window.size;
  }

  #bound(): void {
    for (const group of this.#groups.values()) {
      if (this.#groups.size <= this.#bounds.correlationGroupsMax && this.#entries <= this.#bounds.correlationEntriesMax)
        return;
      this.#forget(group);
      this.evicted++;
    }
  }
}
