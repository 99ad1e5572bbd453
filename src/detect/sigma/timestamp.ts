/**
 * Parts of a timestamp for `minute` … `year`: read from its own digits, without any conversion of zones (specification,
 * "Time Modifiers"). Epoch numbers have no such digits and no parts.
 */
import type { TimePart } from './model.ts';

interface Parts {
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly hour?: number;
  readonly minute?: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::\d{2}(?:[.,]\d+)?)?(?:\s*(?<half>[AaPp])\.?[Mm]\.?)?`;
const ZONE = String.raw`(?:\s*(?:[Zz]|UTC|GMT|[A-Z]{3,4}|[+-]\d{2}:?\d{2}))?`;

/** The forms, most frequent first. None has nested or adjacent repeats of one class, so none backtracks far. */
const FORMS: readonly RegExp[] = [
  // 2023-01-31T13:05:09.123456Z, 2023-01-31 13:05, 2023/01/31 13:05:09 +02:00, 2023-01-31
  // eslint-disable-next-line security/detect-non-literal-regexp -- built from the constants above
  new RegExp(String.raw`^(?<year>\d{4})([-/.])(?<month>\d{1,2})\2(?<day>\d{1,2})(?:(?:[Tt_]|\s+)${CLOCK}${ZONE})?$`),
  // 20230131T130509Z, 20230131130509, 20230131
  /^(?<year>(?:19|20)\d{2})(?<month>\d{2})(?<day>\d{2})(?:[Tt ]?(?<hour>\d{2})(?<minute>\d{2})(?:\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/,
  // 31/Jan/2023:13:05:09 +0000, 31 Jan 2023 13:05:09, Tue, 31 Jan 2023 13:05:09 GMT, 31-Jan-2023
  // eslint-disable-next-line security/detect-non-literal-regexp -- built from the constants above
  new RegExp(
    String.raw`^(?:[A-Za-z]{3,9},?\s+)?(?<day>\d{1,2})[\s/-](?<name>[A-Za-z]{3,9})[\s/-](?<year>\d{4})(?:[:\sT]${CLOCK}${ZONE})?$`,
  ),
  // Tue Jan 31 13:05:09 2023, Jan 31 13:05:09, Jan 31 2023 13:05:09
  // eslint-disable-next-line security/detect-non-literal-regexp -- built from the constants above
  new RegExp(
    String.raw`^(?:[A-Za-z]{3}\s+)?(?<name>[A-Za-z]{3,9})\s+(?<day>\d{1,2})(?:,?\s+(?<early>\d{4}))?\s+${CLOCK}${ZONE}(?:\s+(?<late>\d{4}))?$`,
  ),
];

/** Longer text is no timestamp. */
const CHARACTERS_MAX = 64;

function parse(text: string): Parts | null {
  if (text.length > CHARACTERS_MAX) return null;
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const year = groups.year ?? groups.early ?? groups.late;
    const month =
      groups.name === undefined ? Number(groups.month) : MONTHS.indexOf(groups.name.slice(0, 3).toLowerCase()) + 1;
    const day = Number(groups.day);
    if (month < 1 || month > 12 || day < 1 || day > 31) return null;
    const date = { month, day, ...(year === undefined ? {} : { year: Number(year) }) };
    if (groups.hour === undefined) return date;
    const half = groups.half?.toLowerCase();
    const hour = half === undefined ? Number(groups.hour) : (Number(groups.hour) % 12) + (half === 'p' ? 12 : 0);
    const minute = Number(groups.minute);
    return hour > 23 || minute > 59 ? null : { ...date, hour, minute };
  }
  return null;
}

/** One part, or null when the text is no timestamp or does not say (a date has no hour, a syslog time no year). */
export function timePart(text: string, part: TimePart): number | null {
  const parts = parse(text);
  if (parts === null) return null;
  if (part !== 'week') return parts[part] ?? null;
  const { year, month, day } = parts;
  return year === undefined || month === undefined || day === undefined ? null : isoWeek(year, month, day);
}

/** ISO 8601 week: that of the year its Thursday lies in. */
function isoWeek(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for those of the last century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const first = new Date(0).setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - first) / (7 * 86_400_000)) + 1;
}
