import type { Page } from './page.ts';
import type { JsonWriter } from './writer.ts';

/** 100 ns in a second; seconds in a day; days from 1601-01-01 (FILETIME's zero) back to 0000-03-01. */
const TICKS = 10_000_000;
const DAY = 86_400;
const DAYS_BEFORE_1601 = 584_694;

/** The last date written: events of one file share it. */
let cachedDay = -1;
let cachedDate = '';

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `YYYY-MM-DD` of a day counted from 1601-01-01: Hinnant's days-to-civil, which counts years from March. */
function dateOf(day: number): string {
  if (day === cachedDay) return cachedDate;
  const z = day + DAYS_BEFORE_1601;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  cachedDay = day;
  cachedDate = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(dayOfMonth)}`;
  return cachedDate;
}

/**
 * FILETIME (100 ns since 1601, UTC) as `2024-02-29T23:59:58.123456Z`; the seventh digit is cut, as evtx_dump does. Years
 * past 9999 have five digits.
 */
export function writeFiletime(out: JsonWriter, low: number, high: number): void {
  // A FILETIME of today passes 2^53: 2^32 = 429 * 10^7 + 4,967,296 splits it into whole seconds and a rest.
  let seconds: number;
  let rest: number;
  if (high < 2 ** 30) {
    const ticks = high * 4_967_296 + low;
    const carried = Math.floor(ticks / TICKS);
    seconds = high * 429 + carried;
    rest = ticks - carried * TICKS;
  } else {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    seconds = Number(ticks / BigInt(TICKS));
    rest = Number(ticks % BigInt(TICKS));
  }
  const day = Math.floor(seconds / DAY);
  const inDay = seconds - day * DAY;
  out.ascii(dateOf(day));
  out.clock(Math.floor(inDay / 3600), Math.floor(inDay / 60) % 60, inDay % 60, Math.floor(rest / 10));
}

/** SYSTEMTIME: eight 16-bit fields. All zero is FILETIME's zero; fields out of range are written as they are. */
export function writeSystemtime(out: JsonWriter, page: Page, at: number): void {
  const [year, month, , day, hour, minute, second, millis] = [0, 2, 4, 6, 8, 10, 12, 14].map((i) => page.u16(at + i));
  if (year === 0 && month === 0 && day === 0) {
    writeFiletime(out, 0, 0);
    return;
  }
  out.ascii(`${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}T`);
  out.ascii(`${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}.${String(millis).padStart(3, '0')}000Z`);
}
