import type { CorrelationRule } from '../sigma/model.ts';

/** Correlations so that each stands after those it refers to; otherwise as given. */
export function referencedFirst(rules: Iterable<CorrelationRule>): CorrelationRule[] {
  const byId = new Map([...rules].map((rule) => [rule.id, rule]));
  const placed = new Set<string>();
  const ordered: CorrelationRule[] = [];
  const place = (rule: CorrelationRule): void => {
    if (placed.has(rule.id)) return;
    placed.add(rule.id);
    for (const id of rule.rules) {
      const below = byId.get(id);
      if (below !== undefined) place(below);
    }
    ordered.push(rule);
  };
  for (const rule of byId.values()) place(rule);
  return ordered;
}
