import { CHUNK_WORK_MAX, RECORD_WORK_MAX } from './bounds.ts';
import { Damage } from './damage.ts';

/** What reading may cost beyond its output: a count of values, attributes and parts looked at. */
export class Budget {
  #chunk = 0;
  #record = 0;

  newChunk(): void {
    this.#chunk = 0;
  }

  newRecord(): void {
    this.#chunk += this.#record;
    this.#record = 0;
  }

  spend(work: number, at: number): void {
    this.#record += work;
    if (this.#record > RECORD_WORK_MAX) throw new Damage('it takes more work than any real event', at);
    if (this.#chunk + this.#record > CHUNK_WORK_MAX) {
      throw new Damage('its chunk has taken more work than any real one', at);
    }
  }
}
