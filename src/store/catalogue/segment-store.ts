/**
 * Segments: their files and the catalogue of them, kept so that whenever the process is killed or the power goes, no event is lost,
 * none is there twice, and no file stays that nobody knows of. The order of steps is what does it: a file is written, synced, renamed and
 * its folder synced; then the catalogue names it; then what it replaces is deleted; then the catalogue forgets that. What a
 * crash leaves in between is found by {@link SegmentStore.sweep} at the next start.
 */
import { WeirError } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import type { GroupTerms } from '../segment/terms.ts';
import type { Catalogue } from './catalogue.ts';
import { Coverage, type FramePlace, greatest } from './coverage.ts';
import type { SegmentFiles } from './files.ts';
import { type JournalFrames, resolve, resume } from './rebuild.ts';
import type {
  Found,
  MeasuredColumn,
  NewSegment,
  Progress,
  Reason,
  SegmentInfo,
  SegmentQuery,
  StoredSegment,
} from './types.ts';

/** Reads a segment file's footer. Throws where it is damaged. */
export type Describe = (file: string) => NewSegment;

/** What a segment is, and its file in parts. */
export interface DraftSegment extends Omit<SegmentInfo, 'bytes'> {
  readonly parts: readonly Uint8Array[];
  readonly columns: readonly MeasuredColumn[];
}

/** Holds files of segments: until it is released none is deleted, replaced or not. */
export interface Lease extends Disposable {
  readonly files: readonly string[];
  release(): void;
}

export interface Collected {
  readonly removed: number;
  readonly bytes: number;
  /** Garbage that queries still read. */
  readonly leased: number;
}

export interface Swept {
  /** Files that a crash left, now deleted, and their bytes. */
  readonly removed: readonly string[];
  readonly removedBytes: number;
  /** Segment files that the catalogue does not know and that may be the only copy of events: left where they are, with the reason. */
  readonly kept: readonly { readonly file: string; readonly why: string }[];
  /** Segments of the catalogue whose file is not there or has another length. Queries say that they lack them. */
  readonly missing: readonly string[];
  /** Not weir's. */
  readonly strangers: readonly string[];
}

export interface Rebuilt {
  readonly segments: number;
  readonly rows: number;
  /** Files that are garbage now: what others were made from, others that were cut short in the making, and cuts that did not end. */
  readonly superseded: number;
  readonly incomplete: number;
  readonly unfinished: number;
  /** Of the journal at hand, all frames before this position are in segments, but for the holes. */
  readonly position: number;
  readonly holes: readonly FramePlace[];
  /** Left where they are, their events missing. */
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
  readonly strangers: readonly string[];
}

/** The journal at hand: frames before `start` are no longer in it. */
export interface JournalStart {
  readonly log: string;
  readonly start: number;
}

export class SegmentStore {
  readonly catalogue: Catalogue;
  readonly files: SegmentFiles;
  /** How many leases hold a file. */
  readonly #leases = new Map<string, number>();

  constructor(catalogue: Catalogue, files: SegmentFiles) {
    this.catalogue = catalogue;
    this.files = files;
  }

  /** First step of every change: a segment's file, durable, that nobody sees yet. */
  write({ parts, ...info }: DraftSegment): NewSegment {
    return { ...info, ...this.files.write(info, parts) };
  }

  /** Segments that were written are there from now on. Throws as {@link Catalogue.publish}. */
  publish(segments: readonly NewSegment[], progress: Progress): void {
    this.catalogue.publish(segments, progress);
  }

  /** Level of what is made from these segments. */
  levelAbove(inputs: readonly SegmentInfo[]): number {
    return greatest(inputs, ({ level }) => level) + 1;
  }

  /** Segments that were written take the place of others, whose files {@link collect} deletes. Throws as {@link Catalogue.replace}. */
  replace(inputs: readonly string[], outputs: readonly NewSegment[], why: Reason): void {
    this.catalogue.replace(inputs, outputs, why);
  }

  /** Files that were written and will not be published: their inputs were replaced meanwhile, or the work was given up. */
  discard(written: readonly NewSegment[]): void {
    const known = written.find(({ file }) => this.catalogue.segment(file) !== null);
    if (known !== undefined) throw storeError('store.input', `${known.file} is a segment and cannot be discarded`);
    this.files.remove(written.map(({ file }) => file));
  }

  /** What a query reads, held until it releases it. */
  open(query: SegmentQuery): { readonly found: Found; readonly lease: Lease } {
    const found = this.catalogue.find(query);
    return { found, lease: this.lease(found.segments.map(({ file }) => file)) };
  }

  /** Throws `store.gone` where one of the files is deleted, or may be by now. */
  lease(files: readonly string[]): Lease {
    const gone = files.find((file) => this.catalogue.segment(file) === null && !this.#leases.has(file));
    if (gone !== undefined) throw storeError('store.gone', `${gone} is no segment any more`);
    for (const file of files) this.#leases.set(file, (this.#leases.get(file) ?? 0) + 1);
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      for (const file of files) {
        const others = (this.#leases.get(file) ?? 0) - 1;
        if (others > 0) this.#leases.set(file, others);
        else this.#leases.delete(file);
      }
    };
    return { files, release, [Symbol.dispose]: release };
  }

  isLeased(file: string): boolean {
    return this.#leases.has(file);
  }

  /** Files that queries hold now. */
  get leased(): number {
    return this.#leases.size;
  }

  /** Deletes the garbage that no query reads. Where it throws, the rest is deleted another time. */
  collect(): Collected {
    const garbage = this.catalogue.garbage();
    const free = garbage.filter(({ file }) => !this.#leases.has(file));
    const names = free.map(({ file }) => file);
    if (names.length > 0) {
      this.files.remove(names);
      this.catalogue.forgetGarbage(names);
    }
    return {
      removed: free.length,
      bytes: free.reduce((sum, { bytes }) => sum + bytes, 0),
      leased: garbage.length - free.length,
    };
  }

  /**
   * At start, before anything else: deletes what a crash left. A segment file that the catalogue does not know is deleted only where its
   * events are elsewhere: in segments that stand for its positions, or in the journal still, from where they will be cut again.
   */
  sweep(describe: Describe, journal: JournalStart): Swept {
    this.collect();
    this.catalogue.tidy();
    const { segments, drafts, strangers } = this.files.list();
    const known = this.catalogue.segments();
    const local = ({ file, bytes }: StoredSegment): boolean => this.files.size(file) === bytes;
    // What lies here of a segment in the object store is a copy; one that was cut short is none.
    this.files.remove(known.filter((one) => one.object !== null && !local(one)).map(({ file }) => file));
    const [there, missing] = split(known, (one) => one.object !== null || local(one));
    const coverage = new Coverage(there);
    this.#learn(
      there.filter(({ object }) => object === null),
      describe,
    );
    const names = new Set(known.map(({ file }) => file));
    const kept: { readonly file: string; readonly why: string }[] = [];
    const orphans = segments.filter((file) => {
      if (names.has(file)) return false;
      const why = this.#needed(file, coverage, describe, journal);
      if (why !== null) kept.push({ file, why });
      return why === null;
    });
    const removed = [...drafts, ...orphans];
    const removedBytes = removed.reduce((sum, file) => sum + (this.files.size(file) ?? 0), 0);
    this.files.remove(removed);
    return { removed, removedBytes, kept, missing: missing.map(({ file }) => file), strangers };
  }

  /** Row groups of segments that a program has named which did not look for them. What cannot be read is found by whoever reads it. */
  #learn(there: readonly StoredSegment[], describe: Describe): void {
    const unknown = new Set(this.catalogue.ungrouped());
    if (unknown.size === 0) return;
    const found = new Map<string, readonly GroupTerms[]>();
    for (const { file } of there) {
      if (!unknown.has(file)) continue;
      try {
        const { groups } = describe(file);
        if (groups !== undefined) found.set(file, groups);
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
      }
    }
    this.catalogue.setGroups(found);
  }

  /** Why a file that the catalogue does not know must stay; null where it need not. */
  #needed(
    file: string,
    coverage: Coverage<StoredSegment>,
    describe: Describe,
    { log, start }: JournalStart,
  ): string | null {
    let own: NewSegment;
    try {
      own = describe(file);
    } catch (error) {
      return `it cannot be read: ${reasonOf(error)}`;
    }
    const { first, last } = own;
    if (coverage.at(own, first) !== null && coverage.at(own, last) !== null) return null;
    if (own.log === log && first >= start && first >= this.catalogue.progress(log)) return null;
    const journal = own.log === log ? `those from ${start} on` : `another log than ${own.log}`;
    return `the catalogue has no segment of its positions ${first} to ${last}, and the journal has ${journal}`;
  }

  /**
   * Makes the catalogue anew from the segment files alone. Files that others were made from, and those of a cut that did not end,
   * become garbage. What lies here of segments in the object store is a copy.
   * @param cold segments in the object store
   * @throws WeirError `store.overlap` where files contradict each other, before anything is changed.
   */
  rebuild(describe: Describe, journal: JournalFrames, cold: readonly NewSegment[] = []): Rebuilt {
    const { segments: files, drafts, strangers } = this.files.list();
    const unreadable: { readonly file: string; readonly why: string }[] = [];
    const found = files.flatMap((file) => {
      try {
        return [describe(file)];
      } catch (error) {
        unreadable.push({ file, why: reasonOf(error) });
        return [];
      }
    });
    const inObjects = new Set(cold.map(({ file }) => file));
    const {
      live: resolved,
      superseded,
      incomplete,
    } = resolve([...found.filter(({ file }) => !inObjects.has(file)), ...cold]);
    const { live, position, unfinished, holes } = resume(resolved, journal);
    const ends = Map.groupBy(live, ({ log }) => log);
    ends.delete(journal.log);
    const progress = [...ends].map(([log, own]) => ({ log, position: greatest(own, ({ last }) => last) + 1 }));
    const garbage = [
      ...[...superseded, ...incomplete, ...unfinished].map(({ file, bytes }) => ({ file, bytes })),
      ...drafts.map((file) => ({ file, bytes: this.files.size(file) ?? 0 })),
    ];
    this.catalogue.rebuild(live, [...progress, { log: journal.log, position }], garbage);
    return {
      segments: live.length,
      rows: live.reduce((sum, { rows }) => sum + rows, 0),
      superseded: superseded.length,
      incomplete: incomplete.length,
      unfinished: unfinished.length,
      position,
      holes,
      unreadable,
      strangers,
    };
  }
}

function split<T>(list: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const parts: [T[], T[]] = [[], []];
  for (const item of list) parts[test(item) ? 0 : 1].push(item);
  return parts;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
