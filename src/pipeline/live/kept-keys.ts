/** Idempotency keys as the journal's receipts have them. */
import type { JournalReader } from '../../journal/index.ts';
import { frameHead, type Receipt } from './types.ts';

/** A key with what its request was answered. */
export interface KeptKey {
  readonly key: string;
  readonly body: string;
  readonly accepted: number;
  readonly dead: number;
  readonly position: number;
  readonly at: number;
}

/** Keys of requests received since then, in journal order. */
export function keptKeys(reader: JournalReader, since: number, to: number): KeptKey[] {
  const found: KeptKey[] = [];
  const { first } = reader.head();
  let unit = first;
  let rows = 0;
  for (const { position, kind, more, receipt, start } of reader.headers(first, to)) {
    if (kind === 'events') rows += frameHead(start.buffer, start.byteOffset).rows;
    if (more) continue;
    if (receipt?.includes('"key"') === true) {
      const { key, dead, at } = JSON.parse(receipt) as Receipt;
      if (key !== undefined && at > since) found.push({ ...key, accepted: rows, dead, position: unit, at });
    }
    unit = position + 1;
    rows = 0;
  }
  return found;
}
