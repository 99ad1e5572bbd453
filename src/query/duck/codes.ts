/** What DuckDB's errors mean here. */
import type { QueryErrorCode } from '../errors.ts';

/** Beginnings of DuckDB's messages that say whose fault it was. */
const KINDS: readonly (readonly [RegExp, QueryErrorCode])[] = [
  [/^Out of Memory Error/, 'query.too_big'],
  [/^INTERRUPT Error/, 'query.cancelled'],
  [
    /^(?:Failed to extract statements: )?(Permission|Parser|Binder|Catalog|Syntax|Missing Extension) Error/,
    'query.refused',
  ],
];

/** What an error of DuckDB means here. */
export function codeOf(message: string): QueryErrorCode {
  return KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? 'query.failed';
}
