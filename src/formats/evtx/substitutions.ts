import type { Budget } from './budget.ts';
import { Damage } from './damage.ts';
import type { Page } from './page.ts';
import { ARRAY, BINARY, BINXML, NULL } from './types.ts';
import { isEmpty, itemEnd, writeValue } from './values.ts';
import type { JsonWriter } from './writer.ts';

/** An array taken apart: its slot, what the slot held, and where each item ends. */
export interface Items {
  readonly slot: number;
  readonly type: number;
  readonly start: number;
  readonly size: number;
  readonly ends: readonly number[];
}

/**
 * The values of the template instances being written, the innermost last. Nothing is decoded ahead: of each value its
 * type, position and size are noted, from which the template copies.
 */
export class Substitutions {
  readonly #page: Page;
  readonly #budget: Budget;
  types = new Uint8Array(256);
  starts = new Int32Array(256);
  sizes = new Int32Array(256);
  /** The innermost instance has `count` values from `base` on. */
  base = 0;
  count = 0;

  constructor(page: Page, budget: Budget) {
    this.#page = page;
    this.#budget = budget;
  }

  /** An instance without values begins inside the present one. */
  none(): void {
    this.base += this.count;
    this.count = 0;
  }

  /**
   * An instance begins inside the present one; at `at` stand the number of its values, a descriptor for each (size, type,
   * zero), and the values. Returns the position behind them.
   */
  read(at: number, end: number): number {
    const { view } = this.#page;
    if (at + 4 > end) throw new Damage('a template instance does not fit', at);
    const count = view.getUint32(at, true);
    const descriptors = at + 4;
    let value = descriptors + count * 4;
    if (value > end) throw new Damage(`${count} substitution values do not fit`, at);
    this.#budget.spend(count, at);
    this.none();
    this.count = count;
    const { base } = this;
    if (base + count > this.types.length) this.#grow(base + count);
    const { types, starts, sizes } = this;
    for (let i = 0; i < count; i++) {
      const descriptor = descriptors + i * 4;
      const size = view.getUint16(descriptor, true);
      types[base + i] = view.getUint8(descriptor + 2);
      starts[base + i] = value;
      sizes[base + i] = size;
      value += size;
    }
    if (value > end) throw new Damage(`${count} substitution values do not fit`, at);
    return value;
  }

  #grow(size: number): void {
    const length = Math.max(size, this.types.length * 2);
    const types = new Uint8Array(length);
    types.set(this.types);
    this.types = types;
    const starts = new Int32Array(length);
    starts.set(this.starts);
    this.starts = starts;
    const sizes = new Int32Array(length);
    sizes.set(this.sizes);
    this.sizes = sizes;
  }

  /** The type of a value; a template may ask for more values than the instance has, those are null. */
  typeOf(index: number): number {
    return index < this.count ? this.types[this.base + index] : NULL;
  }

  /** Whether a value gives text; null, empty values and nested fragments do not. */
  hasText(index: number): boolean {
    const type = this.typeOf(index);
    if (type === NULL || type === BINXML) return false;
    const slot = this.base + index;
    return !isEmpty(this.#page, type, this.starts[slot], this.sizes[slot]);
  }

  /** Writes a value that has text and is no array. */
  write(out: JsonWriter, index: number, quote: boolean): void {
    const slot = this.base + index;
    writeValue(out, this.#page, this.types[slot], this.starts[slot], this.sizes[slot], quote);
  }

  /** Those of the values that are arrays; null where none is. An array that does not divide into items becomes binary. */
  arrays(indexes: readonly number[]): Items[] | null {
    let arrays: Items[] | null = null;
    for (let i = 0; i < indexes.length; i++) {
      if (this.typeOf(indexes[i]) < ARRAY) continue;
      const slot = this.base + indexes[i];
      const items = this.#split(slot);
      if (items === null) this.types[slot] = BINARY;
      else if (arrays === null) arrays = [items];
      else arrays.push(items);
    }
    return arrays;
  }

  #split(slot: number): Items | null {
    const type = this.types[slot] & ~ARRAY;
    const start = this.starts[slot];
    const size = this.sizes[slot];
    const ends: number[] = [];
    this.#budget.spend(size >> 4, start);
    for (let at = start; at < start + size; ) {
      at = itemEnd(this.#page, type, at, start + size, size);
      if (at < 0 || at > start + size) return null;
      ends.push(at);
    }
    return { slot, type, start, size, ends };
  }

  /** Lets item `i` stand for the whole array; null past its end. */
  setItem({ slot, type, start, ends }: Items, i: number): void {
    const from = i === 0 ? start : ends[i - 1];
    this.types[slot] = i < ends.length ? type : NULL;
    this.starts[slot] = from;
    this.sizes[slot] = i < ends.length ? ends[i] - from : 0;
  }

  restore({ slot, type, start, size }: Items): void {
    this.types[slot] = type | ARRAY;
    this.starts[slot] = start;
    this.sizes[slot] = size;
  }
}
