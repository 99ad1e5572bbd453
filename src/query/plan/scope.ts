/** What expressions are translated in: the columns they can read, and constants. */
import { childrenOf, type Expression, prepare, type Tools, type Value } from '../../lang/index.ts';
import type { Cell } from './cell.ts';

/** How much is asked of a condition: whether it is true, or also whether it is false or null. */
export type Need = 'true' | 'all';

export interface Scope {
  /** A column or a name of an event, by its path; null where it has no SQL. */
  cell(path: string): Cell | null;
  /**
   * A condition on any of the values that `*` or `host.*` stands for, ; null where it has no SQL.
   * @param test condition on one value
   */
  every(path: string, test: (cell: Cell) => string | null, need: Need): string | null;
  /** What an expression is worth; null where it has no SQL. */
  value(node: Expression): Cell | null;
  /** A condition; null where it has no SQL. */
  condition(node: Expression, need: Need): string | null;
  readonly tools: Tools;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What constants are worked out in. */
export type World = Pick<Scope, 'tools' | 'now'>;

/** What an expression is worth that reads no column; undefined for others, and for those that several values come from. */
export function constantOf(node: Expression, { tools, now }: World): Value | undefined {
  if (node.kind === 'literal') return node.value;
  if (readsColumns(node)) return undefined;
  const values = prepare(node, tools).evaluate(() => [], now);
  return values.length > 1 ? undefined : (values[0] ?? null);
}

const TURNED: Readonly<Record<string, '<' | '<=' | '>' | '>='>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The operator that says the same with the sides changed. */
export const turned = <Operator extends string>(operator: Operator): Operator | '<' | '<=' | '>' | '>=' =>
  TURNED[operator] ?? operator;

export type Comparison = Extract<Expression, { kind: 'comparison' }>;

/** A comparison with a constant, as if that stood on the right; null: neither side is one, or both are. */
export function againstConstant(
  { left, right, operator }: Comparison,
  world: World,
): { readonly operand: Expression; readonly operator: Comparison['operator']; readonly value: Value } | null {
  const [first, second] = [constantOf(left, world), constantOf(right, world)];
  if (first === undefined && second !== undefined) return { operand: left, operator, value: second };
  if (first !== undefined && second === undefined) return { operand: right, operator: turned(operator), value: first };
  return null;
}

const CONDITIONS: ReadonlySet<string> = new Set(['not', 'and', 'or', 'comparison', 'text', 'regex', 'list', 'between']);

export function isCondition(node: Expression): boolean {
  return CONDITIONS.has(node.kind);
}

/** A condition that holds only where it is the boolean: texts are not read. */
export function holds(node: Expression, scope: Scope): string | null {
  if (isCondition(node)) return scope.condition(node, 'true');
  const cell = scope.value(node);
  if (cell === null || cell.has('list') || cell.has('dynamic')) return null;
  return cell.get('bool') ?? 'FALSE';
}

function readsColumns(node: Expression): boolean {
  return (
    node.kind === 'field' || node.kind === 'every' || node.kind === 'subquery' || childrenOf(node).some(readsColumns)
  );
}
