/** Rows gathered by the values they have in some columns: `summarize`, `distinct`, `make-series`. */
import type { Values } from '../../value.ts';
import type { Hold } from './budget.ts';
import { identity, shown, sizeOfValues } from './row.ts';

export interface Group<State> {
  /** Values of the columns, each as it is shown: of values that are one, a number before a text. */
  readonly cells: Values[];
  readonly state: State;
}

/** In the order in which each was first seen. */
export class Groups<State> {
  readonly #groups = new Map<string, Group<State>>();
  readonly #hold: Hold;
  readonly #start: () => State;

  constructor(hold: Hold, start: () => State) {
    this.#hold = hold;
    this.#start = start;
  }

  of(cells: Values[]): Group<State> {
    const key = cells.length === 1 ? identity(cells[0]) : JSON.stringify(cells.map(identity));
    const known = this.#groups.get(key);
    if (known !== undefined) {
      for (let i = 0; i < cells.length; i++) known.cells[i] = shown(known.cells[i], cells[i]);
      return known;
    }
    this.#hold.take(128 + 2 * key.length + cells.reduce((sum, values) => sum + sizeOfValues(values), 0));
    const group = { cells, state: this.#start() };
    this.#groups.set(key, group);
    return group;
  }

  values(): Iterable<Group<State>> {
    return this.#groups.values();
  }
}
