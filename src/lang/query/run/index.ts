/** What queries mean: an evaluator in plain TypeScript. */
export { AGGREGATE_WORK } from './aggregates/index.ts';
export {
  Context,
  type Detector,
  type Environment,
  type Match,
  type OpenedTable,
  RUN_LIMITS,
  type RunLimits,
  type TableRequest,
} from './environment.ts';
export { RunError, type RunErrorCode } from './error.ts';
export { rowJson, valueOfCell } from './json.ts';
export type { Rendering, Row, Shape, Stream } from './row.ts';
export { runOperators, runQuery } from './run.ts';
