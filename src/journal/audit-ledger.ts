/** The audit ledger as it is shown: page by page, oldest first. Verified it is elsewhere. */
import { type Files, realFiles } from '../base/index.ts';
import { ledgerPath } from './chain.ts';
import type { AuditRecord } from './chain-entries.ts';
import { claimedEntry, readLines } from './chain-lines.ts';

export const AUDIT_LEDGER = 'audit.ndjson';

export interface AuditPage {
  readonly items: readonly (AuditRecord & { readonly lost: number })[];
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
}

/**
 * @param chain folder of the ledgers
 * @param query after: `next` of the page before · sinceMs: Unix milliseconds
 * @returns null where `after` is none
 */
export function readAudit(
  chain: string,
  { after, limit, sinceMs }: { readonly after: string | null; readonly limit: number; readonly sinceMs: number | null },
  files: Files = realFiles,
): AuditPage | null {
  const file = ledgerPath(chain, AUDIT_LEDGER);
  const cursor = /^(\d{1,15})\.(\d{1,6})$/.exec(after ?? '0.0');
  if (cursor === null) return null;
  const [from, skip] = [Number(cursor[1]), Number(cursor[2])];
  const size = files.size(file) ?? 0;
  if (from > size) return null;
  const items: AuditPage['items'][number][] = [];
  for (const line of size === 0 ? [] : readLines(files, file, from)) {
    const { byte } = line;
    const entry = claimedEntry(line);
    // Or `after` is no line's place.
    if (entry === null) break;
    if (entry.kind !== 'audit') continue;
    for (const [i, record] of entry.records.entries()) {
      if (byte === from && i < skip) continue;
      if (sinceMs !== null && record.at < sinceMs) continue;
      if (items.length === limit) return { items, next: `${byte}.${i}` };
      items.push({ ...record, lost: i === 0 ? entry.lost : 0 });
    }
  }
  return { items, next: null };
}
