/**
 * Exact decimal numbers as text. Events hold integers and decimals that a double cannot (71,119 of 200,000 Mordor
 * lines), so numbers are compared as digits and never converted.
 */

/** Longest text an exponent is written out to. Every double fits (5e-324 with 17 digits needs 343 characters). */
export const DECIMAL_CHARACTERS_MAX = 400;

const TOKEN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const PLAIN_INTEGER = /^(?:0|-?[1-9]\d*)$/;

/**
 * The one way to write a number: no exponent, no leading or trailing zeros, no `+`, no negative zero (`4624.0` → `4624`,
 * `1e3` → `1000`, `-0` → `0`). Text that is no number, and numbers whose digits would exceed
 * {@link DECIMAL_CHARACTERS_MAX}, come back as they are.
 */
export function canonicalDecimal(token: string): string {
  if (PLAIN_INTEGER.test(token)) return token;
  const match = TOKEN.exec(token);
  if (match === null) return token;
  const [, sign, integer, fraction = '', exponent = '0'] = match;
  const digits = integer + fraction;
  if (digits === '') return token;
  // Loops, because /0+$/ is quadratic on a hostile run of zeros.
  let first = 0;
  let end = digits.length;
  while (first < end && digits.charCodeAt(first) === 48) first++;
  while (end > first && digits.charCodeAt(end - 1) === 48) end--;
  if (first === end) return '0';
  const significant = digits.slice(first, end);
  // Where the decimal point stands, counted from the first significant digit.
  const point = integer.length - first + Number(exponent);
  const length = Math.max(point, 0) + Math.max(significant.length - point, 0);
  if (!(length <= DECIMAL_CHARACTERS_MAX)) return token;
  const minus = sign === '-' ? '-' : '';
  if (point <= 0) return `${minus}0.${'0'.repeat(-point)}${significant}`;
  if (point >= significant.length) return minus + significant + '0'.repeat(point - significant.length);
  return `${minus}${significant.slice(0, point)}.${significant.slice(point)}`;
}

/** Whether the text is a number in its canonical form; only such text compares as a number (`04624` does not). */
export function isCanonicalDecimal(text: string): boolean {
  return CANONICAL.test(text) && text !== '-0';
}

/** Order of two canonical decimals: negative, zero or positive, exact. */
export function compareDecimals(a: string, b: string): number {
  const aNegative = a.charCodeAt(0) === 45;
  const bNegative = b.charCodeAt(0) === 45;
  if (aNegative !== bNegative) return aNegative ? -1 : 1;
  const order = aNegative ? compareMagnitudes(b.slice(1), a.slice(1)) : compareMagnitudes(a, b);
  return order;
}

function compareMagnitudes(a: string, b: string): number {
  const aPoint = a.indexOf('.');
  const bPoint = b.indexOf('.');
  const aInteger = aPoint < 0 ? a : a.slice(0, aPoint);
  const bInteger = bPoint < 0 ? b : b.slice(0, bPoint);
  if (aInteger.length !== bInteger.length) return aInteger.length - bInteger.length;
  // Integer parts of one length, and fractions without trailing zeros, order as text.
  return a < b ? -1 : a > b ? 1 : 0;
}
