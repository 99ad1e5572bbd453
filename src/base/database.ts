/** SQLite, as every room that keeps rows opens it. */
import { DatabaseSync } from 'node:sqlite';
import { WeirError } from './errors.ts';

export type Database = DatabaseSync;

export interface DatabaseOptions {
  /** For a thread that only reads what another writes. */
  readonly readOnly?: boolean;
}

/**
 * A database file in write-ahead mode, every commit synced before it returns: with `synchronous=NORMAL` acknowledged rows were
 * lost when the power was cut. Throws `database.open` where the file is none or cannot be opened.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 10_000 });
    if (options.readOnly !== true) database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF');
    return database;
  } catch (cause) {
    database?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WeirError('database.open', `cannot open the database ${path}: ${why}`, {
      hint: 'Check that the folder exists and can be written, and that the file is not damaged.',
      cause,
    });
  }
}
