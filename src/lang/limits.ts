/**
 * Bounds of expressions. They also stand in `src/base/limits.ts`, where all bounds are shown; this room runs in browsers too
 * and imports nothing, so a test holds both equal.
 */
export const LANG_LIMITS = {
  /** Length of an expression as written, in UTF-16 units. */
  expressionLengthMax: 16_384,
  /** Parentheses, calls and operators in one another. */
  expressionLevelsMax: 64,
  /** Errors named in one expression; parsing stops there. */
  expressionErrorsMax: 20,
  /** Length of a query as written, in UTF-16 units. */
  queryLengthMax: 65_536,
  /** Steps of all pipelines of a query together. */
  queryOperatorsMax: 256,
  /** `let` statements of a query. */
  queryLetsMax: 64,
  /** Bytes that all steps of a running query keep together. */
  queryMemoryBytesMax: 536_870_912,
  /** Points of one series that `make-series` makes; Kusto's bound. */
  querySeriesPointsMax: 1_048_576,
  /** Combinations of a row's values in the keys of `join`. */
  queryJoinKeysMax: 1024,
} as const;
