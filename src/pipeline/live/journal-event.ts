/** Single entries of the journal, for those who ask for one event. */
import { limits, WeirError } from '../../base/index.ts';
import { openBatch } from '../../batch/index.ts';
import type { EntryKind, JournalReader } from '../../journal/index.ts';
import { readDeadLetters } from './dead-letters.ts';
import { releasedEvent } from './released-event.ts';
import type { DeadLetter, LetterNote, Receipt } from './types.ts';

interface KeptEntry {
  readonly kind: EntryKind;
  /** Null: its events are released. */
  readonly payload: ArrayBuffer | null;
  /** Of the request it was part of; null for what the server wrote itself. */
  readonly receipt: Receipt | null;
}

/**
 * The entry at a position, and whose it is.
 * @param next position behind the last durable entry
 * @returns null where there is none
 */
function keptEntry(reader: JournalReader, position: number, next: number): KeptEntry | null {
  if (position < reader.head().first || position >= next) return null;
  let kind: EntryKind | null = null;
  for (const entry of reader.headers(position, next)) {
    kind ??= entry.kind;
    if (entry.more) continue;
    const receipt = entry.receipt === null ? null : (JSON.parse(entry.receipt) as Receipt);
    return { kind, payload: payloadAt(reader, position), receipt };
  }
  return null;
}

function payloadAt(reader: JournalReader, position: number): ArrayBuffer | null {
  try {
    return reader.payload(position);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'journal.released') throw error;
    return null;
  }
}

/** An event as it was kept. */
export interface KeptEvent {
  /** JSON. */
  readonly text: string;
  readonly receipt: Receipt;
  /** SHA-256 of its frame; null where that is released. */
  readonly frameHash: string | null;
}

/**
 * An event as it came; null where there is none of this tenant's, or none any more.
 * @param folder the data folder
 */
export function keptEvent(
  reader: JournalReader,
  folder: string,
  { tenant, position, row }: { readonly tenant: string; readonly position: number; readonly row: number },
  next: number,
): KeptEvent | null {
  const kept = keptEntry(reader, position, next);
  if (kept?.kind !== 'events' || kept.receipt?.tenant !== tenant) return null;
  const { payload, receipt } = kept;
  const decoder = new TextDecoder();
  if (payload === null) {
    const { source } = receipt;
    const text = releasedEvent(folder, { tenant, source, log: `${reader.log}/0`, position, row });
    return text === null ? null : { text: decoder.decode(text), receipt, frameHash: null };
  }
  const batch = openBatch(payload);
  return row < batch.rows ? { text: decoder.decode(batch.rowText(row)), receipt, frameHash: batch.hash } : null;
}

/** A dead letter with all of its bytes that are kept; null where there is none of this tenant's. */
export function keptDeadLetter(
  reader: JournalReader,
  tenant: string,
  place: { readonly position: number; readonly row: number },
  next: number,
): DeadLetter | null {
  const kept = keptEntry(reader, place.position, next);
  if (kept?.kind !== 'dead' || kept.payload === null || kept.receipt?.tenant !== tenant) return null;
  return readDeadLetters(kept.payload)[place.row] ?? null;
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
