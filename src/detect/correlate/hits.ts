/**
 * Base matches: the hits of rules that correlations refer to, with the values these need, as columns. Some 40 bytes a
 * hit plus each distinct value once, because a scan gathers them all before it correlates.
 */
import { type LimitName, limits } from '../../base/index.ts';
import type { CorrelationRule } from '../sigma/model.ts';
import { referencedFirst } from './order.ts';

/** Rule id → the fields (as the rule's events name them) that some correlation groups by, counts or sums. */
export type FieldNeeds = ReadonlyMap<string, readonly string[]>;

/**
 * What each base rule's events must supply. A correlation over a correlation needs its fields from the base rules below
 * as well, since a firing that does not group by a field has its last event's.
 */
export function fieldNeeds(correlations: Iterable<CorrelationRule>): FieldNeeds {
  const all = [...correlations];
  const needs = new Map(allFieldNeeds(all));
  for (const { id } of all) needs.delete(id);
  return needs;
}

/** The same, and what the firings of correlations that others refer to must supply. */
export function allFieldNeeds(correlations: Iterable<CorrelationRule>): FieldNeeds {
  const needs = new Map<string, Set<string>>();
  const ordered = referencedFirst(correlations);
  for (const rule of ordered.toReversed()) {
    for (const id of rule.rules) {
      const fields = needs.get(id) ?? new Set();
      needs.set(id, fields);
      for (const name of [...rule.groupBy, ...rule.field]) fields.add(resolveField(rule, name, id));
      for (const field of needs.get(rule.id) ?? []) fields.add(field);
    }
  }
  return new Map([...needs].map(([id, fields]) => [id, [...fields].sort()]));
}

/** The field of a rule's events that a group-by name (or counted field) of a correlation means: its alias, or itself. */
export function resolveField(rule: CorrelationRule, name: string, referenced: string): string {
  const alias = Object.hasOwn(rule.aliases, name) ? rule.aliases[name] : undefined;
  return alias !== undefined && Object.hasOwn(alias, referenced) ? alias[referenced] : name;
}

export interface EventPosition {
  /** Epoch milliseconds, microseconds as fraction; null when the event has no time. */
  readonly time: number | null;
  readonly path: string;
  readonly record: number;
  /** Any number by which the caller finds the event again; the same for every rule that one event matched. */
  readonly event: number;
}

/** The same in a form that can be posted between threads. */
export interface HitColumns {
  readonly count: number;
  /** Codes into `ruleIds`, `paths`. */
  readonly rule: Uint32Array;
  readonly path: Uint32Array;
  readonly time: Float64Array;
  readonly record: Float64Array;
  readonly event: Float64Array;
  /** Start of each hit's values in `values`: one code per needed field of its rule, in the order of `FieldNeeds`. */
  readonly start: Uint32Array;
  /** 0: absent or null; else 1 + index into `texts`. */
  readonly values: Uint32Array;
  readonly ruleIds: readonly string[];
  readonly paths: readonly string[];
  /** One element, or several where the event holds a list. */
  readonly texts: readonly (readonly string[])[];
  /** Rule id → hits left out because their event has no time. */
  readonly untimed: Readonly<Record<string, number>>;
  /** Rule id → hits left out at `correlationHitsMax` or `correlationValueBytesMax`. */
  readonly dropped: Readonly<Record<string, number>>;
}

const NOTHING: readonly string[] = [];

type Bounds = Readonly<Pick<Record<LimitName, number>, 'correlationHitsMax' | 'correlationValueBytesMax'>>;

export class BaseHits {
  readonly #bounds: Bounds;
  readonly #needs: FieldNeeds;
  readonly #rules = new Names();
  readonly #paths = new Names();
  readonly #texts: (readonly string[])[] = [];
  readonly #codeOf = new Map<string, number>();
  #textBytes = 0;
  #count = 0;
  #valueCount = 0;
  #rule = new Uint32Array(64);
  #path = new Uint32Array(64);
  #time = new Float64Array(64);
  #record = new Float64Array(64);
  #event = new Float64Array(64);
  #start = new Uint32Array(64);
  #values = new Uint32Array(64);
  readonly untimed = new Map<string, number>();
  readonly dropped = new Map<string, number>();

  readonly #untimedKept: boolean;

  /** @param options `untimedKept`: hits without time are kept, their time NaN, for who knows when they were received */
  constructor(needs: FieldNeeds, bounds: Bounds = limits, options: { readonly untimedKept?: boolean } = {}) {
    this.#bounds = bounds;
    this.#needs = needs;
    this.#untimedKept = options.untimedKept ?? false;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether some correlation refers to this rule; hits of other rules need not be added. */
  wants(ruleId: string): boolean {
    return this.#needs.has(ruleId);
  }

  /**
   * Adds a hit. `field` gives all values of a field in the event, empty when it is absent, null for JSON null.
   * A hit that cannot be kept is counted in `untimed` or `dropped`.
   */
  add(ruleId: string, at: EventPosition, field: (name: string) => readonly (string | null)[]): void {
    const needed = this.#needs.get(ruleId);
    if (needed === undefined) return;
    const timed = at.time !== null && Number.isFinite(at.time);
    if (!timed && !this.#untimedKept) {
      bump(this.untimed, ruleId);
      return;
    }
    const values = needed.map((name) => field(name).filter((value) => value !== null));
    this.#push(ruleId, timed ? (at.time ?? Number.NaN) : Number.NaN, at, values);
  }

  /** Takes over what another instance with the same needs gathered, for example in another thread. */
  append(columns: HitColumns): void {
    for (const [id, count] of Object.entries(columns.untimed)) bump(this.untimed, id, count);
    for (const [id, count] of Object.entries(columns.dropped)) bump(this.dropped, id, count);
    for (let hit = 0; hit < columns.count; hit++) {
      const ruleId = columns.ruleIds[columns.rule[hit]];
      const width = this.#needs.get(ruleId)?.length ?? 0;
      const codes = columns.values.subarray(columns.start[hit], columns.start[hit] + width);
      const path = columns.paths[columns.path[hit]];
      this.#push(
        ruleId,
        columns.time[hit],
        { path, record: columns.record[hit], event: columns.event[hit] },
        Array.from(codes, (code) => (code === 0 ? NOTHING : columns.texts[code - 1])),
      );
    }
  }

  columns(): HitColumns {
    return {
      count: this.#count,
      rule: this.#rule.slice(0, this.#count),
      path: this.#path.slice(0, this.#count),
      time: this.#time.slice(0, this.#count),
      record: this.#record.slice(0, this.#count),
      event: this.#event.slice(0, this.#count),
      start: this.#start.slice(0, this.#count),
      values: this.#values.slice(0, this.#valueCount),
      ruleIds: this.#rules.list,
      paths: this.#paths.list,
      texts: this.#texts,
      untimed: Object.fromEntries(this.untimed),
      dropped: Object.fromEntries(this.dropped),
    };
  }

  ruleId(hit: number): string {
    return this.#rules.list[this.#rule[hit]];
  }

  path(hit: number): string {
    return this.#paths.list[this.#path[hit]];
  }

  time(hit: number): number {
    return this.#time[hit];
  }

  record(hit: number): number {
    return this.#record[hit];
  }

  event(hit: number): number {
    return this.#event[hit];
  }

  /** Values of a needed field, nulls left out; empty when there is none. */
  values(hit: number, field: string): readonly string[] {
    const slot = this.#needs.get(this.ruleId(hit))?.indexOf(field) ?? -1;
    if (slot < 0) return NOTHING;
    const code = this.#values[this.#start[hit] + slot];
    return code === 0 ? NOTHING : this.#texts[code - 1];
  }

  #push(
    ruleId: string,
    time: number,
    at: { path: string; record: number; event: number },
    values: readonly (readonly string[])[],
  ): void {
    if (this.#count >= this.#bounds.correlationHitsMax || this.#textBytes > this.#bounds.correlationValueBytesMax) {
      bump(this.dropped, ruleId);
      return;
    }
    const hit = this.#count++;
    if (hit === this.#time.length) this.#grow();
    this.#rule[hit] = this.#rules.code(ruleId);
    this.#path[hit] = this.#paths.code(at.path);
    this.#time[hit] = time;
    this.#record[hit] = at.record;
    this.#event[hit] = at.event;
    this.#start[hit] = this.#valueCount;
    if (this.#valueCount + values.length > this.#values.length) {
      this.#values = grown(this.#values, 2 * this.#values.length + values.length);
    }
    for (const list of values) this.#values[this.#valueCount++] = this.#code(list);
  }

  #code(list: readonly string[]): number {
    if (list.length === 0) return 0;
    // A list's key starts with what no single value's key does, so that `["a"]` the text and the list stay apart.
    const key = list.length === 1 ? `=${list[0]}` : `[${JSON.stringify(list)}`;
    const known = this.#codeOf.get(key);
    if (known !== undefined) return known;
    this.#texts.push(list);
    this.#textBytes += 2 * key.length;
    this.#codeOf.set(key, this.#texts.length);
    return this.#texts.length;
  }

  #grow(): void {
    const size = 2 * this.#time.length;
    this.#rule = grown(this.#rule, size);
    this.#path = grown(this.#path, size);
    this.#start = grown(this.#start, size);
    this.#time = grownDoubles(this.#time, size);
    this.#record = grownDoubles(this.#record, size);
    this.#event = grownDoubles(this.#event, size);
  }
}

/** Texts numbered from 0 in order of first use. */
class Names {
  readonly list: string[] = [];
  readonly #codes = new Map<string, number>();

  code(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    this.#codes.set(name, this.list.length);
    return this.list.push(name) - 1;
  }
}

function bump(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function grown(array: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(size);
  next.set(array);
  return next;
}

function grownDoubles(array: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(size);
  next.set(array);
  return next;
}
