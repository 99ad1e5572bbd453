/** Expressions over the rows of a stream. */
import { prepare } from '../../evaluate.ts';
import { type Expression, pathOf } from '../../tree.ts';
import type { Value, Values } from '../../value.ts';
import type { Context } from './environment.ts';
import { argumentError } from './error.ts';
import { rewrite } from './rewrite.ts';
import { cell, cellOf, type Row, readerOf, type Shape } from './row.ts';

/** What an expression is worth in a row. */
export type Evaluate = (row: Row) => Values;

/**
 * `a.b.c` is the column of that name; where there is none but a column `a.b` or `a`, it is a member of what that holds. Names that are
 * not known as columns are asked of the rows: a table may know more names than it shows.
 */
export function withMembers(expression: Expression, { columns, knows }: Shape): Expression {
  const known = new Set(columns);
  return rewrite(expression, (node) => {
    if (node.kind !== 'field' || node.keys.length < 2) return null;
    const whole = pathOf(node.keys);
    if (known.has(whole) || knows?.(whole) === true) return null;
    for (let length = node.keys.length - 1; length > 0; length--) {
      const keys = node.keys.slice(0, length);
      if (!known.has(pathOf(keys))) continue;
      return node.keys.slice(length).reduce<Expression>(
        (operand, key) => ({
          kind: 'member',
          operand,
          key: { kind: 'literal', value: key, span: node.span },
          span: node.span,
        }),
        { kind: 'field', keys, span: node.span },
      );
    }
    return null;
  });
}

export function compile(expression: Expression, shape: Shape, { environment, tools }: Context): Evaluate {
  const tree = withMembers(expression, shape);
  if (tree.kind === 'field') {
    // A column alone is passed on as it is: no closure a row.
    const path = pathOf(tree.keys);
    return (row) => cell(row, path);
  }
  const program = prepare(tree, tools);
  return (row) => cellOf(program.evaluate(readerOf(row), environment.now));
}

/** Whether a condition holds in a row; null does not. */
export function condition(
  expression: Expression,
  shape: Shape,
  { environment, tools }: Context,
): (row: Row) => boolean {
  const program = prepare(withMembers(expression, shape), tools);
  return (row) => program.test(readerOf(row), environment.now);
}

/** What an expression is worth that reads no row. */
export function constant(expression: Expression, { environment, tools }: Context): Value {
  return prepare(expression, tools).evaluate(() => [], environment.now)[0] ?? null;
}

/** A whole number from 0, as `take` wants it. @throws RunError `query.argument` */
export function countOf(expression: Expression, context: Context, what: string): number {
  const value = constant(expression, context);
  if (typeof value === 'bigint' && value >= 0n) return Number(value);
  throw argumentError(
    `${what} needs a whole number that is not below 0`,
    'Write it as digits, or as a let that is a number.',
  );
}
