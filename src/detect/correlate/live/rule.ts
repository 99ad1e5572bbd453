/** One correlation of one tenant, live: what waits for the watermark, the groups, and what late events change. */
import { type LimitName, limits } from '../../../base/index.ts';
import { Grouping, type Joined } from '../grouping.ts';
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import { Heap } from './columns.ts';
import type { Compiled } from './compiled.ts';
import { Groups, NONE } from './groups.ts';
import { type Fired, Judge } from './judge.ts';
import { loadRefs, type Pending, PendingChanges, saveRefs } from './pending.ts';
import { Records, type RecordsContext } from './records.ts';

/** What was left out or cut, and why; since the correlation started. */
export interface RuleCounts {
  /** Events behind the watermark that were taken: firings were judged again. */
  late: number;
  /** Events behind everything that is still held: left out. */
  tooLate: number;
  /** Groups given up at the limit of bytes: they may have missed firings. */
  evicted: number;
  /** Events forgotten early at the limit of bytes: they were in no window any more, but late events can no longer join them. */
  shortened: number;
  /** See `Grouping`. */
  ungrouped: number;
  cut: number;
}

/** Work that late events may cause: entries judged again, earned by what comes in. */
export interface Credit {
  left: number;
}

export type LiveBounds = Readonly<
  Pick<Record<LimitName, number>, 'correlationCombinationsMax' | 'correlationEventsShown'>
>;

export class LiveRule {
  readonly #context: RecordsContext;
  readonly #groups = new Groups();
  readonly #grouping: Grouping;
  readonly #judge: Judge;
  readonly #records: Records;
  /** Events at or beyond the watermark, by position. */
  readonly #waiting: Heap;
  /** Openings of windows that are judged at their end. */
  readonly #due: Heap;
  readonly #retracted = new Set<number>();
  /** Events behind it, since the last time it moved. */
  readonly #late: number[] = [];
  readonly #pending: PendingChanges;
  /** Groups that amendments emptied, and the time of what was last taken away; their ids must not begin anew. */
  readonly #emptied = new Map<number, number>();
  #watermark = Number.NEGATIVE_INFINITY;
  /** Entries up to here were given up early. */
  #keptFrom = Number.NEGATIVE_INFINITY;
  #counts = { late: 0, tooLate: 0, evicted: 0, shortened: 0 };
  #compiled: Compiled;

  constructor(compiled: Compiled, context: RecordsContext, bounds: LiveBounds = limits) {
    this.#compiled = compiled;
    this.#context = context;
    const { events } = context;
    this.#grouping = new Grouping(compiled.rule, events, bounds);
    this.#judge = new Judge(compiled, events, this.#groups, this.#grouping, bounds.correlationEventsShown);
    this.#records = new Records(compiled, context);
    this.#pending = new PendingChanges(events);
    this.#waiting = new Heap((a, b) => this.#judge.compare(a, b));
    this.#due = new Heap((a, b) => a - b);
  }

  get compiled(): Compiled {
    return this.#compiled;
  }

  /** The same version among other correlations. */
  set compiled(compiled: Compiled) {
    this.#compiled = compiled;
    this.#records.compiled = compiled;
  }

  get counts(): RuleCounts {
    return { ...this.#counts, ungrouped: this.#grouping.ungrouped, cut: this.#grouping.cut };
  }

  get groupCount(): number {
    return this.#groups.count;
  }

  /** Of groups, entries and firings; what waits stands apart, and events count with the tenant. */
  get bytes(): number {
    return this.#groups.bytes + this.#records.bytes + this.#pending.bytes;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** To which the tenant's watermark must come for the next waiting event to be taken. */
  get waitsFor(): number {
    return this.#waiting.key + this.#compiled.delayMs;
  }

  /** A new event. */
  offer(ref: number): void {
    const { events } = this.#context;
    const time = events.time(ref);
    if (time >= this.#watermark) {
      events.retain(ref);
      this.#waiting.push(time, ref);
    } else if (this.#beyond(time)) {
      this.#counts.tooLate++;
    } else {
      this.#counts.late++;
      events.retain(ref);
      this.#late.push(ref);
    }
  }

  /** An event that was offered turned out not to be. */
  retract(ref: number): void {
    const { events } = this.#context;
    const time = events.time(ref);
    if (time >= this.#watermark) {
      this.#retracted.add(ref);
      return;
    }
    if (this.#beyond(time)) {
      this.#counts.tooLate++;
      return;
    }
    for (const key of this.#keysOf(ref)) {
      const code = events.texts.find(key);
      const group = code === NONE ? NONE : this.#groups.find(code);
      if (group !== NONE) this.#pending.remove(group, ref);
    }
  }

  /** The tenant's watermark has come this far. Correlations below must have been told first. */
  advance(watermark: number, credit: Credit): void {
    if (this.#late.length > 0) this.#takeLate();
    if (this.#pending.size > 0) this.#settle(credit);
    this.#watermark = Math.max(this.#watermark, watermark - this.#compiled.delayMs);
    while (this.#waiting.key < this.#watermark) this.#takeWaiting();
    if (this.#compiled.atEnd) this.#judgeEnded();
    this.#expire();
  }

  /** Gives up what harms least, for memory: entries outside all windows, oldest first; else the longest untouched group. */
  shed(): boolean {
    const entry = this.#groups.arrived.first;
    const spanMs = this.#compiled.rule.timespanMs;
    if (entry !== NONE && this.#judge.time(entry) < this.#watermark - spanMs) {
      if (!this.#pending.has(this.#groups.group(entry))) {
        this.#keptFrom = Math.max(this.#keptFrom, this.#judge.time(entry));
        this.#counts.shortened += this.#prune(entry, this.#judge.time(entry));
        return true;
      }
    }
    const group = this.#groups.touched.first;
    if (group === NONE) return false;
    this.#counts.evicted++;
    this.#close(group);
    return true;
  }

  /** `numbers`: what each ref will be when it is read. */
  save(out: SnapshotWriter, numbers: Uint32Array): void {
    const finite = (time: number): number | null => (Number.isFinite(time) ? time : null);
    const groups = this.#groups.save(out, this.#context.events.texts, numbers);
    const due = [...this.#due.entries()].filter(
      ([opened, group]) => this.#isOpen(group) && this.#groups.mark(this.#groups.tail(group)) === opened,
    );
    const saved: SavedRule = {
      watermark: finite(this.#watermark),
      keptFrom: finite(this.#keptFrom),
      counts: this.#counts,
      ungrouped: this.#grouping.ungrouped,
      cut: this.#grouping.cut,
      emptied: [...this.#emptied].map(([group, time]) => [groups[group], time]),
    };
    out.json(saved);
    out.u32(due.length);
    for (const [opened, group] of due) {
      out.f64(opened);
      out.u32(groups[group]);
    }
    saveRefs(
      out,
      numbers,
      Array.from(this.#waiting.entries(), ([, ref]) => ref),
    );
    saveRefs(out, numbers, [...this.#retracted]);
    this.#pending.save(out, groups, numbers);
    this.#records.save(out, groups, numbers);
  }

  /** Into a new rule. */
  load(from: SnapshotReader): void {
    const { events } = this.#context;
    const groups = this.#groups.load(from, events.texts, (ref) => events.retain(ref));
    for (const group of groups) if (this.#groups.wide(group) > 0) this.#judge.rebuild(group);
    const saved = from.json<SavedRule>();
    this.#watermark = saved.watermark ?? Number.NEGATIVE_INFINITY;
    this.#keptFrom = saved.keptFrom ?? Number.NEGATIVE_INFINITY;
    this.#counts = saved.counts;
    this.#grouping.ungrouped = saved.ungrouped;
    this.#grouping.cut = saved.cut;
    for (const [group, time] of saved.emptied) this.#emptied.set(groups[group], time);
    for (let left = from.u32(); left > 0; left--) this.#due.push(from.f64(), groups[from.u32()]);
    for (const ref of loadRefs(from)) {
      events.retain(ref);
      this.#waiting.push(events.time(ref), ref);
    }
    for (const ref of loadRefs(from)) this.#retracted.add(ref);
    this.#pending.load(from, groups);
    this.#records.load(from, groups);
  }

  /** Gives everything back. */
  dispose(): void {
    for (let group = this.#groups.touched.first; group !== NONE; group = this.#groups.touched.first) this.#close(group);
    while (this.#waiting.size > 0) this.#context.events.release(this.#waiting.pop());
    for (const ref of this.#late) this.#context.events.release(ref);
  }

  /** Behind what is held: judging again from there could miss events that were forgotten. */
  #beyond(time: number): boolean {
    const { retentionMs, rule } = this.#compiled;
    return time < this.#watermark - retentionMs || time <= this.#keptFrom + rule.timespanMs;
  }

  #keysOf(ref: number): Set<string> {
    const keys = new Set<string>();
    for (const arrival of this.#judge.arrivals(ref)) for (const key of this.#grouping.keys(arrival)) keys.add(key);
    return keys;
  }

  #groupOf(key: string): number {
    const { texts } = this.#context.events;
    const code = texts.find(key);
    const known = code === NONE ? NONE : this.#groups.find(code);
    if (known === NONE) return this.#groups.open(texts.intern(key));
    this.#groups.touch(known);
    return known;
  }

  /** Late events wait in their groups until these are judged again. */
  #takeLate(): void {
    const { events } = this.#context;
    const late = this.#late.splice(0).sort((a, b) => this.#judge.compare(a, b));
    for (let i = 0; i < late.length; ) {
      const step = [late[i++]];
      while (i < late.length && events.compare(late[i], step[0]) === 0) step.push(late[i++]);
      const arrivals = step.flatMap((ref) => this.#judge.arrivals(ref));
      for (const [key, group] of this.#grouping.grouped(arrivals)) {
        const found = this.#groupOf(key);
        for (const ref of refsOf(group.events)) this.#pending.add(found, ref);
      }
    }
    for (const ref of late) events.release(ref);
  }

  #settle(credit: Credit): void {
    if (credit.left <= 0) return;
    for (const [group, changes] of this.#pending.take()) {
      credit.left -= this.#amend(group, changes);
      if (credit.left <= 0) return;
    }
  }

  /** Merges late events into a group, takes retracted ones out, and judges it again from there. Returns entries looked at. */
  #amend(group: number, { adds, removes }: Pending): number {
    const { events } = this.#context;
    // Adds first: a revision of a firing comes before the one it replaces, where they share a place.
    const changed = [...adds, ...removes].sort((a, b) => this.#judge.compare(a, b));
    if (changed.length === 0) return 1;
    let { before, cost } = this.#entryBefore(group, changed[0]);
    const lastTime = events.time(changed[changed.length - 1]);
    let entry = before === NONE ? this.#groups.head(group) : this.#groups.next(before);
    for (const ref of changed) {
      while (entry !== NONE && this.#judge.compare(this.#groups.ref(entry), ref) < 0) entry = this.#groups.next(entry);
      if (adds.has(ref)) {
        this.#groups.insert(group, ref, entry);
        continue;
      }
      if (entry !== NONE && this.#groups.ref(entry) === ref) {
        const removed = entry;
        entry = this.#groups.next(entry);
        this.#groups.remove(removed);
        events.release(ref);
      }
      events.release(ref);
    }
    const opened = this.#compiled.atEnd && before !== NONE ? this.#groups.mark(before) : Number.NaN;
    if (events.time(changed[0]) - opened <= this.#compiled.rule.timespanMs) {
      // The change is in this window: all of it.
      for (; before !== NONE && this.#groups.mark(before) === opened; cost++) before = this.#groups.prev(before);
    }
    const found = this.#compiled.atEnd
      ? this.#judge.endedAgain(group, before, lastTime, this.#watermark)
      : this.#judge.again(group, before, lastTime);
    const refOf = (one: number): number => (one === NONE ? NONE : this.#groups.ref(one));
    const { fired, next } = found;
    cost += this.#records.reconcile(group, this.#keyText(group), refOf(before), refOf(next), fired);
    this.#await(group, lastTime);
    return cost + changed.length + found.cost;
  }

  /** After an amendment: an open window is due later; an empty group is forgotten later. */
  #await(group: number, time: number): void {
    const tail = this.#groups.tail(group);
    this.#emptied.delete(group);
    if (tail === NONE) this.#emptied.set(group, time);
    else if (this.#isOpen(group)) this.#due.push(this.#groups.mark(tail), group);
  }

  #entryBefore(group: number, ref: number): { before: number; cost: number } {
    let before = this.#groups.tail(group);
    let cost = 1;
    for (; before !== NONE; cost++) {
      if (this.#context.events.compare(this.#groups.ref(before), ref) < 0) break;
      before = this.#groups.prev(before);
    }
    return { before, cost };
  }

  /** Everything at the first waiting position. */
  #takeWaiting(): void {
    const { events } = this.#context;
    const step = [this.#waiting.pop()];
    const time = events.time(step[0]);
    while (this.#waiting.key === time && events.compare(this.#waiting.slot, step[0]) === 0)
      step.push(this.#waiting.pop());
    const arrivals = step.filter((ref) => !this.#retracted.delete(ref)).flatMap((ref) => this.#judge.arrivals(ref));
    for (const [key, group] of this.#grouping.grouped(arrivals)) this.#append(this.#groupOf(key), group.events, time);
    for (const ref of step) events.release(ref);
  }

  #append(group: number, facts: readonly Joined[], time: number): void {
    const groups = this.#groups;
    const tail = groups.tail(group);
    const atEnd = this.#compiled.atEnd;
    const joins = tail !== NONE && time - groups.mark(tail) <= this.#compiled.rule.timespanMs;
    if (atEnd && !joins && this.#isOpen(group)) this.#fire(group, this.#judge.ended(group));
    let first = NONE;
    for (const ref of [...refsOf(facts)].sort((a, b) => this.#judge.compare(a, b))) {
      this.#context.events.retain(ref);
      const entry = groups.insert(group, ref, NONE);
      if (first === NONE) first = entry;
      if (atEnd) groups.setMark(entry, joins ? groups.mark(tail) : time);
    }
    if (this.#emptied.size > 0) this.#emptied.delete(group);
    if (!atEnd) this.#fire(group, this.#judge.appended(group, first, facts));
    else if (!joins) this.#due.push(time, group);
  }

  #judgeEnded(): void {
    const ended: number[] = [];
    while (this.#watermark - this.#due.key > this.#compiled.rule.timespanMs) {
      const opened = this.#due.key;
      const group = this.#due.pop();
      const tail = this.#groups.tail(group);
      if (tail === NONE || this.#groups.mark(tail) !== opened || !this.#isOpen(group)) continue;
      this.#groups.setJudged(group, opened);
      ended.push(group);
    }
    // In an order that does not depend on where groups are kept.
    const keys = new Map(ended.map((group) => [group, this.#keyText(group)]));
    const { events } = this.#context;
    const last = (group: number): number => this.#groups.ref(this.#groups.tail(group));
    ended.sort((a, b) => events.compare(last(a), last(b)) || ((keys.get(a) ?? '') < (keys.get(b) ?? '') ? -1 : 1));
    for (const group of ended) this.#fire(group, this.#judge.ended(group));
  }

  /** Whether the window of a group's last entry is still to be judged at its end. */
  #isOpen(group: number): boolean {
    const tail = this.#groups.tail(group);
    return this.#compiled.atEnd && tail !== NONE && this.#groups.mark(tail) !== this.#groups.judged(group);
  }

  #fire(group: number, fired: Fired | null): void {
    if (fired !== null) this.#records.add(group, this.#keyText(group), fired);
  }

  #keyText(group: number): string {
    return this.#context.events.texts.text(this.#groups.key(group));
  }

  #expire(): void {
    const cutoff = this.#watermark - this.#compiled.retentionMs - this.#compiled.rule.timespanMs;
    for (;;) {
      const entry = this.#groups.arrived.first;
      if (entry === NONE || this.#judge.time(entry) >= cutoff || this.#pending.has(this.#groups.group(entry))) break;
      this.#prune(entry, cutoff);
    }
    for (const [group, time] of this.#emptied) {
      if (time >= cutoff) break;
      this.#emptied.delete(group);
      if (this.#groups.head(group) === NONE && !this.#pending.has(group)) this.#close(group);
    }
  }

  /** Forgets a group's entries up to this one, and firings before `cutoff`; returns how many entries. */
  #prune(entry: number, cutoff: number): number {
    const groups = this.#groups;
    const group = groups.group(entry);
    const windowFrom = this.#judge.time(groups.tail(group)) - this.#compiled.rule.timespanMs;
    if (groups.wide(group) > 0 && this.#judge.time(entry) >= windowFrom) this.#judge.forget(group);
    let pruned = 0;
    for (let head = NONE; head !== entry; pruned++) {
      head = groups.head(group);
      this.#context.events.release(groups.ref(head));
      groups.remove(head);
    }
    if (groups.head(group) === NONE) this.#close(group);
    else this.#records.expire(group, cutoff);
    return pruned;
  }

  #close(group: number): void {
    const groups = this.#groups;
    const { events } = this.#context;
    for (let head = groups.head(group); head !== NONE; head = groups.head(group)) {
      events.release(groups.ref(head));
      groups.remove(head);
    }
    this.#pending.drop(group);
    this.#emptied.delete(group);
    this.#judge.forget(group);
    this.#records.forget(group);
    events.texts.release(groups.key(group));
    groups.close(group);
  }
}

interface SavedRule {
  readonly watermark: number | null;
  readonly keptFrom: number | null;
  readonly counts: { late: number; tooLate: number; evicted: number; shortened: number };
  readonly ungrouped: number;
  readonly cut: number;
  readonly emptied: readonly (readonly [group: number, time: number])[];
}

/** Each match once. */
function refsOf(events: readonly Joined[]): Set<number> {
  return new Set(events.flatMap(({ arrivals }) => arrivals.map(({ ref }) => ref)));
}
