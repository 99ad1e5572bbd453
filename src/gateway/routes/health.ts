/** How the server is, for whoever may read. */
import { type ApiRoute, route } from '../route.ts';
import { HealthAnswer, isoTime, PressureAnswer } from '../shapes.ts';

export const healthRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/health',
      scope: 'read',
      summary: 'Components with state, reason and since when; `rules` in one word.',
      response: HealthAnswer,
    },
    (_, { health }) => {
      const { status, ready, components } = health.report();
      return {
        status,
        ready,
        rules: health.get('rules')?.state ?? 'none',
        components: components.map(({ sinceMs, ...component }) => ({ ...component, since: isoTime(sinceMs) })),
      };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/pressure',
      scope: 'read',
      summary: 'How near weir is to what it cannot take: the signals, the trend, and the last quarter of an hour.',
      response: PressureAnswer,
    },
    (_, { backend }) => backend.pressure.state(),
  ),
];
