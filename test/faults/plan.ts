/** What the wrapper does to a server, and the points at which it can. */

/** Steps of the path from a body to a stored hit, and of everything that keeps state on disk; each has a before and an after. */
const STEPS = [
  'message.taken',
  'message.append',
  'message.evaluated',
  'segment.create',
  'segment.write',
  'segment.sync',
  'directory.sync',
  'message.durable',
  'message.units',
  'head.write',
  'head.sync',
  'commit.hits',
  'commit.snapshot',
  'stored.write',
  'stored.sync',
  'stored.rename',
  'signed.write',
  'signed.sync',
  'commit.catalogue',
  'message.committed',
  'answer',
  'rules.rename',
  'credentials.rename',
  'head.create',
  'identity.create',
  'identity.write',
  'identity.sync',
  'identity.rename',
  'segment.truncate',
] as const;

type Step = (typeof STEPS)[number];

export type Point =
  | `${Step}.before`
  | `${Step}.after`
  | 'segment.write.half'
  | 'head.write.half'
  | 'stored.write.half'
  | 'signed.write.half';

/** Met while events come in. Where one step follows another at once, what is behind the one is before the other. */
export const LOAD_POINTS: readonly Point[] = [
  'message.taken.before',
  'message.append.before',
  'message.evaluated.before',
  'segment.create.before',
  'directory.sync.before',
  'segment.write.before',
  'segment.write.half',
  'segment.sync.before',
  'message.durable.before',
  'message.units.before',
  'head.write.before',
  'head.write.half',
  'head.sync.before',
  'head.sync.after',
  'commit.hits.before',
  'message.committed.before',
  'message.committed.after',
  'answer.before',
  'answer.after',
];

/** Met while what came in is cut into segments of the history: file, line of the ledger that signs it, catalogue. */
export const STORE_POINTS: readonly Point[] = [
  'stored.write.half',
  'stored.rename.before',
  'stored.rename.after',
  'signed.write.half',
  'signed.sync.after',
  'commit.catalogue.before',
  'commit.catalogue.after',
];

/** Met by a start behind a torn write, each by a start of its own, in this order; the rule set has changed. */
export const START_POINTS: readonly Point[] = [
  'segment.truncate.before',
  'segment.sync.before',
  'directory.sync.before',
  'head.write.half',
  'head.sync.before',
  'segment.write.half',
  'rules.rename.before',
  'rules.rename.after',
  'commit.snapshot.before',
  'commit.snapshot.after',
];

/** Met by the first start of all, each by a start of its own, in this order. */
export const FIRST_POINTS: readonly Point[] = [
  'credentials.rename.before',
  'credentials.rename.after',
  'head.create.before',
  'head.write.half',
  'head.sync.before',
  'identity.create.before',
  'identity.write.before',
  'identity.rename.before',
  'identity.rename.after',
  'segment.create.before',
  'segment.create.after',
];

export type SyncedFile = 'segment' | 'head' | 'directory' | 'stored' | 'signed';

export interface Plan {
  /** Ends the process with SIGKILL at this point. */
  readonly kill?: Point;
  /** The n-th time that point is met, or that sync or commit made; 1 if left out. */
  readonly nth?: number;
  /** How much of a write that is cut in half comes to be. */
  readonly part?: number;
  /** Nothing happens before this file exists. */
  readonly armed?: string;
  /** No fsync reaches the disk. */
  readonly sync?: 'off';
  /** Milliseconds that each fsync takes besides: a slow disk. */
  readonly syncMs?: number;
  /** fsync of this file fails with EIO. */
  readonly syncError?: SyncedFile;
  /** A commit of the hits database fails with this code of SQLite. */
  readonly commitError?: number;
  /** Of the catalogue of the history instead. */
  readonly commitOf?: 'catalogue';
  /** Written when a sync or commit has failed. */
  readonly failed?: string;
  /** File that holds how many milliseconds the wall clock is off. */
  readonly clock?: string;
}
