/**
 * Holds the journal, as the second reader finds it, against what the ledger signed. Proves that nothing signed was changed, left
 * out or moved by someone without the key. Lines cut off the ledger's end only show against a copy of its head kept elsewhere.
 */
import { createHash, type Hash, type KeyObject } from 'node:crypto';
import { type Files, limits, realFiles, sha256 } from '../base/index.ts';
import { ledgerPath } from './chain.ts';
import type { FrameEntry, ReleaseEntry, SignedEntry } from './chain-entries.ts';
import { isTorn, NO_LINE, publicKeyOf, readLine, readLines } from './chain-lines.ts';
import type { Finding } from './errors.ts';
import {
  type ReleasedSegment,
  type Verification,
  type VerifiedEntry,
  type VerifyOptions,
  verifyJournal,
} from './verify.ts';

export interface ChainOptions {
  readonly files?: Files;
  /** The public key that is trusted, SPKI in base64; if left out, the one the ledger itself names. */
  readonly key?: string;
  /** A head seen before (SHA-256 of some line), which must be in the ledger. */
  readonly head?: string;
}

export interface ChainVerification {
  readonly findings: Finding[];
  readonly moreFindings: number;
  /** Lines of the ledger, the last one's SHA-256, and the key that signed them. */
  readonly lines: number;
  readonly head: string | null;
  readonly key: string | null;
  /** Entries of the journal that a signature covers and that were found as signed. */
  readonly covered: number;
  /** Of these, in files whose events are released, and which are as they were signed. */
  readonly released: number;
  /** Position up to which the journal is signed. */
  readonly upTo: number;
}

/** One look at both: what `verifyJournal` finds, and what the ledger has to say to it. */
export function verifyChain(
  journalFolder: string,
  chainFolder: string,
  options: ChainOptions & VerifyOptions = {},
): { journal: ReturnType<typeof verifyJournal>; chain: ChainVerification } {
  const check = new ChainCheck(chainFolder, options);
  const each = (entry: VerifiedEntry): void => {
    check.entry(entry);
    options.each?.(entry);
  };
  const journal = verifyJournal(journalFolder, { ...options, each });
  return { journal, chain: check.finish(journal) };
}

/** Given every whole entry of the journal in order. */
class ChainCheck {
  readonly #file: string;
  readonly #findings: Finding[] = [];
  #moreFindings = 0;
  readonly #lines: Generator<{ entry: SignedEntry; byte: number }>;
  #missing = false;
  #log: string | null = null;
  #count = 0;
  #head: string | null = null;
  #key: string | null = null;
  #covered = 0;
  /** What took the place of files whose events are released, by their first positions: what was said last. */
  readonly #releases = new Map<number, ReleaseEntry>();
  #upTo = 0;
  /** The range that is looked at now. */
  #frame: (FrameEntry & { byte: number }) | null = null;
  #root: Hash = createHash('sha256');
  #seen = 0;
  #wantedHead: string | null;

  constructor(folder: string, options: ChainOptions) {
    this.#file = ledgerPath(folder);
    this.#wantedHead = options.head ?? null;
    this.#lines = this.#read(options.files ?? realFiles, options.key ?? null);
    this.#nextFrame();
  }

  #found(byte: number | null, position: number | null, what: string, file = this.#file): void {
    if (this.#findings.length < limits.journalFindings) this.#findings.push({ file, byte, position, what });
    else this.#moreFindings++;
  }

  /** The ledger's lines up to the first that is damaged: what stands behind it is worth nothing. */
  *#read(files: Files, trusted: string | null): Generator<{ entry: SignedEntry; byte: number }> {
    if (files.size(this.#file) === null) {
      this.#missing = true;
      return;
    }
    let key: KeyObject | null = null;
    let previous = NO_LINE;
    for (const line of readLines(files, this.#file)) {
      // Who tears a line on purpose could as well cut it off.
      if (isTorn(line)) return;
      if (key === null) {
        this.#key = trusted ?? keyOf(line.text);
        key = publicKeyOf(this.#key);
        if (key === null) {
          this.#found(line.byte, null, 'its first line names no ed25519 key');
          return;
        }
      }
      const entry = readLine(line.text, this.#count, previous, key);
      if (typeof entry === 'string') {
        this.#found(line.byte, null, `${entry}; nothing from here on is proven`);
        return;
      }
      previous = sha256(line.text);
      this.#head = previous;
      this.#count++;
      if (previous === this.#wantedHead) this.#wantedHead = null;
      if (entry.kind === 'begin') this.#log = entry.log;
      yield { entry, byte: line.byte };
    }
  }

  #nextFrame(): void {
    this.#frame = null;
    for (let step = this.#lines.next(); step.done !== true; step = this.#lines.next()) {
      const { entry, byte } = step.value;
      if (entry.kind === 'release') this.#releases.set(entry.from, entry);
      if (entry.kind !== 'frame') continue;
      const before = this.#upTo;
      this.#upTo = entry.to;
      if (entry.from !== before)
        this.#found(byte, before, `it signs from position ${entry.from} on, where ${before} was due`);
      this.#frame = { ...entry, byte };
      this.#root = createHash('sha256');
      this.#seen = 0;
      return;
    }
  }

  entry(entry: VerifiedEntry): void {
    while (this.#frame !== null && entry.position >= this.#frame.to) this.#endFrame();
    if (this.#frame === null || entry.position < this.#frame.from) return;
    if (entry.kind === 'lost') {
      this.#found(entry.byte, entry.position, 'the entry that was signed here was lost, and repaired away', entry.file);
    }
    this.#root.update(entry.resumes ?? entry.hash, 'hex');
    this.#seen++;
  }

  #endFrame(): void {
    const frame = this.#frame;
    if (frame === null) return;
    const { byte, from, to, count } = frame;
    let what: string | null = null;
    if (this.#seen !== count) what = `${count} entries were signed from here on, ${this.#seen} are there`;
    else if (this.#root.digest('hex') !== frame.root) what = `positions ${from} to ${to - 1} are not what was signed`;
    if (what === null) this.#covered += count;
    else this.#found(byte, from, what);
    this.#nextFrame();
  }

  /** How many entries a released file has, if it is the one that was signed. */
  #released({ file, from, to, sha256 }: ReleasedSegment): number {
    const signed = this.#releases.get(from);
    if (signed?.sha256 === sha256 && signed.to === to) return to - from;
    const what = signed === undefined ? 'no line of the ledger says that it was released' : 'it is not what was signed';
    this.#found(null, from, what, file);
    return 0;
  }

  finish(journal: Pick<Verification, 'log' | 'next' | 'released'>): ChainVerification {
    // A process may end after it has made its journal and before it has begun the ledger: there is nothing to sign then.
    if (this.#missing && journal.next > 0) this.#found(null, null, 'there is no ledger');
    while (this.#frame !== null) this.#endFrame();
    const released = journal.released.reduce((sum, file) => sum + this.#released(file), 0);
    if (this.#log !== null && journal.log !== null && this.#log !== journal.log) {
      this.#found(0, null, `it is the ledger of the journal ${this.#log}, not of ${journal.log}`);
    }
    if (this.#wantedHead !== null)
      this.#found(null, null, `no line of it has the hash ${this.#wantedHead}: lines are gone`);
    return {
      findings: this.#findings,
      moreFindings: this.#moreFindings,
      lines: this.#count,
      head: this.#head,
      key: this.#key,
      covered: this.#covered,
      released,
      upTo: this.#upTo,
    };
  }
}

function keyOf(line: string): string | null {
  return /^\{"kind":"begin",[^{}]*"key":"([A-Za-z0-9+/=]{60})"/.exec(line)?.[1] ?? null;
}
