/** The books for the API: read from the journal when asked for, and continuously by the server. */
import type { z } from 'zod';
import { now } from '../../base/index.ts';
import { type Backend, type BooksQuery, Problem, type shapes } from '../../gateway/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { type Account, advanceBooks, Books } from '../../pipeline/index.ts';
import type { DetectionsReader } from '../../store/index.ts';

type Totals = z.infer<typeof shapes.BooksTotals>;

/** The journal's books as they stand, brought up to date when somebody looks. */
export class LiveBooks {
  readonly #reader: JournalReader;
  readonly #durable: () => number;
  #books = new Books();

  /** @param durable position behind the last entry that is on disk */
  constructor(journal: string, durable: () => number) {
    this.#reader = new JournalReader(journal);
    this.#durable = durable;
  }

  get log(): string {
    return this.#reader.log;
  }

  current(): Books {
    advanceBooks(this.#books, this.#reader, this.#durable());
    return this.#books;
  }

  /** What does not add up now, of the minutes that are over. */
  imbalances(): ReturnType<Books['imbalances']> {
    return this.current().imbalances(Math.floor(now() / 60_000) - 1);
  }
}

function totalsOf(accounts: readonly Account[]): Totals {
  const sum = (of: (account: Account) => number): number => accounts.reduce((total, account) => total + of(account), 0);
  const received = sum((account) => account.received);
  const [stored, filtered] = [sum((account) => account.stored), sum((account) => account.filtered)];
  const [dead, expired] = [sum((account) => account.dead), sum((account) => account.expired)];
  const balanced = received === stored + filtered + dead + expired;
  return { received, stored, filtered, dead_lettered: dead, expired, pending: 0, balanced };
}

export function booksBackend(books: LiveBooks, reader: () => DetectionsReader): Backend['books'] {
  const accounts = (tenant: string, { source, sinceMs, untilMs }: BooksQuery): Account[] =>
    books
      .current()
      .accounts()
      .filter(
        (account) =>
          account.tenant === tenant &&
          (source === null || account.source === source) &&
          (sinceMs === null || account.minute * 60_000 >= sinceMs) &&
          (untilMs === null || account.minute * 60_000 < untilMs),
      );
  return {
    minutes(tenant, query) {
      const all = accounts(tenant, query);
      const from = placeOf(query.after, all.length);
      const items = all.slice(from, from + query.limit).map((account) => ({
        ...totalsOf([account]),
        source: account.source,
        minute: new Date(account.minute * 60_000).toISOString(),
        filtered_by: {},
        dead_lettered_by: Object.fromEntries(account.deadBy),
      }));
      const end = from + items.length;
      return Promise.resolve({ items, next: end < all.length ? String(end) : null });
    },
    totals: (tenant, query) => Promise.resolve(totalsOf(accounts(tenant, query))),
    ledger(tenant, { rule, limit, after }) {
      const store = reader();
      const log = `${books.log}/0`;
      const ranges = store.ledger.ranges(tenant, log);
      const set = store.checkpoint(log)?.ruleSet ?? '';
      const members = (store.rules.set(set) ?? []).filter(({ id }) => rule === null || id === rule);
      const from = placeOf(after, members.length);
      const items = members.slice(from, from + limit).map(({ id, version }) => {
        const { since, upTo, gaps } = store.ledger.coverage(tenant, log, id);
        const seen = ranges.filter((range) => since !== null && range.from >= since.position);
        return {
          rule: id,
          version,
          title: store.rules.version(id, version)?.title ?? null,
          evaluated: seen.reduce((sum, { events }) => sum + events, 0),
          from: since?.position ?? 0,
          to: upTo === null ? 0 : upTo.position + 1,
          seen_until: upTo === null ? null : new Date(upTo.received).toISOString(),
          not_evaluated: gaps.map(({ from, to, events, reason }) => ({
            from,
            to: (to ?? books.current().next) + 1,
            events,
            reason,
          })),
        };
      });
      const end = from + items.length;
      return Promise.resolve({ items, next: end < members.length ? String(end) : null });
    },
  };
}

function placeOf(after: string | null, length: number): number {
  if (after === null) return 0;
  const place = /^\d{1,9}$/.test(after) ? Number(after) : Number.NaN;
  if (!(place <= length)) throw new Problem('cursor.unknown');
  return place;
}
