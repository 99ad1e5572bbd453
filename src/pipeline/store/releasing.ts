/** Which file of the journal may be released next, and what it waits for. */
import * as path from 'node:path';
import { type Files, now, realFiles } from '../../base/index.ts';
import { type ClosedFile, JournalReader } from '../../journal/index.ts';
import { openDetectionsReader } from '../../store/index.ts';
import type { History } from './history.ts';
import type { ReleaseWork } from './release.ts';

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
export const RELEASE_WAITS = ['open', 'age', 'store', 'detection'] as const;
export type ReleaseWaits = (typeof RELEASE_WAITS)[number];

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

  /** @param journalBytes of all files of the journal */
  next({ keepMs, bytesMax }: ReleaseSettings, journalBytes: number): ClosedFile | ReleaseWaits {
    const [file] = this.#reader.closed();
    if (file === undefined) return 'open';
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

  /** Files of the segments that have events of a file. */
  segments({ from, to }: ClosedFile): string[] {
    const { store, log } = this.#history;
    return store.catalogue
      .segments()
      .flatMap((segment) => (segment.log === log && segment.first < to && segment.last >= from ? segment.file : []));
  }

  /** Those of them that are not on disk: they are to be fetched before. */
  away(segments: readonly string[]): string[] {
    const { files } = this.#history.store;
    return segments.filter((file) => this.#files.size(files.path(file)) === null);
  }

  /** @param segments all that `segments` gives of the file, on disk */
  work(file: ClosedFile, segments: readonly string[]): ReleaseWork {
    const { files } = this.#history.store;
    return { folder: this.#folder, chain: this.#chain, file, segments: segments.map((name) => files.path(name)) };
  }
}
