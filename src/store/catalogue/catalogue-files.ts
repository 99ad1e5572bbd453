/** Which files the catalogue names, for whoever verifies them: read without changing anything, also behind a crash. */
import { openDatabase } from '../../base/index.ts';
import { storeFailure } from '../errors.ts';

export interface CatalogueFile {
  readonly file: string;
  readonly log: string;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  /** Receipt of its first and last event, microseconds since 1970. */
  readonly minReceived: number;
  readonly maxReceived: number;
}

export interface CatalogueFiles {
  readonly segments: readonly CatalogueFile[];
  /** SHA-256 of those that are in the object store. */
  readonly cold: ReadonlySet<string>;
  /** Files that wait to be deleted. */
  readonly garbage: ReadonlySet<string>;
}

/** Throws `database.open`, `store.damaged`. */
export function catalogueFiles(path: string): CatalogueFiles {
  const database = openDatabase(path, { readOnly: true });
  try {
    const rows = database
      .prepare(
        'SELECT file, logs.name AS log, first, last, rows, min_received, max_received FROM segments JOIN logs ON logs.n = segments.log',
      )
      .all();
    const segments = rows.map(({ file, log, first, last, rows, min_received, max_received }) => ({
      ...{ file: String(file), log: String(log), first: Number(first), last: Number(last), rows: Number(rows) },
      ...{ minReceived: Number(min_received), maxReceived: Number(max_received) },
    }));
    // An older weir, which had no object store, may have made it.
    const columns = database.prepare('PRAGMA table_info(segments)').all();
    const cold = columns.some(({ name }) => name === 'object')
      ? database.prepare('SELECT object FROM segments WHERE object IS NOT NULL').all()
      : [];
    const garbage = database.prepare('SELECT file FROM garbage').all();
    return {
      segments,
      cold: new Set(cold.map(({ object }) => String(object))),
      garbage: new Set(garbage.map(({ file }) => String(file))),
    };
  } catch (error) {
    throw storeFailure(`cannot read ${path}`, error);
  } finally {
    database.close();
  }
}
