/** The books: what came in and what became of it, and what each rule has seen. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { BooksMinute, BooksTotals, idText, LedgerEntry, nameText, pageOf, pageQuery, timeText } from '../shapes.ts';

const bound = timeText.nullable().default(null);

export const bookRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/books',
      scope: 'read',
      summary:
        'received = stored + filtered + dead_lettered + expired + pending, in total and per source and minute of receipt.',
      query: z.strictObject({ ...pageQuery, source: nameText.nullable().default(null), since: bound, until: bound }),
      response: z.strictObject({ ...pageOf(BooksMinute).shape, totals: BooksTotals }),
    },
    async ({ principal, query: { limit, after, source, since, until } }, { backend }) => {
      const query = { limit, after, source, sinceMs: since, untilMs: until };
      const totals = await backend.books.totals(principal.tenant, query);
      const { items, next } = await backend.books.minutes(principal.tenant, query);
      return { totals, items: [...items], next };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/books/ledger',
      scope: 'read',
      summary: 'Per rule version: which journal positions it has seen, which not, and why not.',
      query: z.strictObject({ ...pageQuery, rule: idText.nullable().default(null) }),
      response: pageOf(LedgerEntry),
    },
    async ({ principal, query }, { backend }) => {
      const { items, next } = await backend.books.ledger(principal.tenant, query);
      return { items: [...items], next };
    },
  ),
];
