/**
 * Which segments are in the object store, and which objects are nobody's: an object is written down before it is sent and until it is deleted, so
 * that whatever ends the process none is left there that the catalogue does not know of.
 */
import { type Database, now } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import type { StrayObject } from './types.ts';

type Statement = ReturnType<Database['prepare']>;

/** Where the file of a segment is kept: by what is in it, so that what is sent twice is there once. */
export function objectKey(log: string, sha256: string): string {
  return `${log}/${sha256}.parquet`;
}

export class ColdSegments {
  readonly #database: Database;
  readonly #add: Statement;
  readonly #drop: Statement;
  readonly #set: Statement;
  readonly #list: Statement;
  readonly #tally: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#add = database.prepare('INSERT INTO objects VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#drop = database.prepare('DELETE FROM objects WHERE key = ?');
    this.#set = database.prepare('UPDATE segments SET object = ? WHERE file = ?');
    this.#tally = database.prepare(
      `SELECT count(*) AS segments, coalesce(sum(rows), 0) AS rows, coalesce(sum(bytes), 0) AS bytes
       FROM segments WHERE object IS NOT NULL`,
    );
    // One that a segment has again is not to be deleted, whatever was said before.
    this.#list = database.prepare(
      `SELECT key, file, bytes FROM objects WHERE key NOT IN (
         SELECT l.name || '/' || s.object || '.parquet' FROM segments s JOIN logs l ON l.n = s.log WHERE s.object IS NOT NULL)
       ORDER BY key`,
    );
  }

  /** Objects that are there, or may be, and are no segment's. */
  strays(): StrayObject[] {
    return this.#list.all().map(({ key, file, bytes }) => ({
      ...{ key: String(key), file: String(file), bytes: Number(bytes) },
    }));
  }

  /** Segments in the object store. */
  tally(): { readonly segments: number; readonly rows: number; readonly bytes: number } {
    const { segments, rows, bytes } = this.#tally.get() ?? {};
    return { segments: Number(segments), rows: Number(rows), bytes: Number(bytes) };
  }

  /** Written down before an object is sent, and where one is to be deleted. Within a transaction or as one. */
  stray({ key, file, bytes }: StrayObject): void {
    this.#add.run(key, file, bytes, now());
  }

  /** The segment is in the object store from now on. Throws `store.gone`. */
  moved(file: string, key: string, sha256: string): void {
    transaction(
      this.#database,
      'moving a segment',
      () => {
        if (Number(this.#set.run(sha256, file).changes) !== 1)
          throw storeError('store.gone', `${file} is no segment any more`);
        this.#drop.run(key);
      },
      () => {},
    );
  }

  /** The object is deleted, or is a segment's. */
  forget(key: string): void {
    this.#drop.run(key);
  }
}
