/**
 * The order of `sort`, `top`, `min`, `max`, `arg_max` and percentiles: total, also over columns of several types. Kinds come one after the
 * other (false and true, numbers, dates, spans, texts by code unit, lists, bags), since "10" < "9" < 9.5 < "10" would be none.
 */
import { formatJson } from '../../json.ts';
import { Bag, DateTime, List, TimeSpan, type Value, type Values } from '../../value.ts';
import type { SortKey } from '../tree.ts';
import { rankOf } from './row.ts';

const kindOf = (value: Value): number => (typeof value === 'number' ? 1 : rankOf(value));

function worth(value: Value): string | number | bigint | boolean {
  if (value instanceof DateTime || value instanceof TimeSpan) return value.ticks;
  return value instanceof List || value instanceof Bag ? formatJson(value) : (value ?? false);
}

/** -1, 0 or 1 for two values that are neither null nor NaN. */
export function orderOf(a: Value, b: Value): number {
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0) return kinds < 0 ? -1 : 1;
  const [x, y] = [worth(a), worth(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export const isNaNValue = (value: Value): boolean => typeof value === 'number' && Number.isNaN(value);

/** What a cell is sorted by: of several values the least in ascending order, the greatest in descending. */
export function sortValue(values: Values, order: 'asc' | 'desc'): Value {
  if (values.length === 1) return values[0];
  let best: Value = null;
  for (const value of values) {
    if (value === null) continue;
    if (best === null || isNaNValue(best)) best = value;
    else if (!isNaNValue(value) && orderOf(value, best) === (order === 'asc' ? -1 : 1)) best = value;
  }
  return best;
}

/** 0 for null, 1 for NaN, 2 for values: nulls first is this order, nulls last its reverse. */
const presence = (value: Value): number => (value === null ? 0 : isNaNValue(value) ? 1 : 2);

/** Compares two lists of sort values, one for each key. */
export function comparator(keys: readonly Pick<SortKey, 'order' | 'nulls'>[]): (a: Values, b: Values) => number {
  return (a, b) => {
    for (let i = 0; i < keys.length; i++) {
      const missing = presence(a[i]) - presence(b[i]);
      if (missing !== 0) return keys[i].nulls === 'first' ? missing : -missing;
      if (presence(a[i]) < 2) continue;
      const order = orderOf(a[i], b[i]);
      if (order !== 0) return keys[i].order === 'asc' ? order : -order;
    }
    return 0;
  };
}
