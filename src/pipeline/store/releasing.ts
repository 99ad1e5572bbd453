/** Which file of the journal may be released next, and what it waits for. */
import * as path from 'node:path';
import { type Files, now, realFiles } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { openDetectionsReader, type StoredSegment } from '../../store/index.ts';
import type { History } from './history.ts';
import type { ClosedFile, ReleaseWork } from './release.ts';

export interface ReleaseSettings {
  /** A file stays so long after what was received last in it, unless room is short; milliseconds. Null: for ever. */
  readonly keepMs: number | null;
  /** From so many bytes of the journal on room is short: then a file goes however young it is. */
  readonly bytesMax: number;
}

/**
 * What the oldest file waits for: `open`, it is written to; `age`, it is to be kept so long; `store`, its events are not all in segments;
 * `detection`, a start would evaluate some of them again.
 */
export type ReleaseWaits = 'open' | 'age' | 'store' | 'detection';

/** The share of the most the journal may have from which on room is short. */
export const SHORT_SHARE = 0.75;

export class Releasing {
  readonly #folder: string;
  readonly #chain: string;
  readonly #history: History;
  readonly #reader: JournalReader;
  readonly #files: Files;
  /** When the last entry of a file was received: found out once. */
  #received: { readonly to: number; readonly at: number } | null = null;

  /** @param folder the data folder · @param chain that of its ledgers */
  constructor(folder: string, chain: string, history: History, files: Files = realFiles) {
    this.#folder = folder;
    this.#chain = chain;
    this.#history = history;
    this.#files = files;
    this.#reader = new JournalReader(path.join(folder, 'journal'), files);
  }

  /** Everything below this position is released. */
  get upTo(): number {
    return this.#reader.releasedUpTo();
  }

  /** @param journalBytes of all files of the journal */
  next({ keepMs, bytesMax }: ReleaseSettings, journalBytes: number): ClosedFile | ReleaseWaits {
    const [oldest] = this.#reader.closed();
    if (oldest === undefined) return 'open';
    const file = { from: oldest.first, to: oldest.to };
    const isShort = journalBytes > bytesMax;
    if (!isShort && (keepMs === null || this.#receivedAt(file) > now() - keepMs)) return 'age';
    if (file.to > this.#history.position) return 'store';
    return file.to > this.#evaluated() + 1 ? 'detection' : file;
  }

  #receivedAt({ to }: ClosedFile): number {
    if (this.#received?.to !== to) {
      const [last] = this.#reader.headers(to - 1, to);
      this.#received = { to, at: last?.receivedAt ?? Number.POSITIVE_INFINITY };
    }
    return this.#received.at;
  }

  /** The last position that a start would not evaluate again; −1 for none. */
  #evaluated(): number {
    const file = `${this.#folder}/detect.db`;
    if (this.#files.size(file) === null) return -1;
    const store = openDetectionsReader(file);
    try {
      const state = store.checkpoint(this.#history.log)?.state;
      return state === undefined ? -1 : (JSON.parse(state) as { readonly position: number }).position;
    } finally {
      store.close();
    }
  }

  /** Segments with events of a file: as the store names them. */
  segments({ from, to }: ClosedFile): StoredSegment[] {
    const { store, log } = this.#history;
    return store.catalogue
      .segments()
      .filter((segment) => segment.log === log && segment.first < to && segment.last >= from);
  }

  /** Those of them that are not on disk: they are to be fetched before. */
  away(file: ClosedFile): string[] {
    const { files } = this.#history.store;
    return this.segments(file).flatMap((segment) =>
      this.#files.size(files.path(segment.file)) === null ? segment.file : [],
    );
  }

  work(file: ClosedFile): ReleaseWork {
    const { files } = this.#history.store;
    const segments = this.segments(file).map((segment) => files.path(segment.file));
    return { folder: this.#folder, chain: this.#chain, file, segments };
  }
}
