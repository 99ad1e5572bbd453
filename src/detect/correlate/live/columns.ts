/** Typed arrays that grow, an order of slots, and a heap: live state is columns, so that millions of entries cost the collector nothing. */

export type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

/** No slot. */
export const NONE = -1;

/** The same contents in an array of at least `size`, half as large again as before. */
export function grown<T extends Column>(column: T, size: number): T {
  const Kind = column.constructor as new (length: number) => T;
  const next = new Kind(Math.max(size, column.length + (column.length >> 1), 16));
  next.set(column);
  return next;
}

/** Numbers of slots, given out and taken back. */
export class Slots {
  #free = new Uint32Array(0);
  #freeCount = 0;
  /** One beyond the highest slot ever given out. */
  end = 0;

  get used(): number {
    return this.end - this.#freeCount;
  }

  take(): number {
    return this.#freeCount > 0 ? this.#free[--this.#freeCount] : this.end++;
  }

  give(slot: number): void {
    if (this.#freeCount === this.#free.length) this.#free = grown(this.#free, this.#freeCount + 1);
    this.#free[this.#freeCount++] = slot;
  }
}

/** Slots in a row, each at most once: the first is the one that came (or was moved to the end) longest ago. */
export class Order {
  #after = new Int32Array(0);
  #before = new Int32Array(0);
  first = NONE;
  last = NONE;

  next(slot: number): number {
    return this.#after[slot];
  }

  push(slot: number): void {
    if (slot >= this.#after.length) {
      this.#after = grown(this.#after, slot + 1);
      this.#before = grown(this.#before, slot + 1);
    }
    this.#before[slot] = this.last;
    this.#after[slot] = NONE;
    if (this.last === NONE) this.first = slot;
    else this.#after[this.last] = slot;
    this.last = slot;
  }

  remove(slot: number): void {
    const before = this.#before[slot];
    const after = this.#after[slot];
    if (before === NONE) this.first = after;
    else this.#after[before] = after;
    if (after === NONE) this.last = before;
    else this.#before[after] = before;
  }
}

/** A binary heap of slots under a key each; ties in the order that `compare` gives. */
export class Heap {
  #keys = new Float64Array(0);
  #slots = new Uint32Array(0);
  readonly #compare: (a: number, b: number) => number;
  size = 0;

  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare;
  }

  /** Key of the least; infinity when there is none. */
  get key(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#keys[0];
  }

  /** The least; there must be one. */
  get slot(): number {
    return this.#slots[0];
  }

  push(key: number, slot: number): void {
    if (this.size === this.#keys.length) {
      this.#keys = grown(this.#keys, this.size + 1);
      this.#slots = grown(this.#slots, this.size + 1);
    }
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(key, slot, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#keys[at] = key;
    this.#slots[at] = slot;
  }

  pop(): number {
    const least = this.#slots[0];
    const end = --this.size;
    const key = this.#keys[end];
    const slot = this.#slots[end];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && this.#before(this.#keys[child + 1], this.#slots[child + 1], child)) child++;
      if (this.#before(key, slot, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#keys[at] = key;
    this.#slots[at] = slot;
    return least;
  }

  /** All, in no order. */
  *entries(): Iterable<readonly [key: number, slot: number]> {
    for (let at = 0; at < this.size; at++) yield [this.#keys[at], this.#slots[at]];
  }

  #before(key: number, slot: number, at: number): boolean {
    return key === this.#keys[at] ? this.#compare(slot, this.#slots[at]) < 0 : key < this.#keys[at];
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from];
    this.#slots[to] = this.#slots[from];
  }
}
