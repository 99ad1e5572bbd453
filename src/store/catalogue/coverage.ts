/** Which segment stands for a position: segments of one tenant, source and log that do not overlap, found by halving. */
import type { SegmentInfo } from './types.ts';

export interface FramePlace {
  readonly tenant: string;
  readonly source: string;
  readonly log: string;
  readonly position: number;
}

type Whose = Omit<FramePlace, 'position'>;

/** Whose segments are neighbours. */
export function keyOf({ tenant, source, log }: Whose): string {
  return JSON.stringify([tenant, source, log]);
}

export class Coverage<T extends SegmentInfo> {
  readonly #byKey: ReadonlyMap<string, readonly T[]>;

  /** @param segments of which no two stand for the same position */
  constructor(segments: Iterable<T>) {
    const groups = Map.groupBy(segments, keyOf);
    for (const group of groups.values()) group.sort((a, b) => a.first - b.first);
    this.#byKey = groups;
  }

  /** Null: none stands for it. */
  at(whose: Whose, position: number): T | null {
    const group = this.#byKey.get(keyOf(whose)) ?? [];
    const found = group[lastAtMost(group, position)];
    return found !== undefined && position <= found.last ? found : null;
  }

  /** Those that stand for any position of a range, in order. */
  *within(whose: Whose, first: number, last: number): Generator<T> {
    const group = this.#byKey.get(keyOf(whose)) ?? [];
    for (let i = Math.max(0, lastAtMost(group, first)); i < group.length && group[i].first <= last; i++) {
      if (group[i].last >= first) yield group[i];
    }
  }
}

/** Index of the last that begins at or before a position; -1: none. */
function lastAtMost(group: readonly SegmentInfo[], position: number): number {
  let [low, high] = [0, group.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (group[middle].first <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** -1 of none. */
export function greatest<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((most, item) => Math.max(most, of(item)), -1);
}
