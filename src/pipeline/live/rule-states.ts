/** How each rule of a set is doing for a tenant: whether it can fire, what it found, and why it is not active. */
import type { CorrelationRule } from '../../detect/index.ts';
import type { JournalReader } from '../../journal/index.ts';
import { openDetectionsReader, type RuleCount } from '../../store/index.ts';
import { type RuleReach, RuleReaches } from './reach.ts';
import { type LedgerLine, ruleLedger } from './rule-ledger.ts';
import type { LiveRules } from './rule-set.ts';
import { loadRuleSet } from './rule-sets.ts';
import type { Stage } from './stages.ts';

export interface RuleState {
  /** Of a refused rule without one: its file. */
  readonly id: string;
  readonly version: string | null;
  readonly title: string | null;
  readonly level: string | null;
  /**
   * `dead`: nothing that has arrived could make it fire; `silenced`: only correlations see its hits; `disabled`: its stage is off;
   * `quarantined`: set aside since it failed or cost too much.
   */
  readonly state: 'active' | 'quarantined' | 'dead' | 'silenced' | 'disabled' | 'refused';
  /** Why it is not active. */
  readonly reason: string | null;
  readonly path: string | null;
  readonly hits: number;
  /** When the event of its latest hit was received, Unix milliseconds. */
  readonly lastHit: number | null;
}

/** @param found of the detections in their order, as `RuleReaches` has it; the correlations follow from them */
export function reachById(rules: LiveRules, found: readonly RuleReach[]): ReadonlyMap<string, RuleReach> {
  const byId = new Map<string, RuleReach>();
  found.forEach((reach, index) => {
    byId.set(rules.detections[index].id, reach);
  });
  // A correlation may relate others, which stand before it.
  for (const { id, rule } of rules.correlations) {
    const reach = correlated(rule, byId);
    if (reach !== null) byId.set(id, reach);
  }
  return byId;
}

/** A correlation is as dead as what it counts: all of it, or where every rule is needed, one. */
function correlated({ type, rules }: CorrelationRule, byId: ReadonlyMap<string, RuleReach>): RuleReach | null {
  const dead = rules.flatMap((id) => {
    const reach = byId.get(id);
    return reach?.from === null ? [{ id, reach }] : [];
  });
  const every = type === 'temporal' || type === 'temporal_ordered';
  if (dead.length === 0 || (!every && dead.length < rules.length)) return null;
  const [{ id, reach }] = dead;
  const reason = `${id}, which it needs, is dead: ${reach.reason ?? ''}`;
  return { since: reach.since, from: null, missed: 0, reason };
}

/**
 * In the order of the set: detections, correlations, what is in quarantine, what was refused.
 * @param off stages that are switched off for the tenant
 */
export function ruleStates(
  { detections, correlations, leftOut, report }: LiveRules,
  reached: ReadonlyMap<string, RuleReach>,
  totals: readonly RuleCount[],
  off: ReadonlySet<Stage> | null = null,
): RuleState[] {
  const counts = new Map(totals.map((total) => [total.rule, total]));
  const related = new Set(correlations.map(({ id }) => id));
  const loaded = [...detections, ...correlations].map(({ id, version, title, level, path }): RuleState => {
    const reach = reached.get(id);
    const total = counts.get(id);
    const found = { hits: total?.hits ?? 0, lastHit: total?.lastReceived ?? null };
    const rule = { id, version, title, level, path, ...found };
    const stage = off?.has('detect') ? 'detect' : related.has(id) && off?.has('correlate') ? 'correlate' : null;
    if (stage !== null) {
      return { ...rule, state: 'disabled', reason: `the stage ${stage} is switched off for this tenant` };
    }
    if (reach?.from === null && total === undefined) return { ...rule, state: 'dead', reason: reach.reason };
    const by = report.silencedBy[id];
    if (by === undefined) return { ...rule, state: 'active', reason: null };
    return { ...rule, state: 'silenced', reason: `only part of ${by.join(', ')}` };
  });
  const none = { version: null, title: null, level: null, hits: 0, lastHit: null };
  const refused = report.refused.map(
    ({ path, id, reason }): RuleState => ({ ...none, id: id ?? path, state: 'refused', reason, path }),
  );
  const quarantined = leftOut.map(({ id, version, title, level, path, reason }): RuleState => {
    const total = counts.get(id);
    const found = { hits: total?.hits ?? 0, lastHit: total?.lastReceived ?? null };
    return { id, version, title, level, state: 'quarantined', reason, path, ...found };
  });
  return [...loaded, ...quarantined, ...refused];
}

/** Rules and ledger of a data folder that no server runs on, under the rules in force at its end; null where none were. */
export function rulesOfFolder(
  folder: string,
  tenant: string,
  reader: JournalReader,
): { readonly states: readonly RuleState[]; readonly ledger: readonly LedgerLine[] } | null {
  const log = `${reader.log}/0`;
  const store = openDetectionsReader(`${folder}/detect.db`);
  try {
    const set = store.checkpoint(log)?.ruleSet ?? '';
    const rules = set === '' ? null : loadRuleSet(folder, set);
    if (rules === null) return null;
    const found = new RuleReaches().of(set, rules.rules.image, store.lanes.list(tenant, log));
    const reached = reachById(rules, found);
    const all = { rule: null, skip: 0, limit: Number.MAX_SAFE_INTEGER };
    const { lines } = ruleLedger(store, {
      tenant,
      log,
      next: reader.head().next,
      ...all,
      reached,
      leftOut: rules.leftOut,
    });
    return { states: ruleStates(rules, reached, store.hits.totals(tenant)), ledger: lines };
  } finally {
    store.close();
  }
}
