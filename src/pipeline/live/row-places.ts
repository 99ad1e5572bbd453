/** Doors evaluate batches; the journal keeps entries. Which row of a batch is which event. */
import type { DurableUnit } from './types.ts';

/** Where the rows of a unit's batches stand in the journal: entries of events one behind the other. */
export class RowPlaces {
  readonly #unit: DurableUnit;
  readonly #entries: readonly { readonly rows: number; readonly position: number }[];
  #entry = 0;
  /** Rows of the entry at hand that earlier batches had. */
  #passed = 0;

  constructor(unit: DurableUnit) {
    this.#unit = unit;
    this.#entries = unit.entries.flatMap(({ kind, rows }, i) =>
      kind === 'events' ? [{ rows, position: unit.first + i }] : [],
    );
  }

  /** Of a row of the batch at hand. */
  of(batchRow: number): { readonly position: number; readonly row: number } {
    let row = this.#passed + batchRow;
    for (let i = this.#entry; i < this.#entries.length; i++) {
      const { rows, position } = this.#entries[i];
      if (row < rows) return { position, row };
      row -= rows;
    }
    throw this.#mismatch();
  }

  /** Goes behind a batch. */
  pass(rows: number): void {
    this.#passed += rows;
    while (this.#entry < this.#entries.length && this.#passed >= this.#entries[this.#entry].rows) {
      this.#passed -= this.#entries[this.#entry++].rows;
    }
    if (this.#entry === this.#entries.length && this.#passed > 0) throw this.#mismatch();
  }

  /** All rows must have been passed. */
  end(): void {
    if (this.#entry < this.#entries.length) throw this.#mismatch();
  }

  #mismatch(): Error {
    return new Error(`the unit at ${this.#unit.first} was evaluated with other rows than the journal has`);
  }
}
