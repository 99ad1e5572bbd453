/** Which groups of a correlation an event belongs to, and what it offers each: the same live and offline. */
import { type LimitName, limits } from '../../base/index.ts';
import { foldSimple } from '../sigma/fold.ts';
import type { CorrelationRule } from '../sigma/model.ts';
import type { Facts } from './aggregates.ts';
import { resolveField } from './hits.ts';

/** The events a correlation is fed, by number: base hits and firings of other correlations. */
export interface FieldTable {
  /** A firing is an event of its own; base hits at the same position are one event. */
  isFiring(ref: number): boolean;
  /** Values of a field, nulls left out. */
  values(ref: number, field: string): readonly string[];
}

/** One match: the event `ref` matched the correlation's rule number `rule`. */
export interface Arrival {
  readonly rule: number;
  readonly ref: number;
}

/** What arrived at one position for one group. */
export interface GroupArrivals {
  /** Values of the group-by fields as the first of its events spells them. */
  readonly values: readonly string[];
  readonly events: readonly Joined[];
}

type Bounds = Readonly<Pick<Record<LimitName, number>, 'correlationCombinationsMax'>>;

export class Grouping {
  readonly #rule: CorrelationRule;
  readonly #table: FieldTable;
  readonly #bounds: Bounds;
  /** Events left out because they lack a group-by field. */
  ungrouped = 0;
  /** Events whose lists name more groups (or counted values) than `correlationCombinationsMax`; the first ones were taken. */
  cut = 0;

  constructor(rule: CorrelationRule, table: FieldTable, bounds: Bounds = limits) {
    this.#rule = rule;
    this.#table = table;
    this.#bounds = bounds;
  }

  /** Group key → what arrived for it. `arrivals` are all at one position. */
  grouped(arrivals: readonly Arrival[]): ReadonlyMap<string, GroupArrivals> {
    const groups = new Map<string, { values: readonly string[]; events: Joined[] }>();
    const grouped = new Set<number>();
    const lacking = new Set<number>();
    for (const arrival of arrivals) {
      const combinations = this.#combinations(arrival, this.#rule.groupBy);
      (combinations.length === 0 ? lacking : grouped).add(this.#identity(arrival.ref));
      for (const values of combinations) {
        const key = keyOf(values);
        const group = groups.get(key) ?? { values, events: [] };
        groups.set(key, group);
        this.#join(group.events, arrival);
      }
    }
    for (const identity of lacking) if (!grouped.has(identity)) this.ungrouped++;
    return groups;
  }

  /** The arrivals as events: matches of one event joined, in the order they come. */
  joined(arrivals: readonly Arrival[]): readonly Joined[] {
    const events: Joined[] = [];
    for (const arrival of arrivals) this.#join(events, arrival);
    return events;
  }

  /** Keys of the groups that one match belongs to; counts nothing. */
  keys(arrival: Arrival): ReadonlySet<string> {
    const { cut } = this;
    const keys = new Set(this.#combinations(arrival, this.#rule.groupBy).map(keyOf));
    this.cut = cut;
    return keys;
  }

  /** A group's values as one of its matches spells them. */
  spelled(arrival: Arrival, key: string): readonly string[] {
    const { cut } = this;
    const values = this.#combinations(arrival, this.#rule.groupBy).find((one) => keyOf(one) === key);
    this.cut = cut;
    return values ?? [];
  }

  #join(events: Joined[], arrival: Arrival): void {
    const identity = this.#identity(arrival.ref);
    const same = events.find((event) => event.identity === identity);
    if (same === undefined) events.push(new Joined(this, arrival, identity));
    else same.join(arrival);
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
}

/** An event in one group: all the correlation's rules it matched; fields are read through the first of them. */
export class Joined implements Facts {
  readonly #grouping: Grouping;
  readonly identity: number;
  readonly arrivals: Arrival[];

  constructor(grouping: Grouping, first: Arrival, identity: number) {
    this.#grouping = grouping;
    this.arrivals = [first];
    this.identity = identity;
  }

  get ref(): number {
    return this.arrivals[0].ref;
  }

  get rules(): readonly number[] {
    return this.arrivals.map(({ rule }) => rule);
  }

  join(arrival: Arrival): void {
    this.arrivals.push(arrival);
  }

  keys(): readonly string[] {
    return this.#grouping.countedKeys(this.arrivals[0]);
  }

  texts(): readonly string[] {
    return this.#grouping.countedTexts(this.arrivals[0]);
  }
}

/** Values compare as Sigma values do, case folded; lengths before them keep `a|bc` and `ab|c` apart. */
export function keyOf(values: readonly string[]): string {
  let key = '';
  for (const value of values) {
    const folded = foldSimple(value);
    key += `${folded.length}:${folded}`;
  }
  return key;
}
