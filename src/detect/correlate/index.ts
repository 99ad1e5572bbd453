/** Correlations over base matches: Sigma specification 2.1, meanings as in docs/correlations.md. */
export { type CorrelationResult, correlate } from './correlate.ts';
export type { Firing } from './firing.ts';
export { type Arrival, keyOf } from './grouping.ts';
export { BaseHits, type EventPosition, type FieldNeeds, fieldNeeds, type HitColumns } from './hits.ts';
export * from './live/index.ts';
export { CorrelationState, type Emit, type EventTable, type Position } from './state.ts';
