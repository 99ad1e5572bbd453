/** Where rules for series have come in the journal, beside the samples that they gave. */
import type { Database } from '../../base/index.ts';

/** Where a rule for series has come in the journal, kept with what it gave in one transaction. */
export interface MetricsPlace {
  readonly rule: string;
  readonly tenant: string;
  /** The first position that was not counted. */
  readonly position: number;
  /** How many runs there were. */
  readonly run: number;
}

export const PLACES_TABLE = `CREATE TABLE places (
     rule TEXT NOT NULL, tenant TEXT NOT NULL, position INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (rule, tenant)
   ) STRICT, WITHOUT ROWID`;

/** In the caller's transaction. */
export function keepPlace(database: Database, { rule, tenant, position, run }: MetricsPlace): void {
  database.prepare('INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)').run(rule, tenant, position, run);
}

export function placesIn(database: Database): MetricsPlace[] {
  return database
    .prepare('SELECT * FROM places')
    .all()
    .map((row) => ({
      ...{ rule: String(row['rule']), tenant: String(row['tenant']) },
      ...{ position: Number(row['position']), run: Number(row['run']) },
    }));
}
