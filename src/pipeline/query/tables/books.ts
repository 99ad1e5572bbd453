/** The table `books`: of each source and minute, what came and what became of it. */
import type { Account } from '../../live/books.ts';
import { at, count, counts, tableOf } from './table.ts';

const PAGE_ACCOUNTS = 1000;

export const books = tableOf<Account>({
  received: '@timestamp',
  columns: {
    '@timestamp': { type: 'datetime', of: ({ minute }) => at(minute * 60_000) },
    'weir.source.id': { type: 'string', of: ({ source }) => [source] },
    received: { type: 'long', of: ({ received }) => count(received) },
    stored: { type: 'long', of: ({ stored }) => count(stored) },
    filtered: { type: 'long', of: ({ filtered }) => count(filtered) },
    dead_lettered: { type: 'long', of: ({ dead }) => count(dead) },
    expired: { type: 'long', of: ({ expired }) => count(expired) },
    balanced: { type: 'bool', of: (account) => [balanced(account)] },
    filtered_by: { type: 'dynamic', of: ({ filteredBy }) => counts(filteredBy) },
    dead_lettered_by: { type: 'dynamic', of: ({ deadBy }) => counts(deadBy) },
  },
  async *pages(sources, tenant) {
    for (let skip = 0, more = true; more; ) {
      const page = await sources.accounts(tenant, skip, PAGE_ACCOUNTS);
      yield page.accounts;
      skip += page.accounts.length;
      more = page.more;
    }
  },
  until: () => null,
});

const balanced = ({ received, stored, filtered, dead, expired }: Account): boolean =>
  received === stored + filtered + dead + expired;
