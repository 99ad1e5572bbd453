/** Dates: their parts, what begins and ends with them, and how they are written. Weeks begin on Sunday; all is in UTC. */
import { dateTime, FIRST_DATE, formatTimeSpan, span } from '../time.ts';
import { DateTime, TICKS_PER_DAY, TICKS_PER_MS, TimeSpan, type Value } from '../value.ts';
import { textOf, toDateTime, toLong, toReal, toTimeSpan } from './convert.ts';
import { all, type FunctionEntry, one, single } from './entry.ts';

const HOUR = TICKS_PER_DAY / 24n;
const MINUTE = HOUR / 60n;
const SECOND = MINUTE / 60n;

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;
const dayTicks = (ticks: bigint): bigint => ((ticks % TICKS_PER_DAY) + TICKS_PER_DAY) % TICKS_PER_DAY;

interface Parts {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

function partsOf({ ticks }: DateTime): Parts {
  const date = new Date(Number(floorDivide(ticks, TICKS_PER_MS)));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Ticks of a day; months beyond 12 are of later years. */
function ticksOf(year: number, month: number, day = 1): bigint {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return BigInt(date.getTime()) * TICKS_PER_MS;
}

/** 1970-01-01 was a Thursday; Sunday is 0. */
const weekday = (ticks: bigint): bigint => (((floorDivide(ticks, TICKS_PER_DAY) + 4n) % 7n) + 7n) % 7n;

/** First tick of the unit that a date is in, `offset` units later. */
const STARTS: Readonly<Record<string, (date: DateTime, offset: number) => bigint>> = {
  day: ({ ticks }, offset) => ticks - dayTicks(ticks) + BigInt(offset) * TICKS_PER_DAY,
  week: ({ ticks }, offset) =>
    ticks - dayTicks(ticks) - weekday(ticks) * TICKS_PER_DAY + BigInt(offset) * 7n * TICKS_PER_DAY,
  month: (date, offset) => ticksOf(partsOf(date).year, partsOf(date).month + offset),
  year: (date, offset) => ticksOf(partsOf(date).year + offset, 1),
};

/** Offsets beyond lead out of the years there are. */
const OFFSET_MAX = 4_000_000;

function edges(unit: string, about: string): Record<string, FunctionEntry> {
  const edge = (name: string, what: string, later: number, less: bigint): FunctionEntry =>
    one(
      `${name}(date[, offset])`,
      what,
      ['datetime', 'long'],
      'datetime',
      ([value, offset = 0n]) => {
        const date = toDateTime(value);
        const by = Number(toLong(offset) ?? Number.NaN);
        if (date === null || !(Math.abs(by) < OFFSET_MAX)) return null;
        return dateTime(STARTS[unit](date, by + later) - less);
      },
      { least: 1, ...(later === 0 && unit === 'day' ? { named: 'argument' } : {}) },
    );
  return {
    [`startof${unit}`]: edge(`startof${unit}`, `when the ${about} began, so many later`, 0, 0n),
    [`endof${unit}`]: edge(`endof${unit}`, `last tick of the ${about}, so many later`, 1, 1n),
  };
}

const monthIndex = (date: DateTime): bigint => BigInt(partsOf(date).year * 12 + partsOf(date).month - 1);

/** The unit a date is in as a number that grows by one with each: differences count the borders between two dates. */
const UNITS: Readonly<Record<string, (date: DateTime) => bigint>> = {
  year: (date) => BigInt(partsOf(date).year),
  quarter: (date) => monthIndex(date) / 3n,
  month: monthIndex,
  week: (date) => floorDivide(floorDivide(date.ticks, TICKS_PER_DAY) + 4n, 7n),
  day: ({ ticks }) => floorDivide(ticks, TICKS_PER_DAY),
  hour: ({ ticks }) => floorDivide(ticks, HOUR),
  minute: ({ ticks }) => floorDivide(ticks, MINUTE),
  second: ({ ticks }) => floorDivide(ticks, SECOND),
  millisecond: ({ ticks }) => floorDivide(ticks, TICKS_PER_MS),
  microsecond: ({ ticks }) => floorDivide(ticks, 10n),
  nanosecond: ({ ticks }) => ticks * 100n,
};

const ofUnit = <T>(table: Readonly<Record<string, T>>, unit: Value): T | null => {
  const name = textOf(unit).toLowerCase();
  return Object.hasOwn(table, name) ? table[name] : null;
};

function difference([unit, a, b]: readonly Value[]): Value {
  const count = ofUnit(UNITS, unit);
  const [later, earlier] = [toDateTime(a), toDateTime(b)];
  return count === null || later === null || earlier === null ? null : count(later) - count(earlier);
}

const SPANS: Readonly<Record<string, bigint>> = {
  week: 7n * TICKS_PER_DAY,
  day: TICKS_PER_DAY,
  hour: HOUR,
  minute: MINUTE,
  second: SECOND,
  millisecond: TICKS_PER_MS,
  microsecond: 10n,
};
const MONTHS: Readonly<Record<string, number>> = { year: 12, quarter: 3, month: 1 };

/** So many units later; the 31st becomes the last of a shorter month. */
function add([unit, amount, value]: readonly Value[]): Value {
  const [date, count] = [toDateTime(value), toLong(amount)];
  if (date === null || count === null) return null;
  const ticks = ofUnit(SPANS, unit);
  if (ticks !== null) return dateTime(date.ticks + ticks * count);
  const months = ofUnit(MONTHS, unit);
  if (months === null || count > 120_000n || count < -120_000n) return null;
  const { year, month, day } = partsOf(date);
  const target = month + months * Number(count);
  const last = partsOf(new DateTime(ticksOf(year, target + 1) - 1n)).day;
  return dateTime(ticksOf(year, target, Math.min(day, last)) + dayTicks(date.ticks));
}

const dayOfYear = (date: DateTime): bigint => (date.ticks - ticksOf(partsOf(date).year, 1)) / TICKS_PER_DAY + 1n;

/** ISO 8601: the week of the Thursday. */
function weekOfYear(date: DateTime): bigint {
  const monday = (weekday(date.ticks) + 6n) % 7n;
  const thursday = new DateTime(date.ticks + (3n - monday) * TICKS_PER_DAY);
  return (dayOfYear(thursday) - 1n) / 7n + 1n;
}

const PARTS: Readonly<Record<string, (date: DateTime) => bigint>> = {
  year: UNITS['year'],
  quarter: (date) => BigInt(Math.ceil(partsOf(date).month / 3)),
  month: (date) => BigInt(partsOf(date).month),
  week_of_year: weekOfYear,
  day: (date) => BigInt(partsOf(date).day),
  dayofyear: dayOfYear,
  hour: ({ ticks }) => dayTicks(ticks) / HOUR,
  minute: ({ ticks }) => (dayTicks(ticks) / MINUTE) % 60n,
  second: ({ ticks }) => (dayTicks(ticks) / SECOND) % 60n,
  millisecond: ({ ticks }) => (dayTicks(ticks) / TICKS_PER_MS) % 1000n,
  microsecond: ({ ticks }) => (dayTicks(ticks) % SECOND) / 10n,
  nanosecond: ({ ticks }) => (dayTicks(ticks) % SECOND) * 100n,
};

function part(name: string, about: string, unit: string): FunctionEntry {
  return one(`${name}(date)`, about, ['datetime'], 'long', ([x]) => {
    const date = toDateTime(x);
    return date === null ? null : PARTS[unit](date);
  });
}

const padded = (value: bigint, width: number): string => String(value).padStart(width, '0');

/** What runs of a letter in a format stand for. Digits behind the seventh of a second there are none. */
function field(letters: string, date: DateTime): string | null {
  const width = letters.length;
  const of = (unit: string): bigint => PARTS[unit](date);
  const fraction = padded(dayTicks(date.ticks) % SECOND, 7);
  switch (letters[0]) {
    case 'y':
      return width > 2 ? padded(of('year'), width) : padded(of('year') % 100n, width);
    case 'M':
      return width > 2 ? null : padded(of('month'), width);
    case 'd':
      return width > 2 ? null : padded(of('day'), width);
    case 'H':
      return width > 2 ? null : padded(of('hour'), width);
    case 'h':
      return width > 2 ? null : padded(((of('hour') + 11n) % 12n) + 1n, width);
    case 'm':
      return width > 2 ? null : padded(of('minute'), width);
    case 's':
      return width > 2 ? null : padded(of('second'), width);
    case 'f':
      return width > 7 ? null : fraction.slice(0, width);
    case 'F':
      return width > 7 ? null : fraction.slice(0, width).replace(/0+$/, '');
    case 't':
      return width > 2 ? null : (of('hour') < 12n ? 'AM' : 'PM').slice(0, width);
    default:
      return null;
  }
}

const FORMAT = /(y+|M+|d+|H+|h+|m+|s+|f+|F+|t+)|[ /\-:,._[\]]/y;

/** A text by a format of letters and signs; null where the format has others. */
function formatted(format: string, write: (letters: string) => string | null): string | null {
  let text = '';
  for (let at = 0; at < format.length; ) {
    FORMAT.lastIndex = at;
    const piece = FORMAT.exec(format);
    const written = piece === null ? null : piece[1] === undefined ? piece[0] : write(piece[1]);
    if (piece === null || written === null) return null;
    text += written;
    at += piece[0].length;
  }
  return text;
}

function formatDate([value, format]: readonly Value[]): Value {
  const date = toDateTime(value);
  return date === null ? '' : formatted(textOf(format).slice(0, 100), (letters) => field(letters, date));
}

/** Letters of a span: days, and what is left of a day. */
function formatSpan([value, format]: readonly Value[]): Value {
  const length = toTimeSpan(value);
  if (length === null) return '';
  if (format === undefined) return formatTimeSpan(length);
  const size = length.ticks < 0n ? -length.ticks : length.ticks;
  const clock = new DateTime(dayTicks(size));
  const text = formatted(textOf(format).slice(0, 100), (letters) => {
    if (letters[0] === 'd') return padded(size / TICKS_PER_DAY, letters.length);
    return 'hHmsfF'.includes(letters[0]) ? field(letters.replaceAll('h', 'H'), clock) : null;
  });
  return text;
}

function makeDate(values: readonly Value[]): Value {
  const [year, month, day, hour, minute] = [...values.slice(0, 5).map(toLong), 0n, 0n, 0n].slice(0, 5);
  const second = values.length > 5 ? toReal(values[5]) : 0;
  if (year === null || month === null || day === null || hour === null || minute === null || second === null)
    return null;
  if (year < 1n || year > 9999n || month < 1n || month > 12n || day < 1n || day > 31n) return null;
  if (hour < 0n || hour > 23n || minute < 0n || minute > 59n || !(second >= 0 && second < 60)) return null;
  const ticks = ticksOf(Number(year), Number(month), Number(day));
  if (partsOf(new DateTime(ticks)).day !== Number(day)) return null;
  return dateTime(ticks + hour * HOUR + minute * MINUTE + BigInt(Math.round(second * 1e7)));
}

/** Dates out of numbers since 1970. */
function unix(unit: string, ticks: bigint): FunctionEntry {
  return one(
    `unixtime_${unit}_todatetime(number)`,
    `date of so many ${unit} since 1970-01-01`,
    ['real'],
    'datetime',
    ([x]) => {
      if (typeof x === 'bigint') return unit === 'nanoseconds' ? dateTime(x / 100n) : dateTime(x * ticks);
      const number = toReal(x);
      const scaled = number === null ? Number.NaN : unit === 'nanoseconds' ? number / 100 : number * Number(ticks);
      return Math.abs(scaled) < 2 ** 63 ? dateTime(BigInt(Math.trunc(scaled))) : null;
    },
  );
}

/** now() and a span. */
function fromNow(offset: Value, now: bigint, sign: bigint): Value {
  const by = toTimeSpan(offset);
  return by === null ? null : dateTime(now + sign * by.ticks);
}

const UNIT_NAMES = Object.keys(UNITS).join(', ');

export const DATES: Readonly<Record<string, FunctionEntry>> = {
  now: all(
    'now([offset])',
    'the time at which the events are judged, the same for all of a batch',
    ['timespan'],
    'datetime',
    ([offset], now) => [fromNow(offset === undefined ? new TimeSpan(0n) : single(offset), now, 1n)],
    { least: 0 },
  ),
  ago: all('ago(span)', 'now() minus the span', ['timespan'], 'datetime', ([offset], now) => [
    fromNow(single(offset), now, -1n),
  ]),
  ...edges('day', 'day'),
  ...edges('week', 'week'),
  ...edges('month', 'month'),
  ...edges('year', 'year'),
  startofhour: one(
    'startofhour(date)',
    'when the hour began (not in Kusto)',
    ['datetime'],
    'datetime',
    ([x]) => {
      const date = toDateTime(x);
      return date === null ? null : dateTime(floorDivide(date.ticks - FIRST_DATE, HOUR) * HOUR + FIRST_DATE);
    },
    { named: 'argument' },
  ),
  datetime_diff: one(
    'datetime_diff(unit, later, earlier)',
    `how many borders of a unit lie between two dates: ${UNIT_NAMES}`,
    ['string', 'datetime', 'datetime'],
    'long',
    difference,
  ),
  datetime_add: one(
    'datetime_add(unit, amount, date)',
    'so many units later',
    ['string', 'long', 'datetime'],
    'datetime',
    add,
  ),
  datetime_part: one(
    'datetime_part(unit, date)',
    `a part of a date: ${Object.keys(PARTS).join(', ')}`,
    ['string', 'datetime'],
    'long',
    ([unit, x]) => {
      const [of, date] = [ofUnit(PARTS, unit), toDateTime(x)];
      return of === null || date === null ? null : of(date);
    },
  ),
  getyear: part('getyear', 'the year', 'year'),
  monthofyear: part('monthofyear', 'month of the year, 1 to 12', 'month'),
  week_of_year: part('week_of_year', 'week of the year by ISO 8601, 1 to 53', 'week_of_year'),
  dayofyear: part('dayofyear', 'day of the year, 1 to 366', 'dayofyear'),
  dayofmonth: part('dayofmonth', 'day of the month, 1 to 31', 'day'),
  hourofday: part('hourofday', 'hour of the day in UTC, 0 to 23', 'hour'),
  dayofweek: one('dayofweek(date)', 'days since Sunday, as a span', ['datetime'], 'timespan', ([x]) => {
    const date = toDateTime(x);
    return date === null ? null : span(weekday(date.ticks) * TICKS_PER_DAY);
  }),
  make_datetime: one(
    'make_datetime(year, month, day[, hour, minute[, second]])',
    'date of its parts, or null',
    ['long', 'long', 'long', 'long', 'long', 'real'],
    'datetime',
    makeDate,
    { least: 3 },
  ),
  format_datetime: one(
    'format_datetime(date, format)',
    'as a text by letters: yyyy MM dd HH hh mm ss fff tt and signs between them',
    ['datetime', 'string'],
    'string',
    formatDate,
    { named: 'argument' },
  ),
  format_timespan: one(
    'format_timespan(span, format)',
    'as a text by letters: d hh mm ss fff and signs between them',
    ['timespan', 'string'],
    'string',
    formatSpan,
    { named: 'argument' },
  ),
  unixtime_seconds_todatetime: unix('seconds', SECOND),
  unixtime_milliseconds_todatetime: unix('milliseconds', TICKS_PER_MS),
  unixtime_microseconds_todatetime: unix('microseconds', 10n),
  unixtime_nanoseconds_todatetime: unix('nanoseconds', 1n),
};
