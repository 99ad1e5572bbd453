import fc from 'fast-check';

/**
 * A sequence of choices: a generator written as ordinary code that asks for one choice after the other. fast-check
 * shrinks the sequence towards zeros, and zero is always the first, plainest option; a sequence that has run out is zeros.
 */
export class Choices {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  /** From 0 up to but not including `end`. */
  below(end: number): number {
    return (this.#numbers[this.#at++] ?? 0) % end;
  }
  /** True about `percent` times in 100. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }
  pick<T>(options: readonly [T, ...T[]]): T {
    return options[this.below(options.length)] ?? options[0];
  }
  list<T>(from: number, to: number, make: () => T): T[] {
    return Array.from({ length: from + this.below(to - from + 1) }, make);
  }
}

/** An arbitrary for anything made from at most `length` choices. */
export function chosen<T>(length: number, make: (choices: Choices) => T): fc.Arbitrary<T> {
  const number = fc.noBias(fc.integer({ min: 0, max: 0x3fffffff }));
  return fc
    .array(number, { minLength: length, maxLength: length, size: 'max' })
    .map((numbers) => make(new Choices(numbers)));
}
