export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

const ISO =
  /^([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2})(?::[0-9]{2}(?:[.,][0-9]+)?)?)?(?: ?(?:[Zz]|UTC|[-+][0-9]{2}:?[0-9]{2}))?$/;

/** Part of a timestamp by its own digits: no zone is applied. Null where the text is no such timestamp. */
export function timePart(text: string, part: TimePart): number | null {
  const digits = ISO.exec(text);
  if (digits === null) return null;
  const [year, month, day] = [Number(digits[1]), Number(digits[2]), Number(digits[3])];
  if (month < 1 || month > 12 || day < 1 || day > 31 || Number(digits[4]) > 23 || Number(digits[5]) > 59) return null;
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return day;
    case 'week':
      return isoWeek(year, month, day);
    case 'hour':
      return digits[4] === undefined ? null : Number(digits[4]);
    case 'minute':
      return digits[5] === undefined ? null : Number(digits[5]);
  }
}

/** ISO 8601: a week belongs to the year its Thursday is in, and week 1 holds the year's first Thursday. */
function isoWeek(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const weekday = (date.getUTCDay() + 6) % 7;
  date.setUTCDate(date.getUTCDate() - weekday + 3);
  const thursday = date.getTime();
  const first = new Date(0);
  first.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return 1 + Math.floor((thursday - first.getTime()) / (7 * 86_400_000));
}
