/**
 * L1: weir's Kusto-shaped language: expressions, and in `query/` whole queries. Pure: no import leaves this room, so it runs in browsers
 * too. What they mean is in docs/expressions.md and docs/query-language.md.
 */
import { check, type FieldCatalogue } from './check.ts';
import { problem } from './cursor.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Program, prepare, type Tools } from './evaluate.ts';
import type { Groups } from './functions.ts';
import { parse } from './parse.ts';
import type { Expression } from './tree.ts';
import type { StaticType } from './value.ts';

export { type Checked, check, type FieldCatalogue } from './check.ts';
export { type Diagnostic, formatDiagnostic, nearest, positionOf, type Span } from './diagnostic.ts';
export { type Get, type Program, prepare, type Tools } from './evaluate.ts';
export { FUNCTION_ALIASES, FUNCTIONS, type FunctionEntry, textOf } from './functions.ts';
export { formatJson, parseJson } from './json.ts';
export { type Token, tokenize } from './lexer.ts';
export { LANG_LIMITS } from './limits.ts';
export type { Fold } from './operators.ts';
export { type Parsed, parse } from './parse.ts';
export { print, printPath, printString, printValue } from './print.ts';
export * from './query/index.ts';
export * from './query/index.ts';
export { formatDateTime, formatTimeSpan, parseDateTime, parseTimeSpan } from './time.ts';
export { childrenOf, type Expression, everyPath, fieldsOf, pathOf, pathsAbove } from './tree.ts';
export {
  Bag,
  DateTime,
  itemsOf,
  List,
  numberOf,
  type StaticType,
  TICKS_PER_MS,
  TimeSpan,
  type Value,
  type Values,
  type ValueType,
} from './value.ts';

export { OPERATORS } from './words.ts';

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
  /** What a tool makes of a pattern; one that cannot be run is named, and something that is not used stands in for it. */
  const guarded = <T>(make: (pattern: string) => T, none: T) => {
    return (pattern: string): T => {
      try {
        return make(pattern);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        const message = `the pattern ${JSON.stringify(pattern)} cannot be run: ${why}`;
        refused.push(problem('lang.regex', message, tree.span));
        return none;
      }
    };
  };
  const regex = guarded(tools.regex, { test: () => false });
  const groups = guarded<Groups>(tools.groups, () => null);
  const program = prepare(tree, { ...tools, regex, groups });
  if (refused.length > 0) return { ok: false, diagnostics: [...checked.diagnostics, ...refused] };
  return { ok: true, tree, type: checked.type, program, diagnostics: checked.diagnostics };
}
