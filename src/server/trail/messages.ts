/** What the server and the thread of its audit ledger tell each other. */
import type { AuditRecord } from '../../journal/index.ts';

export interface TrailSetup {
  /** Folder of the ledgers, and the key; null: beside them. */
  readonly chain: string;
  readonly keyPath: string | null;
  /** Id of the journal. */
  readonly log: string;
}

export type ToTrail =
  | { readonly kind: 'records'; readonly records: readonly AuditRecord[] }
  /** Answered when all records before are on disk. */
  | { readonly kind: 'flush'; readonly call: number }
  | { readonly kind: 'close'; readonly call: number };

export type FromTrail =
  | { readonly kind: 'done'; readonly call: number }
  /** Why nothing is written; null: it is. */
  | { readonly kind: 'state'; readonly failed: string | null; readonly lost: number };
