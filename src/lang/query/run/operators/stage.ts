/** What an operator is to the evaluator: a stream made of a stream. */
import type { Operator, OperatorKind, OperatorOf, Pipeline } from '../../tree.ts';
import type { Context } from '../environment.ts';
import type { Stream } from '../row.ts';

/** Runs a pipeline inside another, as `join` and `union` have them. */
export type RunPipeline = (pipeline: Pipeline) => Promise<Stream>;

/**
 * Nothing is read before the batches of the result are asked for; its columns are known at once. Trees have no names of `let` and no
 * subqueries any more (bind.ts).
 */
export type Stage<Node extends Operator = Operator> = (
  node: Node,
  input: Stream,
  context: Context,
  runPipeline: RunPipeline,
) => Stream | Promise<Stream>;

export type StageOf<Kind extends OperatorKind> = Stage<OperatorOf<Kind>>;
