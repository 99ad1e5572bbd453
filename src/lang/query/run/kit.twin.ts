/** Queries over rows written as JSON, for tests. */
import { parseJson } from '../../json.ts';
import { TOOLS } from '../../kit.twin.ts';
import { parseDateTime } from '../../time.ts';
import { Bag, List, type Value, type Values } from '../../value.ts';
import { parseQuery } from '../parse.ts';
import type { Query, TableName } from '../tree.ts';
import { type Environment, type OpenedTable, RUN_LIMITS } from './environment.ts';
import { rowJson } from './json.ts';
import type { Row, Stream } from './row.ts';
import { runQuery } from './run.ts';

/** Rows of tables, each a JSON object. */
export type Tables = Readonly<Partial<Record<TableName, readonly string[]>>>;

/** 2026-03-01T12:00:00Z, the time of `now()` in tests. */
export const NOW = Date.UTC(2026, 2, 1, 12);

/** A JSON object as an event: keys joined by dots, several values for lists, nothing for null; `@timestamp` is a date. */
export function eventRow(json: string): Map<string, Values> {
  const row = new Map<string, Value[]>();
  const add = (path: string, value: Value): void => {
    if (value instanceof Bag) {
      for (const [key, item] of value.entries) {
        const escaped = key.replaceAll('.', '\\.');
        add(path === '' ? escaped : `${path}.${escaped}`, item);
      }
    } else if (value instanceof List) {
      for (const item of value.items) add(path, item);
    } else if (value !== null) {
      const known = row.get(path);
      const read = path === '@timestamp' && typeof value === 'string' ? parseDateTime(value) : value;
      if (known === undefined) row.set(path, [read]);
      else known.push(read);
    }
  };
  const value = parseJson(json);
  if (!(value instanceof Bag)) throw new TypeError(`no JSON object: ${json}`);
  add('', value);
  return row;
}

/** Batches of two rows, so that every operator sees several. */
export function tableOf(table: TableName, rows: readonly string[]): OpenedTable {
  const events = rows.map(eventRow);
  return {
    table,
    columns: [...new Set(events.flatMap((row) => [...row.keys()]))],
    sparse: true,
    applied: 0,
    batches: (async function* () {
      for (let i = 0; i < events.length; i += 2) yield events.slice(i, i + 2);
    })(),
  };
}

export function environmentOf(tables: Tables, more: Partial<Environment> = {}): Environment {
  return {
    open: async ({ table }) => tableOf(table, tables[table] ?? []),
    detector: async () => async () => [],
    now: NOW,
    tools: TOOLS,
    limits: RUN_LIMITS,
    signal: null,
    note: () => {},
    ...more,
  };
}

export function read(text: string): Query {
  const { tree, diagnostics } = parseQuery(text);
  const [first] = diagnostics;
  if (tree === null || first !== undefined) throw new SyntaxError(`${text}: ${first?.message}`);
  return tree;
}

export async function jsonOf(stream: Stream): Promise<string[]> {
  const rows: Row[] = [];
  for await (const batch of stream.batches) rows.push(...batch);
  return rows.map((row) => rowJson(row, stream));
}

/** Rows of the answer as JSON. */
export async function answer(query: string, tables: Tables, more: Partial<Environment> = {}): Promise<string[]> {
  return jsonOf(await runQuery(read(query), environmentOf(tables, more)));
}
