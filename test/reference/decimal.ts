/** Decimal numbers as digits, never as doubles. */

const TOKEN = /^([-+]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?[0-9]+))?$/;
/** Beyond this many digits a number stays as it was written. */
const DIGITS_MAX = 400;

/** `4624.0` → `4624`, `1e3` → `1000`, `-0` → `0`, `01.50` → `1.5`; null when the text is no decimal number. */
export function canonical(token: string): string | null {
  const parts = TOKEN.exec(token);
  if (parts === null || (parts[2] === '' && !parts[3])) return null;
  const exponent = Number(parts[4] ?? 0);
  const whole = parts[2] ?? '';
  const fraction = parts[3] ?? '';
  let digits = whole + fraction;
  let point = whole.length + exponent;
  const leading = /^0*/.exec(digits)?.[0].length ?? 0;
  digits = digits.slice(leading);
  point -= leading;
  digits = digits.replace(/0+$/, '');
  if (digits === '') return '0';
  if (Math.max(point, 0) + Math.max(digits.length - point, 0) > DIGITS_MAX) return token;
  const body =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : digits.length <= point
        ? digits.padEnd(point, '0')
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return parts[1] === '-' ? `-${body}` : body;
}

/** -1, 0 or 1 for two canonical decimals. */
export function compareDecimals(a: string, b: string): number {
  const negativeA = a.startsWith('-');
  const negativeB = b.startsWith('-');
  if (negativeA !== negativeB) return negativeA ? -1 : 1;
  if (negativeA) return -compareDecimals(a.slice(1), b.slice(1));
  const [wholeA = '', fractionA = ''] = a.split('.');
  const [wholeB = '', fractionB = ''] = b.split('.');
  const width = Math.max(wholeA.length, wholeB.length);
  const places = Math.max(fractionA.length, fractionB.length);
  const left = BigInt(wholeA.padStart(width, '0') + fractionA.padEnd(places, '0'));
  const right = BigInt(wholeB.padStart(width, '0') + fractionB.padEnd(places, '0'));
  return left < right ? -1 : left > right ? 1 : 0;
}
