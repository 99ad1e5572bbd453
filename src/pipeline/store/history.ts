/**
 * The history of one data folder: what the journal has taken, as segments that can be asked. One process owns it. The journal is
 * the truth; whatever is lost here is cut again from there, as long as its events are not released.
 */
import * as path from 'node:path';
import { elapsedMs, type Files, now, realFiles, removePath, WeirError } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { JournalReader } from '../../journal/index.ts';
import {
  Catalogue,
  describeSegment,
  type Found,
  type Lease,
  MERGE_SETTINGS,
  type NewSegment,
  type ObjectStore,
  objectKey,
  planMerges,
  type RangeReader,
  type Rebuilt,
  SegmentFiles,
  type SegmentQuery,
  SegmentStore,
  type StoredSegment,
  type StoreStats,
  type Swept,
  storeStats,
} from '../../store/index.ts';
import { ColdStore } from './cold-store.ts';
import { eventFrames, pieceOf, SegmentCutter } from './cut.ts';
import { GROUP_SIZE } from './group-size.ts';
import { MERGE_LEVEL, mergeFiles, openReader, SegmentMerger, writeSegment } from './merge.ts';
import { keepPlace, type ObjectPlace, objectsOf, placeIn } from './object-place.ts';
import { Retention } from './retention.ts';
import { SegmentChain, type SegmentHead } from './segment-chain.ts';

/** zstd of what is merged soon. */
const FLUSH_LEVEL = 1;
/** Bytes of the journal that are cut at once while a server runs; where nobody waits, so many. */
const PIECE_BYTES = 32 << 20;
const BACKLOG_BYTES = 4 * 2 ** 30;

/** What a query reads: segments, complete up to a position, held until they are released. */
export interface HistoryView {
  /** Folder that the files are named from. */
  readonly folder: string;
  readonly log: string;
  /** Everything before this position is in the segments. */
  readonly position: number;
  readonly found: Found;
  readonly lease: Lease;
  /** Time of the earliest event of its tenant and sources, microseconds since 1970; null: there is none. */
  readonly earliest: bigint | null;
}

/** What is merged of events that were all received so long ago is compressed at this level. */
export interface WarmSettings {
  readonly afterMs: number;
  readonly zstd: number;
}

export interface HistoryOptions {
  readonly files?: Files;
  /** The private key of the ledgers; null: `key.pem` beside them. */
  readonly keyPath?: string | null;
  /** Folder of the ledgers; default `chain` in the data folder. */
  readonly chain?: string;
  /** Where its object store is; the one that was last used where nothing is said. */
  readonly place?: ObjectPlace | null;
  /** Segments in the object store, for a catalogue that is lost: found out by `coldSegments`. */
  readonly cold?: readonly NewSegment[];
  readonly warm?: WarmSettings | null;
  /** In place of the object store that is named. */
  readonly objects?: ObjectStore;
  /** Where the keys of its object store are. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** With its log and index. */
function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) removePath(`${file}${suffix}`);
}

export class History {
  readonly folder: string;
  readonly store: SegmentStore;
  /** What the start found that a crash had left. */
  readonly swept: Swept;
  /** Policies and holds. */
  readonly retention: Retention;
  /** Segments in the object store. */
  readonly cold: ColdStore;
  /** Set where the catalogue was missing and made anew. */
  readonly rebuilt: Rebuilt | null = null;
  readonly #journal: string;
  readonly #reader: JournalReader;
  /** From here on the journal had all events when this was opened; what is released since is in segments. */
  readonly #start: number;
  readonly #chain: SegmentChain;
  readonly #given: readonly NewSegment[] | null;
  readonly #warm: WarmSettings | null;
  #cutter: SegmentCutter | null = null;
  #merger: SegmentMerger | null = null;
  /** When there was nothing to merge. */
  #idle: { readonly revision: number; readonly hour: number } | null = null;

  /**
   * @param folder the data folder, which has a journal
   * @throws WeirError `journal.corrupt`, `journal.key`, `store.…`, `database.open`
   */
  constructor(folder: string, options: HistoryOptions = {}) {
    const { files = realFiles, keyPath = null, chain, place = null, environment = {}, objects } = options;
    this.folder = path.resolve(folder, 'store');
    this.#warm = options.warm ?? null;
    this.#journal = path.join(folder, 'journal');
    this.#reader = new JournalReader(this.#journal, files);
    this.#start = Math.max(this.#reader.head().first, this.#reader.releasedUpTo());
    files.makeDirectory(this.folder);
    const database = path.join(this.folder, 'catalogue.db');
    const isNew = files.size(database) === null;
    this.store = new SegmentStore(new Catalogue(database), new SegmentFiles(files, this.folder));
    this.#chain = new SegmentChain({
      ...{ files, log: this.#reader.log, keyPath, store: this.folder },
      folder: chain ?? path.join(folder, 'chain'),
      open: (file) => this.open(file),
      segments: () => this.store.catalogue.segments(),
      isKnown: (file) => this.store.catalogue.segment(file) !== null,
    });
    this.retention = new Retention({
      ...{ store: this.store, chain: this.#chain },
      open: (file) => this.open(file),
      group: () => this.#mergerOf().group,
    });
    this.#given = options.cold ?? null;
    if (isNew && this.#given === null) this.#demandCold(files);
    const hasFiles = isNew && (this.store.files.list().segments.length > 0 || this.#cold().length > 0);
    this.rebuilt = hasFiles ? this.rebuild() : null;
    const sweep = (): Swept => this.store.sweep((file) => this.#describe(file), { log: this.log, start: this.#start });
    const swept = sweep();
    // A start that was killed before it had made the catalogue anew leaves files that it does not name.
    if (swept.kept.length > 0 && this.rebuilt === null) this.rebuilt = this.rebuild();
    this.swept = swept.kept.length > 0 ? sweep() : swept;
    if (place !== null) keepPlace(files, this.folder, place);
    const kept = placeIn(files, this.folder);
    this.cold = new ColdStore({
      ...{ store: this.store, chain: this.#chain, files },
      objects: objects === undefined ? objectsOf(files, kept, environment) : () => objects,
      cacheBytesMax: kept?.cache_bytes ?? 0,
    });
  }

  /** Id of the log that positions are of. */
  get log(): string {
    return `${this.#reader.log}/0`;
  }

  /** Everything before this position is in segments. */
  get position(): number {
    return Math.max(this.store.catalogue.progress(this.log), this.#start);
  }

  /**
   * Cuts what lies before position `to` and is in no segment yet.
   * @param backlog nobody waits: segments are cut as large as they may be
   * @param untilMs by the clock that never goes back: no further piece is begun then
   * @returns how many segments were made
   */
  flush(to: number, backlog = false, untilMs = Number.POSITIVE_INFINITY): number {
    let made = 0;
    while (this.position < to && elapsedMs() < untilMs) {
      const piece = pieceOf(this.#reader, this.position, to, backlog ? BACKLOG_BYTES : PIECE_BYTES);
      const options = { ...MERGE_SETTINGS, level: backlog ? MERGE_LEVEL : FLUSH_LEVEL, terms: backlog };
      const written: NewSegment[] = [];
      this.#cutter ??= new SegmentCutter(loadKernelModule(), GROUP_SIZE);
      try {
        for (const segment of this.#cutter.cut(this.#reader, piece, options)) {
          const { tenant, source, first, last } = segment;
          const about = { tenant, source, log: this.log, level: 0, first, last };
          written.push(writeSegment(this.store.files, segment, about));
        }
      } catch (error) {
        // They are cut again; until then their files would take room, which may be what was short.
        this.store.discard(written);
        throw error;
      }
      this.#chain.published(written, () => this.store.publish(written, { log: this.log, position: piece.end }));
      made += written.length;
    }
    return made;
  }

  /** What a query may read: everything before position `to`, which is cut first. */
  view(query: SegmentQuery, to: number): HistoryView {
    this.flush(to);
    const { found, lease } = this.store.open(query);
    const earliest = this.store.catalogue.earliest(query);
    return { folder: this.folder, log: this.log, position: this.position, found, lease, earliest };
  }

  /**
   * The catalogue as it is now, in a file that takes the place of any that was there, and the length of the ledger that signs what it names. Its segments
   * stay until the lease is released.
   */
  copyTo(file: string): { readonly segmentLedgerBytes: number; readonly lease: Lease } {
    // What a step left that came to nothing is said in the ledger first, so that both tell the same.
    this.#chain.open();
    removePath(file);
    this.store.catalogue.copyTo(file);
    const lease = this.store.lease(this.store.catalogue.segments().map(({ file: name }) => name));
    return { segmentLedgerBytes: this.#chain.bytes, lease };
  }

  /** What to merge next; null: nothing for now. Planned anew where segments have changed, or an hour has passed. */
  nextMerge(complete = false): readonly StoredSegment[] | null {
    const { revision } = this.store.catalogue;
    const hour = Math.floor(now() / 3_600_000);
    if (!complete && this.#idle?.revision === revision && this.#idle.hour === hour) return null;
    const plan = this.#planned(complete);
    this.#idle = plan === null && !complete ? { revision, hour } : null;
    return plan;
  }

  #planned(complete: boolean): readonly StoredSegment[] | null {
    return planMerges(this.store.catalogue.segments(), now(), MERGE_SETTINGS, complete)[0] ?? null;
  }

  /** Makes one of segments that a plan has named. */
  merge(inputs: readonly StoredSegment[]): void {
    this.merged(
      inputs,
      mergeFiles(this.#mergerOf(), this.store.files, inputs, this.store.levelAbove(inputs), this.zstdOf(inputs)),
    );
  }

  /** How what is made of segments is compressed. */
  zstdOf(inputs: readonly StoredSegment[]): number {
    if (this.#warm === null) return MERGE_LEVEL;
    const before = BigInt(Math.floor(now() - this.#warm.afterMs)) * 1000n;
    return inputs.every(({ maxReceived }) => maxReceived < before) ? this.#warm.zstd : MERGE_LEVEL;
  }

  #mergerOf(): SegmentMerger {
    this.#merger ??= new SegmentMerger(GROUP_SIZE);
    return this.#merger;
  }

  /** What was made of segments takes their place. */
  merged(inputs: readonly Pick<StoredSegment, 'file'>[], output: NewSegment): void {
    const names = inputs.map(({ file }) => file);
    try {
      this.#chain.merged(names, output, () => this.store.replace(names, [output], 'merge'));
    } catch (error) {
      this.store.discard([output]);
      throw error;
    }
    this.store.collect();
  }

  /** Cuts and merges all there is; returns how many merges that took. */
  compact(to: number): number {
    this.flush(to, true);
    let merges = 0;
    for (let inputs = this.nextMerge(true); inputs !== null; inputs = this.nextMerge(true), merges++) {
      this.merge(inputs);
    }
    this.store.collect();
    return merges;
  }

  /** A segment's file, to be closed by whoever asked. */
  open(file: string): RangeReader & Disposable {
    return openReader(this.store.files.path(file));
  }

  stats(): StoreStats {
    return storeStats(this.store.catalogue, {
      files: realFiles,
      cachedBytes: this.cold.cachedBytes,
      catalogue: path.join(this.folder, 'catalogue.db'),
      filters: path.join(this.folder, 'filters'),
      journal: this.#journal,
    });
  }

  /** Makes the catalogue anew from the files. */
  rebuild(): Rebuilt {
    const { next } = this.#reader.head();
    const rebuilt = this.store.rebuild(
      (file) => this.#describe(file),
      {
        log: this.log,
        start: Math.max(this.#start, this.#reader.releasedUpTo()),
        end: next,
        from: (position) => this.retention.framesKept(eventFrames(this.#reader, position, next)),
      },
      this.#cold(),
    );
    this.retention.rebuilt();
    this.#chain.rebuilt();
    this.#strays();
    return rebuilt;
  }

  /** Segments in the object store, as they are to stand in a catalogue that is made anew. */
  #cold(): readonly NewSegment[] {
    if (this.#given !== null) return this.#given;
    const { catalogue } = this.store;
    return catalogue.segments().flatMap(({ object, ...segment }) => {
      if (object === null) return [];
      const groups = catalogue.narrow([segment.file], []).files.get(segment.file) ?? null;
      const known = groups === null ? {} : { groups };
      return [{ ...segment, ...known, columns: catalogue.columns(segment.file), isCold: true, sha256: object }];
    });
  }

  /** A catalogue that is made anew must not leave out what it cannot see from here. */
  #demandCold(files: Files): void {
    const { live, cold } = this.#chain.state;
    const away = [...live.values()].filter(
      ({ sha256, file }) => cold.has(sha256) && files.size(this.store.files.path(file)) === null,
    );
    if (away.length === 0) return;
    this.store.catalogue.close();
    removeDatabase(path.join(this.folder, 'catalogue.db'));
    throw new WeirError(
      'store.cold_unknown',
      `the catalogue is gone, and ${away.length} segments are in the object store`,
      {
        hint: 'Run `weir store rebuild`, which looks there.',
      },
    );
  }

  /** What was in the object store once, and is no segment's there now, is to be deleted. */
  #strays(): void {
    const { cold } = this.store.catalogue;
    const segments = this.store.catalogue.segments();
    const known = new Set(segments.flatMap(({ object }) => object ?? []));
    for (const sha256 of this.#chain.state.cold)
      if (!known.has(sha256)) cold.stray({ key: objectKey(this.log, sha256), file: '', bytes: 0 });
  }

  /** Lines of the ledger of segments and the hash of the last; null: nothing was added since the start. */
  get signed(): SegmentHead | null {
    return this.#chain.head;
  }

  close(): void {
    this.cold.close();
    this.#chain.close();
    this.store.catalogue.close();
  }

  #describe(file: string): NewSegment {
    using reader = this.open(file);
    return describeSegment(file, reader);
  }
}
