import { type At, RuleError } from './parse.ts';
import { type Document, isMap } from './parse-rule.ts';

/** Reads the keys of one map of a pipeline; `done` refuses what nobody read. Errors are {@link RuleError}s with place. */
export class Params {
  readonly at: At;
  readonly #map: Document;
  readonly #read = new Set<string>();

  constructor(value: unknown, at: At) {
    if (!isMap(value)) throw new RuleError('this is no map', at);
    this.at = at;
    this.#map = value;
  }

  raw(key: string): unknown {
    this.#read.add(key);
    return this.#map[key];
  }

  /** All of them, whatever they hold. */
  entries(): [string, unknown][] {
    return Object.entries(this.#map);
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  text(key: string): string;
  text<F>(key: string, fallback: F): string | F;
  text(key: string, ...fallback: readonly unknown[]): unknown {
    const value = this.raw(key);
    if (value === undefined && fallback.length > 0) return fallback[0];
    if (typeof value === 'string') return value;
    throw this.error(key, 'is no text');
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.error(key, 'is neither true nor false');
  }

  oneOf<T extends string>(key: string, choices: readonly T[], fallback?: T): T {
    const value = this.raw(key) ?? fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) throw this.error(key, `is none of ${choices.join(', ')}`);
    return chosen;
  }

  scalar(key: string): string | number | boolean | null {
    const value = this.raw(key);
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    throw this.error(key, 'is no text, number or boolean');
  }

  /** A list of texts, or one text. */
  texts(key: string, fallback?: readonly string[]): readonly string[] {
    const value = this.raw(key);
    if (value === undefined && fallback !== undefined) return fallback;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((element) => typeof element === 'string')) return list;
    throw this.error(key, 'is no list of texts');
  }

  /** A map whose values are texts or lists of texts. */
  mapping(key: string, fallback?: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
    const value = this.raw(key);
    if (value === undefined && fallback !== undefined) return fallback;
    if (!isMap(value)) throw this.error(key, 'is no map');
    const inner = new Params(value, [...this.at, key]);
    return new Map(Object.keys(value).map((from) => [from, inner.texts(from)]));
  }

  error(key: string, what: string): RuleError {
    if (this.has(key)) return new RuleError(`${key} ${what}`, [...this.at, key]);
    // Nothing stands where it should: the first key of the map says where that is.
    return new RuleError(`${key} is missing`, [...this.at, ...Object.keys(this.#map).slice(0, 1)]);
  }

  done(what: string): void {
    const unknown = Object.keys(this.#map).find((key) => !this.#read.has(key));
    if (unknown !== undefined) throw new RuleError(`${what}: unknown key "${unknown}"`, [...this.at, unknown]);
  }
}
