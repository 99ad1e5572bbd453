/** Segments of the object store that a hunt reads: two at a time are on disk, the one that is read and the next. */
import type { FetchCopy } from './view.ts';

const AT_ONCE = 2;

/** It stays until what was begun with it is done. */
export class Copy {
  readonly over: Promise<void>;
  readonly #end: () => void;
  #uses = 1;

  constructor(release: () => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#end = () => {
      release();
      resolve();
    };
  }

  begin(): void {
    this.#uses++;
  }

  done(): void {
    if (--this.#uses === 0) this.#end();
  }
}

export class Copies {
  readonly #fetch: FetchCopy;
  readonly #held: Copy[] = [];

  constructor(fetch: FetchCopy) {
    this.#fetch = fetch;
  }

  /** Why it cannot be had, or itself. */
  async of(file: string): Promise<Copy | string> {
    while (this.#held.length >= AT_ONCE) await this.#held.shift()?.over;
    const { away, release } = await this.#fetch(file);
    if (away !== null) {
      release();
      return away;
    }
    const copy = new Copy(release);
    this.#held.push(copy);
    return copy;
  }
}
