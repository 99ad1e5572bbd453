/**
 * Rows on their way through a query. A row knows the values of its columns by name; what it does not know is absent, which is null
 * everywhere in the language. Tables of events are sparse: thousands of columns, of which a row has thirty.
 */
import { textOf } from '../../functions.ts';
import { Bag, DateTime, List, TimeSpan, type Value, type Values } from '../../value.ts';
import type { RenderProperty } from '../tree.ts';

/** What a Map is, and what a table may give instead whose columns have several names. */
export interface Row {
  get(column: string): Values | undefined;
  /** Columns that have values, by the one name each is shown under. */
  keys(): Iterable<string>;
}

/** Columns of a table, known before its first row is seen. */
export interface Shape {
  /** In their order; each once. */
  readonly columns: readonly string[];
  /** Rows are shown with what they have only, as events are; otherwise with every column, null where it is absent. */
  readonly sparse: boolean;
  /** Names beside its columns that lead to values, as those of a catalogue do in events; absent: none. */
  readonly knows?: (path: string) => boolean;
}

/** A table on its way. Batches come when the next is asked for; what reads them no further ends them by `return`. */
export interface Stream extends Shape {
  /** The table its rows come from; of several the first. */
  readonly table: string;
  /** How the rows are to be drawn, where the query says it. */
  readonly render?: Rendering;
  readonly batches: AsyncIterable<readonly Row[]>;
}

/** `render timechart with (title="…")`. */
export interface Rendering {
  readonly chart: string;
  readonly properties: readonly RenderProperty[];
}

export const NOTHING: Values = [];

/** What a cell holds: no values in place of nulls alone. */
export function cellOf(values: Values): Values {
  return values.length > 0 && values.every((value) => value === null) ? NOTHING : values;
}

export function cell(row: Row, column: string): Values {
  return row.get(column) ?? NOTHING;
}

/** The values as expressions ask for them, `*` and `host.*` included. */
export function readerOf(row: Row): (path: string) => Values {
  return (path) => {
    const values = row.get(path);
    if (values !== undefined) return values;
    if (path === '*' || path.endsWith('.*')) return below(row, path.slice(0, -1));
    return NOTHING;
  };
}

/** Values of all columns whose names begin so, and of the column `host` for `host.`. Weir's own fields are asked for by name only. */
function below(row: Row, prefix: string): Values {
  const found: Value[] = [];
  for (const name of row.keys()) {
    if (prefix === '' && name.startsWith('weir.')) continue;
    if (name.startsWith(prefix) || (prefix !== '' && name === prefix.slice(0, -1))) found.push(...cell(row, name));
  }
  return found;
}

/**
 * What makes two values one in `summarize by`, `distinct`, `join`, `dcount` and `make_set`: the text they are shown as. So 4624 of one
 * source and "4624" of another are one group, as they are equal by `==`. Null is no text.
 */
export function identity(values: Values): string {
  if (values.length === 1) return identityOfValue(values[0]);
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? '' : `[${known.map((value) => JSON.stringify(textOf(value))).join(',')}`;
}

/** '' for null, else the text behind a sign. Lists and bags are apart from texts that read the same. */
export function identityOfValue(value: Value): string {
  if (value === null) return '';
  return `${value instanceof List || value instanceof Bag ? '[' : '='}${textOf(value)}`;
}

/** Rank of a value among those with the same identity and in orders of mixed types: the least is shown. */
export function rankOf(value: Value): number {
  switch (typeof value) {
    case 'boolean':
      return 0;
    case 'bigint':
      return 1;
    case 'number':
      return 2;
    case 'string':
      return 5;
    default:
      if (value instanceof DateTime) return 3;
      if (value instanceof TimeSpan) return 4;
      return value instanceof List ? 6 : 7;
  }
}

/** Of two cells with the same identity the one that is shown: numbers before texts, so that the order of rows does not matter. */
export function shown(a: Values, b: Values): Values {
  return b.length === 1 && a.length === 1 && rankOf(b[0]) < rankOf(a[0]) ? b : a;
}

/** Bytes that keeping a value takes, roughly. */
export function sizeOfValue(value: Value): number {
  if (typeof value === 'string') return 16 + 2 * value.length;
  if (value instanceof List) return value.items.reduce<number>((sum, item) => sum + sizeOfValue(item), 48);
  if (value instanceof Bag) {
    let sum = 64;
    for (const [key, item] of value.entries) sum += 32 + 2 * key.length + sizeOfValue(item);
    return sum;
  }
  return value instanceof DateTime || value instanceof TimeSpan ? 40 : 16;
}

export function sizeOfValues(values: Values): number {
  let sum = 16;
  for (const value of values) sum += sizeOfValue(value);
  return sum;
}

export function sizeOfRow(row: Row): number {
  let sum = 64;
  for (const name of row.keys()) sum += 32 + sizeOfValues(cell(row, name));
  return sum;
}
