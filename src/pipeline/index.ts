/** L4: stages wired together. */

export type { RuleCosts } from '../detect/index.ts';
export { Audit } from './live/audit.ts';
export type { AccountQuery, Totals as AuditTotals } from './live/audit-worker.ts';
export { type Account, advanceBooks, Books, type Imbalance } from './live/books.ts';
export { Deliveries, type Incoming } from './live/deliveries.ts';
export type { EventRecord, Processing } from './live/event-record.ts';
export { lossText } from './live/losses.ts';
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
export { listRuleFiles, type RuleListing, readRuleFiles, ruleStamp } from './rule-files.ts';
export { readSample, type Sample } from './sample.ts';
export { type Progress, type ScanOptions, scan } from './scan.ts';
export { scanText } from './scan-text.ts';
export { type RulePackage, Scanner } from './scanner.ts';
export * from './self/index.ts';
export * from './send/index.ts';
export type { Hit, Match, Summary } from './types.ts';
export { type WhyNot, whyNotOf } from './why-not.ts';
