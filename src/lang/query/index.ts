/** Whole queries: read, checked, completed, printed and run. */

export { printOperator, printPipeline, printQuery } from '../print.ts';
export { AGGREGATE_ALIASES, AGGREGATES, type AggregateEntry, aggregateName } from './aggregates.ts';
export { type CheckedQuery, checkQuery, type QueryCatalogue } from './check.ts';
export {
  type Candidate,
  type CandidateKind,
  type CompletionCatalogue,
  type Completions,
  complete,
} from './complete.ts';
export { ALL_COLUMNS, nameOf } from './names.ts';
export { QUERY_OPERATOR_ALIASES, QUERY_OPERATORS } from './operators.ts';
export { type ParsedQuery, parseQuery } from './parse.ts';
export { keysOf as keysOfColumn, namesOf as namesOfColumns } from './run/columns.ts';
export { countOf, withMembers } from './run/compile.ts';
export * from './run/index.ts';
export { rewrite } from './run/rewrite.ts';
export { ExtendedRow } from './run/streams.ts';
export { printSearch, type ReadSearch, readSearch, searchCondition } from './search.ts';
export {
  type DetectTarget,
  type Named,
  type Operator,
  type OperatorKind,
  type OperatorOf,
  type Pipeline,
  type Query,
  type Search,
  type SortKey,
  TABLES,
  type TableName,
} from './tree.ts';
