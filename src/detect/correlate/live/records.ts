/**
 * Firings that were put out, as long as late events may change them: what gives a firing its id, and a changed one its next revision.
 *
 * id = H(rule id, version, group key, first event id), of the first event when the firing was first put out; a late event
 * that comes before it raises the revision and leaves the id. Where a value falls and rises again inside one window
 * (averages, sums with negative numbers, percentiles) two firings begin with one event; the second is told from the first by
 * a number in the hash.
 */
import { sha256 } from '../../../base/index.ts';
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import type { Compiled } from './compiled.ts';
import type { LiveEvents, LivePosition, TimeUsed } from './events.ts';
import { NONE } from './groups.ts';
import type { Fired } from './judge.ts';

/** A firing as it was last put out; what a later revision is compared with. */
export interface FiringRecord {
  readonly id: string;
  /** First event when it was first put out, as `position/row`; `ordinal` tells firings with one anchor apart. */
  readonly anchor: string;
  readonly ordinal: number;
  readonly bornTime: number;
  revision: number;
  withdrawn: boolean;
  /** Hash of everything put out. */
  digest: string;
  at: LivePosition & { readonly timeUsed: TimeUsed };
  group: readonly string[];
  value: number;
  first: string;
  firstTime: number;
  eventCount: number;
  /** The event it is for correlations that refer to this one. */
  ref: number;
}

export interface RecordsContext {
  readonly events: LiveEvents;
  /** Puts a revision out; nothing is listed when it is withdrawn. */
  put(compiled: Compiled, record: FiringRecord, listed: readonly string[]): void;
  /** A firing that others refer to. */
  fired(rule: string, ref: number): void;
  /** It is so no more. */
  retracted(rule: string, ref: number): void;
}

interface Held {
  list: FiringRecord[];
  readonly ordinals: Map<string, number>;
}

const RECORD_BYTES = 600;

export class Records {
  readonly #context: RecordsContext;
  readonly #held = new Map<number, Held>();
  #count = 0;
  compiled: Compiled;

  constructor(compiled: Compiled, context: RecordsContext) {
    this.compiled = compiled;
    this.#context = context;
  }

  get bytes(): number {
    return RECORD_BYTES * this.#count;
  }

  /** A firing later than all others of its group. */
  add(group: number, key: string, fired: Fired): void {
    const held = this.#held.get(group) ?? { list: [], ordinals: new Map<string, number>() };
    this.#held.set(group, held);
    held.list.push(this.#create(held, key, fired));
    this.#count++;
  }

  /**
   * Judged again, the group fired as `fired` between the events `after` and `before` (`NONE`: no bound). Each firing put out
   * there before is continued by the new one with its anchor, else its first event, else an overlap in time; else it is withdrawn.
   * Returns how many firings were looked at.
   */
  reconcile(group: number, key: string, after: number, before: number, fired: readonly Fired[]): number {
    const held = this.#held.get(group) ?? { list: [], ordinals: new Map<string, number>() };
    const from = after === NONE ? 0 : held.list.findIndex((record) => this.#order(record, after) > 0);
    const start = from < 0 ? held.list.length : from;
    const stop =
      before === NONE ? -1 : held.list.findIndex((record, i) => i >= start && this.#order(record, before) >= 0);
    const end = stop < 0 ? held.list.length : stop;
    const old = held.list.slice(start, end);
    const continued = continuations(old, fired, (one) => this.#context.events.time(one.ref));
    const kept = new Set(continued.values());
    const now: FiringRecord[] = [];
    for (const record of old) {
      if (kept.has(record)) continue;
      this.#withdraw(record);
      now.push(record);
    }
    for (const one of fired) {
      const record = continued.get(one);
      if (record !== undefined) this.#revise(record, key, one);
      now.push(record ?? this.#create(held, key, one));
    }
    if (now.length === 0) return held.list.length;
    this.#count += now.length - old.length;
    now.sort((a, b) => compareRecords(a, b));
    held.list = [...held.list.slice(0, start), ...now, ...held.list.slice(end)];
    this.#held.set(group, held);
    return held.list.length;
  }

  /** Forgets firings that no late event can reach. */
  expire(group: number, cutoff: number): void {
    const held = this.#held.get(group);
    if (held === undefined) return;
    while (held.list.length > 0 && Math.max(held.list[0].at.time, held.list[0].bornTime) < cutoff) {
      const record = held.list.shift();
      if (record === undefined) break;
      held.ordinals.delete(record.anchor);
      this.#release(record);
      this.#count--;
    }
    if (held.list.length === 0) this.#held.delete(group);
  }

  forget(group: number): void {
    const held = this.#held.get(group);
    if (held === undefined) return;
    for (const record of held.list) this.#release(record);
    this.#count -= held.list.length;
    this.#held.delete(group);
  }

  /** `groups`, `refs`: the numbers that these get. */
  save(out: SnapshotWriter, groups: Uint32Array, refs: Uint32Array): void {
    out.u32(this.#held.size);
    for (const [group, { list }] of this.#held) {
      out.u32(groups[group]);
      out.u32(list.length);
      for (const record of list) out.json({ ...record, ref: record.ref === NONE ? NONE : refs[record.ref] });
    }
  }

  load(from: SnapshotReader, groups: Uint32Array): void {
    for (let left = from.u32(); left > 0; left--) {
      const group = groups[from.u32()];
      const list = Array.from({ length: from.u32() }, () => from.json<FiringRecord>());
      const ordinals = new Map<string, number>();
      for (const { anchor, ordinal, ref } of list) {
        ordinals.set(anchor, Math.max(ordinals.get(anchor) ?? 0, ordinal + 1));
        if (ref !== NONE) this.#context.events.retain(ref);
      }
      this.#held.set(group, { list, ordinals });
      this.#count += list.length;
    }
  }

  #create(held: Held, key: string, fired: Fired): FiringRecord {
    const anchor = fired.events[0];
    const ordinal = held.ordinals.get(anchor) ?? 0;
    held.ordinals.set(anchor, ordinal + 1);
    const at = this.#context.events.at(fired.ref);
    const record: FiringRecord = {
      id: this.#id(key, anchor, ordinal),
      anchor,
      ordinal,
      bornTime: at.time,
      revision: 1,
      withdrawn: false,
      digest: digestOf(fired, at),
      at,
      ...partsOf(fired),
      ref: NONE,
    };
    this.#publish(record, key, fired);
    return record;
  }

  #revise(record: FiringRecord, key: string, fired: Fired): void {
    const at = this.#context.events.at(fired.ref);
    const digest = digestOf(fired, at);
    if (digest === record.digest && !record.withdrawn) return;
    this.#unpublish(record);
    Object.assign(record, partsOf(fired), { at, digest, withdrawn: false, revision: record.revision + 1 });
    this.#publish(record, key, fired);
  }

  #withdraw(record: FiringRecord): void {
    if (record.withdrawn) return;
    record.withdrawn = true;
    record.revision++;
    this.#unpublish(record);
    this.#context.put(this.compiled, record, []);
  }

  #publish(record: FiringRecord, key: string, fired: Fired): void {
    const { events } = this.#context;
    const { above, rule } = this.compiled;
    if (above !== null) {
      const values = above.map((field) => {
        const place = rule.groupBy.indexOf(field);
        return place < 0 ? events.values(fired.ref, field) : [fired.group[place]];
      });
      const { at } = record;
      const parts = { list: fired.events, count: fired.eventCount, key };
      record.ref = events.add(events.layout(rule.id, above, true), at, at.timeUsed, values, parts);
      this.#context.fired(rule.id, record.ref);
    }
    this.#context.put(this.compiled, record, fired.events);
  }

  #unpublish(record: FiringRecord): void {
    if (record.ref === NONE) return;
    this.#context.retracted(this.compiled.rule.id, record.ref);
    this.#release(record);
  }

  #release(record: FiringRecord): void {
    if (record.ref !== NONE) this.#context.events.release(record.ref);
    record.ref = NONE;
  }

  /** Contract, Identity. */
  #id(key: string, anchor: string, ordinal: number): string {
    const { rule, version } = this.compiled;
    const parts = [rule.id, version, key, anchor, ...(ordinal === 0 ? [] : [ordinal])];
    return sha256(JSON.stringify(parts)).slice(0, 32);
  }

  #order(record: FiringRecord, ref: number): number {
    return compareAt(record.at, this.#context.events.at(ref));
  }
}

function partsOf({ group, value, events, eventCount, firstTime }: Fired) {
  return { group, value, first: events[0], firstTime, eventCount };
}

function digestOf({ group, value, events, eventCount }: Fired, at: LivePosition): string {
  return sha256(JSON.stringify([group, value, events, eventCount, at])).slice(0, 32);
}

function compareAt(a: LivePosition, b: LivePosition): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.position - b.position || a.row - b.row;
}

function compareRecords(a: FiringRecord, b: FiringRecord): number {
  return compareAt(a.at, b.at) || (a.id < b.id ? -1 : 1);
}

/** Which firing of before each new one continues. Both lists are in order of time. */
function continuations(
  old: readonly FiringRecord[],
  fired: readonly Fired[],
  time: (fired: Fired) => number,
): Map<Fired, FiringRecord> {
  const pairs = new Map<Fired, FiringRecord>();
  const taken = new Set<FiringRecord>();
  const pair = (one: Fired, record: FiringRecord): void => {
    pairs.set(one, record);
    taken.add(record);
  };
  const byFirst = (candidates: readonly FiringRecord[], first: (record: FiringRecord) => string): void => {
    const waiting = Map.groupBy(candidates.toReversed(), first);
    for (const one of fired) {
      const record = pairs.has(one) ? undefined : waiting.get(one.events[0])?.pop();
      if (record !== undefined) pair(one, record);
    }
  };
  byFirst(old, ({ anchor }) => anchor);
  byFirst(
    old.filter((record) => !taken.has(record) && !record.withdrawn),
    ({ first }) => first,
  );
  const left = old.filter((record) => !taken.has(record) && !record.withdrawn);
  let next = 0;
  for (const one of fired) {
    if (pairs.has(one)) continue;
    while (next < left.length && left[next].at.time < one.firstTime) next++;
    if (next < left.length && left[next].firstTime <= time(one)) pair(one, left[next++]);
  }
  return pairs;
}
