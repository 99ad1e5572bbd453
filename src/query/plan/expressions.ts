/** Expressions in SQL: what is worth a value. Null where there is no SQL that means exactly the same. */
import { Bag, DateTime, type Expression, List, pathOf, TimeSpan, type Value } from '../../lang/index.ts';
import { type Cell, cellOf, NO_CELL, only } from './cell.ts';
import { FUNCTION_SQL } from './functions.ts';
import { constantOf, isCondition, type Scope } from './scope.ts';
import * as sql from './sql.ts';

export function worth(node: Expression, scope: Scope): Cell | null {
  const constant = constantOf(node, scope);
  if (constant !== undefined) return literal(constant);
  if (isCondition(node)) {
    const known = scope.condition(node, 'all');
    return known === null ? null : cellOf('bool', known);
  }
  switch (node.kind) {
    case 'field':
      return scope.cell(pathOf(node.keys));
    case 'negate':
      return arithmetic('-', cellOf('long', '0::BIGINT'), scope.value(node.operand));
    case 'arithmetic':
      return arithmetic(node.operator, scope.value(node.left), scope.value(node.right));
    case 'call': {
      const work = Object.hasOwn(FUNCTION_SQL, node.name) ? FUNCTION_SQL[node.name] : undefined;
      return work === undefined ? null : work(node.arguments, scope);
    }
    default:
      return null;
  }
}

/** Null for what has no literal here. */
export function literal(value: Value): Cell | null {
  if (value === null) return NO_CELL;
  if (value instanceof List || value instanceof Bag) return null;
  if (value instanceof DateTime)
    return value.ticks % 10n === 0n ? cellOf('datetime', sql.bigint(value.ticks / 10n)) : null;
  if (value instanceof TimeSpan) return cellOf('timespan', sql.bigint(value.ticks));
  switch (typeof value) {
    case 'string':
      return sql.isWellFormed(value) ? cellOf('string', sql.text(value)) : null;
    case 'bigint':
      return cellOf('long', sql.bigint(value));
    case 'number':
      return cellOf('real', sql.double(value));
    default:
      return cellOf('bool', String(value));
  }
}

/** Integers stay integers and are null where 64 bits do not hold them; what they are divided by 0 too. */
function arithmetic(operator: string, left: Cell | null, right: Cell | null): Cell | null {
  if (left === null || right === null) return null;
  if (left.size === 0 || right.size === 0) return NO_CELL;
  const [a, b] = [only(left, 'long'), only(right, 'long')];
  if (a !== null && b !== null) {
    const sign = operator === '/' ? '//' : operator;
    return cellOf('long', sql.long(`${a}::HUGEINT ${sign} ${b}::HUGEINT`));
  }
  const [x, y] = [only(left, 'long', 'real'), only(right, 'long', 'real')];
  if (x === null || y === null) return null;
  // The same remainder needs the same library.
  if (operator === '%') return null;
  return cellOf('real', `(${x}::DOUBLE ${operator} ${y}::DOUBLE)`);
}
