/** The books for the API, and what each rule has seen. */
import type { z } from 'zod';
import { type Backend, type BooksQuery, Problem, type shapes } from '../../gateway/index.ts';
import { type AccountQuery, type Audit, type AuditTotals, type LiveNode, ruleLedger } from '../../pipeline/index.ts';
import type { DetectionsReader } from '../../store/index.ts';
import { reaches } from './rules.ts';

type Totals = z.infer<typeof shapes.BooksTotals>;

function shown({ received, stored, filtered, dead, expired }: AuditTotals): Totals {
  const balanced = received === stored + filtered + dead + expired;
  return { received, stored, filtered, dead_lettered: dead, expired, pending: 0, balanced };
}

/** What a query asks for. */
export function accountsOf(tenant: string, { source, sinceMs, untilMs }: BooksQuery): AccountQuery {
  const fromMinute = sinceMs === null ? 0 : Math.ceil(sinceMs / 60_000);
  const toMinute = untilMs === null ? Number.MAX_SAFE_INTEGER : Math.ceil(untilMs / 60_000);
  return { tenant, source, fromMinute, toMinute };
}

export function booksBackend(audit: Audit, node: LiveNode, reader: () => DetectionsReader): Backend['books'] {
  return {
    async minutes(tenant, query) {
      const from = placeOf(query.after);
      const { accounts, more } = await audit.accounts(accountsOf(tenant, query), from, query.limit);
      const items = accounts.map((account) => ({
        ...shown(account),
        source: account.source,
        minute: new Date(account.minute * 60_000).toISOString(),
        filtered_by: Object.fromEntries(account.filteredBy),
        dead_lettered_by: Object.fromEntries(account.deadBy),
      }));
      return { items, next: more ? String(from + items.length) : null };
    },
    totals: async (tenant, query) => shown(await audit.totals(accountsOf(tenant, query))),
    async ledger(tenant, { rule, limit, after }) {
      const skip = placeOf(after);
      const reached = await reaches({ node, audit }, tenant);
      const leftOut = node.rules.state === 'ready' ? node.rules.rules.leftOut : [];
      const place = { tenant, log: `${node.log}/0`, next: node.progress.durable };
      const { lines, more } = ruleLedger(reader(), { ...place, rule, skip, limit, reached, leftOut });
      const items = lines.map(({ seenUntil, notEvaluated, ...line }) => ({
        ...line,
        seen_until: seenUntil === null ? null : new Date(seenUntil).toISOString(),
        not_evaluated: [...notEvaluated],
      }));
      return { items, next: more ? String(skip + items.length) : null };
    },
  };
}

/** Where a page begins. */
export function placeOf(after: string | null): number {
  if (after === null) return 0;
  if (!/^\d{1,9}$/.test(after)) throw new Problem('cursor.unknown');
  return Number(after);
}
