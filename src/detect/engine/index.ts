/** The compiled engine: rule sets as images, and what runs them over batches. */

export { evaluateRule } from '../sigma/evaluate.ts';
export { Engine, type EngineHit, type Plan, type ShapeInfo } from './engine.ts';
export { HitLines, type Origin, RowView, viewFor } from './hits.ts';
export {
  type CompiledLane,
  compileImage,
  IMAGE_VERSION,
  type Image,
  LaneCompiler,
  type LaneSource,
  lanesOf,
  likelyLanes,
  openImage,
  ruleImage,
  ruleOf,
  withLanes,
} from './image.ts';
export { type RuleCosts, type RuleFailures, RuleMeter } from './meter.ts';
export {
  type Applicable,
  type ArrivedLane,
  applicable,
  type LaneFields,
  laneFields,
  type Reach,
  type Reached,
  reachOf,
} from './reach.ts';
export { RowColumns, type SourceRows } from './row-columns.ts';
export { RowTimes } from './row-times.ts';
export { formatTime, parseTime } from './time.ts';
export { witnessItems } from './witness.ts';
