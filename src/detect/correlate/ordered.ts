import type { Entry, Window } from './window.ts';

/** An entry's position among the correlation's rules: all the rules it matched. */
export type Steps = readonly number[];

interface Chain {
  readonly start: number;
  readonly ref: number;
  readonly before: Chain | null;
}

/**
 * `temporal_ordered`: how many of the rules occur in their order inside the window, each event serving one step.
 *
 * Nothing needs to be queued. Among all chains of a given length that end with a given rule only the one that started
 * last matters: when it has left the window so have the others. So a group keeps rules² chains, whatever its traffic.
 */
export class OrderedWindow implements Window<Steps> {
  readonly #span: number;
  readonly #rules: number;
  /** `[length − 1][rule]`: the chain that started last. */
  readonly #best: (Chain | null)[][];
  #now = Number.NEGATIVE_INFINITY;

  constructor(span: number, rules: number) {
    this.#span = span;
    this.#rules = rules;
    this.#best = Array.from({ length: rules }, () => new Array<Chain | null>(rules).fill(null));
  }

  /** Chains kept; constant bound `rules²`. */
  get size(): number {
    return this.#rules;
  }

  slide(time: number): void {
    this.#now = time;
  }

  add(entries: readonly Entry<Steps>[]): void {
    // Entries of one position do not precede each other, so all extend chains as they were before any of them.
    const next: { length: number; step: number; chain: Chain }[] = [];
    for (const { time, ref, payload } of entries) {
      for (const step of payload) {
        next.push({ length: 0, step, chain: { start: time, ref, before: null } });
        for (let length = 1; length <= step; length++) {
          const before = this.#latest(length - 1, step);
          if (before !== null) next.push({ length, step, chain: { start: before.start, ref, before } });
        }
      }
    }
    for (const { length, step, chain } of next) {
      const known = this.#best[length][step];
      if (known === null || chain.start >= known.start) this.#best[length][step] = chain;
    }
  }

  value(): number {
    for (let length = this.#rules; length > 0; length--) if (this.#alive(length) !== null) return length;
    return 0;
  }

  *refs(): Iterable<number> {
    const refs: number[] = [];
    const length = this.value();
    for (let chain = length === 0 ? null : this.#alive(length); chain !== null; chain = chain.before) {
      refs.push(chain.ref);
    }
    yield* refs.reverse();
  }

  /** The chain of a length that started last, if it is inside the window. */
  #alive(length: number): Chain | null {
    const chain = this.#latest(length - 1, this.#rules);
    return chain === null || this.#now - chain.start > this.#span ? null : chain;
  }

  /** Among chains of a length that end before rule `step`, the one that started last. */
  #latest(length: number, step: number): Chain | null {
    let latest: Chain | null = null;
    for (let rule = 0; rule < step; rule++) {
      const chain = this.#best[length][rule];
      if (chain !== null && (latest === null || chain.start > latest.start)) latest = chain;
    }
    return latest;
  }
}
