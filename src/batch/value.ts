/** What a raw token is worth in queries: typed, exact, or text. */
import { BOOLEAN, NULL, NUMBER, STRING } from './kernel.ts';
import { eachElement } from './list.ts';
import { decodeToken } from './token.ts';

export type ColumnKind = 'string' | 'integer' | 'float' | 'boolean' | 'null' | 'list';
export type Scalar = string | bigint | number | boolean | null;

/**
 * A value and its kind. Integers are 64 bits wide; integers beyond that, and decimals that a double does not hold exactly,
 * are strings: their token as written. Of a list each element is a value.
 */
export interface BatchValue {
  readonly kind: ColumnKind;
  readonly value: Scalar | readonly BatchValue[];
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const INTEGER = /^-?[0-9]+$/;
const DECIMAL = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/;
const NULL_VALUE: BatchValue = { kind: 'null', value: null };

/** Significant digits and the power of ten behind them; null for zero. */
function significant(token: string): string | null {
  const [, integer = '', fraction = '', exponent = '0'] = DECIMAL.exec(token) ?? [];
  const digits = integer + fraction;
  let first = 0;
  let end = digits.length;
  while (first < end && digits[first] === '0') first++;
  while (end > first && digits[end - 1] === '0') end--;
  if (first === end) return null;
  return `${digits.slice(first, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}

function numberValue(token: string): BatchValue {
  if (INTEGER.test(token)) {
    // Nineteen digits and a sign hold every 64-bit integer; longer ones need not be read.
    if (token.length > 20) return { kind: 'string', value: token };
    const value = BigInt(token);
    return value >= INT64_MIN && value <= INT64_MAX ? { kind: 'integer', value } : { kind: 'string', value: token };
  }
  const value = Number(token);
  // A double prints with 17 digits at most, so a longer token is not what it prints.
  const exact = Number.isFinite(value) && significant(token) === (value === 0 ? null : significant(String(value)));
  return exact ? { kind: 'float', value } : { kind: 'string', value: token };
}

/** Value of a valid token (kinds of kernel.ts; a string's between its quotes). */
export function tokenValue(kind: number, bytes: Uint8Array, from: number, length: number): BatchValue {
  switch (kind) {
    case STRING:
      return { kind: 'string', value: decodeToken(true, bytes, from, length) };
    case NUMBER:
      return numberValue(decodeToken(false, bytes, from, length));
    case BOOLEAN:
      return { kind: 'boolean', value: bytes[from] === 0x74 };
    case NULL:
      return NULL_VALUE;
    default:
      return { kind: 'list', value: elements(bytes, from, from + length) };
  }
}

/** Elements of a valid array of scalars. */
function elements(bytes: Uint8Array, from: number, to: number): BatchValue[] {
  const found: BatchValue[] = [];
  eachElement(bytes, from, to - from, (kind, at, length) => {
    found.push(tokenValue(kind, bytes, at, length));
  });
  return found;
}
