/**
 * Makes a damaged journal usable again, when someone has decided to: never part of a start. Nothing is thrown away and no position is
 * given out twice: damaged files are kept beside it in `damaged/`, whole entries stay where they are, and each one that could not be
 * saved is replaced by an entry of kind `lost`, so that ids of events keep their meaning. A ledger goes on showing the loss.
 */
import path from 'node:path';
import { type DurableFile, type Files, limits, type RandomReader, realFiles, WeirError } from '../base/index.ts';
import { findLater, SegmentCursor, sha256Of } from './cursor.ts';
import { CorruptJournal, Damage } from './errors.ts';
import { entryBytes, HASH_BYTES, HEADER_BYTES, MORE, resumes, writeEntry } from './format.ts';
import { EMPTY_HEAD, type Head, HeadFile, headPath, readHead } from './head.ts';
import { readIdentity } from './identity.ts';
import { encodeLost, type LostEntry } from './lost.ts';
import { ReleasedCursor, ReleasedImage } from './released.ts';
import { listSegments, type Segment, segmentAt } from './segments.ts';

export interface Repair {
  /** Entries replaced by `lost` ones: runs of positions, `[from, to)`. */
  readonly lost: readonly { readonly from: number; readonly to: number }[];
  /** What is known of lost entries, in order of positions; of others nothing is. */
  readonly known: readonly (LostEntry & { readonly position: number })[];
  /** Files as they were found, now in the folder `damaged`. */
  readonly kept: readonly string[];
  readonly entries: number;
}

/**
 * The journal in `folder`, rewritten where it is damaged. Nobody else has it open. Throws `journal.corrupt` where the file ID is
 * damaged: restore that from a copy, or take the ids from the ledger. Killed in the middle, it is run again.
 * With `dryRun` nothing is changed: it says what would be lost, and what would be kept where.
 */
export function repairJournal(
  folder: string,
  options: { readonly files?: Files; readonly dryRun?: boolean } = {},
): Repair {
  const files = options.files ?? realFiles;
  return new Repairer(folder, options.dryRun === true ? unwritten(files) : files).run();
}

/** Reads as it is, and writes nothing. */
function unwritten(files: Files): Files {
  const nothing = (): void => {};
  const file = {
    size: () => 0,
    write: nothing,
    sync: nothing,
    truncate: nothing,
    close: nothing,
    [Symbol.dispose]: nothing,
  };
  const open = (path: string): DurableFile => ({ path, ...file });
  return { ...files, open, rename: nothing, remove: nothing, makeDirectory: nothing, syncDirectory: nothing };
}

const NONE = new Uint8Array(0);

class Repairer {
  readonly #folder: string;
  readonly #files: Files;
  readonly #producer: Uint8Array;
  readonly #lost: { from: number; to: number }[] = [];
  readonly #kept: string[] = [];
  readonly #known: (LostEntry & { readonly position: number })[] = [];
  /** By position: of entries whose header is whole and whose payload is not. */
  readonly #headers = new Map<number, LostEntry>();
  #head: Head | null = null;
  #position = 0;
  #hash: Uint8Array = EMPTY_HEAD.hash;
  #entries = 0;
  /** Where the last whole unit ended. */
  #unitEnd = { position: 0, size: 0, hash: EMPTY_HEAD.hash };

  constructor(folder: string, files: Files) {
    const identity = readIdentity(files, folder);
    if (identity === null) {
      throw new CorruptJournal({
        file: folder,
        byte: null,
        position: null,
        what: 'the file ID of the journal is missing',
      });
    }
    this.#folder = folder;
    this.#files = files;
    this.#producer = identity.producer;
  }

  run(): Repair {
    const head = this.#readHead();
    this.#head = head;
    const listed = listSegments(this.#files, this.#folder).filter((segment) => segment.first >= (head?.first ?? 0));
    const first = head?.first ?? listed[0]?.first ?? 0;
    this.#position = first;
    // What is missing in front of the first file is lost in a file of its own.
    const segments = listed[0]?.first === first ? listed : [segmentAt(this.#folder, first), ...listed];
    const anchor = head?.anchor ?? this.#previousAt(segments[0], first) ?? EMPTY_HEAD.anchor;
    this.#hash = anchor;
    let size = 0;
    for (const [index, segment] of segments.entries()) {
      size = this.#segment(segment, segments[index + 1] ?? null, head?.next ?? 0);
    }
    const segment = segments.at(-1)?.first ?? 0;
    const released = segments.some((one) => one.released);
    const repaired = { first, next: this.#position, segment, byte: size, hash: this.#hash, anchor, released };
    if (head === null) {
      const name = headPath(this.#folder);
      if (this.#files.size(name) !== null) this.#keep(name);
      HeadFile.create(this.#files, this.#folder, repaired);
    } else {
      const file = HeadFile.open(this.#files, this.#folder, head);
      file.write(repaired);
      file.close();
    }
    return { lost: this.#lost, known: this.#known, kept: this.#kept, entries: this.#entries };
  }

  #readHead(): (Head & { readonly generation: number }) | null {
    try {
      return readHead(this.#files, this.#folder);
    } catch (error) {
      if (error instanceof CorruptJournal) return null;
      throw error;
    }
  }

  /** What the whole entry at the start of a file holds of the one before it; null where there is none. */
  #previousAt(segment: Segment | null, position: number): Uint8Array | null {
    if (segment === null || this.#files.size(segment.path) === null) return null;
    if (segment.released) return this.#released(segment)?.previous ?? null;
    using reader = this.#files.openRead(segment.path);
    const entry = this.#wholeAt(reader, 0, position);
    return entry === null ? null : previousOf(entry);
  }

  #wholeAt(reader: RandomReader, byte: number, position: number): Uint8Array | null {
    const cursor = new SegmentCursor(reader, this.#producer, byte, position);
    try {
      return cursor.next() ? cursor.entry() : null;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      this.#remember(cursor);
      return null;
    }
  }

  /** Of a damaged entry what its header says, if that is whole. */
  #remember(cursor: SegmentCursor): void {
    const { header, sequence } = cursor;
    if (header === null || header.kind === 'lost') return;
    const { kind, receivedAt, flags, receiptBytes } = header;
    const receipt = Buffer.from(cursor.start(0).subarray(HEADER_BYTES)).toString('utf8');
    const more = (flags & MORE) !== 0;
    this.#headers.set(sequence, { kind, receivedAt, more, receipt: receiptBytes === 0 ? null : receipt });
  }

  /** A released file that is whole: where it ends, and what its first entry holds of the one before; null: it is damaged. */
  #released(segment: Segment): Standing | null {
    try {
      const image = new ReleasedImage(this.#files, segment);
      const cursor = new ReleasedCursor(image, this.#producer, 0, segment.first);
      let previous = EMPTY_HEAD.anchor;
      for (; cursor.next(); cursor.skip()) {
        if (cursor.sequence === segment.first) previous = Uint8Array.from(cursor.header?.previous ?? previous);
        cursor.entry();
      }
      if (cursor.sequence !== image.to) return null;
      return { to: image.to, hash: image.hash, previous };
    } catch (error) {
      if (error instanceof Damage || error instanceof CorruptJournal) return null;
      throw error;
    }
  }

  /** Whether a file is released, and as it was written, at its place. */
  #isReleased(segment: Segment, later: Segment | null): boolean {
    const released = segment.released ? this.#released(segment) : null;
    if (released === null || segment.first !== this.#position || released.to !== later?.first) return false;
    this.#entries += released.to - this.#position;
    this.#position = released.to;
    this.#hash = released.hash;
    return true;
  }

  /**
   * Rewrites one file beside it, and puts it in its place if it had damage; one that is released and damaged is lost. `known`: the position
   * HEAD had reached.
   */
  #segment(segment: Segment, later: Segment | null, known: number): number {
    if (this.#isReleased(segment, later)) return 0;
    const files = this.#files;
    const target = segmentAt(this.#folder, segment.first).path;
    const draft = `${target}.draft`;
    if (files.size(draft) !== null) files.remove(draft);
    const lostBefore = this.#lost.length;
    const found = files.size(segment.path);
    const out: Out = { file: files.open(draft), size: 0 };
    this.#unitEnd = { position: this.#position, size: 0, hash: this.#hash };
    try {
      if (found !== null && !segment.released) {
        using reader = files.openRead(segment.path);
        this.#copy(reader, later?.first ?? Math.max(known, this.#position + Math.floor(found / HEADER_BYTES)), out);
      }
      const next = later?.first ?? known;
      // Of the last entry HEAD has the hash.
      const lastHash = later === null && next === this.#head?.next ? this.#head.hash : this.#previousAt(later, next);
      if (this.#position < next) this.#lose(next, lastHash, out);
      // As a start does: a request that was never whole goes.
      if (later === null && this.#unitEnd.position < this.#position) this.#endUnit(known, out);
      out.file.sync();
    } finally {
      out.file.close();
    }
    if (this.#lost.length === lostBefore && out.size === found) {
      files.remove(draft);
      return out.size;
    }
    if (found !== null) this.#keep(segment.path);
    files.syncDirectory(this.#folder);
    files.rename(draft, target);
    files.syncDirectory(this.#folder);
    if (segment.released) files.remove(segment.path);
    return out.size;
  }

  /** The last request is not whole: behind HEAD nobody was told of it, below it what is missing is lost. */
  #endUnit(known: number, out: Out): void {
    const { position, size, hash } = this.#unitEnd;
    if (position < known) {
      this.#lose(this.#position + 1, null, out);
      return;
    }
    out.file.truncate(size);
    out.size = size;
    this.#entries -= this.#position - position;
    this.#position = position;
    this.#hash = hash;
  }

  #keep(file: string): void {
    const files = this.#files;
    const folder = path.join(this.#folder, 'damaged');
    files.makeDirectory(folder);
    files.syncDirectory(this.#folder);
    const name = path.basename(file);
    const taken = new Set(files.list(folder));
    let number = 0;
    while (taken.has(`${name}.${number}`)) number++;
    const to = path.join(folder, `${name}.${number}`);
    copyFile(files, file, to);
    files.syncDirectory(folder);
    this.#kept.push(to);
  }

  /** Whole entries, and `lost` ones between them, below position `most`. */
  #copy(reader: RandomReader, most: number, out: Out): void {
    for (let byte: number | null = 0; byte !== null; ) {
      const cursor: SegmentCursor = new SegmentCursor(reader, this.#producer, byte, this.#position);
      try {
        while (cursor.next()) {
          const more = cursor.header !== null && (cursor.header.flags & MORE) !== 0;
          this.#put(cursor.entry(), more, out);
          this.#entries++;
          cursor.skip();
        }
        return;
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        this.#remember(cursor);
      }
      byte = this.#resume(reader, cursor.byte + 1, most, out);
    }
  }

  /** The next whole entry from `byte` on, what is before it being lost; null: there is none. */
  #resume(reader: RandomReader, byte: number, most: number, out: Out): number | null {
    for (let from = byte; ; ) {
      const later = findLater(reader, this.#producer, from, this.#position, ({ sequence }) => sequence < most);
      if (later === null) return null;
      const entry = this.#wholeAt(reader, later.byte, later.sequence);
      if (entry !== null) {
        if (later.sequence > this.#position) this.#lose(later.sequence, previousOf(entry), out);
        return later.byte;
      }
      from = later.byte + 1;
    }
  }

  #put(bytes: Uint8Array, more: boolean, out: Out): void {
    out.file.write([bytes], out.size);
    out.size += bytes.length;
    this.#hash = Uint8Array.from(sha256Of(bytes));
    this.#position++;
    if (!more) this.#unitEnd = { position: this.#position, size: out.size, hash: this.#hash };
  }

  /** Fills positions up to `to`; `previous` is what the entry there holds of the one before it. */
  #lose(to: number, previous: Uint8Array | null, out: Out): void {
    const from = this.#position;
    if (to - from > limits.journalLostMax) {
      const what = `${to - from} entries would be missing here, which is hardly true: see to names and numbers of the files`;
      throw new CorruptJournal({ file: out.file.path, byte: null, position: from, what });
    }
    this.#lost.push({ from, to });
    while (this.#position < to) {
      const known = this.#headers.get(this.#position) ?? null;
      if (known !== null) this.#known.push({ position: this.#position, ...known });
      this.#headers.delete(this.#position);
      const payload = encodeLost(known);
      const receipt = previous !== null && this.#position === to - 1 ? Buffer.from(resumes(previous)) : NONE;
      const entry = {
        kind: 'lost' as const,
        more: false,
        index: 0,
        receivedAt: 0,
        receipt,
        payload,
        sequence: this.#position,
        producer: this.#producer,
        previous: this.#hash,
      };
      this.#put(writeEntry(new Uint8Array(entryBytes(receipt.length, payload.length)), 0, entry), false, out);
    }
  }
}

/** Of a released file. */
interface Standing {
  readonly to: number;
  readonly hash: Uint8Array;
  /** What its first entry holds of the one before. */
  readonly previous: Uint8Array;
}

/** A file that is being written. */
interface Out {
  readonly file: DurableFile;
  size: number;
}

function previousOf(entry: Uint8Array): Uint8Array {
  return entry.slice(HEADER_BYTES - HASH_BYTES, HEADER_BYTES);
}

function copyFile(files: Files, from: string, to: string): void {
  using reader = files.openRead(from);
  using file = files.open(to);
  const chunk = new Uint8Array(Math.min(limits.journalReadBytes, reader.size));
  for (let at = 0; at < reader.size; ) {
    const got = reader.readAt(chunk, at);
    if (got === 0) throw new WeirError('disk.read', `cannot read ${from}: it grew shorter`);
    file.write([chunk.subarray(0, got)], at);
    at += got;
  }
  file.sync();
}
