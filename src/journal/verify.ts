/**
 * Reads a whole journal again, distrusting everything: order, count, checksums, hashes, HEAD. Goes on behind damage, so that
 * one look finds all of it. Nothing is changed; it may run while the journal is written to.
 */
import { type Files, limits, realFiles, type WeirError } from '../base/index.ts';
import { CorruptJournal, type Finding } from './errors.ts';
import { type Head, headDamage, headPath, readHead } from './head.ts';
import { type Identity, readIdentity } from './identity.ts';
import { type PlainEntry, PlainReader } from './plain-reader.ts';
import { plainReleased } from './plain-released.ts';
import { listSegments, type Segment } from './segments.ts';

export interface VerifiedEntry extends PlainEntry {
  readonly position: number;
  readonly file: string;
  readonly byte: number;
  /** Of the last of a run of lost entries: the hash of the one that was there. */
  readonly resumes: string | null;
}

/** A file whose events are released: that it is as it was written, only the ledger tells. */
export interface ReleasedSegment {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
}

export interface VerifyOptions {
  readonly files?: Files;
  /** Is given every whole entry in order of positions, for whoever counts them by content. */
  readonly each?: (entry: VerifiedEntry) => void;
}

export interface Verification {
  /** The log id; null where it cannot be read. */
  readonly log: string | null;
  /** At most `limits.journalFindings`. */
  readonly findings: Finding[];
  /** Found and not listed. */
  readonly moreFindings: number;
  /** Positions kept: from `first` up to, not including, `next` (HEAD's, or as far as whole entries go behind it). */
  readonly first: number;
  readonly next: number;
  /** Whole entries, and their bytes. */
  readonly entries: number;
  readonly bytes: number;
  readonly segments: number;
  /** Files whose events are released. */
  readonly released: readonly ReleasedSegment[];
  /** Entries by kind; `lost` are those an earlier repair put in place of what it could not save. */
  readonly kinds: Readonly<Record<PlainEntry['kind'], number>>;
  /** Behind HEAD: what a start would keep, and the bytes it would cut. No damage: one group may be under way. */
  readonly tail: { readonly entries: number; readonly tornBytes: number };
  /** What is wrong with HEAD beside the slot that holds: no damage where the last write to it was torn, as by a power cut. */
  readonly head: readonly Finding[];
}

/** Never throws for damage; throws `disk.read` where the disk cannot be read. */
export function verifyJournal(folder: string, options: VerifyOptions = {}): Verification {
  return new Verifier(folder, options).run();
}

class Verifier {
  readonly #folder: string;
  readonly #files: Files;
  readonly #each: (entry: VerifiedEntry) => void;
  readonly #findings: Finding[] = [];
  #moreFindings = 0;
  #position = 0;
  /** The entry before: its hash and what it says if it is a lost one. Null where damage stands between. */
  #before: { hash: string; resumes: string | null } | null = null;
  #entries = 0;
  #bytes = 0;
  #tailEntries = 0;
  #tornBytes = 0;
  readonly #kinds = { events: 0, dead: 0, control: 0, lost: 0 };
  readonly #released: ReleasedSegment[] = [];

  constructor(folder: string, options: VerifyOptions) {
    this.#folder = folder;
    this.#files = options.files ?? realFiles;
    this.#each = options.each ?? (() => {});
  }

  run(): Verification {
    const identity = this.#tried(() => readIdentity(this.#files, this.#folder));
    if (identity === null) this.#found(this.#folder, null, null, 'there is no identity of a journal (file ID)');
    const head = this.#tried(() => readHead(this.#files, this.#folder));
    const segments = listSegments(this.#files, this.#folder).filter(({ first }) => first >= (head?.first ?? 0));
    const first = head?.first ?? segments[0]?.first ?? 0;
    this.#position = first;
    if (head !== null) this.#before = { hash: hex(head.anchor), resumes: null };
    for (const [index, segment] of segments.entries()) {
      this.#gap(segment, segments[index - 1] ?? null);
      if (segment.released) this.#releasedFile(segment, identity, head);
      else this.#segment(segment, segments[index + 1], identity, head);
    }
    if (head !== null && this.#position < head.next) {
      const what = `${head.next - this.#position} entries that HEAD tells of are missing`;
      this.#found(segments.at(-1)?.path ?? this.#folder, null, this.#position, what);
    }
    return {
      log: identity?.log ?? null,
      findings: this.#findings,
      moreFindings: this.#moreFindings,
      first,
      next: this.#position,
      entries: this.#entries,
      bytes: this.#bytes,
      segments: segments.length,
      released: this.#released,
      kinds: this.#kinds,
      tail: { entries: this.#tailEntries, tornBytes: this.#tornBytes },
      head: head === null ? [] : this.#besideHead(),
    };
  }

  #besideHead(): Finding[] {
    const file = headPath(this.#folder);
    return headDamage(this.#files, this.#folder).map((found) => ({ file, position: null, ...found }));
  }

  #tried<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CorruptJournal)) throw error;
      const { file, byte, position, what } = error.finding;
      this.#found(file, byte, position, what);
      return null;
    }
  }

  #found(file: string, byte: number | null, position: number | null, what: string): void {
    if (this.#findings.length < limits.journalFindings) this.#findings.push({ file, byte, position, what });
    else this.#moreFindings++;
  }

  /** A file is named by the position it begins with. */
  #gap(segment: Segment, before: Segment | null): void {
    const missing = segment.first - this.#position;
    if (missing === 0) return;
    if (missing < 0) this.#found(segment.path, 0, segment.first, 'it begins with a position that was there before');
    else {
      const end = before === null ? null : this.#files.size(before.path);
      const what = `${missing} entries are missing before ${segment.path}`;
      this.#found(before?.path ?? this.#folder, end, this.#position, what);
    }
    this.#position = segment.first;
    this.#before = null;
  }

  #segment(segment: Segment, later: Segment | undefined, identity: Identity | null, head: Head | null): void {
    using file = this.#open(segment);
    if (file === null) return;
    const reader = new PlainReader(file);
    const producer = identity === null ? null : hex(identity.producer);
    for (let byte = 0; byte < reader.size; ) {
      const entry = reader.entryAt(byte);
      if ('hash' in entry && (producer === null || entry.producer === producer)) {
        this.#place(entry, segment, byte, head);
        byte += entry.bytes;
        continue;
      }
      const position = this.#position;
      const what = 'what' in entry ? entry.what : 'it is the entry of another producer';
      // While a group is written, and after a torn write, the end of the last file behind HEAD is nothing yet.
      const torn = later === undefined && head !== null && position >= head.next;
      const found = reader.nextHeader(byte + 1, (sequence, index, by) => {
        if (sequence < position || (producer !== null && by !== producer)) return false;
        return !torn || sequence - index > position;
      });
      if (torn && found === null) {
        this.#tornBytes += reader.size - byte;
        return;
      }
      this.#before = null;
      // A whole header tells where its entry ends, whatever became of the payload.
      const header = 'what' in entry && entry.header?.sequence === position ? entry.header : null;
      const until = header !== null ? byte + header.bytes : (found?.byte ?? reader.size);
      const cost = header !== null ? '' : `; ${until - byte} bytes cannot be read`;
      this.#found(segment.path, byte, position, `${what}${cost}`);
      if (header !== null) this.#position++;
      else if (found !== null) this.#position = found.sequence;
      byte = until;
    }
  }

  #releasedFile(segment: Segment, identity: Identity | null, head: Head | null): void {
    using file = this.#open(segment);
    if (file === null) return;
    const producer = identity === null ? null : hex(identity.producer);
    const released = plainReleased(file);
    if (typeof released === 'string') {
      this.#found(segment.path, null, segment.first, released);
      this.#before = null;
      return;
    }
    if (released.first !== segment.first) {
      this.#found(segment.path, null, segment.first, `it is the file that begins with position ${released.first}`);
    }
    for (const entry of released.entries()) {
      if (typeof entry === 'string') {
        this.#found(segment.path, null, this.#position, entry);
        this.#before = null;
        return;
      }
      if (producer !== null && entry.producer !== producer) {
        this.#found(segment.path, null, this.#position, 'it is the entry of another producer');
        return;
      }
      this.#place(entry, segment, 0, head);
    }
    if (this.#position !== released.to) {
      this.#found(segment.path, null, this.#position, `it ends here, before position ${released.to}`);
    }
    this.#released.push({ file: segment.path, from: released.first, to: released.to, sha256: released.sha256 });
  }

  /** A whole entry: is it the one that belongs here? */
  #place(entry: PlainEntry, segment: Segment, byte: number, head: Head | null): void {
    const position = this.#position;
    const { sequence } = entry;
    if (sequence !== position) {
      this.#found(segment.path, byte, position, `entry ${sequence} stands where ${position} belongs`);
      this.#before = null;
      // One that was there before is not counted again.
      if (sequence < position) return;
      this.#position = sequence;
    }
    this.#take(entry, segment, byte, head);
  }

  #open(segment: Segment): ReturnType<Files['openRead']> | null {
    try {
      return this.#files.openRead(segment.path);
    } catch (error) {
      this.#found(segment.path, null, segment.first, (error as WeirError).message);
      return null;
    }
  }

  #take(entry: PlainEntry, segment: Segment, byte: number, head: Head | null): void {
    const position = this.#position;
    const before = this.#before;
    if (before !== null && before.hash !== entry.previous && before.resumes !== entry.previous) {
      this.#found(segment.path, byte, position, 'the hash it holds of the entry before it does not match');
    }
    if (head !== null && position + 1 === head.next && entry.hash !== hex(head.hash)) {
      this.#found(segment.path, byte, position, 'its hash is not the one that HEAD holds');
    }
    const resumes = entry.kind === 'lost' ? resumesWith(entry.receipt) : null;
    this.#before = { hash: entry.hash, resumes };
    this.#entries++;
    this.#bytes += entry.bytes;
    this.#kinds[entry.kind]++;
    if (head !== null && position >= head.next) this.#tailEntries++;
    this.#each({ ...entry, position, file: segment.path, byte, resumes });
    this.#position++;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function resumesWith(receipt: string): string | null {
  return /^\{"resumes":"([0-9a-f]{64})"\}$/.exec(receipt)?.[1] ?? null;
}
