/** Arithmetic beyond the signs, and bins. */
import { dateTime, FIRST_DATE, span } from '../time.ts';
import { DateTime, long, TimeSpan, type Value } from '../value.ts';
import { toDateTime, toLong, toNumber, toReal, toTimeSpan } from './convert.ts';
import { type FunctionEntry, one } from './entry.ts';

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
}

/** The largest multiple of the size that is no greater. Bins of dates count from 0001-01-01, as Kusto's do. */
export function bin([value, size]: readonly Value[]): Value {
  const width = toTimeSpan(size instanceof TimeSpan ? size : null);
  if (width !== null) {
    if (width.ticks <= 0n) return null;
    const date = value instanceof TimeSpan ? null : toDateTime(value);
    if (date !== null) {
      const ticks = date.ticks - FIRST_DATE;
      return dateTime(FIRST_DATE + (ticks / width.ticks) * width.ticks);
    }
    const length = toTimeSpan(value);
    return length === null ? null : span(floorDivide(length.ticks, width.ticks) * width.ticks);
  }
  const [number, step] = [toNumber(value), toNumber(size)];
  if (number === null || step === null || !(step > 0)) return null;
  if (typeof number === 'bigint' && typeof step === 'bigint') return long(floorDivide(number, step) * step);
  const result = Math.floor(Number(number) / Number(step)) * Number(step);
  return Number.isFinite(result) ? result : null;
}

/** -1, 0, 1, or null where two values have no order. Numbers of both kinds compare, and numbers in texts. */
export function compareValues(a: Value, b: Value): number | null {
  const [x, y] = [rank(a), rank(b)];
  if (x === null || y === null || (typeof x === 'string') !== (typeof y === 'string')) return null;
  return x < y ? -1 : x > y ? 1 : 0;
}

function rank(value: Value): bigint | number | string | null {
  if (value instanceof DateTime || value instanceof TimeSpan) return value.ticks;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' ? null : value;
}

/** To so many decimals, halves away from 0; to tens, hundreds … where below 0. */
function round([value, digits = 0n]: readonly Value[]): Value {
  const [number, places] = [toReal(value), toLong(digits)];
  if (number === null || places === null || !Number.isFinite(number)) return number;
  if (places > 15n || places < -15n) return places > 0n ? number : 0;
  // Written with an exponent the scaling is exact in decimal: 1.005 is not 1.00499….
  const scaled = Math.round(
    Number(`${Math.abs(number)}e${places}`.replace(/e([^e]*)e(.*)$/, (_, a, b) => `e${Number(a) + Number(b)}`)),
  );
  const text = String(scaled).replace(/e.*$/, '');
  const exponent = /e(.*)$/.exec(String(scaled))?.[1] ?? '0';
  return Math.sign(number) * Number(`${text}e${Number(exponent) - Number(places)}`);
}

/** A number, a span, or what neither is. */
function absolute(value: Value): Value {
  if (value instanceof TimeSpan) return span(value.ticks < 0n ? -value.ticks : value.ticks);
  const number = toNumber(value);
  if (typeof number === 'bigint') return long(number < 0n ? -number : number);
  return number === null ? null : Math.abs(number);
}

function sign(value: Value): Value {
  const number = toReal(value);
  return number === null || Number.isNaN(number) ? null : BigInt(Math.sign(number));
}

/** Of one number; what has no value (the root of -1) is NaN, as in Kusto. */
function real(name: string, about: string, work: (number: number) => number): FunctionEntry {
  return one(
    `${name}(number)`,
    about,
    ['real'],
    'real',
    ([x]) => {
      const number = toReal(x);
      return number === null ? null : work(number);
    },
    { named: 'argument' },
  );
}

function test(name: string, about: string, work: (number: number) => boolean): FunctionEntry {
  return one(`${name}(number)`, about, ['real'], 'bool', ([x]) => {
    const number = toReal(x);
    return number === null ? null : work(number);
  });
}

/** Of two integers, in 64 bits. */
function bits(name: string, about: string, work: (a: bigint, b: bigint) => bigint): FunctionEntry {
  return one(
    `${name}(number, number)`,
    about,
    ['long', 'long'],
    'long',
    ([x, y]) => {
      const [a, b] = [toLong(x), toLong(y)];
      return a === null || b === null ? null : BigInt.asIntN(64, work(a, b));
    },
    { named: 'argument' },
  );
}

const shift = (by: bigint): bigint => BigInt.asUintN(6, by);

export const NUMBERS: Readonly<Record<string, FunctionEntry>> = {
  bin: one(
    'bin(x, size)',
    'the greatest multiple of the size that is no greater than x: of numbers, dates (by a span) and spans',
    ['dynamic', 'dynamic'],
    'argument',
    bin,
    { named: 'argument' },
  ),
  round: one(
    'round(number[, digits])',
    'to so many decimals (0 by default), halves away from 0',
    ['real', 'long'],
    'real',
    round,
    { least: 1, named: 'argument' },
  ),
  abs: one('abs(x)', 'number or span without its sign', ['dynamic'], 'argument', ([x]) => absolute(x), {
    named: 'argument',
  }),
  ceiling: real('ceiling', 'the least whole number that is no less', Math.ceil),
  sign: one('sign(number)', '-1, 0 or 1', ['real'], 'long', ([x]) => sign(x)),
  sqrt: real('sqrt', 'square root', Math.sqrt),
  exp: real('exp', 'e to this power', Math.exp),
  log: real('log', 'natural logarithm', Math.log),
  log2: real('log2', 'logarithm to base 2', Math.log2),
  log10: real('log10', 'logarithm to base 10', Math.log10),
  pow: one(
    'pow(base, exponent)',
    'base to the power of exponent',
    ['real', 'real'],
    'real',
    ([x, y]) => {
      const [base, exponent] = [toReal(x), toReal(y)];
      return base === null || exponent === null ? null : base ** exponent;
    },
    { named: 'argument' },
  ),
  isnan: test('isnan', 'is no number (0.0 / 0.0)', Number.isNaN),
  isinf: test('isinf', 'is infinite', (number) => Math.abs(number) === Number.POSITIVE_INFINITY),
  isfinite: test('isfinite', 'is neither infinite nor NaN', Number.isFinite),
  binary_and: bits('binary_and', 'bits that both have', (a, b) => a & b),
  binary_or: bits('binary_or', 'bits that one has', (a, b) => a | b),
  binary_xor: bits('binary_xor', 'bits that only one has', (a, b) => a ^ b),
  binary_shift_left: bits(
    'binary_shift_left',
    'bits moved up by the second number, modulo 64',
    (a, b) => a << shift(b),
  ),
  binary_shift_right: bits(
    'binary_shift_right',
    'bits moved down by the second number, modulo 64',
    (a, b) => a >> shift(b),
  ),
};
