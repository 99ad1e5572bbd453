/**
 * The embedded metrics store: `metrics.db`, SQLite.
 *
 * A write is one row, a *round*. An hour that is over is folded: its rounds become a row a series and hour, with the samples, the minutes
 * and the sum of the hour; each of the three goes after a time of its own. Measured: a day of 397 series
 * every 10 s, of which a third move each time, is 19 MB of such rows, 5.5 bytes a sample; a write takes 3 ms, a fold of an hour 1.8 s, in a thread
 * of their own.
 *
 * Commits are not synced (`synchronous = NORMAL`): a power cut may take the last seconds, never the file, and nothing of half a write.
 */
import { type Database, limits, now, openDatabase } from '../../base/index.ts';
import { storeError, storeFailure } from '../errors.ts';
import { applySteps } from '../steps.ts';
import { admitted, seriesKey } from './admit.ts';
import { packColumns } from './columns.ts';
import { EmbeddedReader } from './embedded-read.ts';
import { fold, idsOf } from './fold.ts';
import {
  HOUR_MS,
  type MetricSeries,
  type MetricsQuery,
  type MetricsStore,
  type Point,
  type Refused,
  type Sample,
} from './types.ts';

export interface MetricsRetention {
  readonly samplesMs: number;
  readonly minutesMs: number;
  readonly hoursMs: number;
}

/** Where a rule for series has come in the journal, kept with what it gave in one transaction. */
export interface MetricsPlace {
  readonly rule: string;
  readonly tenant: string;
  /** The first position that was not counted. */
  readonly position: number;
  /** How many runs there were. */
  readonly run: number;
}

const STEPS = [
  `CREATE TABLE series (
     id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, labels TEXT NOT NULL, UNIQUE (tenant, name, labels)
   ) STRICT;
   CREATE TABLE rounds (id INTEGER PRIMARY KEY AUTOINCREMENT, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, samples BLOB NOT NULL) STRICT;
   CREATE TABLE hours (
     series INTEGER NOT NULL, hour INTEGER NOT NULL, total BLOB NOT NULL, minutes BLOB, samples BLOB, PRIMARY KEY (series, hour)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX hours_kept ON hours (hour);
   CREATE INDEX hours_minutes ON hours (hour) WHERE minutes IS NOT NULL;
   CREATE INDEX hours_samples ON hours (hour) WHERE samples IS NOT NULL;
   CREATE TABLE places (
     rule TEXT NOT NULL, tenant TEXT NOT NULL, position INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (rule, tenant)
   ) STRICT, WITHOUT ROWID`,
] as const;

/** An hour is folded so long after its end: most of what comes late is in it then. What comes later still is folded in again. */
const SETTLE_MS = 120_000;
/** Samples are taken only while those of their hour are there, also when that hour is folded: so roll-ups are made of all of them. */
const MARGIN_MS = 3 * HOUR_MS;

export class EmbeddedMetrics implements MetricsStore {
  readonly #database: Database;
  readonly #retention: MetricsRetention;
  readonly #reader: EmbeddedReader;
  /** Of all series, by key. */
  readonly #ids = new Map<string, number>();
  /** Series by tenant. */
  readonly #counts = new Map<string, number>();
  /** Of the last look at retention. */
  #hour = 0;

  constructor(path: string, retention: MetricsRetention) {
    this.#retention = retention;
    this.#database = openDatabase(path);
    try {
      this.#database.exec('PRAGMA synchronous = NORMAL');
      applySteps(this.#database, STEPS, now(), path);
      for (const row of this.#database.prepare('SELECT * FROM series').all()) {
        const tenant = String(row['tenant']);
        const labels = JSON.parse(String(row['labels'])) as MetricSeries['labels'];
        this.#ids.set(seriesKey({ tenant, name: String(row['name']), labels }), Number(row['id']));
        this.#counts.set(tenant, (this.#counts.get(tenant) ?? 0) + 1);
      }
      this.#reader = new EmbeddedReader(this.#database);
    } catch (error) {
      this.#database.close();
      throw storeFailure(path, error);
    }
  }

  /** As {@link MetricsStore.write}; with a place, both are kept or neither. */
  write(samples: readonly Sample[], place: MetricsPlace | null = null): Promise<Refused> {
    return Promise.resolve().then(() => this.#write(samples, place));
  }

  #write(samples: readonly Sample[], place: MetricsPlace | null): Refused {
    if (samples.length > limits.metricWriteSamplesMax) {
      throw storeError('store.input', `a write of ${samples.length} samples to the metrics store`);
    }
    const { kept, refused } = admitted(samples, now() - this.#retention.samplesMs + MARGIN_MS, now());
    this.#transaction('samples', () => {
      const rows = kept.flatMap(({ series, at, value, increase }) => {
        const id = this.#idOf(series);
        if (id === null) refused.too_many_series = (refused.too_many_series ?? 0) + 1;
        return id === null ? [] : [[id, at, value, increase]];
      });
      if (rows.length > 0) {
        const columns = [0, 1, 2, 3].map((c) => Float64Array.from(rows, (row) => row[c]));
        const times = rows.map(([, at]) => at);
        const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
        this.#database
          .prepare('INSERT INTO rounds (first_ms, last_ms, samples) VALUES (?, ?, ?)')
          .run(first, last, packColumns(columns));
      }
      if (place !== null) {
        this.#database
          .prepare('INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)')
          .run(place.rule, place.tenant, place.position, place.run);
      }
    });
    return refused;
  }

  places(): readonly MetricsPlace[] {
    return this.#database
      .prepare('SELECT * FROM places')
      .all()
      .map((row) => ({
        ...{ rule: String(row['rule']), tenant: String(row['tenant']) },
        ...{ position: Number(row['position']), run: Number(row['run']) },
      }));
  }

  read(query: MetricsQuery): AsyncIterable<readonly Point[]> {
    return this.#reader.read(query);
  }

  series(tenant: string, name: string | null): Promise<readonly MetricSeries[]> {
    return this.#reader.series(tenant, name);
  }

  /** Folds hours that are over, and lets go of what was kept long enough. */
  tidy(nowMs: number): void {
    this.#transaction('hours', () => fold(this.#database, Math.floor((nowMs - SETTLE_MS) / HOUR_MS) * HOUR_MS));
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour === this.#hour) return;
    this.#hour = hour;
    const { samplesMs, minutesMs, hoursMs } = this.#retention;
    this.#transaction('retention', () => {
      const run = (sql: string, ms: number): void => {
        this.#database.prepare(sql).run(nowMs - ms - HOUR_MS);
      };
      run('UPDATE hours SET samples = NULL WHERE samples IS NOT NULL AND hour <= ?', samplesMs);
      run('UPDATE hours SET minutes = NULL WHERE minutes IS NOT NULL AND hour <= ?', minutesMs);
      run('DELETE FROM hours WHERE hour <= ?', hoursMs);
      this.#forget();
    });
  }

  drop(tenant: string): Promise<void> {
    return Promise.resolve().then(() => {
      this.#transaction('a tenant', () => {
        // Rounds hold several tenants: what is in them must be where it can be taken out.
        fold(this.#database, Number.MAX_SAFE_INTEGER);
        this.#database
          .prepare('DELETE FROM hours WHERE series IN (SELECT id FROM series WHERE tenant = ?)')
          .run(tenant);
        this.#database.prepare('DELETE FROM places WHERE tenant = ?').run(tenant);
        this.#forget();
      });
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Series of which nothing is left. */
  #forget(): void {
    const waiting = new Set<number>();
    for (const round of this.#database.prepare('SELECT samples FROM rounds').iterate()) {
      for (const id of idsOf(round['samples'] as Uint8Array)) waiting.add(id);
    }
    const empty = this.#database
      .prepare('SELECT * FROM series WHERE NOT EXISTS (SELECT 1 FROM hours WHERE hours.series = series.id)')
      .all();
    const gone = empty.filter((row) => !waiting.has(Number(row['id'])));
    const remove = this.#database.prepare('DELETE FROM series WHERE id = ?');
    for (const row of gone) {
      remove.run(Number(row['id']));
      const tenant = String(row['tenant']);
      const labels = JSON.parse(String(row['labels'])) as MetricSeries['labels'];
      this.#ids.delete(seriesKey({ tenant, name: String(row['name']), labels }));
      this.#counts.set(tenant, (this.#counts.get(tenant) ?? 1) - 1);
    }
  }

  #idOf(series: MetricSeries): number | null {
    const key = seriesKey(series);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const many = this.#counts.get(series.tenant) ?? 0;
    if (many >= limits.metricStoreSeriesMax) return null;
    const { tenant, name, labels } = series;
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO series (tenant, name, labels) VALUES (?, ?, ?)')
      .run(tenant, name, JSON.stringify(labels));
    const id = Number(lastInsertRowid);
    this.#ids.set(key, id);
    this.#counts.set(tenant, many + 1);
    return id;
  }

  #transaction(what: string, work: () => void): void {
    const ids = new Map(this.#ids);
    const counts = new Map(this.#counts);
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      // Ids that were given in it are none.
      this.#ids.clear();
      for (const [key, id] of ids) this.#ids.set(key, id);
      this.#counts.clear();
      for (const [tenant, many] of counts) this.#counts.set(tenant, many);
      throw storeFailure(`metrics.db: ${what}`, error);
    }
  }
}
