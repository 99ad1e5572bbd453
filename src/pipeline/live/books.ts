/**
 * The books: per tenant, source and minute of receipt, received = stored + filtered + dead-lettered + expired. What was received
 * comes from receipts, which admission wrote, and from admission's own tallies, which came to the journal another way; what is
 * stored is counted by reading the journal again.
 */

import type { EntryStart, JournalReader } from '../../journal/index.ts';
import type { ExpiredEvents } from '../store/expirations.ts';
import { decodeControl, type Tally } from './control.ts';
import { readDeadLetters } from './dead-letters.ts';
import { frameHead, type Receipt } from './types.ts';

export interface Account {
  readonly tenant: string;
  readonly source: string;
  /** Minutes since 1970. */
  readonly minute: number;
  /** As admission counted them, in receipts. */
  received: number;
  /** The same as admission tallied them minute by minute; null while the minute has not been closed. */
  tallied: number | null;
  /** Bytes off the wire, in receipts and in tallies. */
  sent: number;
  talliedSent: number;
  /** Rows that stand in the journal, but for those that retention let go of. */
  stored: number;
  /** Dead letters that stand in the journal, and of them each reason's. */
  dead: number;
  readonly deadBy: Map<string, number>;
  /** Left out by a policy, by name. */
  filtered: number;
  readonly filteredBy: Map<string, number>;
  /** Let go at the end of their retention. */
  expired: number;
  /** Events that were held to a policy of validation, those kept although they do not pass it, and by check those that do not. */
  checked: number;
  warned: number;
  readonly failedBy: Map<string, number>;
  /** Position of its last request. */
  latest: number;
}

/** A minute that does not add up. */
export interface Imbalance {
  readonly account: Account;
  readonly what: string;
}

export class Books {
  readonly #accounts = new Map<string, Account>();
  /** Rows and dead letters of the unit at hand. */
  #rows = 0;
  #letters: string[] = [];
  #filtered: { readonly policy: string; readonly events: number } | null = null;
  #next = 0;
  /** Minutes that a process ended in without tallying them. */
  #unstopped = false;
  /** Where the last tick but one stands, and the last. */
  #ticks: readonly [number, number] = [-1, -1];
  /** The first minute that the last tick left open. */
  #openFrom = 0;
  readonly #untallied = new Set<string>();

  /** Position behind the last entry taken. */
  get next(): number {
    return this.#next;
  }

  /** Takes entries of the journal in order. */
  add(entry: EntryStart, payload: () => ArrayBuffer): void {
    this.#next = entry.position + 1;
    if (entry.kind === 'events') {
      this.#rows += frameHead(entry.start.buffer, entry.start.byteOffset).rows;
    }
    if (entry.kind === 'control') {
      this.#control(payload(), entry.position);
      if (entry.receipt === null) return;
    }
    if (entry.kind === 'dead') this.#letters.push(...readDeadLetters(payload()).map(({ code }) => code));
    if (entry.more) return;
    const [rows, letters, filtered] = [this.#rows, this.#letters, this.#filtered];
    [this.#rows, this.#letters, this.#filtered] = [0, [], null];
    if (entry.receipt === null) return;
    const { tenant, source, at, received, sent, validation } = JSON.parse(entry.receipt) as Receipt;
    const account = this.#account(tenant, source, Math.floor(at / 60_000));
    account.latest = entry.position;
    account.received += received;
    account.sent += sent?.bytes ?? 0;
    account.stored += rows;
    account.dead += letters.length;
    if (filtered !== null) {
      const { policy, events } = filtered;
      account.filtered += events;
      account.filteredBy.set(policy, (account.filteredBy.get(policy) ?? 0) + events);
    }
    for (const code of letters) account.deadBy.set(code, (account.deadBy.get(code) ?? 0) + 1);
    if (validation === undefined) return;
    account.checked += validation.checked;
    account.warned += validation.warned;
    for (const [code, count] of Object.entries(validation.counts)) {
      account.failedBy.set(code, (account.failedBy.get(code) ?? 0) + count);
    }
  }

  #control(payload: ArrayBuffer, position: number): void {
    const control = decodeControl(payload);
    if (control.kind === 'start') {
      this.ended();
      this.#unstopped = true;
    }
    if (control.kind === 'filtered') this.#filtered = control;
    if (control.kind === 'stop') this.#unstopped = false;
    if (control.kind !== 'tick' && control.kind !== 'stop') return;
    for (const tally of control.tallies) this.#tally(tally);
    this.#ticks = [this.#ticks[1], position];
    this.#openFrom = Math.floor(control.at / 60_000);
  }

  /** All that retention let go of so far; in place of what was said before. */
  expire(expired: Iterable<ExpiredEvents>): void {
    for (const account of this.#accounts.values()) {
      account.stored += account.expired;
      account.expired = 0;
    }
    for (const { tenant, source, minute, events } of expired) {
      const account = this.#account(tenant, source, minute);
      account.stored -= events;
      account.expired += events;
    }
  }

  #tally({ tenant, source, minute, received, sent }: Tally): void {
    const account = this.#account(tenant, source, minute);
    account.tallied = (account.tallied ?? 0) + received;
    account.talliedSent += sent ?? 0;
  }

  /**
   * To be called behind the last entry where nothing more is to come: a process that has not stopped in good order tallies nothing of
   * the minutes that it had still open, nor of what came since the last tick but one, which may have been on its way to being
   * counted when the last was made.
   */
  ended(): void {
    if (!this.#unstopped) return;
    for (const [key, { minute, latest }] of this.#accounts) {
      if (minute >= this.#openFrom || latest > this.#ticks[0]) this.#untallied.add(key);
    }
  }

  #account(tenant: string, source: string, minute: number): Account {
    const key = `${minute}\t${tenant}\t${source}`;
    let account = this.#accounts.get(key);
    if (account === undefined) {
      const tallies = { received: 0, tallied: null, sent: 0, talliedSent: 0 };
      const counts = { stored: 0, dead: 0, filtered: 0, expired: 0, checked: 0, warned: 0 };
      const by = { deadBy: new Map(), filteredBy: new Map(), failedBy: new Map() };
      account = { tenant, source, minute, ...tallies, ...counts, ...by, latest: -1 };
      this.#accounts.set(key, account);
    }
    return account;
  }

  /** By minute, tenant and source. */
  accounts(): Account[] {
    return [...this.#accounts.values()].sort(
      (a, b) => a.minute - b.minute || compare(a.tenant, b.tenant) || compare(a.source, b.source),
    );
  }

  /**
   * What does not add up. Tallies are compared where the minute is closed: those of `openFrom` on are not, nor those in which a
   * process ended before it could tally them.
   */
  imbalances(openFrom: number): Imbalance[] {
    const found: Imbalance[] = [];
    for (const [key, account] of this.#accounts) {
      const { received, stored, dead, filtered, expired, tallied, sent, talliedSent, minute } = account;
      const accounted = stored + dead + filtered + expired;
      if (received !== accounted) {
        found.push({ account, what: `${received} events were received, ${accounted} are accounted for` });
      }
      if (stored < 0) found.push({ account, what: `${expired} events expired, ${expired + stored} were stored` });
      if (minute >= openFrom || this.#untallied.has(key)) continue;
      if (tallied !== received) {
        found.push({ account, what: `admission tallied ${tallied ?? 'none'}, the receipts say ${received}` });
      }
      if (talliedSent !== sent) {
        found.push({ account, what: `admission answered for ${talliedSent} bytes, the receipts say ${sent}` });
      }
    }
    return found;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Takes the entries that came since; up to, not including, `to` if given, else all that is durable. */
export function advanceBooks(books: Books, reader: JournalReader, to?: number): void {
  for (const entry of reader.headers(books.next, to)) {
    books.add(entry, () => reader.payload(entry.position));
  }
}
