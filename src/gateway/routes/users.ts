/** Users of the own tenant, and signing in. */
import { z } from 'zod';
import { scopesOf, type User } from '../../meta/index.ts';
import { tokenOf } from '../auth.ts';
import { demandWithinOwn } from '../principal.ts';
import { Problem } from '../problem.ts';
import { type ApiRoute, publicRoute, route } from '../route.ts';
import { idText, isoTime, nameText, pageOf, pageQuery, roleName, scopeName, UserShape } from '../shapes.ts';

const password = z.string().max(1024);

const shown = ({ id, name, role, createdMs, disabledMs }: User): z.input<typeof UserShape> => ({
  id,
  name,
  role,
  created: isoTime(createdMs),
  disabled: isoTime(disabledMs),
});

export const userRoutes: readonly ApiRoute[] = [
  publicRoute(
    {
      method: 'POST',
      path: '/v1/sessions',
      summary: 'Signs in. The token is sent as a key is, and ends by itself.',
      status: 201,
      body: z.strictObject({ user: nameText, password }),
      response: z.strictObject({ token: z.string(), tenant: z.string(), user: UserShape, expires: z.iso.datetime() }),
    },
    async ({ body }, { meta }) => {
      const { token, user, expiresMs } = await meta.users.signIn(body.user, body.password);
      return { token, tenant: user.tenant, user: shown(user), expires: isoTime(expiresMs) };
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/sessions/current',
      scope: 'any',
      summary: 'Signs out: the token of this request ends. A key does not.',
      response: null,
    },
    ({ credential }, { meta }) => {
      meta.users.signOut(tokenOf(credential));
      return undefined;
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/me',
      scope: 'any',
      summary: 'Who this credential is, and what it may do.',
      response: z.strictObject({
        tenant: z.string(),
        credential: z.string(),
        name: z.string(),
        scopes: z.array(scopeName),
        expires: z.iso.datetime().nullable(),
      }),
    },
    ({ principal: { tenant, credential, name, scopes, expiresMs } }) => ({
      tenant,
      credential,
      name,
      scopes: [...scopes],
      expires: isoTime(expiresMs),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/users',
      scope: 'admin',
      summary: 'Users by id.',
      query: z.strictObject(pageQuery),
      response: pageOf(UserShape),
    },
    ({ principal, query }, { meta }) => {
      const { items, next } = meta.users.list(principal.tenant, query);
      return { items: items.map(shown), next };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/users',
      scope: 'admin',
      summary: 'Makes a user of this tenant.',
      status: 201,
      body: z.strictObject({ name: nameText, role: roleName, password }),
      response: UserShape,
    },
    async ({ principal: { tenant, ...principal }, body }, { meta }) => {
      demandWithinOwn({ tenant, ...principal }, scopesOf(tenant, [body.role]));
      return shown(await meta.users.create({ tenant, ...body }));
    },
  ),
  route(
    {
      method: 'PATCH',
      path: '/v1/users/:id',
      scope: 'admin',
      summary: 'Changes role or password, or switches a user off and on. Ends the user’s sessions.',
      params: z.strictObject({ id: idText }),
      body: z.strictObject({
        role: roleName.optional(),
        password: password.optional(),
        disabled: z.boolean().optional(),
      }),
      response: UserShape,
    },
    async ({ principal, params: { id }, body: { role, password, disabled } }, { meta }) => {
      const user = meta.users.get(principal.tenant, id);
      if (user === null) throw new Problem('meta.user_unknown');
      // Whoever sets a password can be that user.
      demandWithinOwn(principal, scopesOf(user.tenant, role === undefined ? [user.role] : [user.role, role]));
      const change = {
        ...(role === undefined ? {} : { role }),
        ...(password === undefined ? {} : { password }),
        ...(disabled === undefined ? {} : { disabled }),
      };
      return shown(await meta.users.change(principal.tenant, id, change));
    },
  ),
];
