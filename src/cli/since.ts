/** Times as options give them: a span back from now (`15m`, `24h`, `90d`, `100y`), or a date or time as RFC 3339 has it. */
import { now } from '../base/index.ts';
import { timeMs } from '../gateway/index.ts';
import { usageError } from './failure.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 365 * 86_400_000,
};
const SPAN = /^(\d{1,9})([smhdwy])$/;
const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Unix milliseconds; a time without zone is UTC. */
export function timeOption(option: string, text: string, at = now()): number {
  const span = SPAN.exec(text);
  if (span !== null) return at - Number(span[1]) * UNITS_MS[span[2]];
  const match = TIME.exec(text);
  const zoned = match?.[1] === undefined || match[4] !== undefined ? text : `${text}Z`;
  const ms = match === null ? Number.NaN : Date.parse(zoned.replace(' ', 'T'));
  if (!Number.isNaN(ms)) return ms;
  throw usageError(
    `${option}: '${text}' is no time`,
    'Give a span back from now such as 15m, 24h, 90d or 2y, or a time such as 2026-01-31 or 2026-01-31T12:00:00Z.',
  );
}

/** The same as the API reads it, which takes Unix milliseconds too, and nothing before 1970. */
export function timeOfApi(option: string, text: string): number {
  const ms = timeMs(text, now());
  if (ms === null) throw usageError(`${option} ${text} is neither a span (15m, 24h, 90d) nor a time`);
  return ms;
}
