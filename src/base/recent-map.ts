/**
 * A map from growing numbers to what is under way and soon done. A `Map` whose entries come and go makes its table anew every few
 * entries; once one of those is in V8's old heap, it keeps all that came after it, request by request, until a full collection: 5 KB a
 * request that every young collection had to copy, in pauses of 15 to 45 ms.
 */
export class RecentMap<T> {
  readonly #keys: Float64Array;
  readonly #values: (T | undefined)[];
  /** Those that a later one took the place of. */
  readonly #long = new Map<number, T>();
  #recent = 0;

  /** @param places an entry has taken long when so many came after it */
  constructor(places = 1024) {
    this.#keys = new Float64Array(places).fill(-1);
    this.#values = new Array<T | undefined>(places).fill(undefined);
  }

  get size(): number {
    return this.#recent + this.#long.size;
  }

  /** @param key not in it: a whole number from 0 on */
  set(key: number, value: T): void {
    const at = key % this.#keys.length;
    const before = this.#values[at];
    if (before === undefined) this.#recent++;
    else this.#long.set(this.#keys[at], before);
    this.#keys[at] = key;
    this.#values[at] = value;
  }

  get(key: number): T | undefined {
    const at = key % this.#keys.length;
    return this.#keys[at] === key ? this.#values[at] : this.#long.get(key);
  }

  delete(key: number): boolean {
    const at = key % this.#keys.length;
    if (this.#keys[at] !== key) return this.#long.delete(key);
    this.#keys[at] = -1;
    this.#values[at] = undefined;
    this.#recent--;
    return true;
  }

  /** In no order. */
  *values(): Generator<T> {
    yield* this.#long.values();
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  clear(): void {
    this.#keys.fill(-1);
    this.#values.fill(undefined);
    this.#long.clear();
    this.#recent = 0;
  }
}
