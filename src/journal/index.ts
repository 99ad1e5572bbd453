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
export {
  type CompactEntry,
  type EraseEntry,
  type ExpireEntry,
  type FrameEntry,
  Ledger,
  type LedgerEntry,
  type Ledgered,
  type LedgerOptions,
  type SegmentEntry,
  type TierEntry,
} from './chain.ts';
export { CorruptJournal, type Finding, findingText } from './errors.ts';
export type { EntryKind } from './format.ts';
export type { Head } from './head.ts';
export { Journal, type JournalOptions, type NewEntry, type Unit } from './journal.ts';
export { decodeLost, type LostEntry } from './lost.ts';
export { type EntryHeader, type EntryStart, type JournalEntry, JournalReader } from './reader.ts';
export type { Cut, Recovery } from './recover.ts';
export { type Repair, repairJournal } from './repair.ts';
export { isJournal } from './segments.ts';
export { type Verification, type VerifiedEntry, type VerifyOptions, verifyJournal } from './verify.ts';
export { type ChainOptions, type ChainVerification, verifyChain } from './verify-chain.ts';
