import { CHUNK_WORK_MAX } from './bounds.ts';
import { Damage } from './damage.ts';

/** What a chunk may cost beyond its output: a count of values, attributes and parts looked at. */
export class Budget {
  #spent = 0;

  reset(): void {
    this.#spent = 0;
  }

  spend(work: number, at: number): void {
    this.#spent += work;
    if (this.#spent > CHUNK_WORK_MAX) throw new Damage('the chunk takes more work than any real one', at);
  }
}
