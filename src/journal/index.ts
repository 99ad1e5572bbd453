/**
 * L2: the durable log. `Journal` (one thread) writes and recovers it, `JournalReader` reads it from anywhere, `verifyJournal` and
 * `verifyChain` distrust both with a reader of their own, `repairJournal` is for people. The writer's loop:
 *
 * ```ts
 * const positions = journal.appendGroup(units); // durable when it returns; throws disk.full and journal.full: refuse (503), go on
 * acknowledge(positions);
 * journal.writeHead();                          // may lag one group
 * ledger.seal(journal, journal.closedUpTo);     // signs files that were closed; null where there is nothing new
 * ```
 * Any other error stops the journal (`journal.failure`): the process ends, and the next start reads back what was acknowledged.
 */

export { AUDIT_LEDGER, type AuditPage, readAudit } from './audit-ledger.ts';
export { Ledger, type Ledgered, type LedgerOptions, readSigningKey } from './chain.ts';
export type {
  AuditEntry,
  AuditRecord,
  CompactEntry,
  EraseEntry,
  ExpireEntry,
  FrameEntry,
  HoldEntry,
  HoldScope,
  LedgerEntry,
  ReleaseEntry,
  SegmentEntry,
  SegmentRecord,
  SignedEntry,
  TierEntry,
} from './chain-entries.ts';
export { publicKeyOf, spkiOf } from './chain-lines.ts';
export { type CopiedFile, type JournalCopy, journalUpTo } from './copy.ts';
export { CorruptJournal, type Finding, findingText } from './errors.ts';
export type { EntryKind } from './format.ts';
export type { Head } from './head.ts';
export { Journal, type JournalOptions, type NewEntry, type Unit } from './journal.ts';
export { decodeLost, type LostEntry } from './lost.ts';
export { type ClosedFile, type EntryHeader, type EntryStart, type JournalEntry, JournalReader } from './reader.ts';
export type { Cut, Recovery } from './recover.ts';
export { type ReleasedFile, writeReleased } from './released.ts';
export { type Repair, repairJournal } from './repair.ts';
export { SegmentLines } from './segment-lines.ts';
export { type Expiry, pendingLines, SegmentState, type StateChange } from './segment-state.ts';
export { isJournal } from './segments.ts';
export { type Verification, type VerifiedEntry, type VerifyOptions, verifyJournal } from './verify.ts';
export { type ChainOptions, type ChainVerification, verifyChain } from './verify-chain.ts';
export { type SegmentLedgerCheck, verifySegmentLedger } from './verify-segment-ledger.ts';
