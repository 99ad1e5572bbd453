/** L2: what evaluation brings about: hits, dead letters, the ledger, checkpoints, in `detect.db`. Values first, then what they are made of. */

export { Catalogue } from './catalogue/catalogue.ts';
export { type CatalogueFile, type CatalogueFiles, catalogueFiles } from './catalogue/catalogue-files.ts';
export { objectKey } from './catalogue/cold.ts';
export { describeSegment } from './catalogue/describe.ts';
export { OBJECTS_PLACE, placeOf, SegmentFiles, type WrittenFile } from './catalogue/files.ts';
export { MERGE_SETTINGS, type MergeSettings, planMerges } from './catalogue/merges.ts';
export {
  hotUntil,
  type LegalHold,
  leastMsOf,
  planRetention,
  policyFaults,
  type RetentionInput,
  type RetentionPlan,
  type RetentionPolicy,
  type RetentionRules,
  type RowsBefore,
  type SegmentScope,
  type SourceWorth,
} from './catalogue/retention.ts';
export { RETENTION_REASON_NAMES, RETENTION_REASONS, type RetentionReasonName } from './catalogue/retention-reasons.ts';
export { type Lease, type Rebuilt, SegmentStore, type Swept } from './catalogue/segment-store.ts';
export { type WorthRow, worthOf } from './catalogue/source-worth.ts';
export { type StoreStats, storeStats } from './catalogue/stats.ts';
export { planCold, type TierPolicy } from './catalogue/tiers.ts';
export type {
  Bound,
  ColumnNeed,
  Found,
  MeasuredColumn,
  Narrowed,
  NewSegment,
  SegmentInfo,
  SegmentQuery,
  StoredSegment,
  StrayObject,
} from './catalogue/types.ts';
export type { DeadLetterCount, DeadLetterQuery, StoredDeadLetter } from './dead-letters.ts';
export { checkpointIn, Detections, DetectionsReader, openDetectionsReader } from './detections.ts';
export { readFailure, type StoreErrorCode } from './errors.ts';
export { eventId, hitId, parseHitId, streamHash } from './hit-id.ts';
export {
  type HitGroup,
  type HitPage,
  type HitQuery,
  HitReader,
  hitJson,
  type MinuteCount,
  type RuleCount,
} from './hit-reader.ts';
export type { Gap, LedgerEntry, Moment, RuleCoverage } from './ledger.ts';
export { EmbeddedMetrics, METRICS_FILE, type MetricsRetention } from './metrics/embedded.ts';
export { EmbeddedReader } from './metrics/embedded-read.ts';
export { MetricsHttp, type MetricsHttpOptions } from './metrics/http.ts';
export { InfluxMetrics } from './metrics/influx.ts';
export type { MetricsPlace } from './metrics/places.ts';
export { PrometheusMetrics } from './metrics/prometheus.ts';
export { MetricsQueue, type QueueState } from './metrics/queue.ts';
export {
  type MetricSeries,
  type MetricsQuery,
  type MetricsStore,
  type Point,
  REFUSALS,
  type Refused,
  type Sample,
} from './metrics/types.ts';
export { openObjects } from './objects/open.ts';
export type { ObjectInfo, ObjectStore } from './objects/types.ts';
export { type ColumnChunk, ParquetReader, type RowsWanted, type TextPages, type Values } from './parquet/read.ts';
export { Presence } from './parquet/read-hybrid.ts';
export { type RangeReader, readerOfBytes, readerOfFile } from './parquet/read-range.ts';
export { Texts } from './parquet/read-texts.ts';
export type { RuleSet, RuleVersion } from './rule-versions.ts';
export { multisetOf } from './segment/digest.ts';
export type { SegmentColumn, SegmentKind } from './segment/kinds.ts';
export { type Kept, StoredRows } from './segment/merge.ts';
export { openSegment, runOf, SegmentReader, type ShapeRun } from './segment/read.ts';
export { Rebuilder, type ShapeParts, shapeParts } from './segment/rebuild.ts';
export { type GroupSize, RowGroup } from './segment/row-group.ts';
export { type GroupTerms, mayHoldIn, type TermFilter, termHash } from './segment/terms.ts';
export { type CutSegment, SegmentWriter, type Sink } from './segment/write.ts';
export { type TableColumn, type TableKind, type TableValue, TableWriter } from './table/write.ts';
export type {
  Arrival,
  Checkpoint,
  Commit,
  CommitResult,
  CorrelationHit,
  Counter,
  DeadLetter,
  DeadLetterState,
  DetectionsErasure,
  ExceptionReason,
  FirstSeen,
  Hit,
  Lane,
  LedgerException,
  LedgerRange,
  RuleRef,
  StoredHit,
} from './types.ts';
