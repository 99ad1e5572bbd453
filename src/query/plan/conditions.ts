/**
 * Conditions in SQL. SQL's `and`, `or` and `not` are those of the language: three-valued. Where only what is true matters (`where`), a
 * condition may say null for false: without `coalesce` DuckDB can compare with what Parquet knows of pages.
 *
 * Every function gives null where there is no SQL that means exactly the same.
 */
import { Bag, DateTime, type Expression, everyPath, List, TimeSpan, textOf, type Value } from '../../lang/index.ts';
import { type Cell, only, type PartKind } from './cell.ts';
import { any, booleanOf, equals, type Order, ordered, type Part } from './compare.ts';
import { constantOf, type Need, type Scope, turned } from './scope.ts';
import * as sql from './sql.ts';
import { ofNothing, regexFor, type TextTest, textTest } from './texts.ts';

type Node<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;

export function condition(node: Expression, scope: Scope, need: Need): string | null {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const parts = node.operands.map((operand) => scope.condition(operand, need));
      if (parts.includes(null)) return null;
      const known = parts as readonly string[];
      return node.kind === 'and' ? sql.and(known) : sql.or(known);
    }
    case 'not': {
      const operand = scope.condition(node.operand, 'all');
      return operand === null ? null : `(NOT ${operand})`;
    }
    case 'comparison':
      return comparison(node, scope, need);
    case 'text':
      return text(node, scope, need);
    case 'regex':
      return regex(node, scope, need);
    case 'list':
      return list(node, scope, need);
    case 'between':
      return between(node, scope, need);
    default:
      return truth(scope.value(node));
  }
}

/** A value where a condition is wanted: texts are read as `true` and `false`, everything else is null. */
function truth(cell: Cell | null): string | null {
  if (cell === null || cell.has('list') || cell.has('dynamic')) return null;
  const parts: string[] = [];
  const bool = cell.get('bool');
  const words = cell.get('string');
  if (bool !== undefined) parts.push(bool);
  if (words !== undefined) parts.push(`(CASE lower(${words}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)`);
  return parts.length === 0 ? 'NULL::BOOLEAN' : sql.first(parts);
}

/**
 * Conditions of all kinds of a column as one.
 * @param absent what is said of no value, where that is not null
 */
export function joined(
  cell: Cell,
  part: (kind: PartKind, of: string) => Part,
  need: Need,
  absent: boolean | null,
): string | null {
  const parts: string[] = [];
  let never = false;
  const cases: string[] = [];
  for (const [kind, of] of cell) {
    const own = part(kind, of);
    // Of several values some may be neither above nor below: whether that is all there is to say is not known here.
    if (own === null || (kind === 'list' && absent === null && need === 'all')) return null;
    if (own === false) never = true;
    else parts.push(own);
    cases.push(`WHEN ${of} IS NOT NULL THEN ${own === false ? (absent === null ? 'NULL' : 'FALSE') : own}`);
  }
  if (need === 'true' && absent !== true) return sql.or(parts);
  if (absent === null)
    return cases.length === 0
      ? 'NULL::BOOLEAN'
      : cases.length === 1 && !never
        ? parts[0]
        : `CASE ${cases.join(' ')} END`;
  if (!absent) return parts.length === 0 ? 'FALSE' : `coalesce(${parts.join(', ')}, FALSE)`;
  return cases.length === 0 ? 'TRUE' : `CASE ${cases.join(' ')} ELSE TRUE END`;
}

function comparison(node: Node<'comparison'>, scope: Scope, need: Need): string | null {
  const { operator } = node;
  const not = operator === '!=' || operator === '!~';
  const [left, right] = [constantOf(node.left, scope), constantOf(node.right, scope)];
  if (left !== undefined && right !== undefined) return constantCondition(node, scope);
  let held: string | null;
  if (right !== undefined) held = withConstant(node.left, operator, right, scope, not ? 'all' : need);
  else if (left !== undefined) held = withConstant(node.right, turned(operator), left, scope, not ? 'all' : need);
  else held = withColumn(node, scope);
  if (held === null) return null;
  return not ? `(NOT ${held})` : held;
}

function constantCondition(node: Expression, scope: Scope): string | null {
  const value = constantOf(node, scope);
  return value === null ? 'NULL::BOOLEAN' : typeof value === 'boolean' ? String(value) : null;
}

/** A comparison that is not negated. */
function withConstant(node: Expression, operator: string, value: Value, scope: Scope, need: Need): string | null {
  if (value === null || value instanceof List || value instanceof Bag) return null;
  return ofAny(
    node,
    scope,
    need,
    operator === '==' || operator === '!=' || operator.endsWith('~') ? false : null,
    (kind, of) => {
      if (operator === '==' || operator === '!=') return equals(kind, of, value);
      if (operator === '=~' || operator === '!~') return equalsFolded(kind, of, value, scope);
      return ordered(kind, of, operator as Order, value);
    },
  );
}

/** A condition on a column, or on any of those `*` stands for. */
function ofAny(
  node: Expression,
  scope: Scope,
  need: Need,
  absent: boolean | null,
  part: (kind: PartKind, of: string) => Part,
): string | null {
  if (node.kind === 'every') {
    // Whether none is true or some are null is not known then.
    if (absent === true || (absent === null && need === 'all')) return null;
    return scope.every(everyPath(node.keys), (cell) => joined(cell, part, 'true', false), need);
  }
  const cell = scope.value(node);
  return cell === null ? null : joined(cell, part, need, absent);
}

function equalsFolded(kind: PartKind, of: string, value: Exclude<Value, null>, { tools }: Scope): Part {
  return textTest(kind, of, 'equals', tools.fold(textOf(value)), false);
}

/** Two columns: of one kind each, and the same. */
function withColumn(node: Node<'comparison'>, scope: Scope): string | null {
  const [left, right] = [scope.value(node.left), scope.value(node.right)];
  if (left === null || right === null) return null;
  const [kind] = left.keys();
  const [a, b] = [only(left), only(right, kind ?? 'dynamic')];
  if (a === null || b === null) return null;
  const exact = kind === 'long' || kind === 'bool' || kind === 'datetime' || kind === 'timespan';
  const equal = node.operator === '==' || node.operator === '!=';
  if (!exact && !(kind === 'string' && equal)) return null;
  if (!equal) return node.operator.endsWith('~') ? null : `${a} ${node.operator} ${b}`;
  // Two nulls are neither equal nor not; a null and a value are not.
  return `CASE WHEN ${a} IS NULL AND ${b} IS NULL THEN NULL ELSE ${a} IS NOT DISTINCT FROM ${b} END`;
}

function text(node: Node<'text'>, scope: Scope, need: Need): string | null {
  const value = constantOf(node.right, scope);
  if (value === undefined) return null;
  const needle = node.caseSensitive ? textOf(value) : scope.tools.fold(textOf(value));
  const held = textOn(node.left, node.operator, needle, node.caseSensitive, scope, node.negated ? 'all' : need);
  if (held === null) return null;
  return node.negated ? `(NOT ${held})` : held;
}

function textOn(
  node: Expression,
  test: TextTest,
  needle: string,
  byCase: boolean,
  scope: Scope,
  need: Need,
): string | null {
  return ofAny(node, scope, need, ofNothing(test, needle), (kind, of) => textTest(kind, of, test, needle, byCase));
}

function regex(node: Node<'regex'>, scope: Scope, need: Need): string | null {
  const pattern = constantOf(node.right, scope);
  const own = typeof pattern === 'string' ? regexFor(pattern) : null;
  if (own === null || typeof pattern !== 'string') return null;
  // An absent value has an empty text.
  const absent = scope.tools.regex(pattern).test('');
  return ofAny(node.left, scope, need, absent, (kind, of) => {
    if (kind === 'string') return `regexp_matches(${of}, ${sql.text(own)})`;
    return kind === 'long' || kind === 'bool' ? `regexp_matches(CAST(${of} AS VARCHAR), ${sql.text(own)})` : null;
  });
}

function list(node: Node<'list'>, scope: Scope, need: Need): string | null {
  const { operator, left } = node;
  const values = node.items.map((item) => constantOf(item, scope));
  if (values.some((value) => value === undefined || value instanceof List || value instanceof Bag)) return null;
  const known = values as readonly Value[];
  if (operator === 'has_any' || operator === 'has_all') {
    const needles = known.map((value) => scope.tools.fold(textOf(value)));
    const some = operator === 'has_any';
    const absent = some ? needles.includes('') : needles.every((needle) => needle === '');
    return ofAny(left, scope, need, absent, (kind, of) => {
      const tests = (part: PartKind, text: string): Part =>
        combined(
          needles.map((needle) => textTest(part, text, 'has', needle, false)),
          some,
        );
      if (kind !== 'list') return tests(kind, of);
      // One value of several must have all of them.
      const held = tests('string', 'x');
      return typeof held === 'string' ? any(of, held) : held;
    });
  }
  const not = operator.startsWith('!');
  const plain = known.filter((value) => value !== null);
  const held = ofAny(left, scope, not ? 'all' : need, false, (kind, of) => {
    if (!operator.endsWith('~')) return among(kind, of, plain);
    return combined(
      plain.map((value) => equalsFolded(kind, of, value, scope)),
      true,
    );
  });
  if (held === null) return null;
  return not ? `(NOT ${held})` : held;
}

/** `in`: texts are looked up together. */
function among(kind: PartKind, of: string, values: readonly Exclude<Value, null>[]): Part {
  const texts = kind === 'string' ? values.filter((value) => typeof value === 'string' && sql.isWellFormed(value)) : [];
  const others = values.filter((value) => !texts.includes(value)).map((value) => equals(kind, of, value));
  if (texts.length === 0) return combined(others, true);
  return combined([`${of} IN (${texts.map((value) => sql.text(textOf(value))).join(', ')})`, ...others], true);
}

function combined(parts: readonly Part[], some: boolean): Part {
  if (parts.includes(null)) return null;
  if (!some && parts.includes(false)) return false;
  const known = parts.filter((part) => typeof part === 'string');
  if (known.length === 0) return some ? false : 'TRUE';
  return some ? sql.or(known) : sql.and(known);
}

function between(node: Node<'between'>, scope: Scope, need: Need): string | null {
  const low = constantOf(node.low, scope);
  let high = constantOf(node.high, scope);
  if (low === undefined || high === undefined || low === null || high === null) return null;
  if (low instanceof DateTime && high instanceof TimeSpan) high = new DateTime(low.ticks + high.ticks);
  const to = high;
  if ([low, to].some((value) => value instanceof List || value instanceof Bag)) return null;
  if (typeof low === 'string' && booleanOf(low) !== null) return null;
  const held = ofAny(node.operand, scope, node.negated ? 'all' : need, null, (kind, of) => {
    // Of a list one value must be above one bound and below the other.
    if (kind === 'list') return null;
    const [above, below] = [ordered(kind, of, '>=', low), ordered(kind, of, '<=', to)];
    return above === false || below === false ? betweenNothing(above, below) : combined([above, below], false);
  });
  if (held === null) return null;
  return node.negated ? `(NOT ${held})` : held;
}

/** Where a bound cannot be compared with a value the other one may still say that it is outside. */
function betweenNothing(above: Part, below: Part): Part {
  if (above === null || below === null) return null;
  const known = above === false ? below : above;
  return known === false ? false : `(${known} AND NULL)`;
}
