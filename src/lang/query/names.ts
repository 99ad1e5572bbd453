/**
 * What columns are called that nobody named, as in Kusto: `sum(x)` is `sum_x`, `bin(t, 1h)` is `t`, `count()` is `count_`. A path keeps
 * its dots: `dcount(user.name)` is `dcount_user.name`.
 */
import { functionOf } from '../functions.ts';
import { type Expression, pathOf } from '../tree.ts';
import { AGGREGATES, aggregateName } from './aggregates.ts';

/** In place of a name: all columns there are. */
export const ALL_COLUMNS = '*';

/** Name (dotted path) of an expression's only column, or of its first; null where it has none of its own (`a + 1`). */
export function nameOf(node: Expression): string | null {
  switch (node.kind) {
    case 'field':
      return pathOf(node.keys);
    case 'member':
      return memberName(node);
    case 'call':
      return namesOf(node)[0] ?? null;
    default:
      return null;
  }
}

/**
 * Names of all columns an expression gives; several for `arg_max(x, a, b)`, `take_any(a, b)` and `percentiles(x, 50, 95)`. A name given
 * to it is that of the first.
 */
export function namesOf(node: Expression): readonly (string | null)[] {
  if (node.kind !== 'call') return [nameOf(node)];
  const [first, ...rest] = node.arguments;
  const firstName = first === undefined ? null : nameOf(first);
  const aggregate = aggregateName(node.name);
  if (aggregate === null) return [scalarName(node.name, firstName)];
  const { prefix } = AGGREGATES[aggregate];
  if (aggregate === 'percentile' || aggregate === 'percentiles') {
    return rest.map((percent) => `${prefix}_${firstName ?? ''}_${percentText(percent)}`);
  }
  if (prefix !== null) return [`${prefix}_${firstName ?? ''}`];
  if (aggregate === 'take_anyif') return [firstName];
  return node.arguments.map((argument) => (argument.kind === 'every' ? ALL_COLUMNS : nameOf(argument)));
}

function scalarName(name: string, argument: string | null): string | null {
  const named = functionOf(name)?.named;
  if (named === undefined) return null;
  return named === 'argument' ? argument : `${named}_${argument ?? ''}`;
}

function memberName({ operand, key }: Extract<Expression, { kind: 'member' }>): string | null {
  const of = nameOf(operand);
  if (of === null || key.kind !== 'literal') return null;
  if (typeof key.value === 'string') return `${of}.${pathOf([key.value])}`;
  return typeof key.value === 'bigint' ? `${of}_${key.value}` : null;
}

/** `99.9` as `99_9`. */
function percentText(percent: Expression): string {
  return percent.kind === 'literal' ? String(percent.value).replace('.', '_') : '';
}
