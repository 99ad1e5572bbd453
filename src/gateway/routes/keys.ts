/** API keys of the own tenant. */
import { z } from 'zod';
import { limits } from '../../base/index.ts';
import type { ApiKey, Meta } from '../../meta/index.ts';
import { demandWithinOwn } from '../principal.ts';
import { Problem } from '../problem.ts';
import { type ApiRoute, route } from '../route.ts';
import { idText, isoTime, KeyShape, NewKeyShape, nameText, pageOf, pageQuery, scopeName } from '../shapes.ts';

const params = z.strictObject({ id: idText });

const shown = (key: ApiKey): z.input<typeof KeyShape> => ({
  id: key.id,
  name: key.name,
  scopes: [...key.scopes],
  created: isoTime(key.createdMs),
  expires: isoTime(key.expiresMs),
  revoked: isoTime(key.revokedMs),
  last_used: isoTime(key.lastUsedMs),
  old_until: isoTime(key.oldUntilMs),
});

function keyOf(meta: Meta, tenant: string, id: string): ApiKey {
  const key = meta.keys.get(tenant, id);
  if (key === null) throw new Problem('meta.key_unknown');
  return key;
}

export const keyRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/keys',
      scope: 'admin',
      summary: 'Keys by id, revoked ones included; never their secrets.',
      query: z.strictObject(pageQuery),
      response: pageOf(KeyShape),
    },
    ({ principal, query }, { meta }) => {
      const { items, next } = meta.keys.list(principal.tenant, query);
      return { items: items.map(shown), next };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/keys',
      scope: 'admin',
      summary: 'Makes a key. Its text is in this answer alone.',
      status: 201,
      body: z.strictObject({
        name: nameText,
        scopes: z.array(scopeName).min(1),
        expires: z.iso.datetime({ offset: true }).nullable().default(null),
      }),
      response: NewKeyShape,
    },
    ({ principal, body: { name, scopes, expires } }, { meta }) => {
      demandWithinOwn(principal, scopes);
      const expiresMs = expires === null ? null : Date.parse(expires);
      const { key, secret } = meta.keys.create({ tenant: principal.tenant, name, scopes, expiresMs });
      return { ...shown(key), key: secret };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/keys/:id/rotate',
      scope: 'admin',
      summary: 'A new secret under the same id. The old one works for `overlap_ms` more, a day unless said.',
      params,
      body: z.strictObject({
        overlap_ms: z.number().int().min(0).max(limits.keyOverlapMsMax).default(limits.keyOverlapMs),
      }),
      response: NewKeyShape,
    },
    ({ principal, params: { id }, body }, { meta }) => {
      demandWithinOwn(principal, keyOf(meta, principal.tenant, id).scopes);
      const { key, secret } = meta.keys.rotate(principal.tenant, id, body.overlap_ms);
      return { ...shown(key), key: secret };
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/v1/keys/:id',
      scope: 'admin',
      summary: 'Revokes a key at once. It stays in the list.',
      params,
      response: KeyShape,
    },
    ({ principal, params: { id } }, { meta }) => shown(meta.keys.revoke(principal.tenant, id)),
  ),
];
