/** The errors of this room: code, what it means, what to do. */
import { WeirError } from '../base/index.ts';

const HINTS = {
  'query.too_big':
    'Ask for less: a shorter time, fewer groups, fewer columns or a `take`. Limits stand in the configuration under query.',
  'query.timeout': 'Ask for less, or raise the time limit of queries in the configuration.',
  'query.cancelled': undefined,
  'query.busy': 'Try again when running queries have ended.',
  'query.failed': 'Other queries are not affected. Where it happens again, report it with the message above.',
  'query.many': undefined,
  'query.refused': 'Only a single SELECT over the files of the store is run.',
} as const;

export type QueryErrorCode = keyof typeof HINTS;

export function queryError(code: QueryErrorCode, message: string, cause?: unknown): WeirError {
  const hint = HINTS[code];
  return new WeirError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}
