/** Legal holds: what must not be deleted, whatever policies say. Of the whole installation. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { Hold } from '../shapes.ts';

const NAMES_MAX = 1000;
/** `*` stands for any run of characters. */
const pattern = z.string().min(1).max(128);
const time = z.iso.datetime({ offset: true });

export const HoldName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 _.:#-]{0,99}$/, 'letters, digits, blanks and _.:#- only');

export const holdRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/holds',
      scope: 'operate',
      summary: 'Legal holds in force: what retention must not delete, since when and by whom.',
      response: z.strictObject({ items: z.array(Hold) }),
    },
    async (_, { backend }) => ({ items: [...(await backend.holds.list())] }),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/holds',
      scope: 'operate',
      summary: 'Forbids deleting what it names, until it is ended; of all where nothing is named.',
      status: 201,
      body: z.strictObject({
        name: HoldName,
        reason: z.string().min(1).max(1000),
        tenants: z.array(pattern).min(1).max(NAMES_MAX).optional(),
        sources: z.array(pattern).min(1).max(NAMES_MAX).optional(),
        from: time.optional(),
        to: time.optional(),
      }),
      response: Hold,
    },
    ({ principal, body }, { backend }) => backend.holds.add(body, principal.credential),
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/holds/:name',
      scope: 'operate',
      summary: 'Ends a legal hold; that it was there stays in the ledger of segments.',
      params: z.strictObject({ name: HoldName }),
      response: null,
    },
    async ({ principal, params: { name } }, { backend }) => {
      await backend.holds.remove(name, principal.credential);
      return undefined;
    },
  ),
];
