/** From one type to another, and what a value is. */
import { formatJson, parseJson } from '../json.ts';
import { formatDateTime, formatTimeSpan, parseDateTime, parseTimeSpan } from '../time.ts';
import { Bag, DateTime, List, long, numberOf, TimeSpan, typeOfValue, type Value } from '../value.ts';
import { type FunctionEntry, one, TEXT_MAX } from './entry.ts';

/** The text of a value, as `tostring` gives it: '' for null. */
export function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (value instanceof DateTime) return formatDateTime(value);
  if (value instanceof TimeSpan) return formatTimeSpan(value);
  return value instanceof List || value instanceof Bag ? formatJson(value) : String(value);
}

const INTEGER = /^\s*(-?)(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})\s*$/;

export function toLong(value: Value): bigint | null {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      return Number.isFinite(value) ? long(BigInt(Math.trunc(value))) : null;
    case 'string': {
      const match = INTEGER.exec(value.slice(0, 64));
      if (match === null || value.length > 64) return null;
      const size = BigInt(match[2]);
      return long(match[1] === '-' ? -size : size);
    }
    default:
      return value instanceof DateTime || value instanceof TimeSpan ? value.ticks : null;
  }
}

function toInt(value: Value): bigint | null {
  const whole = toLong(value);
  return whole !== null && BigInt.asIntN(32, whole) === whole ? whole : null;
}

export function toReal(value: Value): number | null {
  if (typeof value === 'string') {
    const number = numberOf(value.trim());
    return number === null ? null : Number(number);
  }
  if (typeof value === 'number') return value;
  const whole = toLong(value);
  return whole === null ? null : Number(whole);
}

function toBool(value: Value): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value) !== 0;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : null;
}

export function toDateTime(value: Value): DateTime | null {
  if (value instanceof DateTime) return value;
  return typeof value === 'string' ? parseDateTime(value) : null;
}

export function toTimeSpan(value: Value): TimeSpan | null {
  if (value instanceof TimeSpan) return value;
  return typeof value === 'string' ? parseTimeSpan(value) : null;
}

/** A number as it is, or read from a text; null for all else. */
export function toNumber(value: Value): bigint | number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return typeof value === 'string' ? numberOf(value) : null;
}

/** A text that is JSON as what it says; every other value as it is. */
function toDynamic(value: Value): Value {
  if (typeof value !== 'string' || value.length > TEXT_MAX) return value;
  const read = parseJson(value);
  return read === undefined ? value : read;
}

const TYPE_NAMES = {
  long: 'long',
  real: 'real',
  string: 'string',
  bool: 'bool',
  datetime: 'datetime',
  timespan: 'timespan',
  null: 'null',
  dynamic: 'array',
};

const NAMED = { named: 'argument' } as const;

export const CONVERT: Readonly<Record<string, FunctionEntry>> = {
  tostring: one('tostring(x)', 'as text; null gives an empty one', ['dynamic'], 'string', ([x]) => textOf(x), NAMED),
  toint: one(
    'toint(x)',
    '32-bit integer, or null; of a text in decimal or 0x…',
    ['dynamic'],
    'long',
    ([x]) => toInt(x),
    NAMED,
  ),
  tolong: one(
    'tolong(x)',
    '64-bit integer, or null; of a text in decimal or 0x…',
    ['dynamic'],
    'long',
    ([x]) => toLong(x),
    NAMED,
  ),
  toreal: one('toreal(x)', 'number with decimals, or null', ['dynamic'], 'real', ([x]) => toReal(x), NAMED),
  tobool: one('tobool(x)', 'true or false, or null', ['dynamic'], 'bool', ([x]) => toBool(x), NAMED),
  todatetime: one(
    'todatetime(x)',
    'point in time (ISO 8601), or null',
    ['dynamic'],
    'datetime',
    ([x]) => toDateTime(x),
    NAMED,
  ),
  totimespan: one(
    'totimespan(x)',
    'span (1.12:30:00, 90m), or null',
    ['dynamic'],
    'timespan',
    ([x]) => toTimeSpan(x),
    NAMED,
  ),
  tohex: one(
    'tohex(number)',
    'in hexadecimal, 64 bits in two’s complement where below 0',
    ['long'],
    'string',
    ([x]) => {
      const whole = toLong(x);
      return whole === null ? null : BigInt.asUintN(64, whole).toString(16);
    },
    NAMED,
  ),
  parse_json: one(
    'parse_json(text)',
    'what a text of JSON says: a list, a bag or a value; other texts and values as they are',
    ['dynamic'],
    'dynamic',
    ([x]) => toDynamic(x),
    NAMED,
  ),
  gettype: one(
    'gettype(x)',
    'name of the type of a value: string, long, real, bool, datetime, timespan, array, dictionary or null',
    ['dynamic'],
    'string',
    ([x]) => (x instanceof Bag ? 'dictionary' : TYPE_NAMES[typeOfValue(x)]),
    { named: 'type' },
  ),
};
