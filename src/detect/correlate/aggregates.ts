/** What each correlation type reads of an event and how it sums a window up: one table, one entry a type. */
import type { CorrelationRule, CorrelationType } from '../sigma/model.ts';
import { type Decimal, DecimalSum, parseDecimal, toDouble } from './decimal.ts';
import { OrderedWindow } from './ordered.ts';
import { SortedNumbers } from './sorted.ts';
import { type Aggregate, type Entry, QueueWindow, type Window } from './window.ts';

/** What an event offers a correlation: one of these per event and group. */
export interface Facts {
  readonly ref: number;
  /** Positions among the correlation's rules that the event matched. */
  readonly rules: readonly number[];
  /** Combinations of the values of all `field`s, folded for comparison; empty when one is absent or null. */
  keys(): readonly string[];
  /** Values of the first `field`. */
  texts(): readonly string[];
}

/** A correlation type bound to one rule; hides what its entries carry. */
export interface Kind {
  open(): GroupWindow;
}

export interface GroupWindow {
  readonly size: number;
  slide(time: number): void;
  add(time: number, events: readonly Facts[]): void;
  value(): number | null;
  refs(): Iterable<number>;
}

export function kindOf(rule: CorrelationRule): Kind {
  return kinds[rule.type](rule);
}

const kinds: Record<CorrelationType, (rule: CorrelationRule) => Kind> = {
  event_count: (rule) =>
    kind(
      () => null,
      () => new QueueWindow(rule.timespanMs, new EventCount()),
    ),
  value_count: (rule) =>
    kind(
      (facts) => facts.keys(),
      () => new QueueWindow(rule.timespanMs, new DistinctCount<string>()),
    ),
  value_sum: (rule) => kind(decimals, () => new QueueWindow(rule.timespanMs, new Sum((sum) => sum))),
  value_avg: (rule) => kind(decimals, () => new QueueWindow(rule.timespanMs, new Sum((sum, count) => sum / count))),
  value_percentile: (rule) =>
    kind(
      (facts) => decimals(facts).map(toDouble),
      () => new QueueWindow(rule.timespanMs, new Percentile(rule.percentile ?? 50)),
    ),
  temporal: (rule) =>
    kind(
      (facts) => facts.rules,
      () => new QueueWindow(rule.timespanMs, new DistinctCount<number>()),
    ),
  temporal_ordered: (rule) =>
    kind(
      (facts) => facts.rules,
      () => new OrderedWindow(rule.timespanMs, rule.rules.length),
    ),
};

function kind<P>(payload: (facts: Facts) => P, open: () => Window<P>): Kind {
  return { open: () => new PayloadWindow(payload, open()) };
}

class PayloadWindow<P> implements GroupWindow {
  readonly #payload: (facts: Facts) => P;
  readonly #window: Window<P>;

  constructor(payload: (facts: Facts) => P, window: Window<P>) {
    this.#payload = payload;
    this.#window = window;
  }

  get size(): number {
    return this.#window.size;
  }

  slide(time: number): void {
    this.#window.slide(time);
  }

  add(time: number, events: readonly Facts[]): void {
    this.#window.add(events.map((facts): Entry<P> => ({ time, ref: facts.ref, payload: this.#payload(facts) })));
  }

  value(): number | null {
    return this.#window.value();
  }

  refs(): Iterable<number> {
    return this.#window.refs();
  }
}

/** Values that are no decimal numbers do not take part in sums, averages and percentiles. */
function decimals(facts: Facts): readonly Decimal[] {
  return facts
    .texts()
    .map(parseDecimal)
    .filter((value) => value !== null);
}

class EventCount implements Aggregate<null> {
  #count = 0;

  add(): void {
    this.#count++;
  }

  remove(): void {
    this.#count--;
  }

  value(): number {
    return this.#count;
  }
}

class DistinctCount<K> implements Aggregate<readonly K[]> {
  readonly #counts = new Map<K, number>();

  add(keys: readonly K[]): void {
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  remove(keys: readonly K[]): void {
    for (const key of keys) {
      const left = (this.#counts.get(key) ?? 0) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
  }

  value(): number {
    return this.#counts.size;
  }
}

/** Exact inside; what is judged is the sum rounded to the nearest double, and for an average that divided by the count. */
class Sum implements Aggregate<readonly Decimal[]> {
  readonly #sum = new DecimalSum();
  readonly #result: (sum: number, count: number) => number;
  #count = 0;

  constructor(result: (sum: number, count: number) => number) {
    this.#result = result;
  }

  add(values: readonly Decimal[]): void {
    for (const value of values) this.#sum.add(value);
    this.#count += values.length;
  }

  remove(values: readonly Decimal[]): void {
    for (const value of values) this.#sum.subtract(value);
    this.#count -= values.length;
  }

  value(): number | null {
    return this.#count === 0 ? null : this.#result(this.#sum.toDouble(), this.#count);
  }
}

class Percentile implements Aggregate<readonly number[]> {
  readonly #values = new SortedNumbers();
  readonly #percent: number;

  constructor(percent: number) {
    this.#percent = percent;
  }

  add(values: readonly number[]): void {
    for (const value of values) this.#values.add(value);
  }

  remove(values: readonly number[]): void {
    for (const value of values) this.#values.remove(value);
  }

  value(): number | null {
    return this.#values.percentile(this.#percent);
  }
}
