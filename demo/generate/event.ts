/** What the story is made of: events before they are written, and the means to make them differ. */
import { type SeededRandom, seededRandom } from '../../src/base/index.ts';

export type Json = Record<string, unknown>;

export interface StoryEvent {
  /** Name of the file it is written to, without `.ndjson`. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Part of the intrusion it belongs to; absent in the background. */
  readonly step?: string;
  /** The event as its source writes it; `record` counts the events of a file in order of time. */
  write(record: number): Json;
}

/** Tuesday: the first of the two days. */
export const DAY_ONE = Date.UTC(2026, 2, 10);
const DAY_MS = 24 * 3600 * 1000;
export const DAYS = 2;

/** `at(1, '09:14:05')` on the first day; seconds may have a fraction. */
export function at(day: number, time: string): number {
  const [hours, minutes, seconds] = time.split(':').map(Number);
  return DAY_ONE + (day - 1) * DAY_MS + Math.round((hours * 3600 + minutes * 60 + seconds) * 1000);
}

export const iso = (time: number): string => new Date(time).toISOString();
/** `2026-03-10 09:14:05.000`, as Sysmon writes it. */
export const spaced = (time: number): string => iso(time).replace('T', ' ').replace('Z', '');

export class Chance {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** From `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.#random.integer(high - low + 1);
  }

  pick<T>(list: readonly T[]): T {
    return this.#random.pick(list);
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.#random.uint32().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  text(length: number, alphabet: string): string {
    return Array.from({ length }, () => alphabet[this.#random.integer(alphabet.length)]).join('');
  }

  uuid(): string {
    return [8, 4, 4, 4, 12].map((digits) => this.hex(digits)).join('-');
  }

  /** A moment of office life: most between eight and six with a dip at lunch. */
  working(day: number): number {
    const hour = this.pick([
      7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 15, 16, 16, 17, 18,
    ]);
    return at(day, `${hour}:${this.between(0, 59)}:${this.between(0, 59999) / 1000}`);
  }

  /** Any moment of the day, for machines. */
  around(day: number): number {
    return at(day, '00:00:00') + this.between(0, DAY_MS - 1);
  }
}

/** As many events as `count`, each made anew. */
export function repeat(count: number, make: () => StoryEvent): StoryEvent[] {
  return Array.from({ length: count }, make);
}
