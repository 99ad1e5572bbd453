/**
 * Reads entries by position, from any thread or process, while the writer appends: up to a position the caller knows to be
 * durable (from the writer), or up to HEAD. Memory is bounded: one entry and one chunk.
 */
import { type Files, limits, type RandomReader, realFiles, WeirError } from '../base/index.ts';
import { SegmentCursor, sha256Of } from './cursor.ts';
import { CorruptJournal, Damage } from './errors.ts';
import { type EntryKind, HEADER_BYTES, type Header, MORE, mayFollow } from './format.ts';
import { type Head, readHead } from './head.ts';
import { readIdentity } from './identity.ts';
import { ReleasedCursor, ReleasedImage } from './released.ts';
import { listSegments, releasedUpTo, type Segment, segmentAt } from './segments.ts';

/** What is known of an entry without its payload. */
export interface EntryHeader {
  readonly position: number;
  readonly kind: EntryKind;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** More entries of the same unit follow. */
  readonly more: boolean;
  /** JSON as it was given; null where the entry has none, and of a lost one. */
  readonly receipt: string | null;
  readonly payloadBytes: number;
  /** SHA-256 of the entry before. */
  readonly previous: Uint8Array;
  /** Path of the segment file, and where the entry begins in it. */
  readonly file: string;
  readonly byte: number;
}

export interface EntryStart extends EntryHeader {
  /** The first bytes of the payload, 64 unless more are asked for, fewer where it is released; not verified, unlike all else here. */
  readonly start: Uint8Array;
}

export interface JournalEntry extends EntryHeader {
  /** Its own buffer, to be transferred if one likes. */
  readonly payload: ArrayBuffer;
  /** SHA-256 of the whole entry. */
  readonly hash: Uint8Array;
}

export interface JournalPayload {
  readonly position: number;
  readonly kind: EntryKind;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly payload: Uint8Array;
}

const START_BYTES = 64;
/** Reads of headers alone: most of a large entry is passed over. */
const HEADER_CHUNK_BYTES = 32 * 1024;
/** A place is remembered every so many bytes. */
const MARK_DISTANCE = 1024 * 1024;

interface Mark {
  readonly position: number;
  readonly byte: number;
}

/** A file that is no longer written to: positions, `to` not included. */
export interface ClosedFile {
  readonly from: number;
  readonly to: number;
}

/** A file as it is walked through. */
interface Opened {
  readonly segment: Segment;
  readonly cursor: SegmentCursor | ReleasedCursor;
  readonly reader: RandomReader | null;
}

export class JournalReader {
  readonly log: string;
  readonly #files: Files;
  readonly #folder: string;
  readonly #producer: Uint8Array;
  /** Starts of entries in each segment file (by its path), in order. */
  readonly #marks = new Map<string, Mark[]>();
  #markCount = 0;
  /** The released file that was read last: single entries of one are asked for one behind the other. */
  #image: { readonly path: string; readonly image: ReleasedImage } | null = null;

  /** Throws `journal.corrupt` where the folder holds no journal. */
  constructor(folder: string, files: Files = realFiles) {
    const identity = readIdentity(files, folder);
    if (identity === null) {
      throw new CorruptJournal({ file: folder, byte: null, position: null, what: 'there is no journal (no file ID)' });
    }
    this.log = identity.log;
    this.#producer = identity.producer;
    this.#files = files;
    this.#folder = folder;
  }

  /** What is durable now, as HEAD has it: it may lag behind the writer by one group. */
  head(): Head {
    return readHead(this.#files, this.#folder);
  }

  /** What the journal signs its entries with. */
  get producer(): Uint8Array {
    return this.#producer;
  }

  /** Files that are whole and no longer written to: oldest first. */
  closed(): ClosedFile[] {
    const segments = listSegments(this.#files, this.#folder);
    return segments.slice(0, -1).flatMap(({ first, released }, index) => {
      return released ? [] : [{ from: first, to: segments[index + 1].first }];
    });
  }

  /** The events of everything below this position are released: they are in segments of the store. */
  releasedUpTo(): number {
    return releasedUpTo(listSegments(this.#files, this.#folder));
  }

  /**
   * Entries from position `from` up to, not including, `to` (HEAD's next if left out). Checksums, order and hashes are verified.
   * Throws `journal.released` at events that are released, `journal.corrupt` on damage.
   */
  read(from: number, to: number = this.head().next): Generator<JournalEntry> {
    let before: { hash: Uint8Array; kind: EntryKind; receipt: string | null } | null = null;
    return this.#walk(from, to, limits.journalReadBytes, (cursor, header, segment) => {
      const bytes = this.#entry(cursor);
      if (before !== null && !mayFollow(header.previous, before)) {
        throw new Damage(cursor.byte, 'the hash it holds of the entry before it does not match');
      }
      const payloadAt = HEADER_BYTES + header.receiptBytes;
      const payload = Uint8Array.from(bytes.subarray(payloadAt, payloadAt + header.payloadBytes)).buffer;
      const hash = Uint8Array.from(sha256Of(bytes));
      before = { hash, kind: header.kind, receipt: receiptIn(header, bytes) };
      return { ...entryHeader(cursor, header, bytes, segment), payload, hash };
    });
  }

  /**
   * The payloads alone, each a view that is good until the next is asked for. Checksums are verified, hashes are not: for those who
   * read what was written a moment ago, at half the price.
   */
  payloads(from: number, to: number): Generator<JournalPayload> {
    return this.#walk(from, to, limits.journalReadBytes, (cursor, header) => {
      const bytes = this.#entry(cursor);
      const at = HEADER_BYTES + header.receiptBytes;
      return {
        position: cursor.sequence,
        kind: header.kind,
        receivedAt: header.receivedAt,
        payload: bytes.subarray(at, at + header.payloadBytes),
      };
    });
  }

  /** That of one entry, which the caller knows to be there. Throws as `read` does. */
  payload(position: number): ArrayBuffer {
    for (const { payload } of this.read(position, position + 1)) return payload;
    throw new Error(`position ${position} is not in the journal`);
  }

  /** The same without payloads, of which only the first bytes are read: fast, for books, receipts and indexes. */
  headers(from: number, to: number = this.head().next, startBytes = START_BYTES): Generator<EntryStart> {
    return this.#walk(from, to, HEADER_CHUNK_BYTES, (cursor, header, segment) => {
      const bytes = cursor.start(startBytes);
      const start = bytes.slice(HEADER_BYTES + header.receiptBytes);
      return { ...entryHeader(cursor, header, bytes, segment), start };
    });
  }

  /** A whole entry, which is what those want who do not read headers alone. */
  #entry(cursor: SegmentCursor | ReleasedCursor): Uint8Array {
    const bytes = cursor.entry();
    if (bytes !== null) return bytes;
    throw new WeirError('journal.released', `the events at position ${cursor.sequence} are released from the journal`, {
      hint: 'They are in segments of the store: ask there.',
    });
  }

  /** What `take` makes of each entry, the cursor being at its header. */
  *#walk<T>(
    from: number,
    to: number,
    chunkBytes: number,
    take: (cursor: SegmentCursor | ReleasedCursor, header: Header, segment: Segment) => T,
  ): Generator<T> {
    if (from >= to) return;
    const segments = listSegments(this.#files, this.#folder);
    const found = segments.findLastIndex((segment) => segment.first <= from);
    if (found < 0) throw this.#gone(from);
    for (let index = found, position = from; position < to; index++) {
      const end = Math.min(segments[index + 1]?.first ?? to, to);
      const { segment, cursor, reader } = this.#open(segments[index], position, chunkBytes);
      using _ = reader;
      while (cursor.sequence < end) {
        const { byte, sequence } = cursor;
        let taken: T | null = null;
        try {
          if (!cursor.next()) throw new Damage(byte, `it ends here, before position ${end}`);
          this.#remember(segment, byte, sequence);
          const { header } = cursor;
          if (header !== null && sequence >= from) taken = take(cursor, header, segment);
        } catch (error) {
          if (!(error instanceof Damage)) throw error;
          throw new CorruptJournal({ file: segment.path, byte: error.byte, position: sequence, what: error.what });
        }
        cursor.skip();
        if (taken !== null) yield taken;
      }
      position = end;
    }
  }

  /** A file may be released while it is about to be read. */
  #open(listed: Segment, position: number, chunkBytes: number): Opened {
    const of = (segment: Segment): Opened => {
      const mark = this.#markBefore(segment, position);
      if (segment.released) {
        const cursor = new ReleasedCursor(this.#imageOf(segment), this.#producer, mark.byte, mark.position);
        return { segment, cursor, reader: null };
      }
      const reader = this.#files.openRead(segment.path);
      return {
        segment,
        cursor: new SegmentCursor(reader, this.#producer, mark.byte, mark.position, chunkBytes),
        reader,
      };
    };
    try {
      return of(listed);
    } catch (error) {
      const released = segmentAt(this.#folder, listed.first, true);
      if (listed.released || this.#files.size(listed.path) !== null || this.#files.size(released.path) === null) {
        throw error;
      }
      return of(released);
    }
  }

  #imageOf(segment: Segment): ReleasedImage {
    if (this.#image?.path !== segment.path) {
      this.#image = null;
      this.#image = { path: segment.path, image: new ReleasedImage(this.#files, segment) };
    }
    return this.#image.image;
  }

  #gone(position: number): WeirError {
    return new WeirError('journal.released', `position ${position} is no longer in the journal ${this.#folder}`, {
      hint: `The first position kept is ${this.head().first}.`,
    });
  }

  #markBefore(segment: Segment, position: number): Mark {
    const mark = this.#marks.get(segment.path)?.findLast((other) => other.position <= position);
    return mark ?? { position: segment.first, byte: 0 };
  }

  #remember(segment: Segment, byte: number, position: number): void {
    const marks = this.#marks.get(segment.path) ?? [];
    if (byte < (marks.at(-1)?.byte ?? 0) + MARK_DISTANCE) return;
    if (this.#markCount >= limits.journalMarks) {
      this.#marks.clear();
      this.#markCount = 0;
      marks.length = 0;
    }
    marks.push({ position, byte });
    this.#marks.set(segment.path, marks);
    this.#markCount++;
  }
}

function entryHeader(
  cursor: SegmentCursor | ReleasedCursor,
  header: Header,
  bytes: Uint8Array,
  segment: Segment,
): EntryHeader {
  return {
    position: cursor.sequence,
    kind: header.kind,
    receivedAt: header.receivedAt,
    more: (header.flags & MORE) !== 0,
    // What a lost entry has there is of use to the chain of hashes alone.
    receipt: header.kind === 'lost' ? null : receiptIn(header, bytes),
    payloadBytes: header.payloadBytes,
    previous: Uint8Array.from(header.previous),
    file: segment.path,
    byte: cursor.byte,
  };
}

function receiptIn({ receiptBytes }: Header, bytes: Uint8Array): string | null {
  return receiptBytes === 0
    ? null
    : Buffer.from(bytes.buffer, bytes.byteOffset + HEADER_BYTES, receiptBytes).toString('utf8');
}
