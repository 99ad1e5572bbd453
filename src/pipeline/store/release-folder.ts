/** Releases the journal of a folder that no process serves. */
import * as path from 'node:path';
import { realFiles, WeirError } from '../../base/index.ts';
import { Journal, Ledger } from '../../journal/index.ts';
import { History } from './history.ts';
import { writeRelease } from './release.ts';
import { type ReleaseWaits, Releasing } from './releasing.ts';

export interface FolderRelease {
  readonly files: number;
  readonly events: number;
  /** Of the journal. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** What the next file waits for. */
  readonly waits: ReleaseWaits;
}

/**
 * The caller owns the folder.
 * @throws WeirError `store.differs`, `store.object_away`, `journal.…`, `disk.…`; what was released before is
 */
export function releaseFolder(
  folder: string,
  {
    keyPath,
    keepMs,
    environment,
  }: {
    readonly keyPath: string | null;
    /** See ReleaseSettings. */
    readonly keepMs: number | null;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): FolderRelease {
  const chain = path.join(folder, 'chain');
  const history = new History(folder, { keyPath, environment });
  const journal = Journal.open(path.join(folder, 'journal'));
  const ledger = Ledger.open(chain, journal.log, keyPath === null ? {} : { keyPath });
  try {
    ledger.seal(journal, journal.closedUpTo);
    const releasing = new Releasing(folder, chain, history);
    const bytesBefore = journal.bytes;
    for (let files = 0, events = 0; ; files++) {
      const next = releasing.next({ keepMs, bytesMax: Number.POSITIVE_INFINITY }, journal.bytes);
      if (typeof next === 'string') return { files, events, bytesBefore, bytesAfter: journal.bytes, waits: next };
      const segments = releasing.segments(next);
      const [away] = releasing.away(segments);
      if (away !== undefined) {
        throw new WeirError('store.object_away', `${away} is in the object store, and no copy of it is here`, {
          hint: 'A running server fetches such segments before it releases the journal.',
        });
      }
      const entry = writeRelease(releasing.work(next, segments), realFiles);
      journal.release(entry.from, () => ledger.append(entry));
      events += entry.events;
    }
  } finally {
    ledger.close();
    journal.close();
    history.close();
  }
}
