/**
 * What a repair of the journal could not save, and what can no longer be compared for it: requests of which a part is gone, accounts
 * that miss what was received, and correlations from there on. Everything else is held to as before.
 */
import { decodeLost, type JournalReader, type LostEntry } from '../../journal/index.ts';
import type { Account } from './books.ts';
import type { Receipt } from './types.ts';

/** Entries of a run that are told of one by one. */
const TOLD_MAX = 20;

/** What `count` entries held that stand next to each other, as far as it is known. */
export function lossText(count: number, known: readonly LostEntry[]): string {
  const told = known.slice(0, TOLD_MAX).map(entryText);
  if (known.length > told.length) told.push(`${known.length - told.length} more of which the kind is known`);
  const unknown = count - known.length;
  if (unknown > 0) told.push(`${unknown} of which nothing is known`);
  return `${count} ${count === 1 ? 'entry is' : 'entries are'} lost: ${told.join('; ')}`;
}

const KIND = {
  events: 'events',
  dead: 'dead letters',
  control: 'an entry of the server itself',
  lost: 'nothing',
} as const;

function entryText({ kind, receivedAt, receipt }: LostEntry): string {
  const at = new Date(receivedAt).toISOString();
  if (kind === 'control') return `${KIND.control}, of ${at}`;
  if (receipt === null) return `${KIND[kind]} of a request received at ${at}`;
  const { tenant, source, received, dead } = JSON.parse(receipt) as Receipt;
  const letters = dead > 0 ? `, ${dead} of them dead letters` : '';
  return `${KIND[kind]} of a request of ${received} from ${tenant}/${source}${letters}, received at ${at}`;
}

/** Entries that are lost one behind the other. */
interface Run {
  readonly from: number;
  to: number;
  readonly file: string;
  readonly known: LostEntry[];
  /** What could be any entry of the server itself is among them. */
  unsure: boolean;
  /** More of the last one's request may follow. */
  more: boolean;
  /** Positions of requests of which a part is gone, or may be: from `start` up to, not including, `end`. */
  readonly start: number;
  end: number;
  /** Times of receipt of the entries around it; null where there is none. */
  readonly before: number | null;
  after: number | null;
}

/** A loss as verify tells of it. */
export interface Loss {
  readonly file: string;
  readonly position: number;
  readonly what: string;
}

const minuteOf = (at: number): number => Math.floor(at / 60_000);
const accountKey = (tenant: string, source: string, minute: number): string => JSON.stringify([tenant, source, minute]);

export class Losses {
  readonly #runs: Run[] = [];
  /** Of requests of which a part is gone. */
  readonly #accounts = new Set<string>();

  constructor(reader: JournalReader, from: number, to: number) {
    let start = from;
    let before: number | null = null;
    for (const { position, kind, more, receipt, receivedAt, file } of reader.headers(from, to)) {
      const last = this.#runs.at(-1);
      if (kind === 'lost') {
        const run = last?.to === position ? last : newRun(position, file, start, before);
        if (run !== last) this.#runs.push(run);
        this.#take(run, lostAt(reader, position));
        start = position + 1;
        continue;
      }
      if (last !== undefined) last.after ??= receivedAt;
      before = receivedAt;
      if (more) continue;
      if (last?.to === start && last.more) {
        last.end = position + 1;
        this.#account(receipt);
      }
      start = position + 1;
    }
  }

  #take(run: Run, known: LostEntry | null): void {
    run.to++;
    run.end = run.to;
    run.more = known?.more ?? true;
    run.unsure ||= known === null || known.kind === 'control';
    if (known === null) return;
    run.known.push(known);
    this.#account(known.receipt);
  }

  #account(receipt: string | null): void {
    if (receipt === null) return;
    const { tenant, source, at } = JSON.parse(receipt) as Receipt;
    this.#accounts.add(accountKey(tenant, source, minuteOf(at)));
  }

  get all(): Loss[] {
    return this.#runs.map(({ from, to, file, known }) => {
      return { file, position: from, what: `${lossText(to - from, known)}; a repair put this in their place` };
    });
  }

  /** The first lost position and when the entry before it was received; null where nothing is lost. */
  get first(): { readonly position: number; readonly before: number } | null {
    const run = this.#runs[0];
    return run === undefined ? null : { position: run.from, before: run.before ?? Number.NEGATIVE_INFINITY };
  }

  /** Whether the entry at a position is lost. */
  has(position: number): boolean {
    return this.#runs.some(({ from, to }) => position >= from && position < to);
  }

  /** Whether a part is gone of a request between two positions, both included. */
  touches(from: number, to: number): boolean {
    return this.#runs.some(({ start, end }) => from < end && to >= start);
  }

  /** Whether what an account lacks may be what is lost. Ticks carry what was tallied in the minutes before them. */
  explains({ tenant, source, minute }: Pick<Account, 'tenant' | 'source' | 'minute'>): boolean {
    if (this.#accounts.has(accountKey(tenant, source, minute))) return true;
    return this.#runs.some(({ unsure, before, after }) => {
      const from = before === null ? Number.NEGATIVE_INFINITY : minuteOf(before) - 1;
      const to = after === null ? Number.POSITIVE_INFINITY : minuteOf(after) + 1;
      return unsure && minute >= from && minute <= to;
    });
  }
}

function newRun(position: number, file: string, start: number, before: number | null): Run {
  const nothing = { to: position, known: [], unsure: false, more: false, end: position, after: null };
  return { from: position, file, start, before, ...nothing };
}

function lostAt(reader: JournalReader, position: number): LostEntry | null {
  for (const { payload } of reader.read(position, position + 1)) return decodeLost(payload);
  return null;
}
