/** Which columns, and values within their bounds, all rows of an answer have: for the catalogue, which knows the bounds of segments. */
import { Bag, DateTime, type Expression, List, type Operator, pathOf, TimeSpan, type Value } from '../../lang/index.ts';
import type { Bound, ColumnNeed } from '../../store/index.ts';
import type { Group } from './base.ts';
import { booleanOf } from './compare.ts';
import { isVirtual } from './names.ts';
import { againstConstant, type Comparison, constantOf, type World } from './scope.ts';

/** Operators that leave what names mean to those behind them. */
const BEFORE: ReadonlySet<string> = new Set(['where', 'sort']);
/** Texts are ordered by UTF-16 units, bounds by code points: the same where what they are compared with is of neither half. */
const ORDERED = /^[^\ud800-\uffff]*$/;

/** @param groups all that segments at hand are in: a name is supplied by any column that supplies it in one of them */
export function needsOf(operators: readonly Operator[], groups: readonly Group[], world: World): ColumnNeed[] {
  const needs: ColumnNeed[] = [];
  for (const operator of operators) {
    if (operator.kind === 'where') add(operator.condition, { groups, world, needs });
    // A search is of any field.
    else if (!BEFORE.has(operator.kind) && operator.kind !== 'search') break;
  }
  return needs;
}

interface Asked {
  readonly groups: readonly Group[];
  readonly world: World;
  readonly needs: ColumnNeed[];
}

function add(node: Expression, asked: Asked): void {
  const { world } = asked;
  if (node.kind === 'and') for (const operand of node.operands) add(operand, asked);
  else if (node.kind === 'text' && !node.negated) {
    const value = constantOf(node.right, world);
    // An empty text stands in what is absent too.
    if (value !== undefined && value !== null && value !== '') need(node.left, {}, asked);
  } else if (node.kind === 'list' && !node.operator.startsWith('!')) {
    const values = node.items.map((item) => constantOf(item, world));
    const isPlain = values.every((value) => isKnown(value) && value !== '' && !(value instanceof List));
    if (isPlain) need(node.left, node.operator === 'in' ? equalTo(values as readonly Value[]) : {}, asked);
  } else if (node.kind === 'comparison') compared(node, asked);
  else if (node.kind === 'between' && !node.negated) {
    const [low, high] = [constantOf(node.low, world), constantOf(node.high, world)];
    if (isKnown(low) && isKnown(high)) need(node.operand, { ...from(low), ...to(high) }, asked);
  }
}

const isKnown = (value: Value | undefined): value is Exclude<Value, null> => value !== undefined && value !== null;

function compared(node: Comparison, asked: Asked): void {
  const told = againstConstant(node, asked.world);
  // What `!=` says holds of what is absent; of a null nothing is said.
  if (told === null || !isKnown(told.value) || told.operator.startsWith('!')) return;
  const { operand, operator, value } = told;
  if (operator === '==') need(operand, equalTo([value]), asked);
  else if (operator === '=~') need(operand, {}, asked);
  else need(operand, operator.startsWith('<') ? to(value) : from(value), asked);
}

type Within = Omit<ColumnNeed, 'paths'>;

/** Nothing where one of the values may be equal to what bounds say nothing of. */
function equalTo(values: readonly Value[]): Within {
  const bounds = values.map(boundOf);
  return bounds.includes(null) ? {} : { values: bounds as readonly Bound[] };
}

function from(value: Value): Within {
  const bound = orderedBound(value);
  return bound === null ? {} : { from: bound };
}

function to(value: Value): Within {
  const bound = orderedBound(value);
  return bound === null ? {} : { to: bound };
}

/** Texts that are truths are equal to booleans, of which there are no bounds. */
function boundOf(value: Value): Bound | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  return typeof value === 'string' && booleanOf(value) === null && value.isWellFormed() ? value : null;
}

/** A number is compared with texts that are read as one, and a text with numbers: bounds of one kind say nothing of the other. */
function orderedBound(value: Value): Bound | null {
  if (value instanceof DateTime || value instanceof TimeSpan || value instanceof List || value instanceof Bag)
    return null;
  const bound = boundOf(value);
  return typeof bound === 'string' && !ORDERED.test(bound) ? null : bound;
}

function need(node: Expression, within: Within, { groups, needs }: Asked): void {
  if (node.kind !== 'field') return;
  const name = pathOf(node.keys);
  if (isVirtual(name)) return;
  const paths = new Set<string>();
  let isRead = false;
  for (const { names } of groups) {
    for (const { path, supply } of names.candidates(name)) {
      paths.add(path);
      if ((supply?.row?.read ?? null) !== null) isRead = true;
    }
    if (names.leadsInto(node.keys)) return;
  }
  needs.push({ paths: [...paths], ...(isRead ? {} : within) });
}
