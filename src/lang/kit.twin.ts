/** Trees at random, a second evaluator that follows docs/expressions.md line by line, and tools for tests. */
import fc from 'fast-check';
import { arithmeticTwin } from './arithmetic.twin.ts';
import { formatJson, parseJson } from './json.ts';
import { type Arithmetic, type Comparison, type Expression, LIST_OPERATORS, pathOf, TEXT_OPERATORS } from './tree.ts';
import { Bag, DateTime, List, TimeSpan, type Value } from './value.ts';

export const TOOLS = {
  regex: (pattern: string): RegExp => new RegExp(pattern),
  groups: (pattern: string) => {
    const regex = new RegExp(pattern, 'g');
    return (text: string, from = 0) => {
      regex.lastIndex = from;
      return regex.exec(text);
    };
  },
  fold: (text: string): string => text.toLowerCase(),
};

const NOWHERE = { start: 0, end: 0 };

const keyArb = fc.oneof(
  fc.constantFrom('a', 'b', 'user', 'in', 'has', 'not', 'datetime', 'x y', 'c.d', '@timestamp', '', '"', '\\', 'é'),
  fc.string({ maxLength: 5 }),
);

export const scalarArb: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>('', 'a', 'A', 'abc', 'a b', 'ab_c', '1', '1.5', '01', 'true', '2026-01-02', '10.0.0.1'),
  fc.string({ maxLength: 6 }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n),
  fc.constantFrom(0.5, -0.0, 1.5, 1e21, 1e-9, Number.NaN, Number.POSITIVE_INFINITY),
  fc.boolean(),
  fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }).map((ticks) => new DateTime(ticks)),
  fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }).map((ticks) => new TimeSpan(ticks)),
  fc.constantFrom(864_000_000_000n, 36_000_000_000n, 0n).map((ticks) => new TimeSpan(ticks)),
);

const FIELDS = ['a', 'b', 'c', 'none'];
const literal = (value: Value): Expression => ({ kind: 'literal', value, span: NOWHERE });
const field = (...keys: string[]): Expression => ({ kind: 'field', keys, span: NOWHERE });

const operandArb = fc.oneof(
  scalarArb.map(literal),
  fc.constant(literal(null)),
  fc.constantFrom(...FIELDS).map((name) => field(name)),
);

/** Expressions over a few fields, all of whose operators the twin knows. */
export const treeArb: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, operandArb, nodeArb(tie('tree'))),
})).tree;

/** The same with fields of any name. */
export const printableArb: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    operandArb,
    fc.array(keyArb, { minLength: 1, maxLength: 3 }).map((keys) => field(...keys)),
    fc.json({ maxDepth: 2 }).map((text) => literal(new List([parseJson(text) ?? null]))),
    fc
      .tuple(tie('tree'), fc.oneof(tie('tree'), fc.constantFrom('k', 'a b').map(literal)))
      .map(([operand, key]): Expression => ({ kind: 'member', operand, key, span: NOWHERE })),
    nodeArb(tie('tree')),
  ),
})).tree;

function nodeArb(tree: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const two = fc.tuple(tree, tree);
  return fc.oneof(
    tree
      .filter((operand) => operand.kind !== 'literal')
      .map((operand): Expression => ({ kind: 'negate', operand, span: NOWHERE })),
    tree.map((operand): Expression => ({ kind: 'not', operand, span: NOWHERE })),
    fc
      .tuple(fc.constantFrom<'and' | 'or'>('and', 'or'), fc.array(tree, { minLength: 2, maxLength: 3 }))
      .map(([kind, operands]): Expression => ({ kind, operands, span: NOWHERE })),
    fc
      .tuple(fc.constantFrom<Arithmetic>('+', '-', '*', '/', '%'), two)
      .map(([operator, [left, right]]): Expression => ({ kind: 'arithmetic', operator, left, right, span: NOWHERE })),
    fc
      .tuple(fc.constantFrom<Comparison>('==', '!=', '=~', '!~', '<', '<=', '>', '>='), two)
      .map(([operator, [left, right]]): Expression => ({ kind: 'comparison', operator, left, right, span: NOWHERE })),
    fc.tuple(fc.constantFrom(...TEXT_OPERATORS), fc.boolean(), fc.boolean(), two).map(
      ([operator, negated, caseSensitive, [left, right]]): Expression => ({
        kind: 'text',
        operator,
        negated,
        caseSensitive,
        left,
        right,
        span: NOWHERE,
      }),
    ),
    fc
      .tuple(fc.constantFrom(...LIST_OPERATORS), tree, fc.array(tree, { minLength: 1, maxLength: 3 }))
      .map(([operator, left, items]): Expression => ({ kind: 'list', operator, left, items, span: NOWHERE })),
    fc.tuple(fc.boolean(), tree, two).map(
      ([negated, operand, [low, high]]): Expression => ({
        kind: 'between',
        negated,
        operand,
        low,
        high,
        span: NOWHERE,
      }),
    ),
    fc.tuple(fc.constantFrom('isnull', 'isempty', 'tolower', 'tostring', 'strlen'), tree).map(
      ([name, argument]): Expression => ({
        kind: 'call',
        name,
        arguments: [argument],
        nameSpan: NOWHERE,
        span: NOWHERE,
      }),
    ),
    fc.tuple(fc.constantFrom('coalesce', 'iff'), fc.tuple(tree, tree, tree)).map(
      ([name, operands]): Expression => ({
        kind: 'call',
        name,
        arguments: operands,
        nameSpan: NOWHERE,
        span: NOWHERE,
      }),
    ),
  );
}

export const eventArb: fc.Arbitrary<Readonly<Record<string, readonly Value[]>>> = fc.record({
  a: fc.array(scalarArb, { maxLength: 1 }),
  b: fc.array(scalarArb, { maxLength: 3 }),
  c: fc.array(fc.oneof(scalarArb, fc.constant(null)), { maxLength: 2 }),
});

/** A tree without spans, comparable by deepEqual. */
export function bare(node: unknown): unknown {
  if (node instanceof DateTime) return `datetime ${node.ticks}`;
  if (node instanceof TimeSpan) return `timespan ${node.ticks}`;
  if (node instanceof List || node instanceof Bag) return `dynamic ${formatJson(node)}`;
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !['span', 'nameSpan', 'written'].includes(key))
      .map(([key, value]) => [key, bare(value)]),
  );
}

type Event = Readonly<Record<string, readonly Value[]>>;
type Truth = boolean | null;

const text = (value: Value): string => {
  if (value === null) return '';
  if (value instanceof DateTime || value instanceof TimeSpan) return arithmeticTwin.text(value);
  return String(value);
};
const no = (truth: Truth): Truth => (truth === null ? null : !truth);
const orNull = (values: readonly Value[]): readonly Value[] => (values.length === 0 ? [null] : values);

function condition(values: readonly Value[]): Truth {
  const read = values.map((value) =>
    typeof value === 'string' && /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value,
  );
  if (read.some((value) => value === true)) return true;
  return read.length > 0 && read.every((value) => value === false) ? false : null;
}

/** A term: letters and digits up to something else on both sides, looked for character by character. */
function hasTwin(whole: string, part: string, start: boolean, end: boolean): boolean {
  const word = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
  const points = [...whole];
  const wanted = [...part];
  if (wanted.length === 0) return true;
  for (let i = 0; i + wanted.length <= points.length; i++) {
    if (points.slice(i, i + wanted.length).join('') !== part) continue;
    const after = i + wanted.length;
    if (start && i > 0 && word(points[i - 1]) && word(points[i])) continue;
    if (end && after < points.length && word(points[after - 1]) && word(points[after])) continue;
    return true;
  }
  return false;
}

function textTwin(operator: string, whole: string, part: string): boolean {
  switch (operator) {
    case 'contains':
      return whole.includes(part);
    case 'startswith':
      return whole.slice(0, part.length) === part;
    case 'endswith':
      return part === '' || whole.slice(-part.length) === part;
    default:
      return hasTwin(whole, part, operator !== 'hassuffix', operator !== 'hasprefix');
  }
}

/** Values of an expression, worked out anew for every question. */
export function evaluateTwin(node: Expression, event: Event): readonly Value[] {
  const of = (inner: Expression): readonly Value[] => evaluateTwin(inner, event);
  const any = (left: readonly Value[], right: readonly Value[], holds: (a: Value, b: Value) => Truth): Truth => {
    const all = orNull(left).flatMap((a) => orNull(right).map((b) => holds(a, b)));
    return all.includes(true) ? true : all.includes(null) ? null : false;
  };
  switch (node.kind) {
    case 'literal':
      return node.value === null ? [] : [node.value];
    case 'field':
      return event[pathOf(node.keys)] ?? [];
    case 'negate':
      return of(node.operand).map(arithmeticTwin.negate);
    case 'not':
      return [no(condition(of(node.operand)))];
    case 'and': {
      const all = node.operands.map((operand) => condition(of(operand)));
      return [all.includes(false) ? false : all.includes(null) ? null : true];
    }
    case 'or': {
      const all = node.operands.map((operand) => condition(of(operand)));
      return [all.includes(true) ? true : all.includes(null) ? null : false];
    }
    case 'arithmetic': {
      const [left, right] = [of(node.left), of(node.right)];
      if (left.length > 1 && right.length > 1) return [null];
      return orNull(left).flatMap((a) => orNull(right).map((b) => arithmeticTwin.apply(node.operator, a, b)));
    }
    case 'comparison': {
      const { operator } = node;
      const held = any(of(node.left), of(node.right), (a, b) => {
        if (operator === '==' || operator === '!=') return arithmeticTwin.equal(a, b);
        if (operator === '=~' || operator === '!~') {
          if (a === null || b === null) return a === b ? null : false;
          return text(a).toLowerCase() === text(b).toLowerCase();
        }
        const order = arithmeticTwin.order(a, b);
        if (order === null) return null;
        return operator.startsWith('<')
          ? order < 0 || (operator === '<=' && order === 0)
          : order > 0 || (operator === '>=' && order === 0);
      });
      return [operator.startsWith('!') ? no(held) : held];
    }
    case 'text': {
      const fold = (plain: string): string => (node.caseSensitive ? plain : plain.toLowerCase());
      const parts = node.right.kind === 'literal' ? orNull(of(node.right)) : of(node.right);
      const held = orNull(of(node.left)).some((a) =>
        parts.some((b) => textTwin(node.operator, fold(text(a)), fold(text(b)))),
      );
      return [held !== node.negated];
    }
    case 'list':
      return [listTwin(node.operator, of(node.left), node.items.flatMap(of))];
    case 'between': {
      const low = of(node.low)[0] ?? null;
      const end = of(node.high)[0] ?? null;
      const high = low instanceof DateTime && end instanceof TimeSpan ? arithmeticTwin.apply('+', low, end) : end;
      const held = any(of(node.operand), [null], (value) => {
        const [above, below] = [arithmeticTwin.order(value, low), arithmeticTwin.order(value, high)];
        if ((above ?? 0) < 0 || (below ?? 0) > 0) return false;
        return above === null || below === null ? null : true;
      });
      return [node.negated ? no(held) : held];
    }
    case 'call':
      return callTwin(node.name, node.arguments.map(of));
    default:
      throw new Error(`the twin does not know ${node.kind}`);
  }
}

function listTwin(operator: string, left: readonly Value[], items: readonly Value[]): boolean {
  const same = (a: Value, b: Value): boolean => {
    if (a === null || b === null) return false;
    return operator.endsWith('~')
      ? text(a).toLowerCase() === text(b).toLowerCase()
      : arithmeticTwin.equal(a, b) === true;
  };
  const has = (a: Value) => (b: Value) => hasTwin(text(a).toLowerCase(), text(b).toLowerCase(), true, true);
  if (operator === 'has_any') return orNull(left).some((a) => items.some(has(a)));
  if (operator === 'has_all') return orNull(left).some((a) => items.every(has(a)));
  return left.some((a) => items.some((b) => same(a, b))) !== operator.startsWith('!');
}

function callTwin(
  name: string,
  [first = [], second = [], third = []]: readonly (readonly Value[])[],
): readonly Value[] {
  const filled = (values: readonly Value[]): boolean => values.some((value) => value !== null);
  switch (name) {
    case 'isnull':
      return [!filled(first)];
    case 'isempty':
      return [!first.some((value) => value !== null && value !== '')];
    case 'coalesce':
      return [first, second, third].find(filled) ?? [];
    case 'iff':
      return first.includes(true) ? second : third;
    case 'tostring':
      return orNull(first).map(text);
    case 'tolower':
      return orNull(first).map((value) => (value === null ? null : text(value).toLowerCase()));
    default:
      return orNull(first).map((value) => (value === null ? null : BigInt([...text(value)].length)));
  }
}
