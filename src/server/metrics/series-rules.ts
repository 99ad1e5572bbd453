/** Series derived from events as they are configured, as queries. */
import { checkQuery, formatDiagnostic, parseQuery } from '../../lang/index.ts';
import type { Config } from '../config/schema.ts';

export interface SeriesRule {
  readonly name: string;
  /** Over events of some positions. */
  readonly query: string;
  readonly labels: readonly string[];
  /** None: all. */
  readonly tenants: readonly string[];
}

export function seriesRules({ metrics }: Pick<Config, 'metrics'>): SeriesRule[] {
  return Object.entries(metrics.series).map(([name, { where, sum, labels, tenants }]) => {
    // A line of their own: an expression may end in a comment.
    const chosen = where === undefined ? '' : `| where (${where}\n)\n`;
    const value = sum === undefined ? 'count()' : `sum(${sum}\n)`;
    const by = Object.values(labels).map((of, i) => `, label_${i} = tostring(${of}\n)`);
    const query = `events\n${chosen}| summarize value = ${value} by minute = bin(weir.received, 1m)${by.join('')}`;
    return { name, query, labels: Object.keys(labels), tenants };
  });
}

/** Why a rule cannot be asked as a query; null: it can. */
export function seriesRuleFault({ query }: SeriesRule): string | null {
  const { tree, diagnostics } = parseQuery(query);
  const all = tree === null ? diagnostics : [...diagnostics, ...checkQuery(tree).diagnostics];
  const [first] = all.filter(({ severity }) => severity === 'error');
  return first === undefined ? null : `makes a query that cannot be asked: ${formatDiagnostic(query, first)}`;
}
