/** Single events: what came, and what became of it. Sending them is a door of its own. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { EventAnswer, idText, NearAnswer, nearQuery, Waterfall } from '../shapes.ts';

export const eventRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/events/:id',
      scope: 'hits',
      summary:
        'One event by its id (URL-encoded): as it came, by unified names, its receipt, its way, its hits; `why_not` asks a rule about it.',
      params: z.strictObject({ id: idText }),
      query: z.strictObject({ why_not: idText.nullable().default(null) }),
      response: EventAnswer,
    },
    async ({ principal, params: { id }, query: { why_not } }, { backend }) => ({
      json: await backend.events.get(principal.tenant, id, why_not),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/events/:id/near',
      scope: 'hits',
      summary:
        'The rules in force that came closest to hitting an event (its id URL-encoded), and which of their predicates fail.',
      params: z.strictObject({ id: idText }),
      query: z.strictObject(nearQuery),
      response: NearAnswer,
    },
    ({ principal, params: { id }, query: { limit } }, { backend }) => backend.events.near(principal.tenant, id, limit),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/events/:id/waterfall',
      scope: 'read',
      summary: 'When a recent event came to each stage, by its id (URL-encoded).',
      params: z.strictObject({ id: idText }),
      response: Waterfall,
    },
    ({ principal, params: { id } }, { backend }) => backend.events.waterfall(principal.tenant, id),
  ),
];
