/** The state of every rule for the API. */
import { type Backend, Problem } from '../../gateway/index.ts';
import type { BackendParts } from './index.ts';

type Status = Awaited<ReturnType<Backend['rules']['list']>>['items'][number];

export function rulesBackend({ node, reader }: BackendParts): Backend['rules'] {
  const all = (tenant: string): Status[] => {
    const { rules } = node;
    if (rules.state !== 'ready') return [];
    const { detections, correlations, report } = rules.rules;
    const hits = new Map(reader.hits.totals(tenant).map((total) => [total.rule, total.hits]));
    const loaded = [...detections, ...correlations].map(({ id, title, level, version, path }): Status => {
      const by = report.silencedBy[id];
      return {
        id,
        version,
        title,
        level,
        state: by === undefined ? 'active' : 'silenced',
        reason: by === undefined ? null : `only part of ${by.join(', ')}`,
        path,
        hits: hits.get(id) ?? 0,
      };
    });
    const refused = report.refused.map(
      ({ path, id, reason }): Status => ({
        id: id ?? path,
        version: null,
        title: null,
        level: null,
        state: 'refused',
        reason,
        path,
        hits: 0,
      }),
    );
    return [...loaded, ...refused];
  };
  return {
    list(tenant, { state, limit, after }) {
      const wanted = all(tenant).filter((rule) => state === null || rule.state === state);
      const from = after === null ? 0 : /^\d{1,9}$/.test(after) ? Number(after) : Number.NaN;
      if (!(from <= wanted.length)) throw new Problem('cursor.unknown');
      const items = wanted.slice(from, from + limit);
      const end = from + items.length;
      return Promise.resolve({ items, next: end < wanted.length ? String(end) : null });
    },
  };
}
