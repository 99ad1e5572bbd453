/** Random correlations of every type over two base rules, and hits close enough in time for windows to matter. */
import type fc from 'fast-check';
import { type Choices, chosen } from './choice.ts';
import type { Hit } from './correlate.ts';

export interface CorrelationScenario {
  /** Correlations `c1`, `c2`, …; later ones may refer to earlier ones. */
  readonly correlations: readonly string[];
  /** Hits of the base rules `a` (named `rule_a`) and `b` (named `rule_b`), in no order. */
  readonly hits: readonly Hit[];
}

const TYPES = [
  ...['event_count', 'value_count', 'value_sum', 'value_avg', 'value_percentile', 'temporal', 'temporal_ordered'],
] as unknown as [string, ...string[]];

function aCorrelation(c: Choices, number: number): string {
  const type = c.pick(TYPES);
  const earlier = number > 1 && c.chance(25) ? [`c${number - 1}`] : [];
  const rules = type.startsWith('temporal') || c.chance(40) ? ['rule_a', 'b', ...earlier] : [earlier[0] ?? 'a'];
  const limit = c.pick(['1', '2', '3', '0', '4.5']);
  const counted =
    type === 'event_count' || type.startsWith('temporal') || limit === '4.5' ? c.pick(['1', '2', '3']) : limit;
  const comparison = c.pick([
    `gte: ${counted}`,
    `gt: ${counted}`,
    `lt: ${counted}`,
    `lte: ${counted}`,
    `eq: ${counted}`,
    `neq: ${counted}`,
    `gt: ${counted}, lte: 5`,
  ]);
  const field = type.startsWith('value') ? `field: ${type === 'value_count' && c.chance(30) ? '[n, v]' : 'n'}, ` : '';
  const percentile = type === 'value_percentile' ? `percentile: ${c.pick(['50', '1', '99', '100'])}, ` : '';
  const condition =
    type.startsWith('temporal') && c.chance(80) ? '' : `, condition: {${field}${percentile}${comparison}}`;
  const alias = rules.length > 1 && earlier.length === 0 && c.chance(20);
  const group = alias ? '[g]' : c.pick(['[u]', '[u]', '[u, v]', '[]']);
  const aliases = alias ? ', aliases: {g: {rule_a: u, rule_b: v}}' : '';
  const span = c.pick(['5s', '10s', '1m']);
  const body = `{type: ${type}, rules: [${rules.join(', ')}], group-by: ${group}, timespan: ${span}${condition}${aliases}}`;
  return `title: c${number}\nid: c${number}\nname: name_${number}\ncorrelation: ${body}\n`;
}

function someHits(c: Choices, record: number): Hit[] {
  const time = c.chance(3) ? null : c.below(40) * 1000;
  const path = c.pick(['p', 'q']);
  const fields = new Map<string, string[]>();
  for (const name of ['u', 'v']) if (c.chance(90)) fields.set(name, [c.pick(['x', 'X', 'y'])]);
  if (c.chance(90))
    fields.set(
      'n',
      c.list(1, c.chance(10) ? 2 : 1, () => c.pick(['1', '2', '10', '-3', '0.5', 'k', 'K'])),
    );
  const rules = c.pick([['a'], ['b'], ['a', 'b']]);
  return rules.map((rule) => ({ rule, time, path, record, values: (field) => fields.get(field) ?? [] }));
}

export function correlationScenarios(): fc.Arbitrary<CorrelationScenario> {
  return chosen(400, (c) => ({
    correlations: [1, 2, 3].map((number) => aCorrelation(c, number)),
    hits: Array.from({ length: c.below(25) }, (_, i) => someHits(c, i + 1)).flat(),
  }));
}
