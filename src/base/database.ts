/** SQLite, as every room that keeps rows opens it. */
import { backup, DatabaseSync } from 'node:sqlite';
import { WeirError } from './errors.ts';

export type Database = DatabaseSync;

export interface DatabaseOptions {
  /** For a thread that only reads what another writes. */
  readonly readOnly?: boolean;
  /** Size of a page of a file that is created now; SQLite's 4096 where nothing is said. Larger pages suit rows of kilobytes. */
  readonly pageBytes?: number;
}

/**
 * A database file in write-ahead mode, every commit synced before it returns: with `synchronous=NORMAL` acknowledged rows were
 * lost when the power was cut. Throws `database.open` where the file is none or cannot be opened.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 10_000 });
    if (options.readOnly !== true) {
      if (options.pageBytes !== undefined) database.exec(`PRAGMA page_size = ${options.pageBytes}`);
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    }
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

/**
 * One moment of a database that others go on writing: what it reads and what it copies is as it was when this was made. The write-ahead log
 * grows meanwhile, so it is to be closed soon.
 */
export class DatabaseMoment implements Disposable {
  readonly #database: Database;

  /** Throws as {@link openDatabase} does. */
  constructor(path: string) {
    this.#database = openDatabase(path, { readOnly: true });
    this.#database.exec('BEGIN');
    // A transaction has its moment from its first look on.
    this.#database.prepare('SELECT count(*) FROM sqlite_schema').get();
  }

  /** For statements that only read. */
  get database(): Database {
    return this.#database;
  }

  /** Makes a file of it, which must not be there. Rejects with SQLite's error. */
  async copyTo(file: string): Promise<void> {
    await backup(this.#database, file);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
