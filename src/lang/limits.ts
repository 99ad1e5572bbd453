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
} as const;
