/** Spans (`15m`), sizes (`64MiB`) and shares (`80%`): how they are written, read and printed. */

/** Milliseconds. */
export type Ms = number;
/** Bytes. */
export type Bytes = number;

/** Largest first. A year is 365 days: retention is counted, not celebrated. */
const SPANS = { y: 31_536_000_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const SIZES = { TiB: 2 ** 40, GiB: 2 ** 30, MiB: 2 ** 20, KiB: 2 ** 10, B: 1 } as const;

/**
 * Digits are bounded so that every span and size is a whole number that a double holds; so the pattern alone decides, in an
 * editor as well.
 */
export const SPAN = /^(?:\d{1,15}ms|\d{1,12}s|\d{1,9}[mh]|\d{1,6}d|\d{1,4}y)$/;
export const SIZE = /^(?:\d{1,15}B|\d{1,12}KiB|\d{1,9}MiB|\d{1,6}GiB|\d{1,3}TiB)$/;
export const PERCENT = /^(?:100(?:\.0{1,3})?|\d{1,2}(?:\.\d{1,3})?)%$/;

function read(text: string, units: Readonly<Record<string, number>>): number {
  const digits = /^\d+/.exec(text)?.[0] ?? '';
  return Number(digits) * (units[text.slice(digits.length)] ?? Number.NaN);
}

function print(value: number, units: Readonly<Record<string, number>>, smallest: string): string {
  const unit = Object.entries(units).find(([, size]) => value !== 0 && value % size === 0)?.[0] ?? smallest;
  return `${value / units[unit]}${unit}`;
}

/** `text` must match {@link SPAN}. */
export function readSpan(text: string): Ms {
  return read(text, SPANS);
}

/** In the largest unit that gives a whole number: `90s`, not `1.5m`. */
export function printSpan(ms: Ms): string {
  return print(ms, SPANS, 'ms');
}

/** `text` must match {@link SIZE}. */
export function readSize(text: string): Bytes {
  return read(text, SIZES);
}

export function printSize(bytes: Bytes): string {
  return print(bytes, SIZES, 'B');
}

/** `text` must match {@link PERCENT}; from 0 to 1. */
export function readPercent(text: string): number {
  return Number(text.slice(0, -1)) / 100;
}

export function printPercent(share: number): string {
  return `${Number((share * 100).toFixed(3))}%`;
}
