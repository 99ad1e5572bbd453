/** What weir says about itself when something is wrong. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { SelfAlertShape } from '../shapes.ts';

export const alertRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/alerts/self',
      scope: 'read',
      summary: 'Alerts of weir on itself that are pending or firing: what is the matter, since when, and what to do.',
      response: z.strictObject({ items: z.array(SelfAlertShape) }),
    },
    async ({ principal }, { backend }) => ({ items: [...(await backend.alerts.self(principal.tenant))] }),
  ),
];
