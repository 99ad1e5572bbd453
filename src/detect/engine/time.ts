/** Event times: from the many spellings of logs to milliseconds and to one spelling. */

const CALENDAR =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

/**
 * Milliseconds since 1970 (microseconds as fraction) of an ISO 8601 time, with blank or `T`, or of an epoch number in
 * seconds, milliseconds, microseconds or nanoseconds, told apart by size; a time without zone is UTC. Null when it is none.
 */
export function parseTime(text: string): number | null {
  const match = CALENDAR.exec(text);
  if (match === null) return parseEpoch(text);
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = match;
  const whole = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(whole);
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day) || Number(hour) > 23) return null;
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6));
  return whole + micros / 1000 - zoneMinutes(zone) * 60_000;
}

function zoneMinutes(zone: string): number {
  if (/^[a-z]+$/i.test(zone)) return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits[0] === '-' ? -minutes : minutes;
}

/** 2001-09-09 in seconds; larger numbers are read in smaller units. Numbers before it are no time: counters, durations. */
const EPOCH_MIN = 1e9;

function parseEpoch(text: string): number | null {
  if (!/^\d{10,19}(?:\.\d{1,9})?$/.test(text)) return null;
  const value = Number(text);
  if (value < EPOCH_MIN) return null;
  if (value < 1e11) return Math.round(value * 1e6) / 1e3;
  if (value < 1e14) return value;
  return value < 1e17 ? value / 1e3 : value / 1e6;
}

/** ISO 8601 in UTC, with as many digits of the second as there are, three at least. */
export function formatTime(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.round((ms - whole) * 1000);
  const iso = new Date(whole).toISOString();
  return micros === 0 ? iso : `${iso.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
