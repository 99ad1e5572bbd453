/** L4: stages wired together. */

export type { RuleCosts } from '../detect/index.ts';
export * from './backup/index.ts';
export { type Forecast, forecast } from './hunt/forecast.ts';
export { type HuntCoverage, type HuntOptions, type HuntSummary, hunt } from './hunt/hunt.ts';
export { ENDLESS } from './hunt/places.ts';
export { keptSpan } from './hunt/state.ts';
export type { FetchCopy } from './hunt/view.ts';
export type {
  HuntCause,
  HuntDetail,
  HuntRetention,
  HuntRules,
  HuntStatus,
  ToldForecast,
} from './hunts/asked.ts';
export { Hunts, type NewForecast, type NewHunt } from './hunts/hunts.ts';
export { Audit } from './live/audit.ts';
export type { AccountQuery, Totals as AuditTotals } from './live/audit-worker.ts';
export { type Account, advanceBooks, Books, type Imbalance } from './live/books.ts';
export { Deliveries, type Incoming } from './live/deliveries.ts';
export type { EventRecord, Processing } from './live/event-record.ts';
export { lossText } from './live/losses.ts';
export { type MaskOf, type MaskPolicy, maskId } from './live/masking.ts';
export { type NearRules, nearInFolder } from './live/near.ts';
export { LiveNode } from './live/node.ts';
export type { Ack, LiveOptions, NewDelivery, RulesState } from './live/node-options.ts';
export { type DurableGroup, type LiveObserver, type LiveStats, observers, type StoredGroup } from './live/observer.ts';
export { checkProblem, loadPolicy, type ValidationPolicy } from './live/policy.ts';
export type { RuleReach } from './live/reach.ts';
export { type LedgerLine, ruleLedger } from './live/rule-ledger.ts';
export type { LeftOutRule, LiveRule, LiveRules } from './live/rule-set.ts';
export { type RuleState, reachById, ruleStates, rulesOfFolder } from './live/rule-states.ts';
export { isStage, type Stage, type StageSwitch, Stages, SWITCHES } from './live/stages.ts';
export {
  type BodyFormat,
  frameHead,
  type Outcome,
  type Receipt,
  type ReceiptValidation,
  type Sender,
} from './live/types.ts';
export { type VerifyFinding, type VerifyOptions, type VerifyReport, verifyFolder } from './live/verify.ts';
export {
  type LeftOut,
  type PreparedRules,
  type PrepareOptions,
  prepareRuleSet,
  prepareRules,
  type RuleReport,
  type StartedRules,
  startRules,
} from './prepare.ts';
export { ask, type Question, type Reply, readQuestion, type Sources } from './query/ask.ts';
export { completeQuery } from './query/completion.ts';
export type { Coverage } from './query/coverage.ts';
export { packNames } from './query/detector.ts';
export { fieldsOfEvents, type NamedField, topValues, type ValueCount } from './query/fields.ts';
export { askSql, eventsView } from './query/sql.ts';
export { FolderTables } from './query/tables/folder.ts';
export { KEPT_TABLES, type TableSources, tableColumns } from './query/tables/index.ts';
export { listRuleFiles, type RuleListing, readRuleFiles, ruleStamp } from './rule-files.ts';
export { readSample, type Sample } from './sample.ts';
export { type Progress, type ScanOptions, scan } from './scan.ts';
export { scanText } from './scan-text.ts';
export { type RulePackage, Scanner } from './scanner.ts';
export * from './self/index.ts';
export * from './send/index.ts';
export { coldSegments, fetchCold, noteStrays } from './store/cold-segments.ts';
export {
  type AccessEvidence,
  complianceMarkdown,
  controlResults,
  type Evidence,
  gatherEvidence,
  type VerifiedEvidence,
} from './store/compliance.ts';
export { Expirations, type ExpiredEvents } from './store/expirations.ts';
export { History, type HistoryView } from './store/history.ts';
export type { HistoryState, HistoryWorkerData, HoldRequest, ThreadView } from './store/history-messages.ts';
export { HistoryThread } from './store/history-thread.ts';
export { HistoryViews } from './store/history-views.ts';
export { type ObjectPlace, objectsOf, placeIn } from './store/object-place.ts';
export { type FolderRelease, releaseFolder } from './store/release-folder.ts';
export { RELEASE_WAITS, type ReleaseSettings, type ReleaseWaits, SHORT_SHARE } from './store/releasing.ts';
export { type Retained, Retention, type RetentionSettings } from './store/retention.ts';
export { type ShownStats, shownStats } from './store/shown-stats.ts';
export { type Tiered, type TierSettings, tier } from './store/tiering.ts';
export type { Hit, Match, Summary } from './types.ts';
export { type WhyNot, whyNotOf } from './why-not.ts';
