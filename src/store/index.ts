/** L2: what evaluation brings about: hits, dead letters, the ledger, checkpoints, in `detect.db`. Values first, then what they are made of. */

export type { DeadLetterCount, DeadLetterQuery, StoredDeadLetter } from './dead-letters.ts';
export { Detections, DetectionsReader, openDetectionsReader } from './detections.ts';
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
export type { RuleSet, RuleVersion } from './rule-versions.ts';
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
