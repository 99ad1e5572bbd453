/** L3: queries over stored events: DuckDB in processes of its own, and what of a query is asked of it. */

export type { DuckAnswer, DuckBatch, DuckQuery, FindQuery } from './duck/answer.ts';
export type { DuckColumn, Scope } from './duck/messages.ts';
export { DuckPool } from './duck/pool.ts';
export { type QueryErrorCode, queryError } from './errors.ts';
export { type EventsOptions, openEvents } from './plan/events.ts';
export { type EventNames, eventNames } from './plan/fields.ts';
export type { QueryRunner, Ruled, Tally } from './plan/narrow.ts';
export { timesOf as timesAsked } from './plan/planner.ts';
export type { Segment, StoreView } from './plan/view.ts';
