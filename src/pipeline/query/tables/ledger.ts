/** The table `ledger`: of each rule in force or in quarantine, what it has seen, and what not and why. */
import { Bag, List, type Value } from '../../../lang/index.ts';
import type { LedgerGap, LedgerLine } from '../../live/rule-ledger.ts';
import { at, count, one, tableOf } from './table.ts';

export const ledger = tableOf<LedgerLine>({
  received: null,
  columns: {
    'rule.id': { type: 'string', of: ({ rule }) => [rule] },
    'rule.title': { type: 'string', of: ({ title }) => one(title) },
    'rule.version': { type: 'string', of: ({ version }) => [version] },
    evaluated: { type: 'long', of: ({ evaluated }) => count(evaluated) },
    from: { type: 'long', of: ({ from }) => count(from) },
    to: { type: 'long', of: ({ to }) => count(to) },
    seen_until: { type: 'datetime', of: ({ seenUntil }) => at(seenUntil) },
    missed: {
      type: 'long',
      of: ({ notEvaluated }) => count(notEvaluated.reduce((sum, { events }) => sum + events, 0)),
    },
    not_evaluated: { type: 'dynamic', of: ({ notEvaluated }) => one(new List(notEvaluated.map(gap))) },
  },
  async *pages(sources, tenant) {
    yield await sources.ledger(tenant);
  },
  until: (sources) => sources.evaluated(),
});

function gap({ from, to, events, reason }: LedgerGap): Value {
  const numbers = { from, to, events };
  const members = Object.entries(numbers).map(([name, n]) => [name, BigInt(n)] as [string, Value]);
  return new Bag(new Map([...members, ['reason', reason]]));
}
