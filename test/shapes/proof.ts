/**
 * Which lanes are proven: on events we did not write, 3 of the lane's SigmaHQ rules each fire and 3 stay silent. A lane
 * here is a logsource of those rules.
 */
import { laneFacts } from '../../src/schema/index.ts';
import { parseRules } from '../reference/harness.ts';
import type { LogSource } from '../reference/rule.ts';
import { matchesThrough, readWithSchema, routes, routing } from './scan.ts';

/** How many rules must fire, and how many stay silent. */
export const RULES_MIN = 3;

export interface LaneCount {
  readonly lane: string;
  /** SigmaHQ's rules of this logsource. */
  readonly rules: number;
  /** Events of the lane that were looked at. */
  readonly events: number;
  /** Rules that fired on at least one of them, and rules that did not. */
  readonly fired: number;
  readonly silent: number;
  /** Whether some source type is of this lane. */
  readonly known: boolean;
}

/** `product/category/service` with `-` for what is not given. */
export function laneOf({ product, category, service }: LogSource): string {
  return [product, category, service].map((part) => part ?? '-').join('/');
}

export function isProven(count: LaneCount): boolean {
  return count.events > 0 && count.fired >= RULES_MIN && count.silent >= RULES_MIN;
}

/**
 * One row per lane, by name. Logsources that mean the same events share a row, under the shorter of their names. Rules
 * that cannot be read count as neither.
 */
export function countLanes(ruleTexts: readonly string[], lines: Iterable<string>): LaneCount[] {
  const { rules } = parseRules(ruleTexts);
  const lanes = new Map<string, { rules: typeof rules; events: number; fired: Set<string> }>();
  for (const rule of rules) {
    const facts = laneFacts(routing(rule.logsource));
    const lane = facts === '' ? laneOf(rule.logsource) : facts;
    const known = lanes.get(lane) ?? { rules: [], events: 0, fired: new Set<string>() };
    lanes.set(lane, { ...known, rules: [...known.rules, rule] });
  }
  for (const line of lines) {
    const recognised = readWithSchema(line);
    for (const lane of lanes.values()) {
      const [sample] = lane.rules;
      if (sample === undefined || routes(sample.logsource, recognised).length === 0) continue;
      lane.events++;
      for (const rule of lane.rules) {
        if (!lane.fired.has(rule.id) && matchesThrough(rule, recognised)) lane.fired.add(rule.id);
      }
    }
  }
  return [...lanes.values()]
    .map(({ rules, events, fired }) => ({
      lane: shortest(rules.map((rule) => laneOf(rule.logsource))),
      rules: rules.length,
      events,
      fired: fired.size,
      silent: events === 0 ? 0 : rules.length - fired.size,
      known: rules.some((rule) => laneFacts(routing(rule.logsource)) !== ''),
    }))
    .sort((a, b) => (a.lane < b.lane ? -1 : 1));
}

function shortest(names: readonly string[]): string {
  return names.reduce((best, name) => (name.length < best.length ? name : best));
}
