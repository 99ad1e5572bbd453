/**
 * The journal: what it has acknowledged survives a power cut. One thread owns it and writes groups of units; a unit (a request)
 * is in it whole or not at all. Group: one write, one sync, then the caller acknowledges, then `writeHead`.
 *
 * ```
 * journal/ID                    log id, producer id
 * journal/HEAD                  up to where all is durable
 * journal/0000000000000000.wj   entries from position 0 on; .wjr: without their events, which are in segments of the store
 * ```
 */
import { createHash, type Hash } from 'node:crypto';
import path from 'node:path';
import { type DurableFile, type Files, limits, randomBytes, realFiles, WeirError } from '../base/index.ts';
import { sha256Of } from './cursor.ts';
import { CorruptJournal } from './errors.ts';
import { type EntryKind, entryBytes, HASH_BYTES, writeEntry } from './format.ts';
import { EMPTY_HEAD, type Head, HeadFile, readHead } from './head.ts';
import { createIdentity, type Identity, readIdentity } from './identity.ts';
import { type EntryStart, type JournalEntry, JournalReader } from './reader.ts';
import { Recoverer, type Recovery, type Standing } from './recover.ts';
import { listSegments, releasedUpTo, type Segment, segmentAt } from './segments.ts';

export interface JournalOptions {
  readonly files?: Files;
  /** A segment file is closed when the next group would make it larger; default `limits.journalSegmentBytes`. */
  readonly segmentBytes?: number;
  /** Bytes of all segment files together; without limit if left out. */
  readonly maxBytes?: number;
  /** How much of the newest part below HEAD is verified when opening; default `limits.journalVerifyBytes`. */
  readonly verifyBytes?: number;
  /** Where ids come from when a journal is made. */
  readonly random?: (length: number) => Uint8Array;
}

export interface NewEntry {
  readonly kind: EntryKind;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** JSON, as text or UTF-8; at most `limits.journalReceiptBytesMax`. */
  readonly receipt?: string | Uint8Array | null;
  /** At most `limits.journalEntryBytesMax`. */
  readonly payload: Uint8Array;
}

/** Entries of one request: all or nothing. At least one. */
export type Unit = readonly NewEntry[];

/** A buffer this large is kept from group to group; one for a larger group is let go with it. */
const KEPT_BUFFER_BYTES = 8 * 1024 * 1024;
const NONE = new Uint8Array(0);

export class Journal {
  /** What opening found and did. */
  readonly recovery: Recovery;
  readonly #files: Files;
  readonly #folder: string;
  readonly #identity: Identity;
  readonly #segmentBytes: number;
  readonly #maxBytes: number;
  readonly #headFile: HeadFile;
  readonly #reader: JournalReader;
  readonly #segments: Segment[];
  /** Bytes of each segment file. */
  readonly #sizes: number[];
  #file: DurableFile | null = null;
  #head: Head;
  #next: number;
  /** Of the last entry. */
  #hash: Uint8Array;
  /** The entries since the file at hand was begun, or the journal opened, and those of the file before. */
  #root: { readonly from: number; readonly hashes: Hash };
  #closedRoot: { readonly from: number; readonly to: number; readonly root: string } | null = null;
  #buffer: Uint8Array = NONE;
  #failure: WeirError | null = null;
  #closed = false;

  private constructor(
    folder: string,
    options: JournalOptions,
    identity: Identity,
    head: Head & { readonly generation: number },
    found: { readonly recovery: Recovery; readonly standing: Standing },
  ) {
    const { standing } = found;
    this.recovery = found.recovery;
    this.#files = options.files ?? realFiles;
    this.#folder = folder;
    this.#identity = identity;
    this.#segmentBytes = options.segmentBytes ?? limits.journalSegmentBytes;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#segments = standing.segments;
    this.#sizes = standing.sizes;
    this.#next = standing.next;
    this.#hash = standing.hash;
    this.#root = { from: standing.next, hashes: createHash('sha256') };
    this.#head = head;
    this.#reader = new JournalReader(folder, this.#files);
    const last = this.#segments.at(-1);
    if (last !== undefined) this.#file = this.#files.open(last.path);
    this.#headFile = HeadFile.open(this.#files, folder, head);
    this.#putHead();
  }

  /**
   * Opens the journal in `folder`, making it if there is none: reads, verifies, cuts a torn end, makes the rest durable. The caller
   * has seen to it that no other process does the same. Throws `journal.corrupt` (and has changed nothing) and `disk.…`.
   */
  static open(folder: string, options: JournalOptions = {}): Journal {
    const files = options.files ?? realFiles;
    let identity = readIdentity(files, folder);
    const created = identity === null;
    if (identity === null) {
      const [stray] = listSegments(files, folder);
      if (stray !== undefined) {
        throw new CorruptJournal({
          file: folder,
          byte: null,
          position: null,
          what: 'the file ID of the journal is missing',
        });
      }
      files.makeDirectory(folder);
      files.syncDirectory(path.dirname(folder));
      HeadFile.create(files, folder, EMPTY_HEAD);
      identity = createIdentity(files, folder, options.random ?? randomBytes);
    }
    const head = readHead(files, folder);
    const found = new Recoverer(files, folder, identity.producer, head).recover(
      options.verifyBytes ?? limits.journalVerifyBytes,
    );
    const recovery: Recovery = { ...found.recovery, created };
    return new Journal(folder, options, identity, head, { recovery, standing: found.standing });
  }

  /** The log id, 16 hexadecimal digits. */
  get log(): string {
    return this.#identity.log;
  }

  get folder(): string {
    return this.#folder;
  }

  /** Lowest position kept. */
  get first(): number {
    return this.#head.first;
  }

  /** The events of everything below this position are released. */
  get releasedUpTo(): number {
    return releasedUpTo(this.#segments);
  }

  /** Position of the next entry: all below are durable. */
  get next(): number {
    return this.#next;
  }

  /** SHA-256 of the last entry. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** HEAD as it was last written. */
  get head(): Head {
    return this.#head;
  }

  /** Bytes of all segment files. */
  get bytes(): number {
    return this.#sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** First position of the segment file that is written to: all below is in files that no longer change. */
  get closedUpTo(): number {
    return this.#segments.at(-1)?.first ?? this.#next;
  }

  /**
   * SHA-256 over the hashes of the entries in `[from, to)`, one behind the other, in hexadecimal, where it is known without reading
   * them again: of the file closed last, and of what follows it; else null.
   */
  rootOf(from: number, to: number): string | null {
    const [root, closed] = [this.#root, this.#closedRoot];
    if (from === root.from && to === this.#next) return root.hashes.copy().digest('hex');
    return closed !== null && from === closed.from && to === closed.to ? closed.root : null;
  }

  /** What stopped the journal; null while it works. */
  get failure(): WeirError | null {
    return this.#failure;
  }

  /**
   * Writes and syncs units as one group; when it returns they survive a power cut. Returns the first position of each.
   * Throws, none of them being in the journal: `disk.full` and `journal.full` (may be tried again when there is room),
   * `journal.entry` (an entry over its limits). Any other failure stops the journal for good.
   */
  appendGroup(units: readonly Unit[]): number[] {
    this.#check();
    if (units.length === 0) return [];
    const receipts = units.map((unit) => unit.map(receiptOf));
    const bytes = groupBytes(units, receipts);
    // HEAD lags by one group at most: only that much may ever be cut.
    if (this.#head.next !== this.#next) this.writeHead();
    if (this.bytes + bytes > this.#maxBytes) {
      throw new WeirError(
        'journal.full',
        `the journal ${this.#folder} is full: ${this.bytes} of ${this.#maxBytes} bytes`,
        {
          hint: 'Raise its limit, or let what has been stored be released.',
        },
      );
    }
    const file = this.#fileFor(bytes);
    const size = this.#sizes[this.#sizes.length - 1];
    const { positions, hashes, group } = this.#encode(units, receipts, bytes);
    try {
      file.write([group], size);
    } catch (error) {
      throw this.#undo(file, size, error);
    }
    this.#stopping(() => file.sync());
    this.#sizes[this.#sizes.length - 1] = size + bytes;
    this.#next += units.reduce((sum, unit) => sum + unit.length, 0);
    this.#hash = hashes.slice(-HASH_BYTES);
    this.#root.hashes.update(hashes);
    return positions;
  }

  /** Writes and syncs HEAD, after the group was acknowledged. Throws `disk.full`; any other failure stops the journal. */
  writeHead(): void {
    this.#check();
    if (this.#head.next !== this.#next) this.#putHead();
  }

  /** Entries from `from` up to, not including, `to`; see JournalReader. */
  read(from: number, to: number = this.#next): Generator<JournalEntry> {
    this.#check();
    return this.#reader.read(from, Math.min(to, this.#next));
  }

  headers(from: number, to: number = this.#next): Generator<EntryStart> {
    this.#check();
    return this.#reader.headers(from, Math.min(to, this.#next));
  }

  /**
   * The oldest file that is whole gives way to the released one that `writeReleased` has written beside it. `sign` says so in the ledger,
   * before anything is removed: what is cut short afterwards is left by the next opening as if it had not begun.
   */
  release(from: number, sign: () => void): void {
    this.#check();
    const index = this.#segments.findIndex(({ released }) => !released);
    const segment = this.#segments[index];
    const released = segmentAt(this.#folder, from, true);
    const bytes = this.#files.size(released.path);
    if (segment?.first !== from || index + 1 >= this.#segments.length || bytes === null) {
      throw new WeirError('journal.release', `the file that begins with position ${from} cannot be released`, {
        hint: 'The oldest file goes first, never the one that is written to, and what is left of it is written before.',
      });
    }
    // An older weir does not know such files: it is told before there is one. And HEAD, which may lag, must not name a file that goes.
    if (!this.#head.released || this.#head.next !== this.#next) this.#putHead(true);
    sign();
    this.#segments[index] = released;
    this.#sizes[index] = bytes;
    this.#stopping(() => {
      this.#files.remove(segment.path);
      this.#files.syncDirectory(this.#folder);
    });
  }

  /** Writes HEAD exactly, unless the journal has stopped, and closes the files. */
  close(): void {
    if (this.#closed) return;
    try {
      if (this.#failure === null) this.writeHead();
    } finally {
      this.#closed = true;
      this.#file?.close();
      this.#headFile.close();
    }
  }

  #check(): void {
    if (this.#closed) throw new WeirError('journal.closed', `the journal ${this.#folder} is closed`);
    if (this.#failure === null) return;
    throw new WeirError('journal.stopped', `the journal ${this.#folder} has stopped: ${this.#failure.message}`, {
      hint: 'Check the disk, then start again: what was acknowledged is read back and verified.',
      cause: this.#failure,
    });
  }

  /** Work whose failure leaves the disk in a state nobody knows: nothing is tried again. */
  #stopping<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof WeirError) this.#failure = error;
      throw error;
    }
  }

  #putHead(released = this.#head.released): void {
    const { first, anchor } = this.#head;
    const last = this.#segments.length - 1;
    const head: Head = {
      first,
      next: this.#next,
      segment: this.#segments[last]?.first ?? 0,
      byte: this.#sizes[last] ?? 0,
      hash: this.#hash,
      anchor,
      released,
    };
    try {
      this.#headFile.write(head);
    } catch (error) {
      if (error instanceof WeirError && error.code !== 'disk.full') this.#failure = error;
      throw error;
    }
    this.#head = head;
  }

  /** The file a group of so many bytes goes to: a group is never spread over two. */
  #fileFor(bytes: number): DurableFile {
    const size = this.#sizes.at(-1);
    if (this.#file !== null && size !== undefined && (size === 0 || size + bytes <= this.#segmentBytes))
      return this.#file;
    const segment = segmentAt(this.#folder, this.#next);
    let file: DurableFile;
    try {
      file = this.#files.open(segment.path);
    } catch (error) {
      if (error instanceof WeirError && error.code !== 'disk.full') this.#failure = error;
      throw error;
    }
    this.#stopping(() => this.#files.syncDirectory(this.#folder));
    this.#file?.close();
    this.#file = file;
    this.#segments.push(segment);
    this.#sizes.push(0);
    const { from, hashes } = this.#root;
    this.#closedRoot = { from, to: this.#next, root: hashes.digest('hex') };
    this.#root = { from: this.#next, hashes: createHash('sha256') };
    return file;
  }

  /** After a write that failed: a full disk costs the group, anything else the journal. */
  #undo(file: DurableFile, size: number, error: unknown): unknown {
    if (!(error instanceof WeirError)) return error;
    if (error.code !== 'disk.full') {
      this.#failure = error;
      return error;
    }
    this.#stopping(() => {
      file.truncate(size);
      file.sync();
    });
    return error;
  }

  #encode(
    units: readonly Unit[],
    receipts: readonly (readonly Uint8Array[])[],
    bytes: number,
  ): { positions: number[]; hashes: Uint8Array; group: Uint8Array } {
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
    const buffer = this.#buffer;
    if (bytes > KEPT_BUFFER_BYTES) this.#buffer = NONE;
    const { producer } = this.#identity;
    const positions: number[] = [];
    const hashes = new Uint8Array(units.reduce((sum, unit) => sum + unit.length, 0) * HASH_BYTES);
    let hash = this.#hash;
    let sequence = this.#next;
    let at = 0;
    for (const [order, unit] of units.entries()) {
      positions.push(sequence);
      for (const [part, { kind, receivedAt, payload }] of unit.entries()) {
        const more = part < unit.length - 1;
        const index = sequence - this.#next;
        const receipt = receipts[order][part];
        const previous = hash;
        const entry = { kind, more, index, receivedAt, receipt, payload, sequence, producer, previous };
        const written = writeEntry(buffer, at, entry);
        hash = sha256Of(written);
        hashes.set(hash, index * HASH_BYTES);
        at += written.length;
        sequence++;
      }
    }
    return { positions, hashes, group: buffer.subarray(0, at) };
  }
}

function receiptOf({ receipt }: NewEntry): Uint8Array {
  if (typeof receipt === 'string') return Buffer.from(receipt, 'utf8');
  return receipt ?? NONE;
}

/** Bytes of a group; throws `journal.entry` where it goes over a limit. */
function groupBytes(units: readonly Unit[], receipts: readonly (readonly Uint8Array[])[]): number {
  let bytes = 0;
  const refuse = (what: string, value: number, most: number): never => {
    throw new WeirError('journal.entry', `${what} of ${value} bytes, more than the ${most} allowed`);
  };
  for (const [index, unit] of units.entries()) {
    if (unit.length === 0) throw new Error('a unit without entries');
    for (const [order, { payload }] of unit.entries()) {
      const receipt = receipts[index][order];
      if (receipt.length > limits.journalReceiptBytesMax)
        refuse('a receipt', receipt.length, limits.journalReceiptBytesMax);
      if (payload.length > limits.journalEntryBytesMax)
        refuse('a payload', payload.length, limits.journalEntryBytesMax);
      bytes += entryBytes(receipt.length, payload.length);
    }
  }
  if (bytes > limits.journalGroupBytesMax) refuse('a group', bytes, limits.journalGroupBytesMax);
  return bytes;
}
