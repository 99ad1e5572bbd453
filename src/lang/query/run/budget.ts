/** The bound of what a query keeps in memory, over all its operators. */
import { RunError } from './error.ts';

export class Budget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What one operator keeps. @param what the operator as errors name it */
  hold(what: string): Hold {
    return new Hold(this, what);
  }

  /** @throws RunError `query.too_big` */
  take(bytes: number, what: string): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return;
    throw new RunError(
      'query.too_big',
      `${what} would keep more than ${sizeText(this.#bytesMax)} in memory`,
      'Ask for less before it: a shorter time, a narrower where, fewer columns (project) or groups; or raise the limit.',
    );
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes;
  }
}

export class Hold {
  readonly #budget: Budget;
  readonly #what: string;
  #bytes = 0;

  constructor(budget: Budget, what: string) {
    this.#budget = budget;
    this.#what = what;
  }

  /** Counts bytes that are kept from now on. @throws RunError `query.too_big` */
  take(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.take(bytes, this.#what);
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget.give(bytes);
  }

  /** Nothing is kept any more. */
  release(): void {
    this.give(this.#bytes);
  }
}

function sizeText(bytes: number): string {
  return bytes < 1_048_576 ? `${bytes} bytes` : `${Math.floor(bytes / 1_048_576)} MB`;
}
