/** `meta.db`: its tables, and what all who write them share. */
import { type Database, makePrivateFile, openDatabase, randomBytes, WeirError } from '../base/index.ts';

/** One entry per version of the tables; a database remembers in `user_version` how many it has had. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE tenants (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms INTEGER NOT NULL, disabled_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE users (
     id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenants (id), name TEXT NOT NULL UNIQUE COLLATE NOCASE,
     role TEXT NOT NULL, password TEXT NOT NULL, created_ms INTEGER NOT NULL, disabled_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX users_of_tenant ON users (tenant, id);
   CREATE TABLE keys (
     id TEXT PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenants (id), name TEXT NOT NULL, scopes TEXT NOT NULL,
     hash BLOB NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER, revoked_ms INTEGER, last_used_ms INTEGER,
     old_hash BLOB, old_until_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX keys_of_tenant ON keys (tenant, id);
   CREATE TABLE sessions (
     id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id), hash BLOB NOT NULL,
     created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_of_user ON sessions (user, created_ms);`,
  `CREATE TABLE queries (
     tenant TEXT NOT NULL REFERENCES tenants (id), name TEXT NOT NULL, query TEXT NOT NULL, since TEXT, about TEXT NOT NULL,
     changed_ms INTEGER NOT NULL, changed_by TEXT NOT NULL, PRIMARY KEY (tenant, name)
   ) STRICT, WITHOUT ROWID;`,
];

/** Everything the parts of this room work on. */
export interface MetaContext {
  readonly database: Database;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** To be called after every change of who may do what: caches of credentials are void then. */
  readonly changed: () => void;
}

/** Opens or makes the database, readable by its user only. Throws `database.open` and `meta.newer`. */
export function openMetaDatabase(file: string): Database {
  makePrivateFile(file);
  const database = openDatabase(file);
  try {
    migrate(database, file);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function migrate(database: Database, file: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > MIGRATIONS.length) {
    throw new WeirError(
      'meta.newer',
      `${file} has tables of version ${version}; this weir knows ${MIGRATIONS.length}`,
      {
        hint: 'Run the newer weir that wrote it, or restore a backup from before the upgrade.',
      },
    );
  }
  for (let at = version; at < MIGRATIONS.length; at++) {
    inTransaction(database, () => database.exec(`${MIGRATIONS[at]}; PRAGMA user_version = ${at + 1}`));
  }
}

/** All of `work`, or nothing where it throws. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk ends the transaction by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** 16 hexadecimal digits. */
export function newId(): string {
  return Buffer.from(randomBytes(8)).toString('hex');
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `after` for what follows; null at the end. */
  readonly next: string | null;
}

export interface PageQuery {
  /** Items at most. */
  readonly limit: number;
  /** `next` of the page before; null for the first page. */
  readonly after: string | null;
}

export type Row = Readonly<Record<string, unknown>>;

/** `select` must order by id, take the id to start after and a limit as its last two parameters. */
export function pageOf<T extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => T,
): Page<T> {
  const items = rows.slice(0, limit).map(read);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

export const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
