/** Rows as JSON, as they are printed and sent. */
import { formatJson } from '../../json.ts';
import { Bag, List, type Value, type Values } from '../../value.ts';
import { cell, type Row, type Shape } from './row.ts';

/** A cell as one value: null, the only value, or a list of several. */
export function valueOfCell(values: Values): Value {
  return values.length === 0 ? null : values.length === 1 ? values[0] : new List(values);
}

/** What a row has, by column, as one value. */
export function bagOf(row: Row): Bag {
  const entries = new Map<string, Value>();
  for (const name of row.keys()) {
    const values = cell(row, name);
    if (values.length > 0) entries.set(name, valueOfCell(values));
  }
  return new Bag(entries);
}

/**
 * A row as one compact JSON object. Whole numbers keep all their digits, reals have a point or an exponent, dates are ISO 8601, spans
 * `d.hh:mm:ss.fffffff`, what JSON has no number for is null. Rows of a sparse table have only what is there.
 */
export function rowJson(row: Row, { columns, sparse }: Shape): string {
  if (sparse) return formatJson(bagOf(row));
  const pairs = columns.map((name) => `${JSON.stringify(name)}:${formatJson(valueOfCell(cell(row, name)))}`);
  return `{${pairs.join(',')}}`;
}
