/** Single entries of the journal, for those who ask for one event. */
import { limits } from '../../base/index.ts';
import { openBatch } from '../../batch/index.ts';
import type { JournalEntry, JournalReader } from '../../journal/index.ts';
import { readDeadLetters } from './dead-letters.ts';
import type { DeadLetter, LetterNote, Receipt } from './types.ts';

export interface KeptEntry {
  readonly entry: JournalEntry;
  /** Of the request it was part of; null for what the server wrote itself. */
  readonly receipt: Receipt | null;
}

/**
 * The entry at a position, and whose it is.
 * @param next position behind the last durable entry
 * @returns null where there is none, or none any more
 */
export function keptEntry(reader: JournalReader, position: number, next: number): KeptEntry | null {
  if (position < reader.head().first || position >= next) return null;
  const [entry] = reader.read(position, position + 1);
  if (entry === undefined) return null;
  for (const { more, receipt } of reader.headers(position, next)) {
    if (!more) return { entry, receipt: receipt === null ? null : (JSON.parse(receipt) as Receipt) };
  }
  return null;
}

/** An event as it came, JSON; null where there is none of this tenant's. */
export function eventText(
  reader: JournalReader,
  { tenant, position, row }: { readonly tenant: string; readonly position: number; readonly row: number },
  next: number,
): string | null {
  const kept = keptEntry(reader, position, next);
  if (kept?.entry.kind !== 'events' || kept.receipt?.tenant !== tenant) return null;
  const batch = openBatch(kept.entry.payload);
  return row < batch.rows ? new TextDecoder().decode(batch.rowText(row)) : null;
}

/** A dead letter with all of its bytes that are kept; null where there is none of this tenant's. */
export function keptDeadLetter(
  reader: JournalReader,
  tenant: string,
  place: { readonly position: number; readonly row: number },
  next: number,
): DeadLetter | null {
  const kept = keptEntry(reader, place.position, next);
  if (kept === null || kept.entry.kind !== 'dead' || kept.receipt?.tenant !== tenant) return null;
  return readDeadLetters(kept.entry.payload)[place.row] ?? null;
}

/** Why the first dead letters of a request are none, as its sender was told. `unit`: position of its first entry. */
export function letterNotes(reader: JournalReader, unit: number, next: number): LetterNote[] {
  if (unit < reader.head().first) return [];
  for (const { position, kind, more } of reader.headers(unit, next)) {
    if (kind === 'dead') {
      const [entry] = reader.read(position, position + 1);
      const letters = entry === undefined ? [] : readDeadLetters(entry.payload);
      return letters
        .slice(0, limits.answerDeadLettersMax)
        .map(({ record, code, reason }) => ({ record, code, reason }));
    }
    if (!more) break;
  }
  return [];
}
