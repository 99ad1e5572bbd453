/**
 * What the segments are, where only their files are known: a crash may have left a merge's inputs and its output, or half of what a cut
 * wrote. Decided by positions and levels, which a file has in it.
 */
import { storeError } from '../errors.ts';
import { Coverage, type FramePlace, greatest, keyOf } from './coverage.ts';
import type { NewSegment } from './types.ts';

export interface Resolved {
  readonly live: readonly NewSegment[];
  /** Others of a higher level were made from them. */
  readonly superseded: readonly NewSegment[];
  /** Made from others that are all there, but not the only one made from these: the others are not. */
  readonly incomplete: readonly NewSegment[];
}

/**
 * The higher level wins. A segment is superseded where segments of higher levels stand for its first and its last position: a
 * replacement is all or nothing, and both were frames of its own. Where they do so for a part of it, what they were made for was cut
 * short before all of it was written, and they go. Throws `store.overlap` where neither explains what is there.
 */
export function resolve(found: readonly NewSegment[]): Resolved {
  const result = { live: [] as NewSegment[], superseded: [] as NewSegment[], incomplete: [] as NewSegment[] };
  for (const group of Map.groupBy(found, keyOf).values()) resolveGroup(group, result);
  return result;
}

function resolveGroup(group: readonly NewSegment[], result: { [key in keyof Resolved]: NewSegment[] }): void {
  const incomplete = new Set<NewSegment>();
  const superseded = new Set<NewSegment>();
  const levels = [...Map.groupBy(group, ({ level }) => level)].sort(([a], [b]) => a - b).map(([, own]) => own);
  // A segment that goes as incomplete gives back what it superseded, which may show another one to be incomplete.
  for (let before = -1; before !== incomplete.size; ) {
    before = incomplete.size;
    superseded.clear();
    const coverages = levels.map((own) => new Coverage(own.filter((one) => !incomplete.has(one))));
    levels.forEach((own, level) => {
      const higher = coverages.slice(level + 1);
      for (const one of own) {
        if (incomplete.has(one)) continue;
        if (higher.some((some) => some.at(one, one.first)) && higher.some((some) => some.at(one, one.last))) {
          superseded.add(one);
          continue;
        }
        for (const some of higher) for (const other of some.within(one, one.first, one.last)) incomplete.add(other);
      }
    });
  }
  const live = group.filter((one) => !incomplete.has(one) && !superseded.has(one)).sort((a, b) => a.first - b.first);
  live.forEach((one, i) => {
    if (i > 0 && live[i - 1].last >= one.first) throw overlap(live[i - 1], one);
  });
  const coverage = new Coverage(live);
  for (const one of incomplete) {
    // Its events must be in what it was made from.
    if (coverage.at(one, one.first) === null || coverage.at(one, one.last) === null) {
      throw overlap(one, coverage.within(one, one.first, one.last).next().value ?? one);
    }
  }
  result.live.push(...live);
  result.superseded.push(...superseded);
  result.incomplete.push(...incomplete);
}

function overlap(a: NewSegment, b: NewSegment): Error {
  const told = (one: NewSegment): string =>
    `${one.file} (level ${one.level}, positions ${one.first} to ${one.last}, ${one.rows} events)`;
  return storeError('store.overlap', `two segments stand for the same positions in part: ${told(a)} and ${told(b)}`);
}

/** Frames of events in the journal at hand. */
export interface JournalFrames {
  readonly log: string;
  /** Position of the first entry it still has, and the one after its last. */
  readonly start: number;
  readonly end: number;
  /** From a position on, in order; without those that retention let go of, if it is known, for no segment stands for them. */
  from(position: number): Iterable<Omit<FramePlace, 'log'>>;
}

export interface Resumed {
  readonly live: readonly NewSegment[];
  /** All frames before it are in segments. */
  readonly position: number;
  /** Written by a cut that did not end; their frames are in the journal and will be cut again. */
  readonly unfinished: readonly NewSegment[];
  /**
   * Frames in no segment that cannot be cut again, because segments that stand for later positions of their log would come double and
   * cannot be made anew. None unless files were lost.
   */
  readonly holes: readonly FramePlace[];
}

/** How far a log is in segments: up to its first frame that is in none. What was cut beyond goes, to be cut again. */
export function resume(segments: readonly NewSegment[], journal: JournalFrames): Resumed {
  const own = segments.filter(({ log }) => log === journal.log);
  // What cannot be cut again stays, and with it all up to there.
  const stays = greatest(
    own.filter(({ first }) => first < journal.start),
    ({ last }) => last,
  );
  let live = [...segments];
  const unfinished: NewSegment[] = [];
  for (;;) {
    const coverage = new Coverage(live);
    const holes: FramePlace[] = [];
    let position = journal.end;
    for (const frame of journal.from(journal.start)) {
      const place = { ...frame, log: journal.log };
      if (coverage.at(place, place.position) !== null) continue;
      if (place.position > stays) {
        position = place.position;
        break;
      }
      holes.push(place);
    }
    const beyond = new Set(live.filter(({ log, last }) => log === journal.log && last >= position));
    if (beyond.size === 0) return { live, position, unfinished, holes };
    unfinished.push(...beyond);
    live = live.filter((one) => !beyond.has(one));
  }
}
