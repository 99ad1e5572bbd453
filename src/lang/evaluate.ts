/**
 * An expression made ready to run: a closure per node, constants read once. One event gives it the values of its fields.
 *
 * A field may have several values (a list). Conditions hold where they hold for one of them (`!=`, `!in`, `!has` …: for none);
 * functions and arithmetic are mapped over them, and are null where two operands have several.
 */
import { functionOf, type Tools, textOf } from './functions.ts';

export type { Tools };

import { arithmetic, booleanOf, compare, equal, type Fold, TEXT_TESTS } from './operators.ts';
import { childrenOf, type Expression, everyPath, fieldsOf, pathOf } from './tree.ts';
import { Bag, DateTime, itemsOf, TICKS_PER_MS, TimeSpan, type Value, type Values } from './value.ts';

/** Values of a field (dotted path, dots inside keys escaped) in one event; empty where it is absent. */
export type Get = (path: string) => Values;

export interface Program {
  /** Paths of all fields it reads. */
  readonly fields: readonly string[];
  /** Whether it asks for the time, so that its result is not the values' alone. */
  readonly timed: boolean;
  /** @param now milliseconds since 1970 */
  evaluate(get: Get, now: number): Values;
  /** Whether it is true; null counts as false, as in Kusto's `where`. */
  test(get: Get, now: number): boolean;
}

/** What a node is worth. `now` in ticks. */
type Run = (get: Get, now: bigint) => Values;

type Truth = boolean | null;

const TRUE: Values = [true];
const FALSE: Values = [false];
const UNKNOWN: Values = [null];
const truth = (value: Truth): Values => (value === null ? UNKNOWN : value ? TRUE : FALSE);
const negated = (value: Truth): Truth => (value === null ? null : !value);

/**
 * Makes a program of a tree that was read and checked without errors.
 * @throws Error where a regular expression cannot be compiled
 */
export function prepare(tree: Expression, tools: Tools): Program {
  const run = compile(tree, tools);
  const evaluate = (get: Get, now: number): Values => run(get, BigInt(Math.trunc(now)) * TICKS_PER_MS);
  return {
    fields: fieldsOf(tree),
    timed: usesTime(tree),
    evaluate,
    test: (get, now) => evaluate(get, now).includes(true),
  };
}

function usesTime(node: Expression): boolean {
  return (node.kind === 'call' && (node.name === 'now' || node.name === 'ago')) || childrenOf(node).some(usesTime);
}

function compile(node: Expression, tools: Tools): Run {
  switch (node.kind) {
    case 'literal': {
      const values: Values = node.value === null ? [] : [node.value];
      return () => values;
    }
    case 'field': {
      const path = pathOf(node.keys);
      return (get) => get(path);
    }
    case 'every': {
      const path = everyPath(node.keys);
      return (get) => get(path);
    }
    case 'member': {
      const operand = compile(node.operand, tools);
      const key = compile(node.key, tools);
      return (get, now) => member(operand(get, now), key(get, now)[0] ?? null);
    }
    case 'negate': {
      const operand = compile(node.operand, tools);
      return (get, now) =>
        operand(get, now).map((value) =>
          value instanceof TimeSpan ? new TimeSpan(-value.ticks) : arithmetic('*', value, -1n),
        );
    }
    case 'not': {
      const operand = compile(node.operand, tools);
      return (get, now) => truth(negated(truthOf(operand(get, now))));
    }
    case 'and':
    case 'or':
      return logical(
        node.kind === 'or',
        node.operands.map((operand) => compile(operand, tools)),
      );
    case 'arithmetic': {
      const { operator } = node;
      return mapped([node.left, node.right], tools, ([a, b]) => arithmetic(operator, a ?? null, b ?? null));
    }
    case 'comparison':
      return comparison(node, tools);
    case 'text':
      return text(node, tools);
    case 'regex': {
      const { right } = node;
      const pattern = tools.regex(right.kind === 'literal' ? textOf(right.value) : '');
      return tested(compile(node.left, tools), false, (value) => pattern.test(textOf(value)));
    }
    case 'list':
      return list(node, tools);
    case 'between':
      return between(node, tools);
    case 'call':
      return call(node, tools);
    default:
      throw new TypeError('a tree with errors cannot be run');
  }
}

/** An element of a list by its place (from the end where below 0), or a member of a bag by its name; nothing where it has none. */
function member(values: Values, key: Value): Values {
  let found: Value | undefined;
  const [only] = values;
  if (typeof key === 'bigint' && !(only instanceof Bag)) found = itemsOf(values).at(Number(key));
  else if (typeof key === 'string' && only instanceof Bag) found = only.entries.get(key);
  return found === undefined ? UNKNOWN : [found];
}

/**
 * A condition: true where one of its values is, else null where one is neither true nor false or nothing is there. Events
 * have booleans as text too.
 */
function truthOf(values: Values): Truth {
  if (values.includes(true)) return true;
  if (values.includes(false) && values.length === 1) return false;
  const read = values.map((value) => (typeof value === 'string' ? booleanOf(value) : value));
  if (read.includes(true)) return true;
  return read.length === 0 || read.some((value) => value !== false) ? null : false;
}

function logical(or: boolean, operands: readonly Run[]): Run {
  return (get, now) => {
    let result: Truth = !or;
    for (const operand of operands) {
      const value = truthOf(operand(get, now));
      if (value === or) return truth(or);
      if (value === null) result = null;
    }
    return truth(result);
  };
}

/** A function of single values, mapped over the one operand that has several; null where two have. */
function mapped(nodes: readonly Expression[], tools: Tools, work: (values: readonly Value[]) => Value): Run {
  const operands = nodes.map((node) => compile(node, tools));
  return (get, now) => {
    const all = operands.map((operand) => operand(get, now));
    const several = all.findIndex((values) => values.length > 1);
    const first = all.map((values) => values[0] ?? null);
    if (several < 0) return [work(first)];
    if (all.some((values, i) => i !== several && values.length > 1)) return UNKNOWN;
    return all[several].map((value) => work(first.with(several, value)));
  };
}

/** Whether a condition holds for a value of `a` and one of `b`; null where it holds for none and is null for one. */
function anyPair(a: Values, b: Values, holds: (a: Value, b: Value) => Truth): Truth {
  let result: Truth = false;
  for (const x of a.length === 0 ? UNKNOWN : a) {
    for (const y of b.length === 0 ? UNKNOWN : b) {
      const held = holds(x, y);
      if (held === true) return true;
      if (held === null) result = null;
    }
  }
  return result;
}

const ORDERED: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function comparison(node: Extract<Expression, { kind: 'comparison' }>, tools: Tools): Run {
  const left = compile(node.left, tools);
  const right = compile(node.right, tools);
  const { operator } = node;
  const not = operator.startsWith('!');
  const test = Object.hasOwn(ORDERED, operator) ? ORDERED[operator] : null;
  const { fold } = tools;
  let holds: (a: Value, b: Value) => Truth = equal;
  if (test !== null) {
    holds = (a, b) => {
      const order = compare(a, b);
      return order === null ? null : test(order);
    };
  } else if (operator.endsWith('~')) {
    holds = (a, b) =>
      a === null && b === null ? null : a !== null && b !== null && fold(textOf(a)) === fold(textOf(b));
  }
  return (get, now) => {
    const held = anyPair(left(get, now), right(get, now), holds);
    return truth(not ? negated(held) : held);
  };
}

/** Text operators read an absent field as an empty text, as Kusto has it. */
function tested(operand: Run, not: boolean, test: (value: Value) => boolean): Run {
  return (get, now) => {
    const values = operand(get, now);
    return truth((values.length === 0 ? UNKNOWN : values).some(test) !== not);
  };
}

function text(node: Extract<Expression, { kind: 'text' }>, tools: Tools): Run {
  const fold: Fold = node.caseSensitive ? (plain) => plain : tools.fold;
  const test = TEXT_TESTS[node.operator];
  const left = compile(node.left, tools);
  if (node.right.kind === 'literal') {
    const needle = fold(textOf(node.right.value));
    return tested(left, node.negated, (value) => test(fold(textOf(value)), needle));
  }
  const right = compile(node.right, tools);
  return (get, now) => {
    const needles = right(get, now).map((value) => fold(textOf(value)));
    const found = (value: Value) => needles.some((needle) => test(fold(textOf(value)), needle));
    return tested(left, node.negated, found)(get, now);
  };
}

function list(node: Extract<Expression, { kind: 'list' }>, tools: Tools): Run {
  const { operator } = node;
  const left = compile(node.left, tools);
  const items = node.items.map((item) => compile(item, tools));
  const { fold } = tools;
  if (operator === 'has_any' || operator === 'has_all') {
    return (get, now) => {
      const needles = items.flatMap((item) => itemsOf(item(get, now))).map((value) => fold(textOf(value)));
      const test = (value: Value): boolean => {
        const folded = fold(textOf(value));
        const has = (needle: string) => TEXT_TESTS.has(folded, needle);
        return operator === 'has_any' ? needles.some(has) : needles.every(has);
      };
      return tested(left, false, test)(get, now);
    };
  }
  const not = operator.startsWith('!');
  const whateverCase = operator.endsWith('~');
  // Most lists are of texts that stay the same: one look-up for all of them.
  const constant = node.items.every((item) => item.kind === 'literal' && typeof item.value === 'string');
  const texts = new Set(
    constant ? node.items.map((item) => (whateverCase ? fold(literalText(item)) : literalText(item))) : [],
  );
  const holds = (a: Value, b: Value): Truth =>
    a !== null && b !== null && (whateverCase ? fold(textOf(a)) === fold(textOf(b)) : equal(a, b) === true);
  return (get, now) => {
    const values = left(get, now);
    if (constant && values.every((value) => typeof value === 'string')) {
      return truth(values.some((value) => texts.has(whateverCase ? fold(value) : value)) !== not);
    }
    const others = items.flatMap((item) => itemsOf(item(get, now)));
    return truth(others.length > 0 && anyPair(values, others, holds) ? !not : not);
  };
}

function literalText(node: Expression): string {
  return node.kind === 'literal' ? textOf(node.value) : '';
}

function between(node: Extract<Expression, { kind: 'between' }>, tools: Tools): Run {
  const operand = compile(node.operand, tools);
  const low = compile(node.low, tools);
  const high = compile(node.high, tools);
  return (get, now) => {
    const from = low(get, now)[0] ?? null;
    let to = high(get, now)[0] ?? null;
    // `between (date .. span)` ends a span after the date.
    if (to instanceof TimeSpan && from instanceof DateTime) to = arithmetic('+', from, to);
    const held = anyPair(operand(get, now), UNKNOWN, (value) => {
      const above = compare(value, from);
      const below = compare(value, to);
      if ((above !== null && above < 0) || (below !== null && below > 0)) return false;
      return above === null || below === null ? null : true;
    });
    return truth(node.negated ? negated(held) : held);
  };
}

function call(node: Extract<Expression, { kind: 'call' }>, tools: Tools): Run {
  const entry = functionOf(node.name);
  if (entry === null) throw new TypeError(`there is no function ${node.name}`);
  const { all, pattern } = entry;
  let { one } = entry;
  if (pattern !== undefined) {
    const written = node.arguments[pattern];
    one = entry.prepare?.(written.kind === 'literal' ? textOf(written.value) : '', tools);
  }
  if (all === undefined) return mapped(node.arguments, tools, one ?? (() => null));
  const operands = node.arguments.map((argument) => compile(argument, tools));
  return (get, now) =>
    all(
      operands.map((operand) => operand(get, now)),
      now,
    );
}
