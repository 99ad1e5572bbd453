/**
 * What operators mean for single values. Three-valued as in Kusto: null is neither true nor false; what compares a null with a
 * value by `==` is false, what compares two nulls, or orders a null, is null.
 */
import { toDateTime } from './functions.ts';
import { formatJson } from './json.ts';
import { dateTime, span } from './time.ts';
import type { Arithmetic, TextOperator } from './tree.ts';
import { Bag, DateTime, List, long, numberOf, TimeSpan, type Value } from './value.ts';

/** Case folding: two texts that differ by case only give the same. */
export type Fold = (text: string) => string;

/** A pair of values as one type that both can be read as, or null where they have none in common. */
function aligned(a: Value, b: Value): readonly [Value, Value] | null {
  if (typeof a === 'string' && typeof b !== 'string') return readAs(a, b, (read) => [read, b]);
  if (typeof b === 'string' && typeof a !== 'string') return readAs(b, a, (read) => [a, read]);
  const numbers = isNumber(a) && isNumber(b);
  return numbers || (typeof a === typeof b && (typeof a !== 'object' || a?.constructor === b?.constructor))
    ? [a, b]
    : null;
}

/** Events have numbers, booleans and dates as text too; they are read as what they are compared with. */
function readAs(
  text: string,
  other: Value,
  pair: (read: Value) => readonly [Value, Value],
): readonly [Value, Value] | null {
  let read: Value = null;
  if (isNumber(other)) read = numberOf(text);
  else if (typeof other === 'boolean') read = booleanOf(text);
  else if (other instanceof DateTime) read = toDateTime(text);
  return read === null ? null : pair(read);
}

const isNumber = (value: Value): value is bigint | number => typeof value === 'bigint' || typeof value === 'number';

/** `true` and `false` in any case. */
export function booleanOf(text: string): boolean | null {
  const lower = text.length > 5 ? '' : text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : null;
}

function rank(value: Value): string | bigint | number | boolean {
  if (value instanceof DateTime || value instanceof TimeSpan) return value.ticks;
  return value instanceof List || value instanceof Bag ? formatJson(value) : (value ?? 0);
}

/** `==`. */
export function equal(a: Value, b: Value): boolean | null {
  if (a === null && b === null) return null;
  if (a === null || b === null) return false;
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  const pair = aligned(a, b);
  if (pair === null) return false;
  const [x, y] = [rank(pair[0]), rank(pair[1])];
  // A bigint and a number of the same worth are equal by == only.
  return isNumber(x) && isNumber(y) ? x >= y && x <= y : x === y;
}

/** -1, 0 or 1; null where one is null, NaN, or the two have no order. */
export function compare(a: Value, b: Value): number | null {
  if (a === null || b === null) return null;
  const pair = aligned(a, b);
  if (pair === null || a instanceof List || a instanceof Bag) return null;
  const [x, y] = [rank(pair[0]), rank(pair[1])];
  if (x < y) return -1;
  if (x > y) return 1;
  return Number.isNaN(x) || Number.isNaN(y) ? null : 0;
}

/** Letters and digits make terms; everything else separates them. */
const ALPHANUMERIC = /[\p{L}\p{N}]/u;

function joins(text: string, index: number): boolean {
  if (index <= 0 || index >= text.length) return false;
  return (
    ALPHANUMERIC.test(pointBefore(text, index)) && ALPHANUMERIC.test(String.fromCodePoint(text.codePointAt(index) ?? 0))
  );
}

function pointBefore(text: string, index: number): string {
  const low = text.charCodeAt(index - 1);
  const pair = low >= 0xdc00 && low < 0xe000 && index > 1;
  return String.fromCodePoint((pair ? text.codePointAt(index - 2) : low) ?? 0).slice(pair ? -2 : 0);
}

/** Whether the needle stands in the text with the edges of terms where asked for. */
function hasTerm(text: string, needle: string, start: boolean, end: boolean): boolean {
  if (needle === '') return true;
  for (let i = text.indexOf(needle); i >= 0; i = text.indexOf(needle, i + 1)) {
    if (!(start && joins(text, i)) && !(end && joins(text, i + needle.length))) return true;
  }
  return false;
}

/** Text operators on texts that are folded already where case does not count. */
export const TEXT_TESTS: Readonly<Record<TextOperator, (text: string, needle: string) => boolean>> = {
  has: (text, needle) => hasTerm(text, needle, true, true),
  hasprefix: (text, needle) => hasTerm(text, needle, true, false),
  hassuffix: (text, needle) => hasTerm(text, needle, false, true),
  contains: (text, needle) => text.includes(needle),
  startswith: (text, needle) => text.startsWith(needle),
  endswith: (text, needle) => text.endsWith(needle),
};

/** Numbers out of texts; everything else as it is. */
function operand(value: Value): Value {
  return typeof value === 'string' ? numberOf(value) : value;
}

/** `+ - * / %`. Null where an operand is null or fits no meaning, where 64 bits overflow and where integers are divided by 0. */
export function arithmetic(operator: Arithmetic, left: Value, right: Value): Value {
  const a = operand(left);
  const b = operand(right);
  if (typeof a === 'bigint' && typeof b === 'bigint') return integers(operator, a, b);
  if (isNumber(a) && isNumber(b)) return reals(operator, Number(a), Number(b));
  return times(operator, a, b);
}

function integers(operator: Arithmetic, a: bigint, b: bigint): bigint | null {
  switch (operator) {
    case '+':
      return long(a + b);
    case '-':
      return long(a - b);
    case '*':
      return long(a * b);
    case '/':
      return b === 0n ? null : long(a / b);
    default:
      return b === 0n ? null : a % b;
  }
}

function reals(operator: Arithmetic, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}

function times(operator: Arithmetic, a: Value, b: Value): Value {
  if (a instanceof DateTime) {
    if (b instanceof DateTime) return operator === '-' ? span(a.ticks - b.ticks) : null;
    if (!(b instanceof TimeSpan)) return null;
    return operator === '+' ? dateTime(a.ticks + b.ticks) : operator === '-' ? dateTime(a.ticks - b.ticks) : null;
  }
  if (a instanceof TimeSpan && b instanceof DateTime) return operator === '+' ? dateTime(a.ticks + b.ticks) : null;
  if (a instanceof TimeSpan && b instanceof TimeSpan) {
    if (operator === '/') return b.ticks === 0n ? null : Number(a.ticks) / Number(b.ticks);
    const ticks = operator === '*' ? null : integers(operator, a.ticks, b.ticks);
    return ticks === null ? null : span(ticks);
  }
  if (a instanceof TimeSpan && isNumber(b)) return scaled(operator, a, b);
  return isNumber(a) && b instanceof TimeSpan && operator === '*' ? scaled(operator, b, a) : null;
}

function scaled(operator: Arithmetic, { ticks }: TimeSpan, by: bigint | number): Value {
  if (operator !== '*' && operator !== '/') return null;
  if (typeof by === 'bigint') {
    const exact = integers(operator, ticks, by);
    return exact === null ? null : span(exact);
  }
  const result = reals(operator, Number(ticks), by);
  return Number.isFinite(result) && Math.abs(result) < 2 ** 63 ? span(BigInt(Math.trunc(result))) : null;
}
