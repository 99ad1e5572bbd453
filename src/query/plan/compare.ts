/**
 * Comparisons of a column with a constant. Each kind of value has a condition of its own, which is null where the value is; `false`
 * where it holds for no value, null where it cannot be said in SQL.
 */
import { DateTime, numberOf, parseDateTime, TimeSpan, type Value } from '../../lang/index.ts';
import type { PartKind } from './cell.ts';
import * as sql from './sql.ts';

/** Condition over an expression, `false` for none, null where it has no SQL. */
export type Part = string | false | null;

export type Order = '<' | '<=' | '>' | '>=';

/** Integers below are doubles of their own, and those next to them too. */
const SAFE = 2 ** 53;
const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;
/** A number as JSON writes it: what texts are read as. Longer texts than 64 are none. */
const NUMBER = String.raw`-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?`;
/** Of these the ones that are no integers. */
const DECIMAL = String.raw`-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)`;

type Plain = Exclude<Value, null>;

/** `==`. */
export function equals(kind: PartKind, of: string, value: Plain): Part {
  switch (kind) {
    case 'string':
      return textEquals(of, value);
    case 'long':
    case 'real':
      return numberEquals(kind, of, typeof value === 'string' ? numberOf(value) : value);
    case 'bool': {
      const wanted = typeof value === 'string' ? booleanOf(value) : value;
      return typeof wanted === 'boolean' ? `${of} = ${wanted}` : false;
    }
    case 'datetime': {
      const date = typeof value === 'string' ? parseDateTime(value) : value;
      if (!(date instanceof DateTime) || date.ticks % 10n !== 0n) return false;
      return `${of} = ${sql.bigint(date.ticks / 10n)}`;
    }
    case 'timespan':
      return value instanceof TimeSpan ? `${of} = ${sql.bigint(value.ticks)}` : false;
    case 'list':
      return anyElement(of, value);
    default:
      return null;
  }
}

export function booleanOf(text: string): boolean | null {
  const lower = text.length > 5 ? '' : text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : null;
}

function textEquals(of: string, value: Plain): Part {
  if (typeof value === 'string') return sql.isWellFormed(value) ? `${of} = ${sql.text(value)}` : false;
  if (typeof value === 'boolean') return `lower(${of}) = '${value}'`;
  if (typeof value === 'bigint' || typeof value === 'number') return textIsNumber(of, value);
  return value instanceof TimeSpan ? false : null;
}

/** Only the one way an integer is written is that integer; decimals are read. */
function textIsNumber(of: string, value: bigint | number): Part {
  if (!(value < SAFE && value > -SAFE)) return typeof value === 'bigint' ? `${of} = '${value}'` : null;
  const decimal = `(regexp_full_match(${of}, '${DECIMAL}') AND length(${of}) <= 64 AND TRY_CAST(${of} AS DOUBLE) = ${sql.double(Number(value))})`;
  if (!Number.isInteger(Number(value))) return decimal;
  const integers = Number(value) === 0 ? [`'0'`, `'-0'`] : [`'${BigInt(value)}'`];
  return sql.or([...integers.map((text) => `${of} = ${text}`), decimal]);
}

function numberEquals(kind: 'long' | 'real', of: string, value: Value): Part {
  if (typeof value !== 'bigint' && typeof value !== 'number') return false;
  if (kind === 'long') {
    if (typeof value === 'bigint') return value < LONG_MIN || value > LONG_MAX ? false : `${of} = ${sql.bigint(value)}`;
    if (!Number.isInteger(value)) return false;
    return numberEquals(kind, of, BigInt(value));
  }
  if (Number.isNaN(Number(value))) return false;
  // An integer that no double is equals none.
  return typeof value === 'number' || BigInt(Number(value)) === value ? `${of} = ${sql.double(Number(value))}` : false;
}

/** Of a list: numbers and texts are compared as texts, where that is the same. */
function anyElement(of: string, value: Plain): Part {
  if (typeof value === 'string' && (numberOf(value) !== null || booleanOf(value) !== null)) return null;
  const part = value instanceof DateTime ? null : textEquals('x', value);
  return typeof part === 'string' ? any(of, part) : part;
}

/** Whether a condition over the text `x` holds for an element of a JSON list. */
export function any(of: string, condition: string): string {
  return `(len(list_filter(json_extract_string(${of}, '$[*]'), lambda x: ${condition})) > 0)`;
}

/** `<` and its kin. */
export function ordered(kind: PartKind, of: string, operator: Order, value: Plain): Part {
  switch (kind) {
    case 'string':
      return textOrdered(of, operator, value);
    case 'long':
    case 'real': {
      const number = typeof value === 'string' ? numberOf(value) : value;
      if (typeof number !== 'bigint' && typeof number !== 'number') return false;
      return numberOrdered(kind, of, operator, number);
    }
    case 'bool': {
      const wanted = typeof value === 'string' ? booleanOf(value) : value;
      return typeof wanted === 'boolean' ? `${of} ${operator} ${wanted}` : false;
    }
    case 'datetime': {
      const date = typeof value === 'string' ? parseDateTime(value) : value;
      return date instanceof DateTime ? dateOrdered(of, operator, date.ticks) : false;
    }
    case 'timespan':
      return value instanceof TimeSpan ? `${of} ${operator} ${sql.bigint(value.ticks)}` : false;
    case 'list': {
      if (typeof value !== 'bigint' && typeof value !== 'number') return null;
      const part = textOrdered('x', operator, value);
      return typeof part === 'string' ? any(of, part) : part;
    }
    default:
      return null;
  }
}

function textOrdered(of: string, operator: Order, value: Plain): Part {
  if (typeof value === 'string') {
    // Texts are ordered by UTF-16 units, here by bytes: the same where what they are compared with is of neither half.
    return /^[^\ud800-\uffff]*$/.test(value) ? `${of} ${operator} ${sql.text(value)}` : null;
  }
  if (typeof value === 'boolean') return orderedTruth(of, operator, value);
  if (typeof value !== 'bigint' && typeof value !== 'number') return value instanceof TimeSpan ? false : null;
  const size = Number(value);
  if (!(size < SAFE && size > -SAFE)) return null;
  const number = `TRY_CAST(${of} AS DOUBLE)`;
  const read = `regexp_full_match(${of}, '${NUMBER}') AND length(${of}) <= 64`;
  return `CASE WHEN ${read} THEN CASE WHEN isfinite(${number}) THEN ${number} ${operator} ${sql.double(size)} END END`;
}

function orderedTruth(of: string, operator: Order, value: boolean): string {
  return `CASE lower(${of}) WHEN 'true' THEN true ${operator} ${value} WHEN 'false' THEN false ${operator} ${value} END`;
}

/** Bounds between two integers are moved to the next one that can be reached. */
function numberOrdered(kind: 'long' | 'real', of: string, operator: Order, value: bigint | number): Part {
  if (Number.isNaN(Number(value))) return false;
  if (kind === 'real') {
    if (typeof value === 'bigint' && BigInt(Number(value)) !== value) return null;
    // NaN has no order here, and is above all in DuckDB.
    return `CASE WHEN NOT isnan(${of}) THEN ${of} ${operator} ${sql.double(Number(value))} END`;
  }
  const upper = operator === '<' || operator === '<=';
  if (!(value >= LONG_MIN && value <= LONG_MAX)) return `CASE WHEN ${of} IS NOT NULL THEN ${upper === value > 0} END`;
  if (typeof value === 'bigint') return `${of} ${operator} ${sql.bigint(value)}`;
  if (Number.isInteger(value)) return `${of} ${operator} ${sql.bigint(BigInt(value))}`;
  return upper
    ? `${of} <= ${sql.bigint(BigInt(Math.floor(value)))}`
    : `${of} >= ${sql.bigint(BigInt(Math.ceil(value)))}`;
}

/** Microseconds against ticks. */
function dateOrdered(of: string, operator: Order, ticks: bigint): string {
  const rest = ((ticks % 10n) + 10n) % 10n;
  const floor = (ticks - rest) / 10n;
  if (rest === 0n) return `${of} ${operator} ${sql.bigint(floor)}`;
  return operator === '<' || operator === '<=' ? `${of} <= ${sql.bigint(floor)}` : `${of} > ${sql.bigint(floor)}`;
}
