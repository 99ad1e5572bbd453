/** The audit log: who asked what of the API. Of the whole installation. */
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { type ApiRoute, route } from '../route.ts';
import { AuditRecord, pageOf, pageQuery, timeText } from '../shapes.ts';

export const auditRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/audit',
      scope: 'operate',
      summary: 'Calls of this API, changes and reads, oldest first; `next` as `after` goes on.',
      query: z.strictObject({ ...pageQuery, since: timeText.nullable().default(null) }),
      response: pageOf(AuditRecord),
    },
    async ({ query: { limit, after, since } }, { backend }) => {
      const page = await backend.audit.list({ limit, after, sinceMs: since });
      if (page === null) throw new Problem('cursor.unknown');
      return { items: [...page.items], next: page.next };
    },
  ),
];
