/** What is answered to whoever makes a backup. */
import { z } from 'zod';

const count = z.number().int().min(0);

export const BackupBegun = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** Position of the last entry whose hits are stored; −1: none is. */
  evaluated: z.number().int().min(-1),
  /** Entries acknowledged before it began whose hits are not stored yet. */
  late: count,
  /** Path of the private key of the ledgers; null: it is in the data folder. */
  chain_key: z.string().nullable(),
});

export const BackupHeld = z.strictObject({
  /** Behind the last entry of the journal that belongs to it. */
  position: count,
  /** Path of a copy of the catalogue of then, in the data folder. */
  catalogue: z.string(),
  segment_ledger_bytes: count,
});
