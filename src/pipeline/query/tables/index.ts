/** Tables beside `events`, by name. Adding one is a file here and a line in this table. */
import { elapsedMs, limits, turn } from '../../../base/index.ts';
import {
  type Context,
  type DateTime,
  formatDateTime,
  type OpenedTable,
  type Operator,
  parseQuery,
  type QueryCatalogue,
  type Row,
  RunError,
  runOperators,
  type TableName,
} from '../../../lang/index.ts';
import { queryError } from '../../../query/index.ts';
import { books } from './books.ts';
import { deadLetters } from './dead-letters.ts';
import { hits } from './hits.ts';
import { ledger } from './ledger.ts';
import { logs } from './logs.ts';
import { metrics } from './metrics.ts';
import { narrowed } from './narrow.ts';
import { fieldsOf, type KeptTable, shownColumns, type TableSources } from './table.ts';

export type { TableSources } from './table.ts';

type Kept = { readonly [Name in 'hits' | 'dead_letters' | 'books' | 'ledger' | 'logs' | 'metrics']: KeptTable };

const TABLES: Kept = { hits, dead_letters: deadLetters, books, ledger, logs, metrics };

/** Names of the language that nothing stands behind yet, and where the like is to be had. */
const NOT_KEPT: Readonly<Record<Exclude<TableName, keyof Kept | 'events'>, string>> = {
  alerts:
    'there are no alerts on events yet; hits has what rules found, and GET /v1/alerts/self what weir says of itself',
  assets: 'nothing is known of assets yet; a let can stand in for it',
};

export const KEPT_TABLES = Object.keys(TABLES) as readonly (keyof Kept)[];

const isKept = (name: TableName): name is keyof Kept => Object.hasOwn(TABLES, name);

/** Columns of tables beside `events`, for checks; a table that nothing is known of takes any name. */
export const TABLE_FIELDS: QueryCatalogue = {
  fieldsOf: (name) => (isKept(name) ? fieldsOf(TABLES[name]) : null),
};

/** Names and types of the columns that are shown. */
export function tableColumns(name: keyof Kept): readonly { readonly name: string; readonly type: string }[] {
  return shownColumns(TABLES[name]).map((column) => ({ name: column, type: TABLES[name].columns[column].type }));
}

/** Sequence of the last record of a table that has them one behind the other. */
export function lastOf(table: 'hits' | 'dead_letters', sources: TableSources): number {
  const { hits: found, deadLetters: letters } = sources.detections();
  return table === 'hits' ? found.sequence() : letters.sequence();
}

/** What was read of a table. */
export interface TableRead {
  readonly table: TableName;
  rows: number;
  /** Position of the journal up to which evaluation has come, whose results the table has; null: it hangs on none. */
  readonly until: number | null;
}

export interface TableAsked {
  readonly table: Exclude<TableName, 'events'>;
  readonly tenant: string;
  /** Only rows of this time and later, Unix milliseconds; null: all. */
  readonly since: number | null;
  readonly asof: DateTime | null;
  /** Sequence of the last record; null: as of now. */
  readonly upTo: number | null;
  /** What is done to its rows first: a table may leave out what they leave out. */
  readonly operators: readonly Operator[];
  /** Whether who asks may see what is of the whole installation, as weir's own metrics are. */
  readonly installation: boolean;
}

/** Opens a table: rows come as they are asked for, none are kept. */
export async function openTable(
  { table: name, tenant, since, asof, upTo, operators: first, installation }: TableAsked,
  sources: TableSources,
  context: Context,
  onOpen: (read: TableRead) => void,
): Promise<OpenedTable> {
  if (!isKept(name)) {
    const hint = `Tables that can be asked: events, ${KEPT_TABLES.join(', ')}.`;
    throw new RunError('query.argument', `the table ${name} has nothing behind it: ${NOT_KEPT[name]}`, hint);
  }
  const table = TABLES[name];
  if (asof !== null && table.received === null) {
    throw new RunError('query.argument', `${name} is as of now: what it was before is not kept`, 'Leave asof out.');
  }
  const read: TableRead = { table: name, rows: 0, until: table.until(sources) };
  onOpen(read);
  const { now, tools } = context.environment;
  const wanted = { ...narrowed(first, { now, tools, since }), installation };
  const columns = shownColumns(table);
  const known = new Set(Object.keys(table.columns));
  const opened = {
    table: name,
    columns,
    sparse: false,
    knows: (path: string) => known.has(path),
    batches: batchesOf(table.rows(sources, tenant, upTo, wanted), context, read),
  };
  const conditions = [
    ...(since === null || !known.has('@timestamp') ? [] : [`['@timestamp'] >= ${dateOf(since)}`]),
    ...(asof === null ? [] : [`['${table.received}'] <= datetime(${formatDateTime(asof)})`]),
  ];
  const operators = conditions.flatMap((condition) => whereOf(name, condition));
  return { ...(await runOperators(operators, opened, context)), applied: 0 };
}

/** Tables that are being read, by all queries of the process. */
let reading = 0;

async function* batchesOf(
  pages: AsyncIterable<readonly Row[]>,
  context: Context,
  read: TableRead,
): AsyncGenerator<readonly Row[]> {
  const until = elapsedMs() + limits.queryMs;
  if (reading >= limits.queryTablesMax) throw queryError('query.busy', `${reading} tables are being read already`);
  reading++;
  try {
    for await (const page of pages) {
      context.check();
      if (elapsedMs() > until)
        throw queryError('query.timeout', `${read.table} took longer than ${limits.queryMs / 1000} s`);
      read.rows += page.length;
      if (page.length > 0) yield page;
      // Whoever else needs the thread comes in between.
      await turn();
    }
  } finally {
    reading--;
  }
}

const dateOf = (ms: number): string => `datetime(${new Date(ms).toISOString()})`;

function whereOf(table: TableName, condition: string): readonly Operator[] {
  return parseQuery(`${table} | where ${condition}`).tree?.body.operators ?? [];
}
