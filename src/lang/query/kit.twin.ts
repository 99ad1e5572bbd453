/** Queries at random, for tests. */
import fc from 'fast-check';
import { printableArb } from '../kit.twin.ts';
import type { Expression } from '../tree.ts';
import { TimeSpan } from '../value.ts';
import { CHARTS } from './read/groups.ts';
import {
  COLUMN_TYPES,
  type Columns,
  JOIN_KINDS,
  type Name,
  type Named,
  type Operator,
  type ParsePiece,
  type Pipeline,
  type Query,
  type Search,
  TABLES,
} from './tree.ts';

const span = { start: 0, end: 0 };
const place = { span, nameSpan: span };

const keysArb = fc.array(
  fc.constantFrom('a', 'b', 'user', 'name', 'in', 'x y', 'c.d', '@timestamp', 'hits', 'by', '1'),
  {
    minLength: 1,
    maxLength: 2,
  },
);
const nameArb: fc.Arbitrary<Name> = keysArb.map((keys) => ({ keys, span }));
const orNull = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arb, { nil: null });
const some = <T>(arb: fc.Arbitrary<T>, minLength = 1): fc.Arbitrary<T[]> => fc.array(arb, { minLength, maxLength: 3 });

const columnsArb: fc.Arbitrary<Columns> = fc.oneof(
  keysArb.map((keys): Columns => ({ kind: 'name', keys, span })),
  fc
    .constantFrom('*', 'a*', '*_id', 'winlog.*', 'a.*.b', '*x*')
    .map((pattern): Columns => ({ kind: 'pattern', pattern, span })),
);

const word = fc.constantFrom(
  'failed',
  'C:\\Temp\\x.exe',
  'a*b',
  '*',
  '10.0.0.0/8',
  "it's",
  'and',
  'http://x/y',
  'fe80::1',
  'a-b',
  'é',
);
const termArb: fc.Arbitrary<Search> = fc.oneof(
  fc.record({
    kind: fc.constant('term' as const),
    keys: fc.constant(null),
    comparison: fc.constant(null),
    text: word,
    quoted: fc.constant(false),
    span: fc.constant(span),
  }),
  fc.record({
    kind: fc.constant('term' as const),
    keys: some(fc.constantFrom('host', 'name', '@x', 'cs-method', 'a.b')),
    comparison: fc.constantFrom(null, '<' as const, '>=' as const),
    text: fc.constantFrom('x', '5', '2026-01-01', '-3', 'svc*'),
    quoted: fc.boolean(),
    span: fc.constant(span),
  }),
  fc
    .string({ maxLength: 6 })
    .map((text): Search => ({ kind: 'term', keys: null, comparison: null, text, quoted: true, span })),
);

export const searchArb: fc.Arbitrary<Search> = fc.letrec<{ search: Search }>((tie) => ({
  search: fc.oneof(
    { maxDepth: 3 },
    termArb,
    tie('search').map((operand): Search => ({ kind: 'not', operand, span })),
    fc
      .tuple(fc.constantFrom<'and' | 'or'>('and', 'or'), fc.array(tie('search'), { minLength: 2, maxLength: 3 }))
      .map(([kind, operands]): Search => ({ kind, operands, span })),
  ),
})).search;

const spanArb = fc
  .bigInt({ min: -(10n ** 12n), max: 10n ** 14n })
  .map((ticks): Expression => ({ kind: 'literal', value: new TimeSpan(ticks), span }));
const constant = <T>(value: T): fc.Arbitrary<T> => fc.constant(value);

function operatorArb(pipeline: fc.Arbitrary<Pipeline>, expression: fc.Arbitrary<Expression>): fc.Arbitrary<Operator> {
  const named: fc.Arbitrary<Named> = fc.record({ name: orNull(nameArb), value: expression, span: constant(span) });
  const list = some(named);
  const sortKey = fc.record({
    value: expression,
    order: fc.constantFrom('asc' as const, 'desc' as const),
    nulls: fc.constantFrom('first' as const, 'last' as const),
    span: constant(span),
  });
  const piece: fc.Arbitrary<ParsePiece> = fc.oneof(
    fc.string({ maxLength: 4 }).map((text): ParsePiece => ({ kind: 'text', text, span })),
    fc.constant<ParsePiece>({ kind: 'skip', span }),
    fc.record({
      kind: constant('column' as const),
      name: nameArb,
      type: fc.constantFrom(...COLUMN_TYPES),
      span: constant(span),
    }),
  );
  const of = <K extends Operator['kind'], T extends object>(
    kind: K,
    record: { [Key in keyof T]: fc.Arbitrary<T[Key]> },
  ) => fc.record(record).map((rest) => ({ kind, ...rest, ...place }));
  return fc.oneof(
    of('search', { condition: searchArb }),
    of('where', { condition: expression }),
    of('extend', { columns: list }),
    of('project', { columns: list }),
    // A star alone is no column but all of them.
    of('distinct', {
      columns: fc.oneof(
        list.filter(([{ value }]) => value.kind !== 'every'),
        fc.constant<Named[]>([]),
      ),
    }),
    of('project-away', { columns: some(columnsArb) }),
    of('project-keep', { columns: some(columnsArb) }),
    of('project-reorder', { columns: some(columnsArb) }),
    of('project-rename', { columns: some(fc.record({ to: nameArb, from: nameArb })) }),
    fc
      .tuple(some(named, 0), list)
      .map(([aggregates, by]) => ({ kind: 'summarize' as const, aggregates, by, ...place })),
    of('count', { name: orNull(nameArb) }),
    of('top', { count: expression, by: some(sortKey) }),
    of('sort', { by: some(sortKey) }),
    of('take', { count: expression }),
    of('union', {
      mode: fc.constantFrom('outer' as const, 'inner' as const),
      withSource: orNull(nameArb),
      tables: some(pipeline),
    }),
    of('join', {
      mode: fc.constantFrom(...JOIN_KINDS),
      table: pipeline,
      on: some(fc.record({ left: keysArb, right: keysArb, span: constant(span) })),
    }),
    of('parse', {
      onlyMatches: fc.boolean(),
      mode: fc.constantFrom('simple' as const, 'relaxed' as const, 'regex' as const),
      value: expression,
      pieces: some(piece),
    }),
    of('mv-expand', {
      columns: some(
        fc.record({
          name: orNull(nameArb),
          value: expression,
          type: orNull(fc.constantFrom(...COLUMN_TYPES)),
          span: constant(span),
        }),
      ),
      index: orNull(nameArb),
      limit: orNull(expression),
    }),
    of('make-series', {
      aggregates: some(
        fc.record({ name: orNull(nameArb), value: expression, default: orNull(expression), span: constant(span) }),
      ),
      on: named,
      from: orNull(expression),
      to: orNull(expression),
      step: expression,
      by: some(named, 0),
    }),
    of('render', {
      chart: fc.constantFrom(...CHARTS),
      properties: some(
        fc.record({
          name: fc.constantFrom('title', 'ycolumns', 'ymin'),
          value: fc.oneof(fc.string({ maxLength: 4 }), fc.boolean(), fc.bigInt({ min: 0n, max: 9n }), fc.constant(1.5)),
          span: constant(span),
        }),
        0,
      ),
    }),
    of('sequence', {
      by: some(named, 0),
      within: fc.oneof(spanArb, fc.constant<Expression>({ kind: 'field', keys: ['width'], span })),
      steps: fc
        .tuple(some(stepArb(expression, false)), some(stepArb(expression, true), 0))
        .map((lists) => lists.flat()),
    }),
    of('detect', {
      targets: some(
        fc.record({
          kind: fc.constantFrom('rule' as const, 'pack' as const),
          text: fc.string({ maxLength: 6 }),
          span: constant(span),
        }),
      ),
    }),
  );
}

const stepArb = (condition: fc.Arbitrary<Expression>, absent: boolean) =>
  fc.record({ absent: constant(absent), condition, span: constant(span) });

const trees = fc.letrec<{ pipeline: Pipeline; expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 1, withCrossShrink: true },
    printableArb,
    fc.constantFrom<Expression>({ kind: 'every', keys: [], span }, { kind: 'every', keys: ['host'], span }),
    fc.tuple(printableArb, tie('pipeline')).map(([left, pipeline]): Expression => {
      return { kind: 'list', operator: 'in', left, items: [{ kind: 'subquery', pipeline, span }], span };
    }),
    tie('pipeline').map((pipeline): Expression => {
      return { kind: 'call', name: 'toscalar', arguments: [{ kind: 'subquery', pipeline, span }], ...place };
    }),
  ),
  pipeline: fc
    .tuple(
      fc.constantFrom(...TABLES),
      fc.boolean(),
      orNull(printableArb),
      fc.array(operatorArb(tie('pipeline'), tie('expression')), {
        maxLength: 3,
        depthIdentifier: 'steps',
        size: 'small',
      }),
    )
    .map(([name, written, asof, operators]): Pipeline => {
      const source = { kind: 'table' as const, name: written ? name : TABLES[0], written, asof, span };
      return { source, operators, span };
    }),
}));

export const pipelineArb = trees.pipeline;

export const queryArb: fc.Arbitrary<Query> = fc.record({
  lets: fc.oneof(
    fc.constant([]),
    fc.tuple(printableArb, pipelineArb).map(([scalar, table]): Query['lets'] => [
      { kind: 'scalar', name: { keys: ['width'], span }, value: scalar, span },
      { kind: 'table', name: { keys: ['suspects'], span }, value: table, span },
    ]),
  ),
  body: pipelineArb,
  explain: fc.boolean(),
  span: constant(span),
});
