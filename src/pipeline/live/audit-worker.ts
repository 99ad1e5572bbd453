/** A thread that reads the journal back: the books, and the idempotency keys of the last day when the server starts. */
import { parentPort, workerData } from 'node:worker_threads';
import { WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { type DetectionsReader, openDetectionsReader } from '../../store/index.ts';
import { Expirations } from '../store/expirations.ts';
import { type Account, Books } from './books.ts';
import { decodeControl } from './control.ts';
import { Controls } from './controls.ts';
import { type EventPlace, type EventRecord, EventRecords } from './event-record.ts';
import { keptDeadLetter, keptEvent, letterNotes } from './journal-event.ts';
import { type KeptKey, keptKeys } from './kept-keys.ts';
import { type NearRules, nearRules } from './near.ts';
import { type RuleReach, RuleReaches } from './reach.ts';
import type { DeadLetter, LetterNote } from './types.ts';

export interface AuditOptions {
  readonly journal: string;
  /** Data folder; null where only the journal is asked. */
  readonly folder: string | null;
}

/** Which accounts are meant; minutes are since 1970, `to` not included. */
export interface AccountQuery {
  readonly tenant: string;
  readonly source: string | null;
  readonly fromMinute: number;
  readonly toMinute: number;
}

export type ToAudit = {
  readonly call: number /** Position behind the last durable entry. */;
  readonly durable: number;
} & (
  | { readonly kind: 'accounts'; readonly query: AccountQuery; readonly skip: number; readonly limit: number }
  | { readonly kind: 'totals'; readonly query: AccountQuery }
  | { readonly kind: 'imbalances'; readonly openFrom: number }
  | { readonly kind: 'keys'; readonly since: number }
  | { readonly kind: 'heard'; readonly since: number }
  | { readonly kind: 'validation'; readonly query: AccountQuery; readonly skip: number; readonly limit: number }
  | { readonly kind: 'event'; readonly place: EventPlace; readonly whyNot: AskedRule | null }
  | { readonly kind: 'near'; readonly place: EventPlace; readonly image: SharedArrayBuffer; readonly limit: number }
  | { readonly kind: 'reach'; readonly tenant: string; readonly set: string; readonly image: SharedArrayBuffer }
  | { readonly kind: 'notes'; readonly unit: number }
  | { readonly kind: 'letter'; readonly tenant: string; readonly position: number; readonly row: number }
);

export type Totals = Pick<Account, 'received' | 'stored' | 'filtered' | 'dead' | 'expired'>;

/** A rule by its place in an image. */
export interface AskedRule {
  readonly image: SharedArrayBuffer;
  readonly index: number;
  readonly version: string;
}

/** What the events of a source came to under validation. */
export interface ValidationCounts extends Pick<Account, 'received' | 'checked' | 'warned'> {
  readonly source: string;
  readonly rejected: number;
  /** Events that did not pass a check, and those whose dead letter names it; most first. */
  readonly checks: readonly { readonly check: string; readonly failed: number; readonly rejected: number }[];
}

export interface AuditAnswers {
  readonly accounts: { readonly accounts: readonly Account[]; readonly more: boolean };
  readonly totals: Totals;
  readonly imbalances: readonly string[];
  readonly keys: readonly KeptKey[];
  readonly heard: readonly { readonly tenant: string; readonly source: string }[];
  readonly validation: { readonly sources: readonly ValidationCounts[]; readonly more: boolean };
  readonly letter: DeadLetter | null;
  readonly notes: readonly LetterNote[];
  readonly reach: readonly RuleReach[];
  readonly event: EventRecord | null;
  readonly near: NearRules | null;
}

export interface FromAudit {
  readonly call: number;
  /** An error, where the journal could not be read. */
  readonly answer: AuditAnswers[keyof AuditAnswers] | { readonly code: string; readonly failed: string };
}

const port = parentPort;
if (port === null) throw new Error('audit-worker.ts runs as a worker thread');

const { journal, folder } = workerData as AuditOptions;
const reader = new JournalReader(journal);
const expirations = folder === null ? null : new Expirations(`${folder}/chain`);
const reaches = new RuleReaches();
const controls = new Controls();
let detections: DetectionsReader | null = null;
let events: EventRecords | null = null;

function store(): DetectionsReader {
  if (folder === null) throw new Error('what is stored was asked for, and there is no folder');
  detections ??= openDetectionsReader(`${folder}/detect.db`);
  return detections;
}

/** Reads what is new in the journal. */
function advance(to: number): void {
  for (const entry of reader.headers(books.next, to)) {
    let payload: ArrayBuffer | null = null;
    const read = (): ArrayBuffer => {
      payload ??= reader.payload(entry.position);
      return payload;
    };
    books.add(entry, read);
    if (entry.kind === 'control') controls.add(entry.position, decodeControl(read()));
  }
  const expired = expirations?.changed() ?? null;
  if (expired !== null) books.expire(expired);
}

const books = new Books();

function wanted({ tenant, source, fromMinute, toMinute }: AccountQuery): Account[] {
  return books
    .accounts()
    .filter(
      (account) =>
        account.tenant === tenant &&
        (source === null || account.source === source) &&
        account.minute >= fromMinute &&
        account.minute < toMinute,
    );
}

function totals(query: AccountQuery): Totals {
  const sums = { received: 0, stored: 0, filtered: 0, dead: 0, expired: 0 };
  for (const account of wanted(query)) {
    for (const name of Object.keys(sums) as (keyof Totals)[]) sums[name] += account[name];
  }
  return sums;
}

/** Of the codes of dead letters that validation made. */
const PREFIX = 'validation.';

function validation(query: AccountQuery): ValidationCounts[] {
  const sources = [...Map.groupBy(wanted(query), ({ source }) => source)].sort(([a], [b]) => (a < b ? -1 : 1));
  return sources.map(([source, accounts]) => {
    const checks = new Map<string, { failed: number; rejected: number }>();
    const of = (check: string) => {
      const known = checks.get(check) ?? { failed: 0, rejected: 0 };
      checks.set(check, known);
      return known;
    };
    let [received, checked, warned, rejected] = [0, 0, 0, 0];
    for (const account of accounts) {
      received += account.received;
      checked += account.checked;
      warned += account.warned;
      for (const [check, events] of account.failedBy) of(check).failed += events;
      for (const [code, events] of account.deadBy) {
        if (!code.startsWith(PREFIX)) continue;
        of(code.slice(PREFIX.length)).rejected += events;
        rejected += events;
      }
    }
    const sorted = [...checks].sort(([a, m], [b, n]) => n.failed - m.failed || (a < b ? -1 : 1));
    const shown = sorted.map(([check, counts]) => ({ check, ...counts }));
    return { source, received, checked, warned, rejected, checks: shown };
  });
}

function heard(sinceMs: number): AuditAnswers['heard'] {
  const found = new Map<string, { tenant: string; source: string }>();
  for (const { tenant, source, minute } of books.accounts()) {
    if (minute * 60_000 >= sinceMs) found.set(JSON.stringify([tenant, source]), { tenant, source });
  }
  return [...found.values()];
}

port.on('message', (message: ToAudit) => {
  const { call, durable } = message;
  const answer = (): AuditAnswers[keyof AuditAnswers] => {
    if (message.kind === 'keys') return keptKeys(reader, message.since, durable);
    if (message.kind === 'reach') {
      const lanes = store().lanes.list(message.tenant, `${reader.log}/0`);
      return reaches.of(message.set, message.image, lanes);
    }
    if (message.kind === 'letter') return keptDeadLetter(reader, message.tenant, message, durable);
    if (message.kind === 'notes') return letterNotes(reader, message.unit, durable);
    advance(durable);
    if (message.kind === 'event') {
      events ??= new EventRecords(reader, controls, folder ?? '', store);
      return events.of(message.place, durable, message.whyNot);
    }
    if (message.kind === 'near') {
      const kept = keptEvent(reader, folder ?? '', message.place, durable);
      return kept === null ? null : nearRules(kept.text, message.image, message.limit);
    }
    if (message.kind === 'heard') return heard(message.since);
    if (message.kind === 'totals') return totals(message.query);
    if (message.kind === 'imbalances') {
      return books.imbalances(message.openFrom).map(({ account, what }) => {
        const minute = new Date(account.minute * 60_000).toISOString().slice(0, 16);
        return `${account.source} at ${minute}: ${what}`;
      });
    }
    const end = message.skip + message.limit;
    if (message.kind === 'validation') {
      const sources = validation(message.query);
      return { sources: sources.slice(message.skip, end), more: end < sources.length };
    }
    const all = wanted(message.query);
    return { accounts: all.slice(message.skip, end), more: end < all.length };
  };
  let told: FromAudit;
  try {
    told = { call, answer: answer() };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    told = { call, answer: { code: error.code, failed: error.message } };
  }
  port.postMessage(told);
});
