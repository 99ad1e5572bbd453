/**
 * How far each notifier is, in a database of its own: what was delivered is written down after the receiver said so, what is
 * about to be sent before it is. So a crash costs no hit, and what is sent again has the same id.
 */
import { type Database, limits, openDatabase, WeirError } from '../../base/index.ts';

type Statement = ReturnType<Database['prepare']>;
type Row = Record<string, unknown>;

const VERSION = 1;
const TABLES = `
  CREATE TABLE IF NOT EXISTS notifiers (
    name TEXT PRIMARY KEY,
    -- Sequence: everything up to here is delivered, parked, dropped or filtered out.
    cursor INTEGER NOT NULL,
    -- A delivery under way: its last sequence, tries so far, refusals among them.
    pending_to INTEGER, tries INTEGER NOT NULL DEFAULT 0, refusals INTEGER NOT NULL DEFAULT 0,
    delivered_hits INTEGER NOT NULL DEFAULT 0, delivered_batches INTEGER NOT NULL DEFAULT 0,
    failed_tries INTEGER NOT NULL DEFAULT 0, refused_tries INTEGER NOT NULL DEFAULT 0,
    parked_hits INTEGER NOT NULL DEFAULT 0, parked_batches INTEGER NOT NULL DEFAULT 0,
    dropped_hits INTEGER NOT NULL DEFAULT 0, dropped_parked INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parked (
    n INTEGER PRIMARY KEY, notifier TEXT NOT NULL REFERENCES notifiers, batch TEXT NOT NULL,
    after INTEGER NOT NULL, up_to INTEGER NOT NULL, hits INTEGER NOT NULL,
    reason TEXT NOT NULL, tries INTEGER NOT NULL, time REAL NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS parked_by_notifier ON parked (notifier, n);
`;

/** All counted since the notifier's first start. */
export interface NotifyCounts {
  readonly deliveredHits: number;
  readonly deliveredBatches: number;
  readonly failedTries: number;
  readonly refusedTries: number;
  readonly parkedHits: number;
  readonly parkedBatches: number;
  /** Passed over at the bound on the backlog. */
  readonly droppedHits: number;
  /** Parked deliveries that are no longer kept. */
  readonly droppedParked: number;
}

export interface Cursor {
  readonly cursor: number;
  readonly pendingTo: number | null;
  readonly tries: number;
  readonly refusals: number;
  readonly counts: NotifyCounts;
}

/** A delivery that the receiver refused; its hits are still in the store. */
export interface Parked {
  readonly n: number;
  readonly batch: string;
  /** Its hits have sequences above `after`, up to `upTo`. */
  readonly after: number;
  readonly upTo: number;
  readonly hits: number;
  readonly reason: string;
  readonly tries: number;
  readonly time: number;
}

export class Cursors {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  /** Throws `database.open`, `notify.version`. */
  constructor(path: string) {
    this.#database = openDatabase(path);
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version > VERSION) {
      this.#database.close();
      throw new WeirError('notify.version', `${path} was written by a newer weir (version ${version}, not ${VERSION})`);
    }
    this.#database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${VERSION}; COMMIT`);
  }

  /** A notifier seen for the first time begins at `begin`. */
  open(name: string, begin: number): Cursor {
    this.#run('INSERT INTO notifiers (name, cursor) VALUES (?, ?) ON CONFLICT DO NOTHING', name, begin);
    return this.get(name);
  }

  get(name: string): Cursor {
    const row = this.#prepare('SELECT * FROM notifiers WHERE name = ?').get(name) ?? {};
    return {
      cursor: Number(row['cursor']),
      pendingTo: row['pending_to'] === null ? null : Number(row['pending_to']),
      tries: Number(row['tries']),
      refusals: Number(row['refusals']),
      counts: {
        deliveredHits: Number(row['delivered_hits']),
        deliveredBatches: Number(row['delivered_batches']),
        failedTries: Number(row['failed_tries']),
        refusedTries: Number(row['refused_tries']),
        parkedHits: Number(row['parked_hits']),
        parkedBatches: Number(row['parked_batches']),
        droppedHits: Number(row['dropped_hits']),
        droppedParked: Number(row['dropped_parked']),
      },
    };
  }

  begin(name: string, upTo: number): void {
    this.#run('UPDATE notifiers SET pending_to = ?, tries = 0, refusals = 0 WHERE name = ?', upTo, name);
  }

  delivered(name: string, upTo: number, hits: number): void {
    this.#run(
      `UPDATE notifiers SET cursor = ?, pending_to = NULL, delivered_hits = delivered_hits + ?,
       delivered_batches = delivered_batches + 1 WHERE name = ?`,
      upTo,
      hits,
      name,
    );
  }

  failed(name: string, refused: boolean): void {
    const count = refused
      ? 'refused_tries = refused_tries + 1, refusals = refusals + 1'
      : 'failed_tries = failed_tries + 1';
    this.#run(`UPDATE notifiers SET tries = tries + 1, ${count} WHERE name = ?`, name);
  }

  /** Hits up to here did not pass the filter. */
  passedOver(name: string, upTo: number): void {
    this.#run('UPDATE notifiers SET cursor = ?, pending_to = NULL WHERE name = ?', upTo, name);
  }

  dropped(name: string, upTo: number, hits: number): void {
    this.#run(
      'UPDATE notifiers SET cursor = ?, pending_to = NULL, dropped_hits = dropped_hits + ? WHERE name = ?',
      upTo,
      hits,
      name,
    );
  }

  /** Sets the delivery under way aside and goes on behind it. */
  park(name: string, parked: Omit<Parked, 'n'>): void {
    const { batch, after, upTo, hits, reason, tries, time } = parked;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#run(
        'INSERT INTO parked (notifier, batch, after, up_to, hits, reason, tries, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ...[name, batch, after, upTo, hits, reason, tries, time],
      );
      const beyond = `SELECT n FROM parked WHERE notifier = ? ORDER BY n DESC LIMIT -1 OFFSET ${limits.notifyParkedMax}`;
      const gone = this.#run(`DELETE FROM parked WHERE n IN (${beyond})`, name);
      this.#run(
        `UPDATE notifiers SET cursor = ?, pending_to = NULL, parked_hits = parked_hits + ?,
         parked_batches = parked_batches + 1, dropped_parked = dropped_parked + ? WHERE name = ?`,
        ...[upTo, hits, gone, name],
      );
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Oldest first. */
  parked(name: string, after = 0, limit = 100): Parked[] {
    return this.#prepare('SELECT * FROM parked WHERE notifier = ? AND n > ? ORDER BY n LIMIT ?')
      .all(name, after, limit)
      .map(parkedOf);
  }

  getParked(name: string, n: number): Parked | null {
    const row = this.#prepare('SELECT * FROM parked WHERE notifier = ? AND n = ?').get(name, n);
    return row === undefined ? null : parkedOf(row);
  }

  /** A parked delivery was delivered after all. */
  unpark(name: string, n: number, hits: number): void {
    this.#database.exec('BEGIN IMMEDIATE');
    this.#run('DELETE FROM parked WHERE notifier = ? AND n = ?', name, n);
    this.#run(
      `UPDATE notifiers SET delivered_hits = delivered_hits + ?, delivered_batches = delivered_batches + 1 WHERE name = ?`,
      ...[hits, name],
    );
    this.#database.exec('COMMIT');
  }

  close(): void {
    this.#database.close();
  }

  #run(sql: string, ...values: (string | number)[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function parkedOf(row: Row): Parked {
  return {
    n: Number(row['n']),
    batch: String(row['batch']),
    after: Number(row['after']),
    upTo: Number(row['up_to']),
    hits: Number(row['hits']),
    reason: String(row['reason']),
    tries: Number(row['tries']),
    time: Number(row['time']),
  };
}
