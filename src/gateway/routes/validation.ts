/** What events are held to, and what they did not pass. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { nameText, pageOf, pageQuery, timeText, ValidationStatus } from '../shapes.ts';

const bound = timeText.nullable().default(null);

export const validationRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/validation',
      scope: 'read',
      summary: 'Per source: how it is validated, and how many of its events did not pass which check.',
      query: z.strictObject({ ...pageQuery, source: nameText.nullable().default(null), since: bound, until: bound }),
      response: pageOf(ValidationStatus),
    },
    async ({ principal, query: { limit, after, source, since, until } }, { backend }) => {
      const query = { limit, after, source, sinceMs: since, untilMs: until };
      const { items, next } = await backend.validation.list(principal.tenant, query);
      return { items: [...items], next };
    },
  ),
];
