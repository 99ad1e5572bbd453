/** Rules over the past: hunts, which wait and run by themselves, and forecasts, which are answered at once. */
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { type ApiRoute, route } from '../route.ts';
import {
  ForecastAnswer,
  ForecastRequest,
  Hit,
  HuntDetailShape,
  HuntPage,
  HuntRequest,
  HuntShape,
  idText,
  pageOf,
  pageQuery,
} from '../shapes.ts';

const params = z.strictObject({ id: idText });

export const huntRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'POST',
      path: '/v1/hunts',
      scope: 'query',
      summary:
        'Runs rules over what is kept, complete up to what was acknowledged when it begins. Answered when it is on disk; nobody is told of what it finds.',
      body: HuntRequest,
      bodyLimit: 'huntRulesBytesMax',
      status: 202,
      response: HuntShape,
    },
    ({ principal, body, idempotencyKey }, { backend }) => {
      if (body.tenant !== undefined && body.tenant !== principal.tenant) {
        throw new Problem('auth.scope', 'a hunt is in the events of the credential’s own tenant', {
          hint: `Use a credential of the tenant ${body.tenant}.`,
        });
      }
      return backend.hunts.create(principal.tenant, body, principal.credential, idempotencyKey);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/hunts',
      scope: 'query',
      summary: 'Hunts that wait, are at work or have ended, the newest first, and how long ended ones are kept.',
      query: z.strictObject(pageQuery),
      response: HuntPage,
    },
    ({ principal, query }, { backend }) => backend.hunts.list(principal.tenant, query),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/hunts/:id',
      scope: 'query',
      summary: 'One hunt: its state, how far it is, hits by rule, and once it has ended what it covered.',
      params,
      response: HuntDetailShape,
    },
    ({ principal, params: { id } }, { backend }) => backend.hunts.get(principal.tenant, id),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/hunts/:id/hits',
      scope: 'query',
      summary:
        'What a hunt has found, in its order; `next` as `after` goes on, and is null once there is nothing more to come.',
      params,
      query: z.strictObject({ ...pageQuery, rule: idText.nullable().default(null) }),
      response: pageOf(Hit),
    },
    async ({ principal, params: { id }, query }, { backend }) => {
      const { items, next } = await backend.hunts.hits(principal.tenant, id, query);
      return { json: `{"items":[${items.join(',')}],"next":${JSON.stringify(next)}}` };
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/hunts/:id',
      scope: 'query',
      summary:
        'Cancels a hunt, whose hits so far stay readable; removes one that has ended. Those of others with the scope `rules` only.',
      params,
      response: null,
    },
    async ({ principal, params: { id } }, { backend }) => {
      const { credential, scopes } = principal;
      await backend.hunts.cancel(principal.tenant, id, { credential, mayAll: scopes.has('rules') });
      return undefined;
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/rules/forecast',
      scope: 'query',
      summary:
        'What rules would have found: hits a day, the noisiest rules and hosts, examples, cost; at once, within a time.',
      body: ForecastRequest,
      bodyLimit: 'huntRulesBytesMax',
      response: ForecastAnswer,
    },
    async ({ principal, body }, { backend }, signal) => ({
      json: await backend.hunts.forecast(principal.tenant, body, signal),
    }),
  ),
];
