/**
 * A query without names: what `let` named is put where it is used, and what subqueries give is worked out. What is left are pipelines over
 * tables with fields and constants, which whoever holds a table can take over as far as it is able to.
 */
import type { Expression } from '../../tree.ts';
import { List, type Value, type Values } from '../../value.ts';
import type { Operator, Pipeline, Query } from '../tree.ts';
import { compile } from './compile.ts';
import type { Context } from './environment.ts';
import { rewrite } from './rewrite.ts';
import { cell, NOTHING, type Stream } from './row.ts';

interface Scope {
  readonly scalars: ReadonlyMap<string, Value>;
  readonly tables: ReadonlyMap<string, Pipeline>;
}

type Run = (pipeline: Pipeline) => Promise<Stream>;
type Subquery = Extract<Expression, { kind: 'subquery' }>;

/** @param run runs a pipeline that is bound */
export async function bind(query: Query, context: Context, run: Run): Promise<Pipeline> {
  const scalars = new Map<string, Value>();
  const tables = new Map<string, Pipeline>();
  const scope = { scalars, tables };
  for (const { kind, name, value } of query.lets) {
    const [key] = name.keys;
    if (kind === 'table') tables.set(key, await boundPipeline(value, scope, context, run));
    else {
      const bound = await boundTree(value, scope, context, run);
      scalars.set(key, asValue(compile(bound, { columns: [], sparse: false }, context)(new Map())));
    }
  }
  return boundPipeline(query.body, scope, context, run);
}

async function boundPipeline(pipeline: Pipeline, scope: Scope, context: Context, run: Run): Promise<Pipeline> {
  const operators: Operator[] = [];
  for (const operator of pipeline.operators) operators.push(await boundOperator(operator, scope, context, run));
  const { source } = pipeline;
  if (source.kind === 'let') {
    const named = scope.tables.get(source.name);
    if (named === undefined) throw new TypeError(`there is no table ${source.name}`);
    return { ...pipeline, source: named.source, operators: [...named.operators, ...operators] };
  }
  return { ...pipeline, source: await boundTree(source, scope, context, run), operators };
}

async function boundOperator(operator: Operator, scope: Scope, context: Context, run: Run): Promise<Operator> {
  const bound = await boundTree(named(operator, scope), scope, context, run);
  if (bound.kind === 'join') return { ...bound, table: await boundPipeline(bound.table, scope, context, run) };
  if (bound.kind !== 'union') return bound;
  const tables: Pipeline[] = [];
  for (const table of bound.tables) tables.push(await boundPipeline(table, scope, context, run));
  return { ...bound, tables };
}

/** `project limit` of a `let limit = 5` is still a column called `limit`. */
function named(operator: Operator, { scalars }: Scope): Operator {
  if (operator.kind !== 'project' && operator.kind !== 'extend' && operator.kind !== 'distinct') return operator;
  const columns = operator.columns.map((column) => {
    const { name, value, span } = column;
    if (name !== null || value.kind !== 'field' || !scalars.has(value.keys[0])) return column;
    return { name: { keys: value.keys, span }, value, span };
  });
  return { ...operator, columns };
}

/** An expression, or an operator with all that it has but pipelines of its own. */
async function boundTree<Tree>(tree: Tree, scope: Scope, context: Context, run: Run): Promise<Tree> {
  const answers = new Map<Subquery, Values>();
  for (const subquery of subqueriesOf(tree)) {
    const pipeline = await boundPipeline(subquery.pipeline, scope, context, run);
    answers.set(subquery, await firstColumn(await run(pipeline), context));
  }
  const change = (node: Expression): Expression | null => {
    if (node.kind === 'field') return scalarOf(node, scope);
    if (node.kind === 'subquery') return literal(answers.get(node)?.[0] ?? null, node);
    // `toscalar(…)` is its subquery.
    if (node.kind === 'call' && node.name === 'toscalar') return rewrite(node.arguments[0], change);
    if (node.kind !== 'list' || !node.items.some(({ kind }) => kind === 'subquery')) return null;
    const items = node.items.flatMap((item) =>
      item.kind === 'subquery'
        ? (answers.get(item) ?? []).map((value) => literal(value, item))
        : [rewrite<Expression>(item, change)],
    );
    return { ...node, left: rewrite(node.left, change), items };
  };
  return rewrite(tree, change);
}

function subqueriesOf(tree: unknown): Subquery[] {
  const found: Subquery[] = [];
  const look = (node: Expression): null => {
    if (node.kind === 'subquery') found.push(node);
    return null;
  };
  rewrite(tree, look);
  return found;
}

function scalarOf(node: Extract<Expression, { kind: 'field' }>, { scalars }: Scope): Expression | null {
  const [name, ...keys] = node.keys;
  const value = scalars.get(name);
  if (value === undefined) return null;
  return keys.reduce<Expression>(
    (operand, key) => ({ kind: 'member', operand, key: literal(key, node), span: node.span }),
    literal(value, node),
  );
}

function literal(value: Value, { span }: Expression): Expression {
  return { kind: 'literal', value, span };
}

function asValue(values: Values): Value {
  return values.length > 1 ? new List(values) : (values[0] ?? null);
}

/** Values of the first column, of all rows. */
async function firstColumn(stream: Stream, context: Context): Promise<Values> {
  const [name] = stream.columns;
  if (name === undefined) return NOTHING;
  const values: Value[] = [];
  const hold = context.budget.hold('a subquery');
  for await (const batch of stream.batches) {
    context.check();
    for (const row of batch) {
      const found = cell(row, name);
      hold.take(16 + 48 * found.length);
      values.push(...found);
    }
  }
  return values;
}
