/** Correlations over a journal as it grows; see docs/correlations.md, Live. */
export type { VersionedRule } from './compiled.ts';
export {
  LiveCorrelator,
  type LiveCounts,
  type LiveFiring,
  type LiveFrame,
  type LiveMatch,
  type LiveOptions,
  type RuleChange,
} from './correlator.ts';
export type { TimeUsed } from './events.ts';
export type { RuleCounts } from './rule.ts';
