/**
 * `detect.db`: everything that evaluation brings about, with how far evaluation is. One thread writes it, a commit at a time, all or
 * nothing, so that hits and checkpoint never disagree; others read it over connections of their own. After a crash everything behind
 * the checkpoint is evaluated again, under the same ids.
 */
import { type Database, limits, now, openDatabase, sha256 } from '../base/index.ts';
import { DeadLetterReader, DeadLetterWriter } from './dead-letters.ts';
import { storeError, storeFailure } from './errors.ts';
import { HitReader } from './hit-reader.ts';
import { HitWriter } from './hit-writer.ts';
import { LaneReader, LaneWriter } from './lanes.ts';
import { LedgerReader, LedgerWriter } from './ledger.ts';
import { ReaderNames, WriterNames } from './names.ts';
import { RuleReader, type RuleSet, RuleWriter } from './rule-versions.ts';
import { tablesVersion } from './steps.ts';
import { checkVersion, migrate, TABLES_VERSION } from './tables.ts';
import { transaction } from './transaction.ts';
import type { Checkpoint, Commit, CommitResult, DeadLetterState } from './types.ts';

type Statement = ReturnType<Database['prepare']>;

/** Rows are kilobytes: against 4 KiB pages half the writes and two thirds of the room (bench/notes-hits.md). */
const PAGE_BYTES = 16_384;
/** 4 MiB of log before it is folded into the file: more makes the commit that does it slower. */
const LOG_PAGES = 256;
/** What the log keeps of a larger commit, a snapshot, once it is folded in. */
const LOG_BYTES_KEPT = 64 * 1024 * 1024;
/** Lines about damage: where there is some, more say no more. */
const DAMAGE_MAX = 5;

/** What can be asked of the database, by the writing thread and by others. */
export class DetectionsReader {
  readonly hits: HitReader;
  readonly ledger: LedgerReader;
  readonly deadLetters: DeadLetterReader;
  readonly lanes: LaneReader;
  readonly rules: RuleReader;
  readonly #database: Database;
  readonly #checkpoint: Statement;
  readonly #snapshot: Statement;
  readonly #counters: Statement;

  constructor(database: Database) {
    this.#database = database;
    const names = new ReaderNames(database);
    this.hits = new HitReader(database, names);
    this.ledger = new LedgerReader(database, names);
    this.deadLetters = new DeadLetterReader(database, names);
    this.lanes = new LaneReader(database, names);
    this.rules = new RuleReader(database, names);
    this.#checkpoint = database.prepare('SELECT position, received, rule_set, state FROM logs WHERE name = ?');
    this.#snapshot = database.prepare(
      'SELECT s.position, s.checksum, s.bytes FROM snapshots s JOIN logs l ON l.n = s.log WHERE l.name = ?',
    );
    this.#counters = database.prepare(
      'SELECT c.name, c.value FROM counters c JOIN tenants t ON t.n = c.tenant WHERE t.name = ? ORDER BY c.name',
    );
  }

  /** Null: nothing of this log was evaluated yet. */
  checkpoint(log: string): Checkpoint | null {
    const row = this.#checkpoint.get(log);
    if (row === undefined || row['received'] === null) return null;
    return {
      position: Number(row['position']),
      received: Number(row['received']),
      ruleSet: String(row['rule_set']),
      ...(row['state'] === null ? {} : { state: String(row['state']) }),
    };
  }

  /**
   * State of the correlations and the position it is as of; null where there is none. Throws `store.damaged` where its bytes are no
   * longer what was written: then the state must be rebuilt from the journal.
   */
  snapshot(log: string): { readonly position: number; readonly bytes: Uint8Array } | null {
    const row = this.#snapshot.get(log);
    if (row === undefined) return null;
    const bytes = row['bytes'] as Uint8Array;
    if (sha256(bytes) === row['checksum']) return { position: Number(row['position']), bytes };
    throw storeError('store.damaged', `the snapshot of the correlations as of position ${row['position']} is damaged`);
  }

  counters(tenant: string): Map<string, number> {
    return new Map(this.#counters.all(tenant).map((row) => [String(row['name']), Number(row['value'])]));
  }

  /** Everybody that something was ever stored for. */
  tenants(): string[] {
    return this.#database
      .prepare('SELECT name FROM tenants ORDER BY n')
      .all()
      .map((row) => String(row['name']));
  }

  /** Reads the whole file; what is wrong with it as a database, in SQLite's words. Empty where nothing is. */
  damage(): string[] {
    const rows = this.#database.prepare(`PRAGMA integrity_check(${DAMAGE_MAX})`).all();
    return rows.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
  }

  close(): void {
    this.#database.close();
  }
}

/** Position of the last entry of a log whose hits are in a database that somebody has open; −1: of none. */
export function checkpointIn(database: Database, log: string): number {
  const row = database.prepare('SELECT position FROM logs WHERE name = ? AND received IS NOT NULL').get(log);
  return row === undefined ? -1 : Number(row['position']);
}

/**
 * For threads other than the writer's. Throws `database.open` before the writer has made the file, `store.version` for another
 * version's, `store.damaged` where it is no database any more.
 */
export function openDetectionsReader(path: string): DetectionsReader {
  const database = openDatabase(path, { readOnly: true });
  try {
    const version = tablesVersion(database);
    checkVersion(version, path);
    if (version < TABLES_VERSION) {
      throw storeError('store.version', `${path} has tables of version ${version}; its writer has not started yet`);
    }
    return new DetectionsReader(database);
  } catch (error) {
    database.close();
    throw storeFailure(`cannot read ${path}`, error);
  }
}

export class Detections {
  readonly read: DetectionsReader;
  readonly #database: Database;
  readonly #names: WriterNames;
  readonly #hits: HitWriter;
  readonly #ledger: LedgerWriter;
  readonly #deadLetters: DeadLetterWriter;
  readonly #lanes: LaneWriter;
  readonly #rules: RuleWriter;
  readonly #position: Statement;
  readonly #setCheckpoint: Statement;
  readonly #setSnapshot: Statement;
  readonly #count: Statement;

  /**
   * Creates the file where there is none. `bytesMax` bounds the file: a commit beyond it is refused as if the disk were full.
   * Throws `database.open`, `store.version`.
   */
  constructor(path: string, options: { readonly bytesMax?: number } = {}) {
    const database = openDatabase(path, { pageBytes: PAGE_BYTES });
    try {
      migrate(database, now(), path);
      database.exec(
        `PRAGMA wal_autocheckpoint = ${LOG_PAGES}; PRAGMA journal_size_limit = ${LOG_BYTES_KEPT};
         PRAGMA cache_size = -${Math.floor(limits.detectionCacheBytes / 1024)}`,
      );
      if (options.bytesMax !== undefined) {
        database.exec(`PRAGMA max_page_count = ${Math.ceil(options.bytesMax / PAGE_BYTES)}`);
      }
      this.#database = database;
      this.#names = new WriterNames(database);
      this.#hits = new HitWriter(database, this.#names);
      this.#ledger = new LedgerWriter(database, this.#names);
      this.#deadLetters = new DeadLetterWriter(database, this.#names);
      this.#lanes = new LaneWriter(database, this.#names);
      this.#rules = new RuleWriter(database, this.#names);
      this.#position = database.prepare('SELECT position FROM logs WHERE n = ?');
      this.#setCheckpoint = database.prepare(
        'UPDATE logs SET position = ?, received = ?, rule_set = ?, state = ? WHERE n = ?',
      );
      this.#setSnapshot = database.prepare(
        `INSERT INTO snapshots VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position,
         checksum = excluded.checksum, bytes = excluded.bytes`,
      );
      this.#count = database.prepare(
        'INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
      );
      this.read = new DetectionsReader(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * All of it or, where it throws, nothing; durable when it returns. Throws `store.full` (may be tried again), `store.io` (the process
   * should end), `store.order` and `store.input` (a mistake of the caller), `store.damaged`, `store.commit`.
   */
  commit(commit: Commit): CommitResult {
    return this.#transaction('keeping hits', () => {
      const { log, checkpoint } = commit;
      const before = Number(this.#position.get(this.#names.log(log))?.['position']);
      if (checkpoint !== undefined && !(checkpoint.position >= before)) {
        throw storeError('store.order', `the checkpoint would go back from ${before} to ${checkpoint.position}`);
      }
      const end = checkpoint?.position ?? before;
      checkPositions(commit, end);
      const hits = this.#hits.hits(log, commit.hits ?? [], before);
      const correlations = this.#hits.correlationHits(log, commit.correlationHits ?? []);
      this.#hits.close();
      for (const range of commit.ledger?.ranges ?? []) this.#ledger.range(log, range);
      for (const exception of commit.ledger?.exceptions ?? []) this.#ledger.exception(log, exception);
      const letters = commit.deadLetters ?? [];
      const deadLetters = this.#deadLetters.add(log, letters);
      for (const arrival of commit.arrivals ?? []) this.#lanes.add(log, arrival);
      for (const { tenant, name, add } of commit.counters ?? []) this.#count.run(this.#names.tenant(tenant), name, add);
      const number = this.#names.log(log);
      if (checkpoint !== undefined) {
        const { position, received, ruleSet, state } = checkpoint;
        this.#setCheckpoint.run(position, received, ruleSet, state ?? null, number);
      }
      const { snapshot } = commit;
      if (snapshot !== undefined) this.#setSnapshot.run(number, end, sha256(snapshot), snapshot);
      return {
        hits: hits.stored,
        duplicateHits: hits.duplicates,
        correlationHits: correlations.stored,
        revisedCorrelationHits: correlations.revised,
        duplicateCorrelationHits: correlations.duplicates,
        deadLetters,
        duplicateDeadLetters: letters.length - deadLetters,
        sequence: this.#hits.sequence,
      };
    });
  }

  /** Before the first commit under this set. False: it was there already. */
  putRuleSet(set: RuleSet): boolean {
    return this.#transaction('keeping a rule set', () => this.#rules.put(set, now()));
  }

  /** A dead letter was sent again and not taken. False where there is none of this tenant's. */
  setDeadLetterTried(tenant: string, id: string, why: { readonly code: string; readonly reason: string }): boolean {
    const tried = { at: now(), ...why };
    return this.#transaction('keeping why a dead letter is still one', () =>
      this.#deadLetters.setTried(tenant, id, tried),
    );
  }

  /** Gives the number of dead letters whose state changed; ids that are not this tenant's change nothing. */
  setDeadLetterState(tenant: string, ids: readonly string[], state: DeadLetterState): number {
    return this.#transaction('changing dead letters', () => this.#deadLetters.setState(tenant, ids, state, now()));
  }

  close(): void {
    this.#database.close();
  }

  #transaction<T>(what: string, work: () => T): T {
    // What memory holds of the database goes back with it.
    const forget = (): void => {
      this.#names.forget();
      this.#hits.load();
    };
    return transaction(this.#database, what, work, forget);
  }
}

/** A result beyond the checkpoint would come a second time after a crash, and be looked for among the known ones only then. */
function checkPositions({ hits, correlationHits, deadLetters, ledger }: Commit, end: number): void {
  const check = (what: string, position: number): void => {
    if (position > end)
      throw storeError('store.order', `${what} at position ${position} lies beyond the checkpoint ${end}`);
  };
  for (const hit of hits ?? []) check('a hit', hit.position);
  for (const hit of correlationHits ?? []) check('a correlation hit', hit.position);
  for (const letter of deadLetters ?? []) check('a dead letter', letter.position);
  for (const range of ledger?.ranges ?? []) check('an evaluated range', range.to);
}
