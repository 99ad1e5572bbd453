/**
 * Segments in an object store. One goes there in steps, each of which a crash may follow: what is to be sent is written down, sent, read back
 * and compared, signed, and said in the catalogue; only then does its file go from the disk, once nobody reads it. What is read again
 * comes back as a copy in its old place, held against its signed hash; copies take a bounded room, and the one used longest ago goes first.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { elapsedMs, type Files, limits, WeirError } from '../../base/index.ts';
import { type ObjectStore, objectKey, type SegmentStore, type StoredSegment } from '../../store/index.ts';
import type { SegmentChain } from './segment-chain.ts';

export interface ColdStoreOptions {
  readonly store: SegmentStore;
  readonly chain: SegmentChain;
  readonly files: Files;
  /** Opens the object store when it is needed first. Throws where there is none. */
  objects(): ObjectStore;
  /** Bytes of copies on disk. */
  readonly cacheBytesMax: number;
}

/** Segments that cannot be read for now, and why. */
export type Away = ReadonlyMap<string, string>;

/** Copies that stay until they are released. */
export interface Fetched extends Disposable {
  readonly away: Away;
  release(): void;
}

interface Copy {
  readonly bytes: number;
  /** How many hold it. */
  pins: number;
  /** It was here before it was moved: those who found it here hold it by a lease. */
  readonly moved: boolean;
  /** Null: it is here. */
  coming: Promise<void> | null;
}

const PARALLEL = 4;

export class ColdStore {
  readonly #options: ColdStoreOptions;
  /** By file, the one used longest ago first. */
  readonly #copies = new Map<string, Copy>();
  /** After the object store was not reached, nobody waits for it again before this. */
  #away: { readonly untilMs: number; readonly why: string } | null = null;
  /** What is done in the object store, one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ColdStoreOptions) {
    this.#options = options;
    for (const { file, bytes, object } of options.store.catalogue.segments()) {
      if (object !== null && options.store.files.size(file) === bytes)
        this.#copies.set(file, { bytes, pins: 0, moved: false, coming: null });
    }
    this.trim();
  }

  /** Bytes of segments in the object store that are on disk too. */
  get cachedBytes(): number {
    return [...this.#copies.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Moves a segment.
   * @returns false: it was replaced meanwhile
   * @throws WeirError `store.object_…`, `store.damaged`, `disk.read`; then it is where it was
   */
  move(file: string): Promise<boolean> {
    return this.#inTurn(() => this.#move(file));
  }

  async #move(file: string): Promise<boolean> {
    const { store, chain } = this.#options;
    const segment = store.catalogue.segment(file);
    if (segment === null || segment.object !== null) return false;
    chain.open();
    const sha256 = chain.hashOf(file);
    const key = objectKey(segment.log, sha256);
    const objects = this.#options.objects();
    // Until it is a segment's, whatever comes of this is to be deleted.
    store.catalogue.cold.stray({ key, file, bytes: segment.bytes });
    using _lease = store.lease([file]);
    await objects.put(key, this.#wholeFile(segment, sha256));
    const back = createHash('sha256');
    for await (const piece of pieces(objects, key, segment.bytes)) back.update(piece);
    if (back.digest('hex') !== sha256) {
      throw new WeirError('store.object_damaged', `${objects.name} gave back other bytes of ${file} than it was sent`, {
        hint: 'The segment stayed where it was. Look after the object store.',
      });
    }
    if (this.#closed || store.catalogue.segment(file) === null) return false;
    chain.step(
      () => [{ kind: 'tier', segments: [sha256], tier: 'cold' }],
      () => store.catalogue.cold.moved(file, key, sha256),
    );
    this.#copies.set(file, { bytes: segment.bytes, pins: 0, moved: true, coming: null });
    return true;
  }

  #wholeFile({ file, bytes }: StoredSegment, sha256: string): Uint8Array {
    const { store, files } = this.#options;
    const what = new Uint8Array(bytes);
    using reader = files.openRead(store.files.path(file));
    const got = reader.readAt(what, 0);
    if (got === bytes && createHash('sha256').update(what).digest('hex') === sha256) return what;
    throw new WeirError('store.damaged', `the bytes of ${file} are not those that were signed, and it stays here`, {
      hint: 'Run `weir verify`, which says what is changed.',
    });
  }

  /** Deletes objects that are no segment's, but for those that queries may still read. Gives how many. */
  collect(): Promise<number> {
    return this.#inTurn(async () => {
      const { store } = this.#options;
      const { cold } = store.catalogue;
      let deleted = 0;
      for (const { key, file } of cold.strays()) {
        if (store.isLeased(file)) continue;
        await this.#options.objects().delete(key);
        if (this.#closed) break;
        cold.forget(key);
        deleted++;
      }
      return deleted;
    });
  }

  /** Has copies of segments on disk, as many as there is room for. Whoever asks holds a lease on them. */
  async fetch(files: readonly string[]): Promise<Fetched> {
    const away = new Map<string, string>();
    const pinned: Copy[] = [];
    const waiting = [...files];
    const next = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        try {
          const copy = await this.#copyOf(file);
          if (copy !== null) pinned.push(copy);
        } catch (error) {
          if (!(error instanceof WeirError)) throw error;
          away.set(file, error.message);
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, next));
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      for (const copy of pinned) copy.pins--;
      this.trim();
    };
    return { away, release, [Symbol.dispose]: release };
  }

  /** Held once more; null: it is no copy, but the segment's own file. */
  async #copyOf(file: string): Promise<Copy | null> {
    const { store } = this.#options;
    const segment = store.catalogue.segment(file);
    const known = this.#copies.get(file);
    const isOwn = segment === null ? store.files.size(file) !== null : segment.object === null;
    if (known === undefined && isOwn) return null;
    const copy = known ?? this.#begin(segment);
    // Used last.
    this.#copies.delete(file);
    this.#copies.set(file, copy);
    copy.pins++;
    try {
      await copy.coming;
    } catch (error) {
      copy.pins--;
      throw error;
    }
    return copy;
  }

  #begin(segment: StoredSegment | null): Copy {
    if (segment === null) throw new WeirError('store.gone', 'they were replaced meanwhile: ask again');
    const { file, bytes } = segment;
    if (this.#away !== null && elapsedMs() < this.#away.untilMs)
      throw new WeirError('store.object_away', this.#away.why);
    this.#makeRoom(bytes);
    const copy: Copy = { bytes, pins: 0, moved: false, coming: null };
    this.#copies.set(file, copy);
    copy.coming = this.#download(segment).then(
      () => {
        copy.coming = null;
      },
      (error: unknown) => {
        if (this.#copies.get(file) === copy) this.#copies.delete(file);
        if (error instanceof WeirError && error.code === 'store.object_away')
          this.#away = { untilMs: elapsedMs() + limits.objectAwayMs, why: error.message };
        throw error;
      },
    );
    // Who asked for it is told; nobody else is to be.
    copy.coming.catch(() => {});
    return copy;
  }

  async #download({ file, log, bytes, object }: StoredSegment): Promise<void> {
    const { store, files } = this.#options;
    const objects = this.#options.objects();
    const name = store.files.path(file);
    await fetchObject(
      files,
      objects,
      { key: objectKey(log, object ?? ''), bytes, sha256: object ?? '' },
      `${name}.draft`,
    );
    if (this.#closed) throw new WeirError('server.closed', 'the server is stopping');
    files.rename(`${name}.draft`, name);
    this.#away = null;
  }

  /** Throws `store.cold_cache` where what is held leaves none. */
  #makeRoom(bytes: number): void {
    const max = this.#options.cacheBytesMax;
    this.#evict(max - bytes);
    const taken = this.cachedBytes;
    if (taken + bytes <= max) return;
    throw new WeirError(
      'store.cold_cache',
      `they do not fit beside what is being read in the ${max} bytes that copies may take on disk`,
      { hint: 'Ask for less time, or raise store.tiers.cold.cache_bytes.' },
    );
  }

  /** Removes copies until the rest fits; and files that were moved, once nobody reads them. */
  trim(): void {
    if (!this.#closed) this.#evict(this.#options.cacheBytesMax);
  }

  #evict(bytesMax: number): void {
    const { store } = this.#options;
    let taken = this.cachedBytes;
    const gone: string[] = [];
    for (const [file, { bytes, pins, moved, coming }] of this.#copies) {
      if (pins > 0 || coming !== null || (moved && store.isLeased(file))) continue;
      // What became garbage is deleted as such.
      if (store.catalogue.segment(file) !== null) {
        if (!moved && taken <= bytesMax) continue;
        gone.push(file);
      }
      this.#copies.delete(file);
      taken -= bytes;
    }
    if (gone.length > 0) store.files.remove(gone);
  }

  /** What is under way may not touch the catalogue any more. */
  close(): void {
    this.#closed = true;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#work.then(() => {
      if (this.#closed) throw new WeirError('server.closed', 'the server is stopping');
      return work();
    });
    this.#work = turn.catch(() => {});
    return turn;
  }
}

export interface ObjectAsked {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An object as a file, durable. Where it throws there is none. @throws WeirError `store.object_…`, `disk.…` */
export async function fetchObject(
  files: Files,
  objects: ObjectStore,
  { key, bytes, sha256 }: ObjectAsked,
  name: string,
): Promise<void> {
  files.makeDirectory(path.dirname(name));
  const hash = createHash('sha256');
  let at = 0;
  try {
    using out = files.open(name);
    out.truncate(0);
    for await (const piece of pieces(objects, key, bytes)) {
      hash.update(piece);
      out.write([piece], at);
      at += piece.length;
    }
    const found = hash.digest('hex');
    if (found !== sha256) {
      throw new WeirError('store.object_damaged', `${key} in ${objects.name} has other bytes than were signed`, {
        hint: 'What is there was changed after it was sent. Put the right object back, or see `weir verify --cold`.',
      });
    }
    out.sync();
  } catch (error) {
    if (files.size(name) !== null) files.remove(name);
    throw error;
  }
}

async function* pieces(objects: ObjectStore, key: string, bytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes; from += limits.objectPieceBytes)
    yield await objects.get(key, from, Math.min(limits.objectPieceBytes, bytes - from));
}
