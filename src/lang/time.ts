/** Dates and spans in text, in Kusto's spellings. */
import { DateTime, TICKS_PER_DAY, TICKS_PER_MS, TimeSpan } from './value.ts';

const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i;

/** 0001-01-01 and the last tick of 9999, as in Kusto. */
export const FIRST_DATE = -621_355_968_000_000_000n;
const LAST = 2_534_023_007_999_999_999n;

/** A date of these ticks, or null outside the years 1 to 9999. */
export function dateTime(ticks: bigint): DateTime | null {
  return ticks >= FIRST_DATE && ticks <= LAST ? new DateTime(ticks) : null;
}

/** ISO 8601, with `T` or a blank, without zone UTC; digits behind the seventh of a second are dropped. Null: no date. */
export function parseDateTime(text: string): DateTime | null {
  if (text.length > 40) return null;
  const match = DATE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const midnight = new Date(0);
  midnight.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (midnight.getUTCMonth() !== Number(month) - 1 || midnight.getUTCFullYear() !== Number(year)) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const minutes = zoneMinutes(zone);
  if (minutes === null) return null;
  const seconds = (Number(hour) * 60 + Number(minute) - minutes) * 60 + Number(second);
  const ms = BigInt(midnight.getTime()) + BigInt(seconds) * 1000n;
  return dateTime(ms * TICKS_PER_MS + BigInt(fraction.padEnd(7, '0').slice(0, 7)));
}

function zoneMinutes(zone: string): number | null {
  if (/^[a-z]+$/i.test(zone)) return 0;
  const digits = zone.replace(':', '');
  const [hours, minutes] = [Number(digits.slice(1, 3)), Number(digits.slice(3, 5))];
  if (hours > 14 || minutes > 59) return null;
  return (digits[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** ISO 8601 in UTC with as many digits of the second as there are. */
export function formatDateTime({ ticks }: DateTime): string {
  const ms = floorDivide(ticks, TICKS_PER_MS);
  const rest = ticks - ms * TICKS_PER_MS;
  const [head = '', millis = ''] = new Date(Number(ms)).toISOString().slice(0, -1).split('.');
  const fraction = trimZeros(millis + String(rest).padStart(4, '0'));
  return `${head}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** Unit of a span literal → ticks. */
export const SPAN_UNITS: Readonly<Record<string, bigint>> = {
  d: TICKS_PER_DAY,
  day: TICKS_PER_DAY,
  days: TICKS_PER_DAY,
  h: 3_600_000n * TICKS_PER_MS,
  hr: 3_600_000n * TICKS_PER_MS,
  hour: 3_600_000n * TICKS_PER_MS,
  hours: 3_600_000n * TICKS_PER_MS,
  m: 60_000n * TICKS_PER_MS,
  min: 60_000n * TICKS_PER_MS,
  minute: 60_000n * TICKS_PER_MS,
  minutes: 60_000n * TICKS_PER_MS,
  s: 1000n * TICKS_PER_MS,
  sec: 1000n * TICKS_PER_MS,
  second: 1000n * TICKS_PER_MS,
  seconds: 1000n * TICKS_PER_MS,
  ms: TICKS_PER_MS,
  milli: TICKS_PER_MS,
  millisecond: TICKS_PER_MS,
  milliseconds: TICKS_PER_MS,
  micro: 10n,
  microsecond: 10n,
  microseconds: 10n,
  tick: 1n,
  ticks: 1n,
};

const CLOCK = /^(-)?(?:(\d{1,8})\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?$/;
const DAYS = /^(-)?(\d{1,8})$/;
const COUNTED = /^(-)?(\d{1,9})(?:\.(\d{1,7}))?\s?([a-z]+)$/;
/** Spans longer than Kusto's are none. */
const SPAN_MAX = 2n ** 63n - 1n;

/** `[d.]hh:mm[:ss[.fffffff]]`, a number of days, or a number with a unit (`1.5h`). Null: no span. */
export function parseTimeSpan(text: string): TimeSpan | null {
  if (text.length > 40) return null;
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const [, sign, days = '0', hours, minutes, seconds = '0', fraction = ''] = clock;
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
    const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    const ticks = BigInt(days) * TICKS_PER_DAY + BigInt(whole) * 1000n * TICKS_PER_MS + BigInt(fraction.padEnd(7, '0'));
    return span(sign === '-' ? -ticks : ticks);
  }
  const days = DAYS.exec(text);
  if (days !== null) return span(BigInt(`${days[1] ?? ''}${days[2]}`) * TICKS_PER_DAY);
  const counted = COUNTED.exec(text);
  if (counted === null) return null;
  const [, sign, whole, fraction = '', name] = counted;
  const unit = Object.hasOwn(SPAN_UNITS, name) ? SPAN_UNITS[name] : undefined;
  if (unit === undefined) return null;
  const ticks = BigInt(whole) * unit + (BigInt(fraction.padEnd(7, '0')) * unit) / 10_000_000n;
  return span(sign === '-' ? -ticks : ticks);
}

/** A span of these ticks, or null where 64 bits do not hold it. */
export function span(ticks: bigint): TimeSpan | null {
  return ticks >= -SPAN_MAX && ticks <= SPAN_MAX ? new TimeSpan(ticks) : null;
}

/** `[-][d.]hh:mm:ss[.fffffff]`. */
export function formatTimeSpan({ ticks }: TimeSpan): string {
  const size = ticks < 0n ? -ticks : ticks;
  const days = size / TICKS_PER_DAY;
  const seconds = Number((size % TICKS_PER_DAY) / (1000n * TICKS_PER_MS));
  const fraction = trimZeros(String(size % (1000n * TICKS_PER_MS)).padStart(7, '0'));
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${ticks < 0n ? '-' : ''}${days === 0n ? '' : `${days}.`}${clock}${fraction === '' ? '' : `.${fraction}`}`;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}
