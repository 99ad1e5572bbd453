/** Judges one group: its condition over the entries of a window, from any entry on. Changes marks, nothing else. */
import type { GroupWindow } from '../aggregates.ts';
import { conditionHolds } from '../condition.ts';
import type { Arrival, Grouping, Joined } from '../grouping.ts';
import { listEvents, type Members } from '../members.ts';
import type { Compiled } from './compiled.ts';
import type { LiveEvents } from './events.ts';
import { type Groups, NONE } from './groups.ts';

/** A condition that holds: what a firing is made of. */
export interface Fired {
  /** The event it fired on, the last one of the window. */
  readonly ref: number;
  /** Values of the group-by fields as that event's position first spells them. */
  readonly group: readonly string[];
  readonly value: number;
  /** Base events as `position/row`; see `Firing.events`. */
  readonly events: readonly string[];
  readonly eventCount: number;
  /** Time of the first of them. */
  readonly firstTime: number;
}

/** What judging again found, and how far it had to go. */
export interface Rejudged {
  readonly fired: readonly Fired[];
  /** From this entry on all is as it was; `NONE`: all was judged again. */
  readonly next: number;
  /** Entries looked at. */
  readonly cost: number;
}

/** From this many entries in it a window is kept between events; a smaller one is summed up afresh at each. */
const KEEP_FROM = 16;

export class Judge {
  readonly #compiled: Compiled;
  readonly #events: LiveEvents;
  readonly #groups: Groups;
  readonly #grouping: Grouping;
  readonly #shown: number;
  readonly #windows = new Map<number, GroupWindow>();

  constructor(compiled: Compiled, events: LiveEvents, groups: Groups, grouping: Grouping, shown: number) {
    this.#compiled = compiled;
    this.#events = events;
    this.#groups = groups;
    this.#grouping = grouping;
    this.#shown = shown;
  }

  time(entry: number): number {
    return this.#events.time(this.#groups.ref(entry));
  }

  /** By rule, then group, within one position: the order in which offline correlation meets them. */
  compare(a: number, b: number): number {
    return this.#events.compare(a, b) || this.#place(a) - this.#place(b) || this.#events.compareFirings(a, b);
  }

  arrivals(ref: number): Arrival[] {
    const rule = this.#events.ruleOf(this.#events.layoutOf(ref));
    return (this.#compiled.places.get(rule) ?? []).map((place) => ({ rule: place, ref }));
  }

  forget(group: number): void {
    this.#windows.delete(group);
    this.#groups.setWide(group, 0);
  }

  /** Rising conditions: judges the position that was just appended, which begins at `first`. */
  appended(group: number, first: number, facts: readonly Joined[]): Fired | null {
    const groups = this.#groups;
    const time = this.time(first);
    const before = groups.prev(first);
    const window = this.#windowAt(group, first, time, facts);
    const mark = this.#markAfter(before === NONE ? Number.NaN : groups.mark(before), window.value(), time);
    for (let entry = first; entry !== NONE; entry = groups.next(entry)) groups.setMark(entry, mark.next);
    return mark.fires ? this.#fired(group, first, groups.tail(group), window) : null;
  }

  /** Judges the window that the group's last entry stands in, which is over. */
  ended(group: number): Fired | null {
    const groups = this.#groups;
    const last = groups.tail(group);
    const opened = groups.mark(last);
    let first = last;
    while (groups.prev(first) !== NONE && groups.mark(groups.prev(first)) === opened) first = groups.prev(first);
    groups.setJudged(group, opened);
    return this.#judgedWindow(group, first, last, opened);
  }

  /** Puts the kept window of a group together again, as it was after its last entry. */
  rebuild(group: number): void {
    const last = this.#groups.tail(group);
    const window = this.#compiled.kind.open();
    this.#fill(window, this.#firstWithin(last, this.time(last)), NONE);
    this.#keep(group, window);
  }

  /** Rising conditions: judges everything after `before` again, until nothing later than `changed` can differ. */
  again(group: number, before: number, changed: number): Rejudged {
    const groups = this.#groups;
    const span = this.#compiled.rule.timespanMs;
    const fired: Fired[] = [];
    let first = before === NONE ? groups.head(group) : groups.next(before);
    let mark = before === NONE ? Number.NaN : groups.mark(before);
    const window = this.#compiled.kind.open();
    let cost = 0;
    if (first !== NONE && before !== NONE) {
      cost += this.#fill(window, this.#firstWithin(before, this.time(first)), first);
    }
    while (first !== NONE) {
      const time = this.time(first);
      const last = this.#stepEnd(first);
      window.slide(time);
      window.add(time, this.#facts(first, last));
      const after = this.#markAfter(mark, window.value(), time);
      mark = after.next;
      if (after.fires) fired.push(this.#fired(group, first, last, window));
      const same = Object.is(groups.mark(first), mark) && time - changed > span;
      for (let entry = first; ; entry = groups.next(entry)) {
        groups.setMark(entry, mark);
        cost++;
        if (entry === last) break;
      }
      if (same) return { fired, next: groups.next(last), cost };
      first = groups.next(last);
    }
    this.forget(group);
    const last = groups.tail(group);
    if (last === NONE) return { fired, next: NONE, cost };
    const held = this.#countWithin(last);
    if (held > KEEP_FROM) this.rebuild(group);
    return { fired, next: NONE, cost: cost + held };
  }

  /** Conditions judged at the end: the same; windows that end before `over` are judged, the last one may stay open. */
  endedAgain(group: number, before: number, changed: number, over: number): Rejudged {
    const groups = this.#groups;
    const span = this.#compiled.rule.timespanMs;
    const fired: Fired[] = [];
    let first = before === NONE ? groups.head(group) : groups.next(before);
    let cost = 0;
    while (first !== NONE) {
      const opened = this.time(first);
      if (opened > changed && groups.mark(first) === opened) return { fired, next: first, cost };
      let last = first;
      for (let entry = first; entry !== NONE && this.time(entry) - opened <= span; entry = groups.next(entry)) {
        groups.setMark(entry, opened);
        cost++;
        last = entry;
      }
      if (over - opened > span) {
        const found = this.#judgedWindow(group, first, last, opened);
        if (found !== null) fired.push(found);
      }
      first = groups.next(last);
    }
    const last = groups.tail(group);
    if (last !== NONE && over - groups.mark(last) > span) groups.setJudged(group, groups.mark(last));
    return { fired, next: NONE, cost };
  }

  #markAfter(mark: number, value: number | null, time: number): { next: number; fires: boolean } {
    if (!conditionHolds(this.#compiled.rule, value)) return { next: Number.NaN, fires: false };
    const fires = !(time - mark <= this.#compiled.rule.timespanMs);
    return { next: fires ? time : mark, fires };
  }

  #windowAt(group: number, first: number, time: number, facts: readonly Joined[]): GroupWindow {
    const kept = this.#windows.get(group);
    if (kept !== undefined) {
      kept.slide(time);
      kept.add(time, facts);
      this.#groups.setWide(group, kept.size);
      return kept;
    }
    const window = this.#compiled.kind.open();
    const from = this.#firstWithin(first, time);
    const count = this.#fill(window, from, first);
    window.slide(time);
    window.add(time, facts);
    if (count >= KEEP_FROM) this.#keep(group, window);
    return window;
  }

  #keep(group: number, window: GroupWindow): void {
    this.#windows.set(group, window);
    this.#groups.setWide(group, window.size);
  }

  /** The earliest entry up to `entry` inside the window that ends at `time`. */
  #firstWithin(entry: number, time: number): number {
    const groups = this.#groups;
    let first = entry;
    for (let prev = groups.prev(first); prev !== NONE; prev = groups.prev(first)) {
      if (time - this.time(prev) > this.#compiled.rule.timespanMs) break;
      first = prev;
    }
    return first;
  }

  #countWithin(last: number): number {
    const first = this.#firstWithin(last, this.time(last));
    let count = 1;
    for (let entry = first; entry !== last; entry = this.#groups.next(entry)) count++;
    return count;
  }

  /** Adds the entries from `from` up to but not including `end`, position by position; returns how many. */
  #fill(window: GroupWindow, from: number, end: number): number {
    let count = 0;
    for (let first = from; first !== end && first !== NONE; ) {
      const last = this.#stepEnd(first);
      const time = this.time(first);
      window.slide(time);
      const facts = this.#facts(first, last);
      window.add(time, facts);
      count += facts.length;
      first = this.#groups.next(last);
    }
    return count;
  }

  #judgedWindow(group: number, first: number, last: number, opened: number): Fired | null {
    const window = this.#compiled.kind.open();
    this.#fill(window, first, this.#groups.next(last));
    window.slide(opened + this.#compiled.rule.timespanMs);
    if (!conditionHolds(this.#compiled.rule, window.value())) return null;
    let step = last;
    while (step !== first && this.#together(this.#groups.prev(step), last)) step = this.#groups.prev(step);
    return this.#fired(group, step, last, window);
  }

  /** `first` and `last` bound the entries at the position it fired on. */
  #fired(group: number, first: number, last: number, window: GroupWindow): Fired {
    const key = this.#events.texts.text(this.#groups.key(group));
    const [arrival] = this.arrivals(this.#groups.ref(first));
    const refs = [...this.#membersOf(window, last)];
    const members = refs.map((ref) => this.#events.members(ref));
    const { events, count } = listEvents<string>(members, this.#shown);
    // The event itself, as offline: matches of one event are one, seen through the first of them.
    const facts = this.#facts(first, last);
    return {
      ref: facts[facts.length - 1].ref,
      group: this.#grouping.spelled(arrival, key),
      value: window.value() ?? 0,
      events,
      eventCount: this.#exact(window, count, members),
      firstTime: this.#events.time(refs[0]),
    };
  }

  /** Where each entry is one event there is no need to walk through all of them to list some. */
  *#membersOf(window: GroupWindow, last: number): Iterable<number> {
    if (!this.#compiled.flat || this.#compiled.rule.type === 'temporal_ordered') {
      yield* window.refs();
      return;
    }
    let left = this.#shown;
    for (const ref of window.refs()) {
      if (left-- === 0) break;
      yield ref;
    }
    if (window.size > this.#shown) yield this.#facts(this.#stepStart(last), last)[0].ref;
  }

  #exact(window: GroupWindow, count: number, members: readonly Members<string>[]): number {
    const whole =
      members.length <= this.#shown || !this.#compiled.flat || this.#compiled.rule.type === 'temporal_ordered';
    return whole ? count : window.size;
  }

  #facts(first: number, last: number): readonly Joined[] {
    const arrivals: Arrival[] = [];
    for (let entry = first; ; entry = this.#groups.next(entry)) {
      arrivals.push(...this.arrivals(this.#groups.ref(entry)));
      if (entry === last) break;
    }
    return this.#grouping.joined(arrivals);
  }

  /** The last entry at the position of `first`. */
  #stepEnd(first: number): number {
    let last = first;
    for (let next = this.#groups.next(last); next !== NONE; next = this.#groups.next(last)) {
      if (!this.#together(first, next)) break;
      last = next;
    }
    return last;
  }

  #stepStart(last: number): number {
    let first = last;
    for (let prev = this.#groups.prev(first); prev !== NONE; prev = this.#groups.prev(first)) {
      if (!this.#together(prev, last)) break;
      first = prev;
    }
    return first;
  }

  #together(a: number, b: number): boolean {
    return this.#events.compare(this.#groups.ref(a), this.#groups.ref(b)) === 0;
  }

  #place(ref: number): number {
    return this.#compiled.places.get(this.#events.ruleOf(this.#events.layoutOf(ref)))?.[0] ?? 0;
  }
}
