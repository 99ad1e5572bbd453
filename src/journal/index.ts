/** L2: the durable log. `Journal` writes and recovers it, `JournalReader` reads it from anywhere, `verifyJournal` distrusts both. */
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
export { type EntryHeader, type EntryStart, type JournalEntry, JournalReader } from './reader.ts';
export type { Cut, Recovery } from './recover.ts';
export { type Repair, repairJournal } from './repair.ts';
export { type Verification, type VerifiedEntry, type VerifyOptions, verifyJournal } from './verify.ts';
export { type ChainOptions, type ChainVerification, verifyChain } from './verify-chain.ts';
