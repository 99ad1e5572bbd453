import { long, type Value } from '../../../value.ts';
import { type AmountKind, amountOf, amountValue } from '../amount.ts';
import { overValues } from './aggregate.ts';

/** Adds up: whole numbers and ticks exactly, so that their order does not matter, and reals apart. */
export class Total {
  #whole = 0n;
  #real = 0;
  #reals = 0;
  #count = 0;
  #kind: AmountKind | 'mixed' | null = null;

  add(value: Value): void {
    const amount = amountOf(value);
    if (amount === null) return;
    this.#count++;
    this.#kind = this.#kind === null || this.#kind === amount.kind ? amount.kind : 'mixed';
    if (typeof amount.size === 'bigint') this.#whole += amount.size;
    else {
      this.#reals++;
      this.#real += amount.size;
    }
  }

  get count(): number {
    return this.#count;
  }

  /** Null where numbers and spans were mixed. */
  get kind(): AmountKind | null {
    return this.#kind === 'mixed' ? null : this.#kind;
  }

  /** A real where one was among them. */
  get size(): bigint | number {
    return this.#reals === 0 ? this.#whole : Number(this.#whole) + this.#real;
  }

  get real(): number {
    return Number(this.#whole) + this.#real;
  }

  get whole(): bigint | null {
    return this.#reals === 0 ? this.#whole : null;
  }
}

/** 0 where there is nothing; null where numbers and spans are mixed, and for what 64 bits do not hold. Dates have no sum. */
export const sum = overValues(() => {
  const total = new Total();
  return {
    add: (value) => total.add(value),
    finish: () => {
      if (total.count === 0) return 0n;
      const { kind, size } = total;
      if (kind === null || kind === 'datetime') return null;
      return typeof size === 'bigint' && long(size) === null ? null : amountValue(kind, size);
    },
  };
});
