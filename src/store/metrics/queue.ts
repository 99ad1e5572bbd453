/**
 * Samples on their way to another metrics store: on disk first, sent in order, gone when the other has them. What is sent twice is the same
 * samples of the same times. Bounded: where the other is away for too long the oldest go, and are counted.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Database, limits, now, openDatabase } from '../../base/index.ts';
import { storeError, storeFailure } from '../errors.ts';
import { applySteps } from '../steps.ts';
import { refusedCount } from './admit.ts';
import type { MetricsPlace } from './embedded.ts';
import { RefusedError } from './http.ts';
import type { MetricsStore, Refusal, Refused, Sample } from './types.ts';

const STEPS = [
  `CREATE TABLE waiting (id INTEGER PRIMARY KEY AUTOINCREMENT, samples INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
   CREATE TABLE places (
     rule TEXT NOT NULL, tenant TEXT NOT NULL, position INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (rule, tenant)
   ) STRICT, WITHOUT ROWID`,
] as const;

const FIRST_WAIT_MS = 1000;
const LAST_WAIT_MS = 60_000;
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface QueueState {
  readonly waitingBytes: number;
  /** Samples that went unsent, since the start. */
  readonly dropped: number;
  /** Refused by the other store for good, or not fit for any. */
  readonly refused: Refused & { readonly other_store?: number };
  /** Why nothing is sent; null: it is, or nothing waits. */
  readonly failed: string | null;
}

export class MetricsQueue {
  readonly #database: Database;
  readonly #to: Pick<MetricsStore, 'write'>;
  readonly #refused: Partial<Record<Refusal | 'other_store', number>> = {};
  #waitingBytes: number;
  #dropped = 0;
  #failed: string | null = null;
  #waitMs = 0;
  #nextMs = 0;
  #sending: Promise<void> | null = null;

  constructor(path: string, to: Pick<MetricsStore, 'write'>) {
    this.#to = to;
    this.#database = openDatabase(path);
    try {
      this.#database.exec('PRAGMA synchronous = NORMAL');
      applySteps(this.#database, STEPS, now(), path);
      const row = this.#database.prepare('SELECT total(length(body)) AS bytes FROM waiting').get();
      this.#waitingBytes = Number(row?.['bytes'] ?? 0);
    } catch (error) {
      this.#database.close();
      throw storeFailure(path, error);
    }
  }

  get state(): QueueState {
    const refused = { ...this.#refused };
    return { waitingBytes: this.#waitingBytes, dropped: this.#dropped, refused, failed: this.#failed };
  }

  /** Kept on disk, with the place in one transaction, when it returns. @throws `store.…` */
  write(samples: readonly Sample[], place: MetricsPlace | null = null): void {
    if (samples.length > limits.metricWriteSamplesMax) {
      throw storeError('store.input', `a write of ${samples.length} samples to the metrics store`);
    }
    const body = zstdCompressSync(JSON.stringify(samples));
    let freed = 0;
    let dropped = 0;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      while (this.#waitingBytes - freed + body.length > limits.metricQueueBytesMax) {
        const oldest = this.#database
          .prepare(
            'DELETE FROM waiting WHERE id = (SELECT min(id) FROM waiting) RETURNING samples, length(body) AS bytes',
          )
          .get();
        if (oldest === undefined) break;
        freed += Number(oldest['bytes']);
        dropped += Number(oldest['samples']);
      }
      if (samples.length > 0) {
        this.#database.prepare('INSERT INTO waiting (samples, body) VALUES (?, ?)').run(samples.length, body);
      }
      if (place !== null) {
        this.#database
          .prepare('INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)')
          .run(place.rule, place.tenant, place.position, place.run);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw storeFailure('metrics-queue.db', error);
    }
    this.#waitingBytes += (samples.length > 0 ? body.length : 0) - freed;
    this.#dropped += dropped;
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

  /** Sends what waits, unless the last try failed a moment ago. Never rejects for the other store's sake. */
  send(nowMs: number): Promise<void> {
    if (nowMs < this.#nextMs) return Promise.resolve();
    this.#sending ??= this.#send(nowMs).finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async close(): Promise<void> {
    await this.#sending;
    this.#database.close();
  }

  async #send(nowMs: number): Promise<void> {
    for (;;) {
      const row = this.#database.prepare('SELECT * FROM waiting ORDER BY id LIMIT 1').get();
      if (row === undefined) return;
      const [id, body] = [Number(row['id']), row['body'] as Uint8Array];
      const samples = JSON.parse(
        zstdDecompressSync(body, { maxOutputLength: BODY_BYTES_MAX }).toString('utf8'),
      ) as readonly Sample[];
      try {
        this.#count(await this.#to.write(samples));
        this.#failed = null;
        this.#waitMs = 0;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (!(error instanceof Error && error.cause instanceof RefusedError)) {
          this.#failed = why;
          this.#waitMs = Math.min(LAST_WAIT_MS, Math.max(FIRST_WAIT_MS, this.#waitMs * 2));
          this.#nextMs = nowMs + this.#waitMs;
          return;
        }
        // However often it were sent: what comes behind it must not wait for it.
        this.#failed = why;
        this.#refused.other_store = (this.#refused.other_store ?? 0) + samples.length;
      }
      const gone = this.#database.prepare('DELETE FROM waiting WHERE id = ?').run(id).changes;
      if (Number(gone) > 0) this.#waitingBytes -= body.length;
    }
  }

  #count(refused: Refused): void {
    if (refusedCount(refused) === 0) return;
    for (const [reason, many] of Object.entries(refused) as [Refusal, number][]) {
      this.#refused[reason] = (this.#refused[reason] ?? 0) + many;
    }
  }
}
