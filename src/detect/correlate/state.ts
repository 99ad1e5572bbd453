import { type LimitName, limits } from '../../base/index.ts';
import { foldSimple } from '../sigma/fold.ts';
import type { ConditionOp, CorrelationRule } from '../sigma/model.ts';
import { type Facts, type GroupWindow, type Kind, kindOf } from './aggregates.ts';
import type { Firing } from './firing.ts';
import { resolveField } from './hits.ts';

export interface Position {
  readonly time: number;
  readonly path: string;
  readonly record: number;
}

/** The events a correlation is fed, by number: base hits and firings of other correlations. */
export interface EventTable {
  /** A firing is an event of its own; base hits at the same position are one event. */
  isFiring(ref: number): boolean;
  position(ref: number): Position;
  /** Values of a field, nulls left out. */
  values(ref: number, field: string): readonly string[];
  /** Numbers of the base events, in order (see `Firing.events`), and how many there are. */
  events(ref: number): { readonly list: readonly number[]; readonly count: number };
}

/** Takes a firing and the number of its last event, where fields that the group lacks are read. */
export type Emit = (firing: Firing, lastRef: number) => void;

/** One match: the event `ref` matched the correlation's rule number `rule`. */
export interface Arrival {
  readonly rule: number;
  readonly ref: number;
}

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

const holds: Record<ConditionOp, (value: number, bound: number) => boolean> = {
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
  eq: (value, bound) => value === bound,
  neq: (value, bound) => value !== bound,
};

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
  readonly #judgedAtEnd: boolean;
  /** Longest untouched (judged at the end: longest open) first. */
  readonly #groups = new Map<string, Group>();
  #entries = 0;
  /** Events left out because they lack a group-by field. */
  ungrouped = 0;
  /** Groups given up at a limit: they may have missed firings. */
  evicted = 0;
  /** Events whose lists name more groups (or counted values) than `correlationCombinationsMax`; the first ones were taken. */
  cut = 0;

  constructor(rule: CorrelationRule, table: EventTable, emit: Emit, bounds: Bounds = limits) {
    this.#bounds = bounds;
    this.#rule = rule;
    this.#table = table;
    this.#emit = emit;
    this.#kind = kindOf(rule);
    this.#judgedAtEnd = rule.condition.some(({ op }) => op !== 'gt' && op !== 'gte');
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  /** Everything that arrived at one position, which must not lie before the position of an earlier call. */
  add(time: number, arrivals: readonly Arrival[]): void {
    this.advance(time);
    for (const [key, { values, events }] of this.#grouped(arrivals)) {
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
    if (value === null || !this.#rule.condition.every((test) => holds[test.op](value, test.value))) {
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
    const listed = new Set<number>();
    let eventCount = 0;
    let last = 0;
    for (const ref of refs) {
      const member = this.#table.events(ref);
      eventCount += member.count - member.list.length;
      for (const event of member.list) {
        if (listed.has(event)) continue;
        last = event;
        eventCount++;
        if (listed.size < this.#bounds.correlationEventsShown) listed.add(event);
      }
    }
    const events = [...listed];
    if (eventCount > events.length) events[events.length - 1] = last;
    return { firstEvent: events[0], events, eventCount };
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

  /** Group key → its values as written, and the events that arrived for it. */
  #grouped(arrivals: readonly Arrival[]): Map<string, { values: readonly string[]; events: Joined[] }> {
    const groups = new Map<string, { values: readonly string[]; events: Joined[] }>();
    const grouped = new Set<number>();
    const lacking = new Set<number>();
    for (const arrival of arrivals) {
      const identity = this.#identity(arrival.ref);
      const combinations = this.#combinations(arrival, this.#rule.groupBy);
      (combinations.length === 0 ? lacking : grouped).add(identity);
      for (const values of combinations) {
        const key = keyOf(values);
        const group = groups.get(key) ?? { values, events: [] };
        groups.set(key, group);
        const same = group.events.find((event) => event.identity === identity);
        if (same === undefined) group.events.push(new Joined(this, arrival, identity));
        else same.join(arrival);
      }
    }
    for (const identity of lacking) if (!grouped.has(identity)) this.ungrouped++;
    return groups;
  }

  /** The same for two matches of one event, which is what its position says; a firing is an event of its own. */
  #identity(ref: number): number {
    return this.#table.isFiring(ref) ? ref : -1;
  }

  /** Values of the named fields of an arrival: one combination, several where the event has lists, none where one is missing. */
  #combinations(arrival: Arrival, names: readonly string[]): readonly (readonly string[])[] {
    let combinations: readonly (readonly string[])[] = [[]];
    let cut = false;
    for (const name of names) {
      const field = resolveField(this.#rule, name, this.#rule.rules[arrival.rule]);
      const values = this.#table.values(arrival.ref, field);
      const longer: (readonly string[])[] = [];
      for (const combination of combinations) {
        for (const value of values) {
          if (longer.length < this.#bounds.correlationCombinationsMax) longer.push([...combination, value]);
          else cut = true;
        }
      }
      combinations = longer;
    }
    if (cut) this.cut++;
    return combinations;
  }

  /** For `Facts`: folded keys of the counted fields' combinations, each once. */
  countedKeys(arrival: Arrival): readonly string[] {
    return [...new Set(this.#combinations(arrival, this.#rule.field).map(keyOf))];
  }

  /** For `Facts`: values of the first counted field. */
  countedTexts(arrival: Arrival): readonly string[] {
    const name = this.#rule.field[0];
    return this.#table.values(arrival.ref, resolveField(this.#rule, name, this.#rule.rules[arrival.rule]));
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

/** An event in one group: all the correlation's rules it matched; fields are read through the first of them. */
class Joined implements Facts {
  readonly #state: CorrelationState;
  readonly #first: Arrival;
  readonly rules: number[];
  readonly identity: number;

  constructor(state: CorrelationState, first: Arrival, identity: number) {
    this.#state = state;
    this.#first = first;
    this.rules = [first.rule];
    this.identity = identity;
  }

  get ref(): number {
    return this.#first.ref;
  }

  join(arrival: Arrival): void {
    this.rules.push(arrival.rule);
  }

  keys(): readonly string[] {
    return this.#state.countedKeys(this.#first);
  }

  texts(): readonly string[] {
    return this.#state.countedTexts(this.#first);
  }
}

/** Values compare as Sigma values do, case folded; lengths before them keep `a|bc` and `ab|c` apart. */
function keyOf(values: readonly string[]): string {
  let key = '';
  for (const value of values) {
    const folded = foldSimple(value);
    key += `${folded.length}:${folded}`;
  }
  return key;
}
