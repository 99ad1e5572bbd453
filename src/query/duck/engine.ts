/**
 * DuckDB, shut in: it reads the files it is shown and nothing else, loads no extension, keeps to its memory and its folder for
 * what does not fit, and runs one SELECT at a time. Runs in a process of its own (duck-process.ts).
 */
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, StatementType } from '@duckdb/node-api';
import { queryError } from '../errors.ts';
import type { DuckColumn, EngineSetup, Scope, View, Wire } from './messages.ts';
import { type Read, readerOf, typeOf } from './wire.ts';

/** Where an answer goes. Awaited, so that whoever reads slowly slows DuckDB down. */
export interface Sink {
  columns(columns: readonly DuckColumn[]): void;
  rows(rows: number, values: readonly (readonly Wire[])[]): Promise<void>;
}

/** Rows of a chunk that are read before the length of their texts is looked at. */
const ROWS_AT_FIRST = 16;

export class Engine {
  readonly #setup: EngineSetup;
  readonly #instance: DuckDBInstance;
  /** What it may read, as one text. */
  readonly scope: string;
  #connection: DuckDBConnection | null = null;

  private constructor(setup: EngineSetup, scope: string, instance: DuckDBInstance) {
    this.#setup = setup;
    this.scope = scope;
    this.#instance = instance;
  }

  /** Some 20 ms. After an open that failed the process is good for nothing. */
  static async open(setup: EngineSetup, scope: Scope): Promise<Engine> {
    try {
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      for (const [name, value] of settings(setup, scope)) await connection.run(`SET GLOBAL ${name} = ${value}`);
      connection.closeSync();
      return new Engine(setup, JSON.stringify(scope), instance);
    } catch (error) {
      throw queryError('query.failed', `DuckDB could not be opened: ${String(error)}`, error);
    }
  }

  close(): void {
    this.#connection?.closeSync();
    this.#instance.closeSync();
  }

  /** Part of the running query that is done, 0 to 1; 0 where that is not known. */
  get done(): number {
    const { percentage } = this.#connection?.progress ?? { percentage: -1 };
    return Math.min(1, Math.max(0, percentage / 100));
  }

  /** Ends what runs; {@link run} then rejects. */
  interrupt(): void {
    this.#connection?.interrupt();
  }

  async run(sql: string, sink: Sink, views: readonly View[] = []): Promise<void> {
    const connection = await this.#instance.connect();
    this.#connection = connection;
    try {
      for (const [name, value] of PROGRESS) await connection.run(`SET ${name} = ${value}`);
      // Gone with the connection.
      for (const view of views) await connection.run(`CREATE TEMP VIEW "${view.name}" AS ${view.sql}`);
      await this.#stream(connection, sql, sink);
    } finally {
      this.#connection = null;
      // Frees what a query that was left in the middle still holds.
      connection.closeSync();
    }
  }

  async #stream(connection: DuckDBConnection, sql: string, sink: Sink): Promise<void> {
    // EXPORT makes its folder when it is merely prepared. What can stand in parentheses behind FROM is a SELECT.
    await connection.extractStatements(`SELECT * FROM (${sql}\n)`);
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1)
      throw queryError('query.refused', `${statements.count} statements where one was expected`);
    const statement = await statements.prepare(0);
    // COPY and its kin write files; what may be read could be overwritten.
    if (statement.statementType !== StatementType.SELECT)
      throw queryError('query.refused', 'the statement is no SELECT');
    const types = Array.from({ length: statement.columnCount }, (_, i) => statement.columnType(i));
    const readers = types.map(readerOf);
    sink.columns(types.map((type, i) => ({ name: statement.columnName(i), type: typeOf(type) })));
    const result = await statement.stream();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      await this.#send(chunk, readers, sink);
    }
  }

  /** Sends a chunk in pieces whose texts do not exceed a message's by much. */
  async #send(chunk: DuckDBDataChunk, readers: readonly Read[], sink: Sink): Promise<void> {
    const { rowCount } = chunk;
    const { batchCharacters } = this.#setup;
    let values: Wire[][] = readers.map(() => []);
    let characters = 0;
    let step = ROWS_AT_FIRST;
    for (let from = 0; from < rowCount; ) {
      const to = Math.min(rowCount, from + step);
      const before = characters;
      readers.forEach((read, column) => {
        const vector = chunk.getColumnVector(column);
        for (let row = from; row < to; row++) {
          const value = read(vector.getItem(row));
          if (typeof value === 'string') characters += value.length;
          values[column].push(value);
        }
      });
      // As many as are likely to fill a message.
      const each = (characters - before) / (to - from);
      step = Math.max(1, Math.min(rowCount, Math.floor(batchCharacters / (each + 1))));
      from = to;
      if (characters < batchCharacters && from < rowCount) continue;
      await sink.rows(values[0].length, values);
      values = readers.map(() => []);
      characters = 0;
    }
  }
}

/** Of a connection: progress is counted, and not drawn. */
const PROGRESS = [
  ['enable_progress_bar', 'true'],
  ['enable_progress_bar_print', 'false'],
] as const;

/** In this order: behind the last nothing can be changed any more. */
function settings(setup: EngineSetup, { folders, files }: Scope): readonly (readonly [string, string])[] {
  return [
    ['memory_limit', text(`${Math.floor(setup.memoryBytes / 1024)}KiB`)],
    ['threads', String(setup.threads)],
    ['temp_directory', text(setup.temporary)],
    ['max_temp_directory_size', text(`${Math.floor(setup.temporaryBytes / 1024)}KiB`)],
    // Nobody's home is looked at, and nothing is kept there.
    ['home_directory', text(setup.temporary)],
    ['secret_directory', text(setup.temporary)],
    ['extension_directory', text(setup.temporary)],
    ['allow_persistent_secrets', 'false'],
    ['autoinstall_known_extensions', 'false'],
    ['autoload_known_extensions', 'false'],
    ['allow_community_extensions', 'false'],
    ['TimeZone', text('UTC')],
    // Rows without `sort` have no order, and keeping one costs memory.
    ['preserve_insertion_order', 'false'],
    // Footers of segments are read again and again; files never change.
    ['parquet_metadata_cache', 'true'],
    ['allowed_configs', `[${PROGRESS.map(([name]) => text(name)).join(', ')}]`],
    [
      'allowed_directories',
      `[${folders.map((folder) => text(folder.endsWith('/') ? folder : `${folder}/`)).join(', ')}]`,
    ],
    ['allowed_paths', `[${files.map(text).join(', ')}]`],
    ['enable_external_access', 'false'],
    ['lock_configuration', 'true'],
  ];
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
