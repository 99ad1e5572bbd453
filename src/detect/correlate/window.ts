/** What one window of one group holds, and the value a condition is judged on. */

/** One event (or one firing) in a group, with what its correlation type needs of it. */
export interface Entry<P> {
  readonly time: number;
  /** Which event; see `EventTable`. */
  readonly ref: number;
  readonly payload: P;
}

/** A value over the entries of a window; entries come and go in order of time. */
export interface Aggregate<P> {
  add(payload: P): void;
  remove(payload: P): void;
  /** null: nothing to judge (an average of nothing); no condition holds on it. */
  value(): number | null;
}

/** A group's window as the state drives it: `slide`, `add`, `value`, and `refs` once it fires. */
export interface Window<P> {
  readonly size: number;
  /** Drops what is older than `time − span`; a window is closed, so what is exactly that old stays. */
  slide(time: number): void;
  /** Adds the entries of one position; none of them precedes another. */
  add(entries: readonly Entry<P>[]): void;
  value(): number | null;
  /** The entries that make up the firing, in order. */
  refs(): Iterable<number>;
}

/** Entries in a queue, an aggregate over them. Three array slots an entry. */
export class QueueWindow<P> implements Window<P> {
  readonly #span: number;
  readonly #aggregate: Aggregate<P>;
  #times: number[] = [];
  #refs: number[] = [];
  #payloads: P[] = [];
  #head = 0;

  constructor(span: number, aggregate: Aggregate<P>) {
    this.#span = span;
    this.#aggregate = aggregate;
  }

  get size(): number {
    return this.#times.length - this.#head;
  }

  slide(time: number): void {
    while (this.#head < this.#times.length && time - this.#times[this.#head] > this.#span) {
      this.#aggregate.remove(this.#payloads[this.#head++]);
    }
    // Half empty: move the rest to the front. Each entry moves at most once per time it was added.
    if (this.#head > 32 && 2 * this.#head > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#refs = this.#refs.slice(this.#head);
      this.#payloads = this.#payloads.slice(this.#head);
      this.#head = 0;
    }
  }

  add(entries: readonly Entry<P>[]): void {
    for (const entry of entries) {
      this.#times.push(entry.time);
      this.#refs.push(entry.ref);
      this.#payloads.push(entry.payload);
      this.#aggregate.add(entry.payload);
    }
  }

  value(): number | null {
    return this.#aggregate.value();
  }

  *refs(): Iterable<number> {
    for (let i = this.#head; i < this.#refs.length; i++) yield this.#refs[i];
  }
}
