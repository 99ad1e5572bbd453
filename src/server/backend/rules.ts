/** The state of every rule for the API. */
import { WeirError } from '../../base/index.ts';
import { type Backend, Problem } from '../../gateway/index.ts';
import {
  type Audit,
  type LiveNode,
  type LiveRules,
  type RuleReach,
  reachById,
  ruleStates,
} from '../../pipeline/index.ts';
import type { BackendParts } from './index.ts';

/** Of each rule in force, by id, from when on it could have fired; none where nothing can be said. */
export async function reaches(
  { node, audit }: { readonly node: LiveNode; readonly audit: Audit },
  tenant: string,
): Promise<ReadonlyMap<string, RuleReach>> {
  const { rules } = node;
  if (rules.state !== 'ready') return new Map();
  return reachById(rules.rules, await audit.reach(tenant, rules.rules.set, rules.rules.rules.image));
}

export function rulesBackend({ node, reader, audit, rules: keeper }: BackendParts): Backend['rules'] {
  return {
    reload: () => loaded(keeper.reload()),
    async release(id) {
      const load = keeper.release(id);
      return loaded(
        load.then((rules) => {
          if (rules === null) throw new Problem('item.not_found', `the rule ${id} is not in quarantine`);
          return rules;
        }),
      );
    },
    async list(tenant, { state, limit, after }) {
      const { rules } = node;
      const reached = await reaches({ node, audit }, tenant);
      const off = node.stages.offOf(tenant);
      const all = rules.state === 'ready' ? ruleStates(rules.rules, reached, reader.hits.totals(tenant), off) : [];
      const wanted = all.filter((rule) => state === null || rule.state === state);
      const from = after === null ? 0 : /^\d{1,9}$/.test(after) ? Number(after) : Number.NaN;
      if (!(from <= wanted.length)) throw new Problem('cursor.unknown');
      const items = wanted.slice(from, from + limit).map(({ lastHit, ...rule }) => ({
        ...rule,
        last_hit: lastHit === null ? null : new Date(lastHit).toISOString(),
      }));
      const end = from + items.length;
      return { items, next: end < wanted.length ? String(end) : null };
    },
  };
}

/** What a load of the rules came to. */
async function loaded(load: Promise<LiveRules>): ReturnType<Backend['rules']['reload']> {
  try {
    const { set, detections, correlations, report } = await load;
    return { set, rules: detections.length + correlations.length, refused: report.refused.length };
  } catch (error) {
    if (!(error instanceof WeirError) || error instanceof Problem) throw error;
    throw new Problem('item.conflict', `the rules before stay in force: ${error.message}`, { cause: error });
  }
}
