/** Queries at random in Kusto's words, with types that agree, over the columns of kusto.test.ts. */
import fc from 'fast-check';
import type { Expression, Named, Operator, Pipeline, Query } from '../../src/lang/index.ts';
import { DateTime, TimeSpan } from '../../src/lang/index.ts';

const span = { start: 0, end: 0 };
const place = { span, nameSpan: span };
type Type = 'long' | 'real' | 'string' | 'bool' | 'datetime' | 'timespan';

const COLUMNS: Readonly<Record<Type, string>> = {
  long: 'a',
  real: 'c',
  string: 'b',
  bool: 'o',
  datetime: 'ts',
  timespan: 't',
};
const TYPES = Object.keys(COLUMNS) as Type[];

const literal = (value: Extract<Expression, { kind: 'literal' }>['value']): Expression => ({
  kind: 'literal',
  value,
  span,
});
const call = (name: string, ...args: Expression[]): Expression => ({ kind: 'call', name, arguments: args, ...place });
const field = (name: string): Expression => ({ kind: 'field', keys: [name], span });

const LITERALS: Readonly<Record<Type, fc.Arbitrary<Expression>>> = {
  long: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }).map(literal),
  real: fc
    .oneof(fc.double({ noDefaultInfinity: true, noNaN: true }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))
    .map(literal),
  string: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('"', '\\', "'", '\n', 'é😀')).map(literal),
  bool: fc.boolean().map(literal),
  datetime: fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n }).map((ticks) => literal(new DateTime(ticks))),
  timespan: fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }).map((ticks) => literal(new TimeSpan(ticks))),
};

const trees = fc.letrec<Record<Type, Expression>>((tie) => {
  const leaf = (type: Type) => fc.oneof(LITERALS[type], fc.constant(field(COLUMNS[type])));
  const of = (type: Type, ...more: fc.Arbitrary<Expression>[]) => fc.oneof({ maxDepth: 3 }, leaf(type), ...more);
  const two = (type: Type) => fc.tuple(tie(type), tie(type));
  const pick = (type: Type) =>
    fc.tuple(tie('bool'), tie(type), tie(type)).map(([condition, yes, no]) => call('iff', condition, yes, no));
  const arithmetic = (type: Type, signs: readonly ['+' | '-' | '*', ...('+' | '-' | '*')[]]) =>
    fc
      .tuple(fc.constantFrom(...signs), two(type))
      .map(([operator, [left, right]]): Expression => ({ kind: 'arithmetic', operator, left, right, span }));
  const compared = (type: Type) =>
    fc
      .tuple(
        fc.constantFrom<'==' | '!=' | '<' | '>='>(
          '==',
          '!=',
          ...(type === 'string' || type === 'bool' ? [] : (['<', '>='] as const)),
        ),
        two(type),
      )
      .map(([operator, [left, right]]): Expression => ({ kind: 'comparison', operator, left, right, span }));
  const text = fc
    .tuple(
      fc.constantFrom('has' as const, 'contains' as const, 'startswith' as const, 'endswith' as const),
      fc.boolean(),
      fc.boolean(),
      two('string'),
    )
    .map(
      ([operator, negated, caseSensitive, [left, right]]): Expression => ({
        kind: 'text',
        operator,
        negated,
        caseSensitive,
        left,
        right,
        span,
      }),
    );
  const list = (type: Type) =>
    fc
      .tuple(
        fc.constantFrom('in' as const, '!in' as const),
        tie(type),
        fc.array(LITERALS[type], { minLength: 1, maxLength: 3 }),
      )
      .map(([operator, left, items]): Expression => ({ kind: 'list', operator, left, items, span }));
  const between = (type: Type) =>
    fc
      .tuple(fc.boolean(), tie(type), two(type))
      .map(([negated, operand, [low, high]]): Expression => ({ kind: 'between', negated, operand, low, high, span }));
  const logical = fc
    .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('bool'), { minLength: 2, maxLength: 3 }))
    .map(([kind, operands]): Expression => ({ kind, operands, span }));
  const negated = (type: Type) =>
    fc.constant(field(COLUMNS[type])).map((operand): Expression => ({ kind: 'negate', operand, span }));
  return {
    long: of(
      'long',
      arithmetic('long', ['+', '-', '*']),
      negated('long'),
      pick('long'),
      tie('string').map((x) => call('strlen', x)),
    ),
    real: of(
      'real',
      arithmetic('real', ['+', '-', '*']),
      tie('real').map((x) => call('sqrt', x)),
      pick('real'),
    ),
    string: of(
      'string',
      tie('string').map((x) => call('tolower', x)),
      two('string').map(([x, y]) => call('strcat', x, y)),
      pick('string'),
    ),
    bool: of(
      'bool',
      logical,
      text,
      compared('long'),
      compared('string'),
      compared('datetime'),
      list('string'),
      list('long'),
      between('datetime'),
      between('real'),
      tie('bool').map((operand): Expression => ({ kind: 'not', operand, span })),
      tie('string').map((x) => call('isempty', x)),
    ),
    datetime: of(
      'datetime',
      tie('datetime').map((x) => call('startofday', x)),
      tie('timespan').map((x) => call('ago', x)),
    ),
    timespan: of('timespan', arithmetic('timespan', ['+', '-'])),
  };
});

const value = fc.constantFrom(...TYPES).chain((type) => trees[type]);
const named = (prefix: string) =>
  fc
    .array(value, { minLength: 1, maxLength: 3 })
    .map((values): Named[] =>
      values.map((item, i) => ({ name: { keys: [`${prefix}${i}`], span }, value: item, span })),
    );

const AGGREGATES: readonly fc.Arbitrary<Expression>[] = [
  fc.constant(call('count')),
  trees.bool.map((x) => call('countif', x)),
  trees.long.map((x) => call('sum', x)),
  trees.real.map((x) => call('avg', x)),
  trees.string.map((x) => call('dcount', x)),
  trees.datetime.map((x) => call('max', x)),
  fc
    .tuple(trees.real, fc.integer({ min: 1, max: 99 }))
    .map(([x, percent]) => call('percentile', x, literal(BigInt(percent)))),
  fc.constant(call('arg_max', field('ts'), { kind: 'every', keys: [], span })),
];

const aggregates = fc
  .array(fc.oneof(...AGGREGATES), { minLength: 1, maxLength: 3 })
  .map((values): Named[] => values.map((item, i) => ({ name: { keys: [`n${i}`], span }, value: item, span })));

const sortKeys = fc.array(
  fc.record({
    value: fc.constantFrom(...Object.values(COLUMNS)).map(field),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    nulls: fc.constantFrom('first' as const, 'last' as const),
    span: fc.constant(span),
  }),
  { minLength: 1, maxLength: 1 },
);

const hits: Pipeline = {
  source: { kind: 'table', name: 'hits', written: true, asof: null, span },
  operators: [],
  span,
};

/** Steps that leave the columns as they are. */
const middle: fc.Arbitrary<Operator> = fc.oneof(
  trees.bool.map((condition): Operator => ({ kind: 'where', condition, ...place })),
  named('x').map((columns): Operator => ({ kind: 'extend', columns, ...place })),
  fc.bigInt({ min: 0n, max: 100n }).map((count): Operator => ({ kind: 'take', count: literal(count), ...place })),
  sortKeys.map((by): Operator => ({ kind: 'sort', by, ...place })),
  sortKeys.map((by): Operator => ({ kind: 'top', count: literal(5n), by, ...place })),
  fc.constant<Operator>({
    kind: 'join',
    mode: 'leftsemi',
    table: hits,
    on: [{ left: ['b'], right: ['level'], span }],
    ...place,
  }),
  fc.constant<Operator>({ kind: 'union', mode: 'outer', withSource: null, tables: [hits], ...place }),
);

const last: fc.Arbitrary<Operator> = fc.oneof(
  fc.constant<Operator>({ kind: 'count', name: null, ...place }),
  named('p').map((columns): Operator => ({ kind: 'project', columns, ...place })),
  fc
    .tuple(aggregates, named('g'))
    .map(([items, by]): Operator => ({ kind: 'summarize', aggregates: items, by, ...place })),
  fc.constantFrom<Operator>(
    { kind: 'project-away', columns: [{ kind: 'pattern', pattern: 't*', span }], ...place },
    { kind: 'render', chart: 'table', properties: [{ name: 'title', value: 'x', span }], ...place },
    {
      kind: 'parse',
      onlyMatches: false,
      mode: 'simple',
      value: field('b'),
      pieces: [
        { kind: 'skip', span },
        { kind: 'text', text: 'id="', span },
        { kind: 'column', name: { keys: ['id'], span }, type: 'long', span },
      ],
      ...place,
    },
  ),
);

export const kustoQueryArb: fc.Arbitrary<Query> = fc
  .tuple(fc.array(middle, { maxLength: 3 }), last)
  .map(([steps, end]): Query => {
    const body: Pipeline = {
      source: { kind: 'table', name: 'events', written: true, asof: null, span },
      operators: [...steps, end],
      span,
    };
    return { lets: [], body, explain: false, span };
  });
