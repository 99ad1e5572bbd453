/** Runs queries. */
import { DateTime } from '../../value.ts';
import type { Operator, Pipeline, Query } from '../tree.ts';
import { bind } from './bind.ts';
import { constant } from './compile.ts';
import { Context, type Environment } from './environment.ts';
import { argumentError } from './error.ts';
import { OPERATOR_WORK } from './operators/index.ts';
import type { Stage } from './operators/stage.ts';
import type { Stream } from './row.ts';

/**
 * Runs a query that was read and checked without errors. Columns are known when this returns; rows are worked out as batches are asked
 * for, and whoever stops asking ends the query.
 * @throws RunError also from the batches: `query.too_big`, `query.cancelled`, `query.argument`
 */
export async function runQuery(query: Query, environment: Environment): Promise<Stream> {
  const context = new Context(environment);
  const run = (pipeline: Pipeline): Promise<Stream> => runPipeline(pipeline, context);
  return run(await bind(query, context, run));
}

/** Operators one after the other over rows that are there already. They have no names of `let` and no subqueries. */
export async function runOperators(operators: readonly Operator[], input: Stream, context: Context): Promise<Stream> {
  const run = (pipeline: Pipeline): Promise<Stream> => runPipeline(pipeline, context);
  let stream = input;
  for (const operator of operators) {
    if (operator.kind === 'error') throw new TypeError('a tree with errors cannot be run');
    // Each kind of operator has the work of its kind.
    const work = OPERATOR_WORK[operator.kind] as unknown as Stage;
    stream = await work(operator, stream, context, run);
  }
  return stream;
}

async function runPipeline({ source, operators }: Pipeline, context: Context): Promise<Stream> {
  if (source.kind !== 'table') throw new TypeError('a pipeline is bound before it is run');
  const asof = source.asof === null ? null : constant(source.asof, context);
  if (source.asof !== null && !(asof instanceof DateTime)) {
    throw argumentError('asof needs a date', 'Write it as datetime(2026-03-01T09:00), or ago(1h).');
  }
  const table = await context.environment.open({
    table: source.name,
    asof: asof instanceof DateTime ? asof : null,
    operators,
  });
  return runOperators(operators.slice(table.applied), table, context);
}
