/** What operators mean for two values, the slow and obvious way: by exact fractions and by ISO texts. */
import { DateTime, TimeSpan, type Value } from './value.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const fits = (value: bigint): bigint | null => (value < MIN || value > MAX ? null : value);

function asNumber(value: Value): bigint | number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return null;
  if (/^-?\d+$/.test(value) && fits(BigInt(value)) !== null) return BigInt(value);
  return Number.isFinite(Number(value)) ? Number(value) : null;
}

function asDate(value: Value): bigint | null {
  if (value instanceof DateTime) return value.ticks;
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : BigInt(ms) * 10_000n;
}

/** Both as one kind of thing that can be ordered, or null. */
function common(a: Value, b: Value): readonly [bigint | number | string, bigint | number | string] | null {
  if (typeof a === 'string' && typeof b === 'string') return [a, b];
  const pairs = [
    (v: Value, other: Value) => (typeof other === 'bigint' || typeof other === 'number' ? asNumber(v) : null),
    (v: Value, other: Value) => (other instanceof DateTime ? asDate(v) : null),
    (v: Value, other: Value) => (other instanceof TimeSpan && v instanceof TimeSpan ? v.ticks : null),
    (v: Value, other: Value) =>
      typeof other === 'boolean' && /^(true|false)$/i.test(String(v)) && typeof v !== 'object'
        ? Number(String(v).toLowerCase() === 'true')
        : null,
  ];
  for (const read of pairs) {
    const [x, y] = [read(a, typeof b === 'string' ? a : b), read(b, typeof a === 'string' ? b : a)];
    if (x !== null && y !== null) return [x, y];
  }
  return null;
}

export const arithmeticTwin = {
  equal(a: Value, b: Value): boolean | null {
    if (a === null || b === null) return a === b ? null : false;
    const pair = common(a, b);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number of the same worth
    return pair !== null && pair[0] == pair[1];
  },

  order(a: Value, b: Value): number | null {
    if (a === null || b === null) return null;
    const pair = common(a, b);
    if (pair === null || pair.some((side) => Number.isNaN(side))) return null;
    return pair[0] < pair[1] ? -1 : pair[0] > pair[1] ? 1 : 0;
  },

  negate(value: Value): Value {
    return value instanceof TimeSpan ? new TimeSpan(-value.ticks) : arithmeticTwin.apply('*', value, -1n);
  },

  apply(operator: string, a: Value, b: Value): Value {
    const [x, y] = [asNumber(a), asNumber(b)];
    if (x !== null && y !== null) {
      if (typeof x === 'bigint' && typeof y === 'bigint') {
        if ((operator === '/' || operator === '%') && y === 0n) return null;
        const worked: Readonly<Record<string, () => bigint>> = {
          '+': () => x + y,
          '-': () => x - y,
          '*': () => x * y,
          '/': () => x / y,
          '%': () => x % y,
        };
        return fits(worked[operator]());
      }
      const [p, q] = [Number(x), Number(y)];
      const worked: Readonly<Record<string, number>> = { '+': p + q, '-': p - q, '*': p * q, '/': p / q, '%': p % q };
      return worked[operator];
    }
    return arithmeticTwin.times(operator, a, b, x, y);
  },

  times(operator: string, a: Value, b: Value, x: bigint | number | null, y: bigint | number | null): Value {
    const date = (ticks: bigint) => {
      const year = ticks < -621_355_968_000_000_000n ? 0 : ticks > 2_534_023_007_999_999_999n ? 10_000 : 1;
      return year === 1 ? new DateTime(ticks) : null;
    };
    const span = (ticks: bigint | null) =>
      ticks === null || ticks === MIN || fits(ticks) === null ? null : new TimeSpan(ticks);
    const kinds = `${a instanceof DateTime ? 'd' : a instanceof TimeSpan ? 's' : x !== null ? 'n' : '?'}${operator}${b instanceof DateTime ? 'd' : b instanceof TimeSpan ? 's' : y !== null ? 'n' : '?'}`;
    const [p, q] = [
      a instanceof DateTime || a instanceof TimeSpan ? a.ticks : 0n,
      b instanceof DateTime || b instanceof TimeSpan ? b.ticks : 0n,
    ];
    switch (kinds) {
      case 'd-d':
        return span(p - q);
      case 'd+s':
      case 's+d':
        return date(p + q);
      case 'd-s':
        return date(p - q);
      case 's+s':
        return span(p + q);
      case 's-s':
        return span(p - q);
      case 's/s':
        return q === 0n ? null : Number(p) / Number(q);
      case 's%s':
        return q === 0n ? null : span(p % q);
      case 's*n':
      case 'n*s': {
        const [ticks, by] = kinds === 's*n' ? [p, y] : [q, x];
        if (typeof by === 'bigint') return span(ticks * by);
        const product = Number(ticks) * Number(by);
        return Number.isFinite(product) && Math.abs(product) < 2 ** 63 ? span(BigInt(Math.trunc(product))) : null;
      }
      case 's/n': {
        if (typeof y === 'bigint') return y === 0n ? null : span(p / y);
        const quotient = Number(p) / Number(y);
        return Number.isFinite(quotient) && Math.abs(quotient) < 2 ** 63 ? span(BigInt(Math.trunc(quotient))) : null;
      }
      default:
        return null;
    }
  },

  text(value: DateTime | TimeSpan): string {
    if (value instanceof TimeSpan) {
      const size = value.ticks < 0n ? -value.ticks : value.ticks;
      const [d, h, m, s] = [
        size / 864_000_000_000n,
        (size / 36_000_000_000n) % 24n,
        (size / 600_000_000n) % 60n,
        (size / 10_000_000n) % 60n,
      ];
      const rest = String(size % 10_000_000n)
        .padStart(7, '0')
        .replace(/0+$/, '');
      const two = (n: bigint) => String(n).padStart(2, '0');
      return `${value.ticks < 0n ? '-' : ''}${d > 0n ? `${d}.` : ''}${two(h)}:${two(m)}:${two(s)}${rest === '' ? '' : `.${rest}`}`;
    }
    const second = value.ticks - (((value.ticks % 10_000_000n) + 10_000_000n) % 10_000_000n);
    const rest = String(value.ticks - second)
      .padStart(7, '0')
      .replace(/0+$/, '');
    return `${new Date(Number(second / 10_000n)).toISOString().slice(0, 19)}${rest === '' ? '' : `.${rest}`}Z`;
  },
};
