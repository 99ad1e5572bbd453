/**
 * L1: weir's Kusto-shaped language; here its expressions. Pure: no import leaves this room, so it runs in browsers too. What an
 * expression means is in docs/expressions.md.
 */
import { check, type FieldCatalogue } from './check.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Program, prepare, type Tools } from './evaluate.ts';
import { parse } from './parse.ts';
import type { Expression } from './tree.ts';
import type { StaticType } from './value.ts';

export { type Checked, check, type FieldCatalogue } from './check.ts';
export { type Diagnostic, formatDiagnostic, nearest, positionOf, type Span } from './diagnostic.ts';
export { type Get, type Program, prepare, type Tools } from './evaluate.ts';
export { FUNCTION_ALIASES, FUNCTIONS, type FunctionEntry, textOf } from './functions.ts';
export { type Token, tokenize } from './lexer.ts';
export { LANG_LIMITS } from './limits.ts';
export type { Fold } from './operators.ts';
export { OPERATORS, type Parsed, parse } from './parse.ts';
export { print, printValue } from './print.ts';
export { formatDateTime, formatTimeSpan, parseDateTime, parseTimeSpan } from './time.ts';
export { childrenOf, type Expression, fieldsOf, pathOf } from './tree.ts';
export {
  DateTime,
  type StaticType,
  TICKS_PER_MS,
  TimeSpan,
  type Value,
  type Values,
  type ValueType,
} from './value.ts';

/** An expression ready to run, or why it is not; warnings come with both. */
export type Compiled =
  | {
      readonly ok: true;
      readonly tree: Expression;
      readonly type: StaticType;
      readonly program: Program;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads, checks and prepares an expression. Never throws on what was written. */
export function compileExpression(text: string, tools: Tools, fields: FieldCatalogue | null = null): Compiled {
  const { tree, diagnostics } = parse(text);
  if (tree === null || diagnostics.length > 0) return { ok: false, diagnostics };
  const checked = check(tree, fields);
  if (checked.diagnostics.some(({ severity }) => severity === 'error')) {
    return { ok: false, diagnostics: checked.diagnostics };
  }
  const refused: Diagnostic[] = [];
  const regex = (pattern: string): { test(text: string): boolean } => {
    try {
      return tools.regex(pattern);
    } catch (cause) {
      refused.push({
        code: 'lang.regex',
        severity: 'error',
        message: `the pattern ${JSON.stringify(pattern)} cannot be run: ${cause instanceof Error ? cause.message : String(cause)}`,
        span: tree.span,
        expected: [],
        suggestion: null,
      });
      return { test: () => false };
    }
  };
  const program = prepare(tree, { ...tools, regex });
  if (refused.length > 0) return { ok: false, diagnostics: [...checked.diagnostics, ...refused] };
  return { ok: true, tree, type: checked.type, program, diagnostics: checked.diagnostics };
}
