/**
 * The ledger of segments, `chain/segments.ndjson`: beside that of the journal (journal/chain.ts), with its format and key. It is a file of
 * its own since another thread writes it, whose syncs must hold up nobody who sends events; and since it must be there when the
 * entries of the journal are released, of which its first lines tell. Ticks of the journal name its head.
 *
 * A line is written before the catalogue has what it says, so nothing is ever a segment that no line stands for. What did not come to
 * the catalogue is said by a `void` line at the next step.
 */
import path from 'node:path';
import {
  differenceOf,
  type Files,
  hashFile,
  multisetOfText,
  multisetText,
  NO_EVENTS,
  WeirError,
} from '../../base/index.ts';
import { type Kernel, kernelWithoutRules } from '../../batch/index.ts';
import {
  type ExpireEntry,
  Ledger,
  type LedgerEntry,
  pendingLines,
  SegmentLines,
  type SegmentRecord,
  SegmentState,
} from '../../journal/index.ts';
import { multisetOf, type NewSegment, openSegment, type RangeReader } from '../../store/index.ts';

export const SEGMENT_LEDGER = 'segments.ndjson';

export interface SegmentChainOptions {
  readonly files: Files;
  /** Folder of the ledgers. */
  readonly folder: string;
  /** Id of the journal. */
  readonly log: string;
  readonly keyPath: string | null;
  /** The store's folder. */
  readonly store: string;
  open(file: string): RangeReader & Disposable;
  /** Files of the catalogue's segments, and whether one is among them. */
  segments(): readonly Pick<NewSegment, 'file' | 'first' | 'last' | 'rows'>[];
  isKnown(file: string): boolean;
}

/** Lines and SHA-256 of the last. */
export interface SegmentHead {
  readonly lines: number;
  readonly head: string;
}

/** Segments of one line. */
const LINE_SEGMENTS = 1000;

export class SegmentChain {
  readonly #options: SegmentChainOptions;
  #ledger: Ledger | null = null;
  #state = new SegmentState();
  #settled = false;
  readonly #lines: SegmentLines;
  #kernel: Kernel | null = null;

  constructor(options: SegmentChainOptions) {
    this.#options = options;
    this.#lines = new SegmentLines(options.folder, SEGMENT_LEDGER, options.files);
  }

  /** Null: nothing was written since the start. */
  get head(): SegmentHead | null {
    return this.#ledger === null ? null : { lines: this.#ledger.length, head: this.#ledger.head };
  }

  /** As of the ledger: as it stands, without its key, until something is to be added. */
  get state(): SegmentState {
    if (this.#ledger !== null) return this.#state;
    this.#lines.advance();
    return this.#lines.state;
  }

  /** Bytes of the ledger, lines of which nothing came included; 0: there is none. */
  get bytes(): number {
    const { files, folder } = this.#options;
    return files.size(path.join(folder, SEGMENT_LEDGER)) ?? 0;
  }

  /** Opens the ledger, as every step does: what is decided by it is decided by what is signed. Throws `journal.corrupt`, `journal.key`. */
  open(): void {
    this.#settle();
  }

  published(segments: readonly NewSegment[], commit: () => void): void {
    if (segments.length === 0) {
      commit();
      return;
    }
    const records = segments.map((segment) => this.recordOf(segment));
    this.#step(
      () =>
        Array.from({ length: Math.ceil(records.length / LINE_SEGMENTS) }, (_, i) => {
          const own = records.slice(i * LINE_SEGMENTS, (i + 1) * LINE_SEGMENTS);
          return { kind: 'segment', segments: own };
        }),
      commit,
    );
  }

  /** Throws `store.damaged` where the output does not have the events of the inputs; then nothing was kept. */
  merged(inputs: readonly string[], output: NewSegment, commit: () => void): void {
    this.#step(() => {
      const hashes = inputs.map((file) => this.hashOf(file));
      const record = this.recordOf(output);
      const sum = this.#state.sumOf(hashes);
      if (sum !== record.multiset) {
        throw new WeirError('store.damaged', `${output.file} does not have the events of ${inputs.join(', ')}`, {
          hint: 'The inputs were kept. Run `weir verify`, which says what of them is changed.',
        });
      }
      return [{ kind: 'compact', inputs: hashes, output: record }];
    }, commit);
  }

  /** @param left what is made of the rest; null: all of it goes */
  expired(
    file: string,
    left: NewSegment | null,
    about: Pick<ExpireEntry, 'count' | 'policy' | 'because' | 'at' | 'minutes'>,
    commit: () => void,
  ): void {
    this.#step(() => {
      const segment = this.hashOf(file);
      const output = left === null ? null : this.recordOf(left);
      const [before, after] = [this.#state.live.get(segment)?.multiset ?? '', output?.multiset ?? ''].map(
        multisetOfText,
      );
      const subtracted = multisetText(differenceOf(before ?? NO_EVENTS, after ?? NO_EVENTS));
      return [{ kind: 'expire', segment, output, subtracted, ...about }];
    }, commit);
  }

  /** Any other change; lines are made when the ledger is open. */
  step(lines: () => readonly LedgerEntry[], commit: () => void): void {
    this.#step(lines, commit);
  }

  /** The catalogue was made anew: what differs is signed as such. */
  rebuilt(): void {
    this.#step(
      () => {
        const known = new Set(this.#options.segments().map(({ file }) => file));
        const dropped = [...this.#state.live.values()]
          .filter(({ file }) => !known.has(file))
          .map(({ sha256 }) => sha256);
        const added = this.#options.segments().filter(({ file }) => {
          return this.#state.ofFile(file) === null && this.#isThere(file);
        });
        if (dropped.length + added.length === 0) return [];
        return [{ kind: 'rebuild', dropped, added: added.map((segment) => this.recordOf(segment)) }];
      },
      () => {},
    );
  }

  /** Of a segment whose line is there. Throws `store.chain`. */
  hashOf(file: string): string {
    const sha256 = this.#state.ofFile(file)?.sha256;
    if (sha256 !== undefined) return sha256;
    throw new WeirError('store.chain', `no line of the ledger of segments stands for ${file}`, {
      hint: 'Run `weir verify`. If you know where the file is from, `weir store rebuild` takes it among the segments.',
    });
  }

  recordOf(segment: Pick<NewSegment, 'file' | 'first' | 'last' | 'rows' | 'multiset' | 'sha256'>): SegmentRecord {
    const { file, first, last, rows, sha256, multiset } = segment;
    return {
      sha256: sha256 ?? hashFile(this.#options.files, path.join(this.#options.store, file)),
      file,
      from: first,
      to: last + 1,
      count: rows,
      multiset: multiset ?? this.#multisetOf(file),
    };
  }

  close(): void {
    this.#ledger?.close();
    this.#ledger = null;
    this.#settled = false;
  }

  #isThere(file: string): boolean {
    return this.#options.files.size(path.join(this.#options.store, file)) !== null;
  }

  #multisetOf(file: string): string {
    using reader = this.#options.open(file);
    this.#kernel ??= kernelWithoutRules(1 << 16);
    return multisetText(multisetOf(openSegment(reader), this.#kernel));
  }

  /** Lines, then what they say; where that fails the lines are undone, now or before the next ones. */
  #step(lines: () => readonly LedgerEntry[], commit: () => void): void {
    this.#settle();
    const made = lines();
    try {
      for (const line of made) this.#append(line);
      commit();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #append(entry: LedgerEntry): void {
    const ledger = this.#read();
    const n = ledger.length;
    ledger.append(entry);
    this.#taken({ ...entry, n });
  }

  #taken(entry: LedgerEntry & { readonly n: number }): void {
    // Of what was just signed nobody asks for the hash of the line before.
    this.#state.take({ ...entry, previous: '', signature: '' });
  }

  #read(): Ledger {
    if (this.#ledger !== null) return this.#ledger;
    const { files, folder, log, keyPath } = this.#options;
    const state = new SegmentState();
    this.#ledger = Ledger.open(folder, log, {
      ...{ files, name: SEGMENT_LEDGER, onEntry: (entry) => state.take(entry) },
      ...(keyPath === null ? {} : { keyPath }),
    });
    this.#state = state;
    return this.#ledger;
  }

  /** Once for each time the ledger is opened: lines without effect are said to be that, and a ledger that begins takes what is there. */
  #settle(): void {
    const ledger = this.#read();
    if (this.#settled) return;
    const pending = pendingLines(this.#state, this.#options.isKnown);
    if (pending.length > 0) this.#append({ kind: 'void', lines: pending });
    this.#settled = true;
    if (ledger.length > 1) return;
    const there = this.#options.segments().filter(({ file }) => this.#isThere(file));
    for (let i = 0; i < there.length; i += LINE_SEGMENTS) {
      const segments = there.slice(i, i + LINE_SEGMENTS).map((segment) => this.recordOf(segment));
      this.#append({ kind: 'segment', segments });
    }
  }
}
