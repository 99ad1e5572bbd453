/** Policies of tiers in force: what is old, or too much for the disk, goes to the object store, and objects that are no segment's any more go from there. */
import { elapsedMs, WeirError } from '../../base/index.ts';
import { planCold, type RetentionPolicy, type TierPolicy, type WorthRow } from '../../store/index.ts';
import type { Fetched } from './cold-store.ts';
import type { History } from './history.ts';
import { inputOf } from './retention.ts';

export interface TierSettings {
  readonly policies: readonly TierPolicy[];
  /** What some of these want at hand stays on disk. */
  readonly retention: readonly RetentionPolicy[];
  /** What is said of sources. */
  readonly worth: readonly WorthRow[];
}

export interface Tiered {
  readonly moved: number;
  readonly bytes: number;
  /** Objects that were no segment's, or no more. */
  readonly deleted: number;
  /** Segments that should have gone and are where they were; without a name: objects, or copies, that should have. */
  readonly failed: readonly { readonly file: string; readonly why: string }[];
  /** Segments that are left for another time. */
  readonly later: number;
}

/** Errors after which nothing else is tried. */
const STOPS: ReadonlySet<string> = new Set([
  'store.object_away',
  'store.object_refused',
  'store.object_settings',
  'server.closed',
]);

/**
 * Does what is due.
 * @param at Unix milliseconds · @param untilMs by the clock that never goes back: no further segment is begun then
 */
export async function tier(
  history: History,
  { policies, retention, worth }: TierSettings,
  at: number,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<Tiered> {
  const inputs = history.store.catalogue.segments().map((segment) => {
    return { ...inputOf(segment, worth), object: segment.object };
  });
  const due = planCold(inputs, policies, retention, at).map(({ of }) => of);
  const failed: { readonly file: string; readonly why: string }[] = [];
  const done = { moved: 0, bytes: 0, later: 0, deleted: 0 };
  let isAway = false;
  for (const { file, bytes } of due) {
    if (elapsedMs() >= untilMs || isAway) {
      done.later++;
      continue;
    }
    try {
      if (!(await history.cold.move(file))) continue;
      done.moved++;
      done.bytes += bytes;
    } catch (error) {
      // One file that is damaged must not keep all others; an object store that is not there is not asked for each.
      if (!(error instanceof WeirError)) throw error;
      failed.push({ file, why: error.message });
      isAway = STOPS.has(error.code);
    }
  }
  if (!isAway) {
    try {
      history.cold.trim();
      done.deleted = await history.cold.collect();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      failed.push({ file: '', why: error.message });
    }
  }
  return { ...done, failed };
}

/** Copies of segments in the object store, for whoever changes them: on disk until they are released. */
export async function bring(history: History, files: readonly string[]): Promise<Fetched> {
  const there = files.filter((file) => history.store.catalogue.segment(file) !== null);
  const lease = history.store.lease(there);
  const fetched = await history.cold.fetch(there);
  const release = (): void => {
    lease.release();
    fetched.release();
  };
  return { away: fetched.away, release, [Symbol.dispose]: release };
}

/** Segments of a plan that retention can take at a time. */
export const BROUGHT_MAX = 8;
