/** What was detected: as a list, and as a stream. */
import { z } from 'zod';
import { type ApiRoute, route, streamRoute } from '../route.ts';
import { Hit, idText, pageOf, pageQuery, timeText } from '../shapes.ts';

const rule = idText.nullable().default(null);

export const hitRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/hits',
      scope: 'hits',
      summary: 'Hits in order, oldest first; `next` as `after` goes on.',
      query: z.strictObject({ ...pageQuery, rule, since: timeText.nullable().default(null) }),
      response: pageOf(Hit),
    },
    async ({ principal, query: { limit, after, rule, since } }, { backend }) => {
      const { items, next } = await backend.hits.list(principal.tenant, { limit, after, rule, sinceMs: since });
      return { json: `{"items":[${items.join(',')}],"next":${JSON.stringify(next)}}` };
    },
  ),
  streamRoute(
    {
      method: 'GET',
      path: '/v1/hits/stream',
      scope: 'hits',
      summary: 'Hits as they happen, as server-sent events; resumes after `Last-Event-ID` or `after`.',
      query: z.strictObject({ after: idText.nullable().default(null), rule }),
      response: Hit,
    },
    ({ principal, query: { after, rule } }, { backend }) => ({
      source: backend.hits.stream(principal.tenant, { rule }),
      after,
    }),
  ),
];
