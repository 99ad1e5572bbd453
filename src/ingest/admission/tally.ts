/** Admission's own count for the books: what came, by tenant, source and minute of receipt, whatever became of it later. */
import { limits } from '../../base/index.ts';

/** One tenant, source and minute, since the last `take`; a minute may come in several rows, to be added up. */
export interface TallyRow {
  readonly tenant: string;
  readonly source: string;
  /** Unix minutes: receive time in ms / 60,000, rounded down. */
  readonly minute: number;
  /** Events counted at the door in requests that were answered 2xx, those left out by a policy included. */
  received: number;
  /** Their bytes, decompressed. */
  bytes: number;
  /** Events left out, by id of the shedding policy. */
  readonly filtered: Record<string, number>;
  /** Requests refused, by code; the sender keeps their events, so they are in no sum. */
  readonly refused: Record<string, number>;
}

/** Further sources of a tenant beyond `limits.tallyKeysMax` are counted under this one; counts stay exact. */
export const OTHER_SOURCE = 'other';

export interface TallyKey {
  readonly tenant: string;
  readonly source: string;
  /** Unix ms, the one on the receipt. */
  readonly receivedMs: number;
}

export class Tally {
  readonly #rowsMax: number;
  #rows = new Map<string, TallyRow>();
  /** Rows that were counted under another source since there were too many. */
  folded = 0;

  constructor(rowsMax: number = limits.tallyKeysMax) {
    this.#rowsMax = rowsMax;
  }

  get size(): number {
    return this.#rows.size;
  }

  received(key: TallyKey, events: number, bytes: number): void {
    const row = this.#row(key);
    row.received += events;
    row.bytes += bytes;
  }

  /** Events received, and left out by a shedding policy. */
  filtered(key: TallyKey, policy: string, events: number, bytes: number): void {
    this.received(key, events, bytes);
    const { filtered } = this.#row(key);
    filtered[policy] = (filtered[policy] ?? 0) + events;
  }

  refused(key: TallyKey, code: string): void {
    const { refused } = this.#row(key);
    refused[code] = (refused[code] ?? 0) + 1;
  }

  /** What was counted since the last time, for a tick of the journal. */
  take(): TallyRow[] {
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    return rows;
  }

  #row({ tenant, source, receivedMs }: TallyKey): TallyRow {
    const minute = Math.floor(receivedMs / 60_000);
    const key = (name: string): string => JSON.stringify([tenant, name, minute]);
    let named = source;
    let row = this.#rows.get(key(named));
    if (row === undefined && this.#rows.size >= this.#rowsMax) {
      this.folded++;
      named = OTHER_SOURCE;
      row = this.#rows.get(key(named));
    }
    if (row === undefined) {
      const nothing = { received: 0, bytes: 0, filtered: Object.create(null), refused: Object.create(null) };
      row = { tenant, source: named, minute, ...nothing } as TallyRow;
      this.#rows.set(key(named), row);
    }
    return row;
  }
}
