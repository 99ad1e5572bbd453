/** Saved queries of the own tenant. */
import { z } from 'zod';
import { checkQuery, formatDiagnostic, parseQuery } from '../../lang/index.ts';
import type { SavedQuery } from '../../meta/index.ts';
import { Problem } from '../problem.ts';
import { QUERY_LENGTH_MAX, SavedQueryShape } from '../query-shapes.ts';
import { type ApiRoute, route } from '../route.ts';
import { idText, isoTime, pageOf, pageQuery, timeText } from '../shapes.ts';

const params = z.strictObject({ name: idText });

const shown = ({ changedMs, changedBy, ...query }: SavedQuery): z.input<typeof SavedQueryShape> => ({
  ...query,
  changed: isoTime(changedMs),
  changed_by: changedBy,
});

/** As it was written, where it is a time at all. */
const since = z
  .string()
  .refine((text) => timeText.safeParse(text).success, 'expected 15m, 24h, 90d, or 2026-01-31T12:00:00Z')
  .nullable()
  .default(null);

/** Throws `query.invalid` with every mistake: what is saved can be asked. */
function demandQuery(text: string): void {
  const { tree, diagnostics } = parseQuery(text);
  const all = tree === null ? diagnostics : [...diagnostics, ...checkQuery(tree).diagnostics];
  const wrong = all.filter(({ severity }) => severity === 'error');
  if (wrong.length === 0) return;
  throw new Problem('query.invalid', wrong.map((one) => formatDiagnostic(text, one)).join('\n'));
}

export const savedQueryRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/queries',
      scope: 'query',
      summary: 'Saved queries by name.',
      query: z.strictObject(pageQuery),
      response: pageOf(SavedQueryShape),
    },
    ({ principal, query }, { meta }) => {
      const { items, next } = meta.queries.list(principal.tenant, query);
      return { items: items.map(shown), next };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/queries/:name',
      scope: 'query',
      summary: 'One saved query.',
      params,
      response: SavedQueryShape,
    },
    ({ principal, params: { name } }, { meta }) => {
      const query = meta.queries.get(principal.tenant, name);
      if (query === null) throw new Problem('meta.query_unknown');
      return shown(query);
    },
  ),
  route(
    {
      method: 'PUT',
      path: '/v1/queries/:name',
      scope: 'rules',
      summary: 'Saves a query under a name, in place of one that has it. What cannot be read is refused.',
      params,
      body: z.strictObject({
        query: z.string().min(1).max(QUERY_LENGTH_MAX),
        since,
        about: z.string().max(1000).default(''),
      }),
      response: SavedQueryShape,
    },
    ({ principal: { tenant, credential }, params: { name }, body }, { meta }) => {
      demandQuery(body.query);
      return shown(meta.queries.put(tenant, { ...body, name, changedBy: credential }));
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/queries/:name',
      scope: 'rules',
      summary: 'Deletes a saved query.',
      params,
      response: null,
    },
    ({ principal, params: { name } }, { meta }) => {
      meta.queries.remove(principal.tenant, name);
      return undefined;
    },
  ),
];
