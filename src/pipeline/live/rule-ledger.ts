/** "Rule R has seen every event up to T": of each rule in force or in quarantine, from the ledger and from what has arrived. */
import type { DetectionsReader } from '../../store/index.ts';
import type { RuleReach } from './reach.ts';

export interface LedgerLine {
  readonly rule: string;
  readonly version: string;
  readonly title: string | null;
  /** Events that rule sets with it have evaluated. */
  readonly evaluated: number;
  /** Positions it has seen without a gap: from, to before. */
  readonly from: number;
  readonly to: number;
  /** Receive time of the last event seen, Unix milliseconds. */
  readonly seenUntil: number | null;
  readonly notEvaluated: readonly LedgerGap[];
}

/** From a position to before another. */
export interface LedgerGap {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly reason: string;
}

export interface LedgerQuery {
  readonly tenant: string;
  /** `<log id>/<partition>`. */
  readonly log: string;
  /** Position behind the last entry: what is still so ends there. */
  readonly next: number;
  /** Null: all rules in force. */
  readonly rule: string | null;
  readonly skip: number;
  readonly limit: number;
  readonly reached: ReadonlyMap<string, RuleReach>;
  /** Rules that the set in force does without. */
  readonly leftOut: readonly { readonly id: string; readonly version: string; readonly title: string }[];
}

export function ruleLedger(
  store: DetectionsReader,
  { tenant, log, next, rule, skip, limit, reached, leftOut }: LedgerQuery,
): { readonly lines: readonly LedgerLine[]; readonly more: boolean } {
  const ranges = store.ledger.ranges(tenant, log);
  const set = store.checkpoint(log)?.ruleSet ?? '';
  const all = [...(store.rules.set(set) ?? []), ...leftOut];
  const members = all.filter(({ id }) => rule === null || id === rule);
  const lines = members.slice(skip, skip + limit).map(({ id, version }): LedgerLine => {
    const { since, upTo, gaps } = store.ledger.coverage(tenant, log, id);
    const seen = ranges.filter((range) => since !== null && range.from >= since.position);
    return {
      rule: id,
      version,
      title: store.rules.version(id, version)?.title ?? null,
      evaluated: seen.reduce((sum, { events }) => sum + events, 0),
      from: since?.position ?? 0,
      to: upTo === null ? 0 : upTo.position + 1,
      seenUntil: upTo === null ? null : upTo.received,
      notEvaluated: [
        ...gaps.map(({ from, to, events, reason }) => ({ from, to: (to ?? next - 1) + 1, events, reason })),
        ...blind(reached.get(id), next),
      ],
    };
  });
  return { lines, more: skip + limit < members.length };
}

/** Events it was run over when none had yet had what it needs: it could not see anything in them. */
function blind(reach: RuleReach | undefined, next: number): LedgerGap[] {
  if (reach === undefined || reach.since === null || reach.since === reach.from) return [];
  return [{ from: reach.since, to: reach.from ?? next, events: reach.missed, reason: 'field_never_present' }];
}
