/** Tables of a database as steps from one version to the next; the file says which it has seen. */
import type { Database } from '../base/index.ts';
import { storeError } from './errors.ts';

/** Version of the tables in a file; 0 of an empty one. */
export function tablesVersion(database: Database): number {
  const has = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'migrations'`).get();
  if (has === undefined) return 0;
  return Number(database.prepare('SELECT max(version) AS version FROM migrations').get()?.['version'] ?? 0);
}

/** Applies the steps that a file has not seen, each whole or not at all. Throws `store.version` as {@link checkSteps}. */
export function applySteps(database: Database, steps: readonly string[], now: number, path: string): void {
  const version = tablesVersion(database);
  checkSteps(steps, version, path);
  for (let step = version; step < steps.length; step++) {
    database.exec('BEGIN IMMEDIATE');
    try {
      if (step === 0) {
        database.exec('CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied REAL NOT NULL) STRICT');
      }
      database.exec(steps[step]);
      database.prepare('INSERT INTO migrations VALUES (?, ?)').run(step + 1, now);
      database.exec('COMMIT');
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Throws `store.version` where a newer program has written the tables. */
export function checkSteps(steps: readonly string[], version: number, path: string): void {
  if (version <= steps.length) return;
  throw storeError('store.version', `${path} has tables of version ${version}; this weir knows up to ${steps.length}`);
}
