/** The functions of expressions: one table entry each. */
import { parseIpv4, parseIpv4Network } from './ipv4.ts';
import { formatDateTime, formatTimeSpan, parseDateTime, parseTimeSpan } from './time.ts';
import {
  DateTime,
  long,
  numberOf,
  type StaticType,
  TICKS_PER_DAY,
  TimeSpan,
  type Value,
  type Values,
} from './value.ts';

export interface FunctionEntry {
  /** As shown in help: `iff(condition, then, else)`. */
  readonly signature: string;
  readonly about: string;
  readonly least: number;
  readonly most: number;
  /** Types of the parameters, the last for all further ones; `dynamic` takes anything. */
  readonly takes: readonly StaticType[];
  readonly gives: StaticType;
  /** Of one value each, where at most one argument has several: the result is mapped over those. */
  readonly one?: (values: readonly Value[]) => Value;
  /** Of all values of all arguments; `now` in ticks. */
  readonly all?: (operands: readonly Values[], now: bigint) => Values;
}

/** No value, or none but nulls. */
export function isNull(values: Values): boolean {
  return values.every((value) => value === null);
}

const isEmpty = (values: Values): boolean => values.every((value) => value === null || value === '');

/** The text of a value, as `tostring` gives it: '' for null. */
export function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (value instanceof DateTime) return formatDateTime(value);
  if (value instanceof TimeSpan) return formatTimeSpan(value);
  return String(value);
}

const INTEGER = /^\s*(-?)(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})\s*$/;

function toLong(value: Value): bigint | null {
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
      return value === null ? null : value.ticks;
  }
}

function toInt(value: Value): bigint | null {
  const whole = toLong(value);
  return whole !== null && BigInt.asIntN(32, whole) === whole ? whole : null;
}

function toReal(value: Value): number | null {
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

function toTimeSpan(value: Value): TimeSpan | null {
  if (value instanceof TimeSpan) return value;
  return typeof value === 'string' ? parseTimeSpan(value) : null;
}

function inRange([address, range]: readonly Value[]): Value {
  const ip = parseIpv4(textOf(address));
  const network = parseIpv4Network(textOf(range));
  if (ip === null || network === null) return null;
  return network.bits === 0 || (ip ^ network.address) >>> (32 - network.bits) === 0;
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

function isPrivate([address]: readonly Value[]): Value {
  if (parseIpv4(textOf(address)) === null) return null;
  return PRIVATE.some((range) => inRange([address, range]) === true);
}

const dayTicks = (ticks: bigint): bigint => ((ticks % TICKS_PER_DAY) + TICKS_PER_DAY) % TICKS_PER_DAY;

function dayOfWeek(value: Value): TimeSpan | null {
  const date = toDateTime(value);
  if (date === null) return null;
  const days = (date.ticks - dayTicks(date.ticks)) / TICKS_PER_DAY;
  // 1970-01-01 was a Thursday; Sunday is 0.
  return new TimeSpan(((((days + 4n) % 7n) + 7n) % 7n) * TICKS_PER_DAY);
}

function hourOfDay(value: Value): bigint | null {
  const date = toDateTime(value);
  return date === null ? null : dayTicks(date.ticks) / (TICKS_PER_DAY / 24n);
}

/** Code points `length` long from `start`; what lies outside is cut. A negative start counts from the end. */
function substring([text, start, length]: readonly Value[]): Value {
  const points = [...textOf(text)];
  const from = toLong(start);
  const count = length === undefined ? BigInt(points.length) : toLong(length);
  if (from === null || count === null) return null;
  const first = from < 0n ? Math.max(0, points.length + Number(from)) : Number(from);
  return points.slice(first, first + Math.max(0, Number(count))).join('');
}

/** Longest text `strcat` makes, in UTF-16 units. */
const TEXT_MAX = 1_048_576;

const single = (values: Values): Value => values[0] ?? null;
const one = (
  signature: string,
  about: string,
  takes: readonly StaticType[],
  gives: StaticType,
  work: (values: readonly Value[]) => Value,
): FunctionEntry => ({ signature, about, least: takes.length, most: takes.length, takes, gives, one: work });

export const FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  isnull: {
    ...one('isnull(x)', 'x is absent or null', ['dynamic'], 'bool', () => null),
    all: ([x]) => [isNull(x)],
  },
  isnotnull: {
    ...one('isnotnull(x)', 'x has a value', ['dynamic'], 'bool', () => null),
    all: ([x]) => [!isNull(x)],
  },
  isempty: {
    ...one('isempty(x)', 'x is absent, null or an empty text', ['dynamic'], 'bool', () => null),
    all: ([x]) => [isEmpty(x)],
  },
  isnotempty: {
    ...one('isnotempty(x)', 'x has a value that is no empty text', ['dynamic'], 'bool', () => null),
    all: ([x]) => [!isEmpty(x)],
  },
  coalesce: {
    signature: 'coalesce(x, y, …)',
    about: 'the first argument that is not null',
    least: 1,
    most: 64,
    takes: ['dynamic'],
    gives: 'dynamic',
    all: (operands) => operands.find((values) => !isNull(values)) ?? [],
  },
  iff: {
    signature: 'iff(condition, then, else)',
    about: 'the second argument where the condition holds, else the third (a null condition does not hold)',
    least: 3,
    most: 3,
    takes: ['bool', 'dynamic', 'dynamic'],
    gives: 'dynamic',
    all: ([condition, yes, no]) => (condition.includes(true) ? yes : no),
  },
  now: {
    signature: 'now([offset])',
    about: 'the time at which the events are judged, the same for all of a batch',
    least: 0,
    most: 1,
    takes: ['timespan'],
    gives: 'datetime',
    all: ([offset], now) => {
      const by = offset === undefined ? new TimeSpan(0n) : toTimeSpan(single(offset));
      return [by === null ? null : new DateTime(now + by.ticks)];
    },
  },
  ago: {
    signature: 'ago(span)',
    about: 'now() minus the span',
    least: 1,
    most: 1,
    takes: ['timespan'],
    gives: 'datetime',
    all: ([offset], now) => {
      const by = toTimeSpan(single(offset));
      return [by === null ? null : new DateTime(now - by.ticks)];
    },
  },
  strlen: one('strlen(text)', 'number of characters (code points)', ['string'], 'long', ([x]) => {
    if (x === null) return null;
    let count = 0n;
    for (const _ of textOf(x)) count++;
    return count;
  }),
  tolower: one('tolower(text)', 'in small letters', ['string'], 'string', ([x]) =>
    x === null ? null : textOf(x).toLowerCase(),
  ),
  toupper: one('toupper(text)', 'in capitals', ['string'], 'string', ([x]) =>
    x === null ? null : textOf(x).toUpperCase(),
  ),
  tostring: one('tostring(x)', 'as text; null gives an empty one', ['dynamic'], 'string', ([x]) => textOf(x)),
  toint: one('toint(x)', '32-bit integer, or null; of a text in decimal or 0x…', ['dynamic'], 'long', ([x]) =>
    toInt(x),
  ),
  tolong: one('tolong(x)', '64-bit integer, or null; of a text in decimal or 0x…', ['dynamic'], 'long', ([x]) =>
    toLong(x),
  ),
  toreal: one('toreal(x)', 'number with decimals, or null', ['dynamic'], 'real', ([x]) => toReal(x)),
  tobool: one('tobool(x)', 'true or false, or null', ['dynamic'], 'bool', ([x]) => toBool(x)),
  todatetime: one('todatetime(x)', 'point in time (ISO 8601), or null', ['dynamic'], 'datetime', ([x]) =>
    toDateTime(x),
  ),
  totimespan: one('totimespan(x)', 'span (1.12:30:00, 90m), or null', ['dynamic'], 'timespan', ([x]) => toTimeSpan(x)),
  hourofday: one('hourofday(date)', 'hour of the day in UTC, 0 to 23', ['datetime'], 'long', ([x]) => hourOfDay(x)),
  dayofweek: one('dayofweek(date)', 'days since Sunday, as a span', ['datetime'], 'timespan', ([x]) => dayOfWeek(x)),
  strcat: {
    signature: 'strcat(x, y, …)',
    about: 'the arguments as one text',
    least: 1,
    most: 64,
    takes: ['dynamic'],
    gives: 'string',
    one: (values) => {
      const text = values.map(textOf).join('');
      return text.length > TEXT_MAX ? null : text;
    },
  },
  substring: {
    signature: 'substring(text, start[, length])',
    about: 'part of a text, counted in code points from 0',
    least: 2,
    most: 3,
    takes: ['string', 'long', 'long'],
    gives: 'string',
    one: substring,
  },
  ipv4_is_in_range: one(
    'ipv4_is_in_range(address, range)',
    'whether an IPv4 address is in a range like 10.0.0.0/8; null where either is none',
    ['string', 'string'],
    'bool',
    inRange,
  ),
  ipv4_is_private: one(
    'ipv4_is_private(address)',
    'whether an IPv4 address is of 10/8, 172.16/12 or 192.168/16; null where it is none',
    ['string'],
    'bool',
    isPrivate,
  ),
  array_length: {
    ...one('array_length(x)', 'number of values a field has; 0 where absent', ['dynamic'], 'long', () => null),
    all: ([x]) => [BigInt(x.length)],
  },
};

/** Other names of functions, as Kusto has them. */
export const FUNCTION_ALIASES: Readonly<Record<string, string>> = {
  iif: 'iff',
  todouble: 'toreal',
  toboolean: 'tobool',
  notnull: 'isnotnull',
  notempty: 'isnotempty',
};

/** A function by its name or an alias, or null. */
export function functionOf(name: string): FunctionEntry | null {
  const own = Object.hasOwn(FUNCTION_ALIASES, name) ? FUNCTION_ALIASES[name] : name;
  return Object.hasOwn(FUNCTIONS, own) ? FUNCTIONS[own] : null;
}
