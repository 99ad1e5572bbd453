/** What could not be read or was not allowed in: seen, corrected, sent again. */
import { z } from 'zod';
import { limits } from '../../base/index.ts';
import { type ApiRoute, route } from '../route.ts';
import { DeadLetter, idText, nameText, pageOf, pageQuery } from '../shapes.ts';

const params = z.strictObject({ id: idText });

export const deadLetterRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/dead-letters',
      scope: 'read',
      summary: 'Dead letters in order, oldest first, each with the reason.',
      query: z.strictObject({ ...pageQuery, source: nameText.nullable().default(null) }),
      response: pageOf(DeadLetter),
    },
    async ({ principal, query }, { backend }) => {
      const { items, next } = await backend.deadLetters.list(principal.tenant, query);
      return { items: [...items], next };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/dead-letters/:id',
      scope: 'read',
      summary: 'One dead letter.',
      params,
      response: DeadLetter,
    },
    ({ principal, params: { id } }, { backend }) => backend.deadLetters.get(principal.tenant, id),
  ),
  route(
    {
      method: 'PUT',
      path: '/v1/dead-letters/:id',
      scope: 'dead-letters',
      summary: 'Puts a corrected event in place of what was sent; the original stays on record.',
      params,
      body: z.strictObject({ event: z.string().min(1) }),
      response: DeadLetter,
    },
    ({ principal, params: { id }, body }, { backend }) =>
      backend.deadLetters.fix(principal.tenant, id, body.event, principal.credential),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/dead-letters/replay',
      scope: 'dead-letters',
      summary: 'Sends dead letters through the door again: those named, or the oldest of a source or all.',
      body: z.union([
        z.strictObject({ ids: z.array(idText).min(1).max(limits.pageItemsMax) }),
        z.strictObject({
          source: nameText.nullable().default(null),
          limit: z.number().int().min(1).max(limits.pageItemsMax).default(limits.pageItemsMax),
        }),
      ]),
      response: z.strictObject({ accepted: z.number(), dead_lettered: z.number() }),
    },
    ({ principal, body }, { backend }) => backend.deadLetters.replay(principal.tenant, body, principal.credential),
  ),
];
