/** The books for the API, and what each rule has seen. */
import type { z } from 'zod';
import { type Backend, type BooksQuery, Problem, type shapes } from '../../gateway/index.ts';
import type { AccountQuery, Audit, AuditTotals, LiveNode, RuleReach } from '../../pipeline/index.ts';
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

type Gap = z.infer<typeof shapes.LedgerEntry>['not_evaluated'][number];

/** Events a rule was run over when no event yet had what it needs: it could not see anything in them. */
function blind(reach: RuleReach | undefined, durable: number): Gap[] {
  if (reach === undefined || reach.since === null || reach.since === reach.from) return [];
  const to = reach.from ?? durable;
  return [{ from: reach.since, to, events: reach.missed, reason: 'field_never_present' }];
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
        filtered_by: {},
        dead_lettered_by: Object.fromEntries(account.deadBy),
      }));
      return { items, next: more ? String(from + items.length) : null };
    },
    totals: async (tenant, query) => shown(await audit.totals(accountsOf(tenant, query))),
    async ledger(tenant, { rule, limit, after }) {
      const store = reader();
      const log = `${node.log}/0`;
      const ranges = store.ledger.ranges(tenant, log);
      const set = store.checkpoint(log)?.ruleSet ?? '';
      const members = (store.rules.set(set) ?? []).filter(({ id }) => rule === null || id === rule);
      const from = placeOf(after);
      const reached = await reaches({ node, audit }, tenant);
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
          not_evaluated: [
            ...gaps.map(({ from, to, events, reason }) => ({
              from,
              to: (to ?? node.progress.durable - 1) + 1,
              events,
              reason,
            })),
            ...blind(reached.get(id), node.progress.durable),
          ],
        };
      });
      const end = from + items.length;
      return { items, next: end < members.length ? String(end) : null };
    },
  };
}

/** Where a page begins. */
export function placeOf(after: string | null): number {
  if (after === null) return 0;
  if (!/^\d{1,9}$/.test(after)) throw new Problem('cursor.unknown');
  return Number(after);
}
