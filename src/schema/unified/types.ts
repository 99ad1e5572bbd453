/**
 * From the names of a source to the fields of the catalogue. Pure data: a table per family of sources says which of their
 * names (after `names` of the source type, so a name rules use, or a column's own path) supplies which field, and how its
 * value is read where it is written differently.
 */
import type { LaneRow } from '../types.ts';
import type { ReaderName } from './readers.ts';

export interface UnifiedRow {
  /** A field of the catalogue. */
  readonly field: string;
  /** Names of the source; the first that an event has supplies the field. */
  readonly from: readonly string[];
  readonly read: ReaderName | null;
  /** Only for events whose discriminators have these values, as in lanes; null: for all. */
  readonly when: LaneRow['when'] | null;
}

/** Field → names, blanks between them, and behind a bar the reader: `'process.pid': 'ProcessId | integer'`. */
export type UnifiedTable = Readonly<Record<string, string>>;

export function rows(table: UnifiedTable, when: LaneRow['when'] | null = null): UnifiedRow[] {
  return Object.entries(table).map(([field, text]) => {
    const [names, reader] = text.split('|').map((part) => part.trim());
    return { field, from: names.split(' '), read: (reader as ReaderName | undefined) ?? null, when };
  });
}
