/**
 * What a journal is found to be when it is opened: verified, its torn end cut, its tail made durable. Contract: damage below HEAD,
 * or before a valid later group, is corruption and refused; only what is behind HEAD and no whole, valid unit is cut, and counted.
 */
import { type Files, limits } from '../base/index.ts';
import { findLater, SegmentCursor, sha256Of } from './cursor.ts';
import { CorruptJournal, Damage } from './errors.ts';
import { type Header, MORE } from './format.ts';
import type { Head } from './head.ts';
import { ReleasedCursor, ReleasedImage } from './released.ts';
import { listSegments, type Segment, unfinishedReleases } from './segments.ts';

/** What opening found and did. */
export interface Recovery {
  /** Whether the journal was made just now. */
  readonly created: boolean;
  /** Entries and bytes behind HEAD that were kept, rewritten and synced. */
  readonly tail: { readonly entries: number; readonly bytes: number };
  /** What was cut behind them; null: nothing. `entries` are whole ones of a request whose last entry is missing. */
  readonly cut: Cut | null;
  /** Bytes below HEAD whose checksums were verified, and those that were not looked at (older than `verifyBytes`). */
  readonly verifiedBytes: number;
  readonly unverifiedBytes: number;
  /** Released files of releases that were cut short, now removed: what they were made of is there. */
  readonly leftovers: number;
}

export interface Cut {
  readonly file: string;
  /** Where it was cut, and the position that the next entry gets. */
  readonly byte: number;
  readonly position: number;
  readonly bytes: number;
  readonly entries: number;
  /** Why, in words. */
  readonly reason: string;
}

/** Where the journal stands. */
export interface Standing {
  readonly segments: Segment[];
  /** Bytes of each segment. */
  readonly sizes: number[];
  readonly next: number;
  readonly hash: Uint8Array;
}

/** Where a walk through one segment ended. */
interface Walk {
  readonly byte: number;
  readonly position: number;
  readonly damage: Damage | null;
}

export class Recoverer {
  readonly #files: Files;
  readonly #folder: string;
  readonly #producer: Uint8Array;
  readonly #head: Head;

  constructor(files: Files, folder: string, producer: Uint8Array, head: Head) {
    this.#files = files;
    this.#folder = folder;
    this.#producer = producer;
    this.#head = head;
  }

  recover(verifyBytes: number): { recovery: Recovery; standing: Standing } {
    const files = this.#files;
    const head = this.#head;
    const segments = listSegments(files, this.#folder);
    const leftovers = unfinishedReleases(files, this.#folder);
    this.#checkPlaces(segments);
    const sizes = segments.map((segment) => files.size(segment.path) ?? 0);
    const { verifiedBytes, unverifiedBytes } = this.#verifyBelowHead(segments, sizes, verifyBytes);
    const { end, hash, cut } = this.#readTail(segments);

    for (const segment of leftovers) files.remove(segment.path);
    const tailBytes = this.#settle(segments, sizes, end.byte);
    return {
      recovery: {
        created: false,
        tail: { entries: end.position - head.next, bytes: tailBytes },
        cut,
        verifiedBytes,
        unverifiedBytes,
        leftovers: leftovers.length,
      },
      standing: { segments, sizes, next: end.position, hash },
    };
  }

  /** Files that HEAD says are there. */
  #checkPlaces(segments: readonly Segment[]): void {
    const { first, next, segment, byte } = this.#head;
    if (segments.length === 0 && next === 0 && byte === 0) return;
    const missing = (position: number): never => {
      const what = `the segment file that begins with position ${position} is missing`;
      throw new CorruptJournal({ file: this.#folder, byte: null, position, what });
    };
    if (segments[0]?.first !== first) missing(first);
    if (!segments.some((other) => other.first === segment && !other.released)) missing(segment);
  }

  /** Checksums, order and count of everything below HEAD, the newest `verifyBytes` of it by whole files. */
  #verifyBelowHead(
    segments: readonly Segment[],
    sizes: readonly number[],
    verifyBytes: number,
  ): { verifiedBytes: number; unverifiedBytes: number } {
    const head = this.#head;
    const below = segments.filter((segment) => segment.first <= head.segment);
    let verifiedBytes = 0;
    let unverifiedBytes = 0;
    for (let index = below.length - 1; index >= 0; index--) {
      const segment = below[index];
      const last = segment.first === head.segment;
      const bytes = last ? head.byte : sizes[index];
      if (!last && unverifiedBytes + verifiedBytes + bytes > verifyBytes) {
        unverifiedBytes += bytes;
        continue;
      }
      const next = last ? head.next : below[index + 1].first;
      const { walk, end } = segment.released
        ? this.#walkReleased(segment, next)
        : this.#walkWhole(segment, bytes, next);
      if (walk.damage !== null) throw this.#corrupt(segment, walk, walk.damage.what);
      if (walk.byte !== end.byte || walk.position !== end.position) {
        throw this.#corrupt(segment, walk, `it ends here, before byte ${end.byte} and position ${end.position}`);
      }
      verifiedBytes += bytes;
    }
    return { verifiedBytes, unverifiedBytes };
  }

  #walkWhole(segment: Segment, byte: number, position: number): { walk: Walk; end: Omit<Walk, 'damage'> } {
    using reader = this.#files.openRead(segment.path);
    const cursor = new SegmentCursor(reader, this.#producer, 0, segment.first);
    return { walk: this.#walk(cursor, byte, () => {}), end: { byte, position } };
  }

  #walkReleased(segment: Segment, position: number): { walk: Walk; end: Omit<Walk, 'damage'> } {
    const image = new ReleasedImage(this.#files, segment);
    const cursor = new ReleasedCursor(image, this.#producer, 0, segment.first);
    const byte = image.bytes.length;
    return { walk: this.#walk(cursor, byte, () => {}), end: { byte, position } };
  }

  /** Entries up to the byte `until` or the first damage; bodies that are there are verified, and given to `each`. */
  #walk<C extends SegmentCursor | ReleasedCursor>(
    cursor: C,
    until: number,
    each: (cursor: C, bytes: Uint8Array) => void,
  ): Walk {
    let damage: Damage | null = null;
    try {
      while (cursor.byte < until && cursor.next()) {
        const bytes = cursor.entry();
        if (bytes !== null) each(cursor, bytes);
        cursor.skip();
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damage = error;
    }
    return { byte: cursor.byte, position: cursor.sequence, damage };
  }

  #corrupt(segment: Segment, { byte, position }: Omit<Walk, 'damage'>, what: string): CorruptJournal {
    return new CorruptJournal({ file: segment.path, byte, position, what });
  }

  /** Everything behind HEAD: where its last whole unit ends, and what is to be cut behind that. */
  #readTail(segments: readonly Segment[]): { end: Omit<Walk, 'damage'>; hash: Uint8Array; cut: Cut | null } {
    const head = this.#head;
    let hash = head.hash;
    let end = { byte: head.byte, position: head.next };
    const behind = segments.filter((segment) => segment.first >= head.segment);
    for (const [index, segment] of behind.entries()) {
      const later = behind[index + 1];
      if (index > 0) {
        // Its name became durable after all before it had: what is missing there is lost.
        if (segment.first !== end.position)
          throw this.#corrupt(segment, { ...end, byte: 0 }, `it begins with position ${segment.first}`);
        end = { byte: 0, position: segment.first };
      }
      using reader = this.#files.openRead(segment.path);
      if (end.byte > reader.size)
        throw this.#corrupt(segment, { ...end, byte: reader.size }, `it ends here, before byte ${end.byte}`);
      let lastHash = hash;
      const tail = new SegmentCursor(reader, this.#producer, end.byte, end.position);
      const walk = this.#walk(tail, Number.POSITIVE_INFINITY, (cursor, bytes) => {
        const { header, byte } = cursor;
        if (header === null || Buffer.compare(header.previous, lastHash) !== 0) {
          throw new Damage(byte, 'the hash it holds of the entry before it does not match');
        }
        lastHash = Uint8Array.from(sha256Of(bytes));
        if ((header.flags & MORE) !== 0) return;
        end = { byte: byte + cursor.bytes, position: cursor.sequence + 1 };
        hash = lastHash;
      });
      if (end.byte === reader.size) continue;
      const reason = walk.damage?.what ?? 'the last entry of a request is missing';
      const { byte, position } = walk;
      const begunLater = ({ sequence, index }: Header): boolean => sequence - index > position;
      const found = findLater(reader, this.#producer, byte + 1, position, begunLater);
      if (found !== null) {
        throw this.#corrupt(
          segment,
          walk,
          `${reason}; yet position ${found.sequence} at byte ${found.byte} was written later and is whole`,
        );
      }
      if (later !== undefined) throw this.#corrupt(segment, walk, `${reason}; yet a later segment file was begun`);
      const entries = walk.position - end.position;
      return { end, hash, cut: { file: segment.path, ...end, bytes: reader.size - end.byte, entries, reason } };
    }
    return { end, hash, cut: null };
  }

  /**
   * Cuts, then writes the tail once more and syncs it: it may only be in the operating system's memory, and after a failed
   * sync pages there count as clean though they never reached the disk. Returns the tail's bytes; `sizes` are set right.
   */
  #settle(segments: readonly Segment[], sizes: number[], end: number): number {
    const head = this.#head;
    let tailBytes = 0;
    for (const [index, segment] of segments.entries()) {
      if (segment.first < head.segment) continue;
      const from = segment.first === head.segment ? head.byte : 0;
      const to = index === segments.length - 1 ? end : sizes[index];
      const chunk = new Uint8Array(Math.min(limits.journalReadBytes, to - from));
      using reader = this.#files.openRead(segment.path);
      using file = this.#files.open(segment.path);
      for (let at = from; at < to; ) {
        const bytes = chunk.subarray(0, Math.min(chunk.length, to - at));
        const got = reader.readAt(bytes, at);
        if (got === 0) throw new Error(`${segment.path} grew shorter while it was read`);
        file.write([bytes.subarray(0, got)], at);
        at += got;
      }
      if (to < sizes[index]) file.truncate(to);
      file.sync();
      sizes[index] = to;
      tailBytes += to - from;
    }
    this.#files.syncDirectory(this.#folder);
    return tailBytes;
  }
}
