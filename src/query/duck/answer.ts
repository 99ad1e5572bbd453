/** The answer to one query: its columns, then rows batch by batch. Whoever stops reading stops the query. */
import { limits, type WeirError, within } from '../../base/index.ts';
import type { Value } from '../../lang/index.ts';
import { type QueryErrorCode, queryError } from '../errors.ts';
import type { Find } from '../find/messages.ts';
import type { Listener, Member } from './member.ts';
import type { DuckColumn, FromDuck, Scope, View } from './messages.ts';
import { valuesOf } from './values.ts';

interface Asked {
  readonly scope: Scope;
  /** Milliseconds from now, waiting included; the limit `queryMs` by default. */
  readonly timeMs?: number;
  readonly signal?: AbortSignal;
  /** How much is done, 0 to 1; now and then, and only what DuckDB knows of it. */
  readonly progress?: (done: number) => void;
}

export interface DuckQuery extends Asked {
  /** One SELECT. */
  readonly sql: string;
  /** Names that the SELECT may use. */
  readonly views?: readonly View[];
}

/** What is done without DuckDB. */
export interface FindQuery extends Asked {
  readonly find: Find;
}

export interface DuckBatch {
  readonly rows: number;
  /** Values column by column, in the order of the answer's columns. */
  readonly columns: readonly (readonly Value[])[];
}

export class DuckAnswer implements AsyncIterable<DuckBatch>, Listener {
  readonly #member: Member;
  readonly #id: number;
  readonly #query: Asked;
  #columns: readonly DuckColumn[] | null = null;
  readonly #batches: DuckBatch[] = [];
  #error: WeirError | null = null;
  /** Why it is to end before its time. */
  #stopping: WeirError | null = null;
  #ended = false;
  #changed = (): void => {};
  /** Resolves when the process is free again, or dead. */
  readonly ended: Promise<void>;
  #end = (): void => {};

  constructor(member: Member, id: number, query: DuckQuery | FindQuery, timeMs: number) {
    this.#member = member;
    this.#id = id;
    this.#query = query;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const cancel = (): void => this.stop('query.cancelled', 'the query was cancelled');
    query.signal?.addEventListener('abort', cancel, { once: true });
    void this.ended.then(() => query.signal?.removeEventListener('abort', cancel));
    if (!member.listen(this)) this.died(null, '');
    const { scope } = query;
    member.send(
      'find' in query
        ? { kind: 'find', query: id, find: query.find, scope }
        : { kind: 'run', query: id, sql: query.sql, scope, views: query.views ?? [] },
    );
    if (query.signal?.aborted === true) cancel();
    void within(this.ended, timeMs).then((done) => {
      if (!done) this.stop('query.timeout', timeoutMessage(query));
    });
  }

  /** Names and types; known once DuckDB has planned the query. Rejects with why there are none. */
  async columns(): Promise<readonly DuckColumn[]> {
    while (this.#columns === null && this.#error === null) await this.#change();
    if (this.#error !== null) throw this.#error;
    return this.#columns ?? [];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DuckBatch> {
    try {
      for (;;) {
        const batch = this.#batches.shift();
        if (batch !== undefined) {
          this.#member.send({ kind: 'more', query: this.#id });
          yield batch;
        } else if (this.#error !== null) throw this.#error;
        else if (this.#ended) return;
        else await this.#change();
      }
    } finally {
      this.stop('query.cancelled', 'nobody reads the answer any more');
      await this.ended;
    }
  }

  /** Ends the query: first by asking, then by killing its process. */
  stop(code: QueryErrorCode, message: string): void {
    if (this.#ended || this.#stopping !== null) return;
    this.#stopping = queryError(code, message);
    this.#member.send({ kind: 'cancel', query: this.#id });
    void within(this.ended, limits.queryGraceMs).then((done) => {
      if (!done) this.#member.kill();
    });
  }

  take(message: FromDuck): void {
    if (message.query !== this.#id) return;
    switch (message.kind) {
      case 'columns':
        this.#columns = message.columns;
        break;
      case 'rows': {
        const types = this.#columns ?? [];
        const columns = message.values.map((values, i) => valuesOf(values, types[i].type));
        if (this.#stopping === null) this.#batches.push({ rows: message.rows, columns });
        break;
      }
      case 'progress':
        this.#query.progress?.(message.done);
        return;
      case 'failed':
        this.#finish(this.#stopping ?? queryError(message.code, message.message));
        // What went wrong may have spoilt more than the query; a new process takes a tenth of a second.
        if (message.code === 'query.failed' || message.code === 'query.too_big') this.#member.kill();
        else this.#member.rest();
        break;
      default:
        this.#finish(this.#stopping);
        this.#member.rest();
    }
    this.#changed();
  }

  died(signal: string | null, lastWords: string): void {
    this.#finish(this.#stopping ?? deathOf(signal, lastWords));
    this.#changed();
  }

  #finish(error: WeirError | null): void {
    this.#error = error;
    this.#ended = true;
    if (error !== null) this.#batches.length = 0;
    this.#end();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

function deathOf(signal: string | null, lastWords: string): WeirError {
  if (signal === null) return queryError('query.cancelled', 'the process of the query was let go');
  // Linux ends this process first where memory runs out.
  if (signal === 'SIGKILL') {
    return queryError('query.too_big', 'the system ended the process of the query, as it does where memory runs out');
  }
  const words = lastWords === '' ? '' : `: ${lastWords}`;
  return queryError('query.failed', `the process of the query ended by itself (${signal})${words}`);
}

export function timeoutMessage({ timeMs = limits.queryMs }: Pick<DuckQuery, 'timeMs'>): string {
  return `the query took longer than ${timeMs / 1000} s`;
}
