/** Pages of texts that were unpacked to be searched, kept for the events that are read of them afterwards: to unpack one takes a millisecond. */
import { type ColumnChunk, Presence, Texts } from '../../store/index.ts';

export class KeptPages {
  readonly #bytesMax: number;
  /** Null: they took too much. */
  #pages: Texts[] | null = [];
  #bytes = 0;
  /** Rows of pages that were not unpacked: first of each run, and the row behind its last. */
  readonly #skipped: number[] = [];
  #present: Presence | null = null;

  /** @param bytesMax beyond it none is kept */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(page: Texts): void {
    this.#bytes += page.bytes.length;
    if (this.#bytes > this.#bytesMax) this.#pages = null;
    this.#pages?.push(page);
  }

  /** A page with rows from one to before another is not among them. */
  skip(from: number, to: number): void {
    this.#skipped.push(from, to);
  }

  /** @param present which rows of the pages that were added have a text */
  end(present: Presence): void {
    this.#present = present;
  }

  /** Texts of some rows, ascending, as a chunk in which no other row has one; null where some of them are not here. */
  of(rows: readonly number[]): ColumnChunk | null {
    const [pages, present] = [this.#pages, this.#present];
    if (pages === null || present === null || this.#hasSkipped(rows)) return null;
    const texts: Uint8Array[] = [];
    const runs: number[] = [];
    let [page, first] = [0, 0];
    for (const row of rows) {
      const index = present.indexOf(row);
      if (index < 0) continue;
      while (index >= first + pages[page].length) first += pages[page++].length;
      if (runs.at(-2) === row) runs[runs.length - 2]++;
      else runs.push(row, row + 1, texts.length);
      texts.push(pages[page].at(index - first));
    }
    const picked = new Presence(present.rows, texts.length, Uint32Array.from(runs));
    return { rows: present.rows, present: picked, values: Texts.of(texts), codes: null };
  }

  #hasSkipped(rows: readonly number[]): boolean {
    let at = 0;
    for (const row of rows) {
      while (at < this.#skipped.length && this.#skipped[at + 1] <= row) at += 2;
      if (at < this.#skipped.length && this.#skipped[at] <= row) return true;
    }
    return false;
  }
}
