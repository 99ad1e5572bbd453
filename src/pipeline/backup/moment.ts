/**
 * One moment of the journal and of the hits that follow from it. The journal says now and then how far it was evaluated; hits of a moment before that would be
 * fewer than it says, those of a moment behind the position would be of events that are not in it.
 */
import path from 'node:path';
import { DatabaseMoment, type Files, limits } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { checkpointIn } from '../../store/index.ts';
import { decodeControl } from '../live/control.ts';
import { backupError } from './errors.ts';
import type { BackupMoment, BackupSource } from './source.ts';

export interface Moment extends BackupMoment {
  /** `detect.db` as it was a little before the position; null: there is none. */
  readonly detections: DatabaseMoment | null;
  /** Position of the last entry whose hits are in it; −1: of none. */
  readonly evaluated: number;
}

/** Holds the source; `detections` is to be closed. Rejects with `backup.lost` where no such moment is to be had. */
export async function holdMoment(folder: string, source: BackupSource, files: Files): Promise<Moment> {
  const journal = new JournalReader(path.join(folder, 'journal'), files);
  const file = path.join(folder, 'detect.db');
  for (let tries = 0; tries < limits.backupMomentTries; tries++) {
    const before = journal.head().next;
    const detections = files.size(file) === null ? null : new DatabaseMoment(file);
    try {
      const evaluated = detections === null ? -1 : checkpointIn(detections.database, `${journal.log}/0`);
      const moment = await source.hold();
      if (detections === null || evaluatedBetween(journal, before, moment.position) <= evaluated)
        return { ...moment, detections, evaluated };
      detections[Symbol.dispose]();
    } catch (error) {
      detections?.[Symbol.dispose]();
      throw error;
    }
  }
  throw backupError(
    'backup.lost',
    `hits were stored between any two looks at them and at the journal, ${limits.backupMomentTries} times`,
    'Make the backup when less comes in, or stop the server for it.',
  );
}

/** How far the journal was evaluated, as entries between two positions say; −1: none does. */
function evaluatedBetween(journal: JournalReader, from: number, to: number): number {
  let most = -1;
  for (const { kind, payload } of journal.read(from, to)) {
    if (kind !== 'control') continue;
    const control = decodeControl(payload);
    if ('evaluated' in control) most = Math.max(most, control.evaluated ?? -1);
  }
  return most;
}
