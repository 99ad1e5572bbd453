/** What a backup is made of: a folder that nobody owns, or that of a running server, which is asked to keep still what is copied. */
import path from 'node:path';
import { type Files, makePrivateDirectory, realFiles, removePath } from '../../base/index.ts';
import { Journal, JournalReader } from '../../journal/index.ts';
import { openDetectionsReader } from '../../store/index.ts';
import { History } from '../store/history.ts';

/** One moment of a folder. Everything in it follows from the journal up to `position`. */
export interface BackupMoment {
  /** Behind the last entry of the journal; durable. */
  readonly position: number;
  /** A copy of the catalogue of then, below the data folder. */
  readonly catalogue: string;
  /** Of the ledger of segments, as long as it was then. */
  readonly segmentLedgerBytes: number;
}

export interface Settled {
  /** Position of the last entry whose hits are stored; −1: none is. */
  readonly evaluated: number;
  /** Entries acknowledged before whose hits are not. */
  readonly late: number;
  /** The private key of the ledgers; null: it is in the folder. */
  readonly keyPath: string | null;
}

export interface BackupSource {
  /** Waits until what was acknowledged is evaluated, as far as that comes to an end; then it begins. */
  settle(): Promise<Settled>;
  /** From then on no segment of the moment is deleted, until it is released. */
  hold(): Promise<BackupMoment>;
  /** To be called now and then meanwhile. Rejects with `backup.lost` where the hold is gone. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/** Where copies of the catalogue are while they are copied on. */
export const STAGE = 'backup';

/** Below the data folder, for its user only. */
export function stageFor(folder: string, name: string): string {
  makePrivateDirectory(path.join(folder, STAGE));
  return path.join(folder, STAGE, name);
}

/**
 * A folder that this process owns and no server has. What a crash has left is settled first, as a start would do it.
 * @param keyPath the private key of the ledgers; null: `key.pem` beside them
 */
export function folderSource(folder: string, keyPath: string | null, files: Files = realFiles): BackupSource {
  let history: History | null = null;
  const stage = path.join(folder, STAGE);
  return {
    settle: () => Promise.resolve({ ...evaluatedIn(folder, files), keyPath }),
    hold() {
      const journal = Journal.open(path.join(folder, 'journal'), { files });
      const position = journal.next;
      journal.close();
      history?.close();
      history = new History(folder, { files, keyPath });
      const catalogue = stageFor(folder, 'catalogue.db');
      removePath(catalogue);
      return Promise.resolve({ position, catalogue, ...history.copyTo(catalogue) });
    },
    renew: () => Promise.resolve(),
    release() {
      history?.close();
      history = null;
      removePath(stage);
      return Promise.resolve();
    },
  };
}

function evaluatedIn(folder: string, files: Files): Omit<Settled, 'keyPath'> {
  const journal = new JournalReader(path.join(folder, 'journal'), files);
  const last = journal.head().next - 1;
  const file = path.join(folder, 'detect.db');
  if (files.size(file) === null) return { evaluated: -1, late: last + 1 };
  const reader = openDetectionsReader(file);
  try {
    const evaluated = reader.checkpoint(`${journal.log}/0`)?.position ?? -1;
    return { evaluated, late: Math.max(0, last - evaluated) };
  } finally {
    reader.close();
  }
}
