/** The syntax tree of an expression. Parentheses leave no trace; every node knows where it was written. */
import type { Span } from './diagnostic.ts';
import type { Pipeline } from './query/tree.ts';
import type { Value } from './value.ts';

export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Comparison = '==' | '!=' | '=~' | '!~' | '<' | '<=' | '>' | '>=';

/** Operators of text, each as `op`, `!op`, `op_cs` and `!op_cs`. */
export const TEXT_OPERATORS = ['has', 'contains', 'startswith', 'endswith', 'hasprefix', 'hassuffix'] as const;
export type TextOperator = (typeof TEXT_OPERATORS)[number];

/** Operators with a list in parentheses. `has_any` and `has_all` have no negation in Kusto. */
export const LIST_OPERATORS = ['in', '!in', 'in~', '!in~', 'has_any', 'has_all'] as const;
export type ListOperator = (typeof LIST_OPERATORS)[number];

export type Expression =
  | { readonly kind: 'literal'; readonly value: Value; readonly span: Span }
  /** Keys of the path; a key may hold dots (`a["b.c"]`). */
  | { readonly kind: 'field'; readonly keys: readonly string[]; readonly span: Span }
  /**
   * `*`: every field of the row (no keys), or all at and below a path (`host.*`). Its values are those of the path that `everyPath`
   * gives. As an argument of `arg_max`, `arg_min` and `take_any`: all columns.
   */
  | { readonly kind: 'every'; readonly keys: readonly string[]; readonly span: Span }
  /** `operand[0]`, `operand["key"]`, `f(x).key`: an element of a list (from the end where below 0) or a member of a bag. */
  | { readonly kind: 'member'; readonly operand: Expression; readonly key: Expression; readonly span: Span }
  /**
   * A pipeline where values are wanted: the only item of `in (…)`, giving the values of its first column, or the argument of `toscalar`,
   * giving the first of them. It does not see the row, so it is run once, before the expression is.
   */
  | { readonly kind: 'subquery'; readonly pipeline: Pipeline; readonly span: Span }
  | { readonly kind: 'negate'; readonly operand: Expression; readonly span: Span }
  | { readonly kind: 'not'; readonly operand: Expression; readonly span: Span }
  /** Two operands at least. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[]; readonly span: Span }
  | {
      readonly kind: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: 'text';
      readonly operator: TextOperator;
      readonly negated: boolean;
      readonly caseSensitive: boolean;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | { readonly kind: 'regex'; readonly left: Expression; readonly right: Expression; readonly span: Span }
  | {
      readonly kind: 'list';
      readonly operator: ListOperator;
      readonly left: Expression;
      readonly items: readonly Expression[];
      readonly span: Span;
    }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly arguments: readonly Expression[];
      /** Of the name alone. */
      readonly nameSpan: Span;
      readonly span: Span;
    }
  /** What could not be read; only in trees that come with errors. */
  | { readonly kind: 'error'; readonly span: Span };

/** The expressions directly inside one. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'negate':
    case 'not':
      return [node.operand];
    case 'and':
    case 'or':
      return node.operands;
    case 'arithmetic':
    case 'comparison':
    case 'text':
    case 'regex':
      return [node.left, node.right];
    case 'list':
      return [node.left, ...node.items];
    case 'between':
      return [node.operand, node.low, node.high];
    case 'member':
      return [node.operand, node.key];
    case 'call':
      return node.arguments;
    default:
      return [];
  }
}

/** A path as the rest of weir writes it: keys joined by dots, a dot inside a key escaped. */
export function pathOf(keys: readonly string[]): string {
  return keys.map((key) => key.replaceAll('.', '\\.')).join('.');
}

/** Paths that one may be below, the nearest first. */
export function* pathsAbove(path: string): Generator<string> {
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) yield path.slice(0, dot);
}

/** What is asked of a row for `*` (no keys) or `host.*`. */
export function everyPath(keys: readonly string[]): string {
  return [...keys.map((key) => key.replaceAll('.', '\\.')), '*'].join('.');
}

/** Paths of all fields an expression reads, each once, in order of appearance. */
export function fieldsOf(node: Expression): string[] {
  const found = new Set<string>();
  const visit = (inner: Expression): void => {
    if (inner.kind === 'field') found.add(pathOf(inner.keys));
    if (inner.kind === 'every') found.add(everyPath(inner.keys));
    for (const child of childrenOf(inner)) visit(child);
  };
  visit(node);
  return [...found];
}
