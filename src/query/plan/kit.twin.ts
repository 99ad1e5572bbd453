/** Segments written by DuckDB from events written as JSON, and queries over them, for tests. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  Bag,
  Context,
  type Environment,
  formatJson,
  List,
  type OpenedTable,
  parseDateTime,
  parseJson,
  type Row,
  RUN_LIMITS,
  rowJson,
  runQuery,
  type Tools,
  type Value,
} from '../../lang/index.ts';
import { read } from '../../lang/query/run/kit.twin.ts';
import { DuckPool } from '../duck/pool.ts';
import { openEvents } from './events.ts';
import type { Virtual } from './names.ts';
import type { NarrowOptions, Ruled } from './narrow.ts';
import * as sql from './sql.ts';
import type { ColumnKind, Segment, SegmentColumn, StoreView } from './view.ts';

/** Simple folding of what tests are written in: the long s and the Kelvin sign are letters of ASCII, the dotted I stays. */
export const fold = (text: string): string =>
  [...text].map((sign) => (sign === 'ſ' ? 's' : sign === 'İ' ? sign : sign.toLowerCase())).join('');

const SUFFIX: Readonly<Record<ColumnKind, string>> = {
  integer: 'int',
  float: 'float',
  boolean: 'bool',
  string: 'str',
  list: 'list',
  raw: 'raw',
};
const TYPE: Readonly<Record<ColumnKind, string>> = {
  integer: 'BIGINT',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  list: 'JSON',
  raw: 'VARCHAR',
};
const FIRST: readonly ColumnKind[] = ['integer', 'float', 'boolean', 'string', 'list'];

interface Flat {
  readonly time: bigint | null;
  /** Kind and path → SQL of the value. */
  readonly cells: ReadonlyMap<string, string>;
}

function flat(json: string): Flat {
  const value = parseJson(json);
  if (!(value instanceof Bag)) throw new TypeError(`no JSON object: ${json}`);
  const scalars = new Map<string, Value>();
  const lists = new Map<string, Value[]>();
  const add = (at: string, item: Value, listed: boolean): void => {
    if (item instanceof Bag) {
      for (const [key, inner] of item.entries) add(joined(at, key), inner, listed);
    } else if (item instanceof List) {
      if (!lists.has(at) && !item.items.some((one) => one instanceof Bag)) lists.set(at, []);
      for (const inner of item.items) add(at, inner, true);
    } else if (listed) {
      const known = lists.get(at);
      if (known === undefined) lists.set(at, [item]);
      else known.push(item);
    } else if (item !== null) scalars.set(at, item);
  };
  add('', value, false);
  const at = scalars.get('@timestamp');
  scalars.delete('@timestamp');
  const time = typeof at === 'string' ? (parseDateTime(at)?.ticks ?? null) : null;
  const cells = new Map<string, string>();
  for (const [name, item] of scalars) {
    const kind = kindOf(item);
    cells.set(JSON.stringify([kind, name]), literalOf(item));
  }
  for (const [name, items] of lists) {
    cells.set(JSON.stringify(['list', name]), sql.text(`[${items.map(formatJson).join(',')}]`));
  }
  return { time: time === null ? null : time / 10n, cells };
}

const joined = (at: string, key: string): string => {
  const escaped = key.replaceAll('.', '\\.');
  return at === '' ? escaped : `${at}.${escaped}`;
};

function kindOf(value: Value): ColumnKind {
  if (typeof value === 'bigint') return 'integer';
  return typeof value === 'number' ? 'float' : typeof value === 'boolean' ? 'boolean' : 'string';
}

function literalOf(value: Value): string {
  if (typeof value === 'bigint') return sql.bigint(value);
  if (typeof value === 'number') return sql.double(value);
  return typeof value === 'boolean' ? String(value) : sql.text(String(value));
}

/** Physical names as the store gives them. */
function columnsOf(keys: Iterable<string>): SegmentColumn[] {
  const kinds = new Map<string, ColumnKind[]>();
  for (const key of keys) {
    const [kind, name] = JSON.parse(key) as [ColumnKind, string];
    kinds.set(name, [...(kinds.get(name) ?? []), kind]);
  }
  const taken = new Set(['weir.position', 'weir.row', 'weir.time', 'weir.received', 'weir.shape', 'weir.raw']);
  const columns: SegmentColumn[] = [];
  for (const [name, own] of kinds) {
    const sorted = FIRST.filter((kind) => own.includes(kind));
    for (const [i, kind] of sorted.entries()) {
      const wanted = i === 0 ? name : `${name}#${SUFFIX[kind]}`;
      let physical = wanted;
      for (let n = 2; taken.has(physical.toLowerCase()); n++) physical = `${wanted}~${n}`;
      taken.add(physical.toLowerCase());
      columns.push([physical, name, kind]);
    }
  }
  return columns;
}

/** 2026-02-28T12:00:00Z, when tests receive their events. */
export const RECEIVED = 1_772_280_000_000_000n;

export class TestStore {
  readonly #root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-segments-'));
  readonly folder = path.join(this.#root, 'store');
  readonly pool = new DuckPool(path.join(this.#root, 'pool'));
  readonly #instance: DuckDBInstance;
  #files = 0;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** There until the tests of the file are done. */
  static async open(): Promise<TestStore> {
    const store = new TestStore(await DuckDBInstance.create(':memory:'));
    after(() => store.#close());
    return store;
  }

  async #close(): Promise<void> {
    await this.pool.close();
    this.#instance.closeSync();
    fs.rmSync(this.#root, { recursive: true, force: true });
  }

  /** A segment for each list of events. */
  async view(lists: readonly (readonly string[])[], source = 'test'): Promise<StoreView> {
    const segments: Segment[] = [];
    for (const [i, events] of lists.entries()) segments.push(await this.segment(events, BigInt(i * 1000), source));
    return { tenant: 'acme', folders: [this.folder], segments };
  }

  async segment(events: readonly string[], first = 0n, source = 'test'): Promise<Segment> {
    const folder = path.join(this.folder, 'tenant=acme', `source=${source}`);
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${this.#files++}.parquet`);
    const rows = events.map(flat);
    const columns = columnsOf(new Set(rows.flatMap(({ cells }) => [...cells.keys()])));
    const own = columns.map(([physical, , kind]) => `"${physical.replaceAll('"', '""')}" ${TYPE[kind]}`);
    const connection = await this.#instance.connect();
    await connection.run(
      `CREATE TEMP TABLE t (${['"weir.position" BIGINT', '"weir.row" INTEGER', '"weir.time" TIMESTAMPTZ', '"weir.received" TIMESTAMPTZ', '"weir.shape" VARCHAR', '"weir.raw" VARCHAR', ...own].join(', ')})`,
    );
    const values = rows.map(({ time, cells }, i) => {
      const at = (micros: bigint): string => `make_timestamptz(${micros})`;
      const fixed = [first + BigInt(i), '0', time === null ? 'NULL' : at(time), at(RECEIVED), `'raw'`, 'NULL'];
      const others = columns.map(([, name, kind]) => cells.get(JSON.stringify([kind, name])) ?? 'NULL');
      return `(${[...fixed, ...others].join(', ')})`;
    });
    if (values.length > 0) await connection.run(`INSERT INTO t VALUES ${values.join(', ')}`);
    await connection.run(`COPY t TO ${sql.text(file)} (FORMAT parquet)`);
    await connection.run('DROP TABLE t');
    connection.closeSync();
    const times = rows.map(({ time }) => time ?? RECEIVED);
    const min = times.reduce((a, b) => (a < b ? a : b), times[0] ?? 0n);
    const max = times.reduce((a, b) => (a > b ? a : b), times[0] ?? 0n);
    return { file, source, log: 'log1', rows: rows.length, minTime: min, maxTime: max, columns };
  }
}

export interface Asked {
  readonly pool: DuckPool;
  readonly view: StoreView;
  readonly tools: Tools;
  readonly now: number;
  readonly shown?: readonly Virtual[];
  /** Other tables than events. */
  readonly open?: Environment['open'];
  /** Told how many operators of a pipeline over events were done in SQL. */
  readonly applied?: (applied: number, operators: number) => void;
  readonly statement?: (sql: string) => void;
  /** Asks the catalogue. */
  readonly narrow?: NarrowOptions['narrow'];
  readonly ruled?: (ruled: Ruled) => void;
}

/** Rows of an answer as JSON. */
export async function ask(query: string, asked: Asked): Promise<string[]> {
  const { pool, view, tools, now } = asked;
  const environment: Environment = {
    open: async (request): Promise<OpenedTable> => {
      if (request.table !== 'events' && asked.open !== undefined) return asked.open(request);
      const context = new Context(environment);
      const { shown, statement, narrow, ruled } = asked;
      const table = await openEvents(request, {
        pool,
        view,
        tools,
        context,
        ...(shown === undefined ? {} : { shown }),
        ...(statement === undefined ? {} : { statement }),
        ...(narrow === undefined ? {} : { narrow }),
        ...(ruled === undefined ? {} : { ruled }),
      });
      asked.applied?.(table.applied, request.operators.length);
      return table;
    },
    detector: async () => async () => [],
    now,
    tools,
    limits: RUN_LIMITS,
    signal: null,
    note: () => {},
  };
  const stream = await runQuery(read(query), environment);
  const rows: Row[] = [];
  for await (const batch of stream.batches) rows.push(...batch);
  return rows.map((row) => rowJson(row, stream));
}
