/** Which files the catalogue names, for whoever verifies them: read without changing anything, also behind a crash. */
import { openDatabase } from '../../base/index.ts';
import { storeFailure } from '../errors.ts';

export interface CatalogueFile {
  readonly file: string;
  readonly log: string;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly bytes: number;
  /** SHA-256 of the file, where that is in the object store; null: it is on disk. */
  readonly object: string | null;
  /** Receipt of its first and last event, microseconds since 1970. */
  readonly minReceived: number;
  readonly maxReceived: number;
}

export interface CatalogueFiles {
  readonly segments: readonly CatalogueFile[];
  /** Files that wait to be deleted. */
  readonly garbage: ReadonlySet<string>;
}

/** Throws `database.open`, `store.damaged`. */
export function catalogueFiles(path: string): CatalogueFiles {
  const database = openDatabase(path, { readOnly: true });
  try {
    // An older weir, which had no object store, may have made it.
    const columns = database.prepare('PRAGMA table_info(segments)').all();
    const object = columns.some(({ name }) => name === 'object') ? 'object' : 'NULL AS object';
    const rows = database
      .prepare(
        `SELECT file, logs.name AS log, first, last, rows, bytes, min_received, max_received, ${object} FROM segments JOIN logs ON logs.n = segments.log`,
      )
      .all();
    const segments = rows.map(({ file, log, first, last, rows, bytes, min_received, max_received, object }) => ({
      ...{ file: String(file), log: String(log), first: Number(first), last: Number(last), rows: Number(rows) },
      bytes: Number(bytes),
      ...{ minReceived: Number(min_received), maxReceived: Number(max_received) },
      object: object === null ? null : String(object),
    }));
    const garbage = database.prepare('SELECT file FROM garbage').all();
    return {
      segments,
      garbage: new Set(garbage.map(({ file }) => String(file))),
    };
  } catch (error) {
    throw storeFailure(`cannot read ${path}`, error);
  } finally {
    database.close();
  }
}
