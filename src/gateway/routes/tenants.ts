/** Tenants of the installation: for its operator, whose credentials are of the tenant `default`. */
import { z } from 'zod';
import { scopesOf, type Tenant } from '../../meta/index.ts';
import { type ApiRoute, route } from '../route.ts';
import { isoTime, NewTenantShape, nameText, pageOf, pageQuery, TenantShape, tenantId } from '../shapes.ts';

const shown = ({ id, name, createdMs, disabledMs }: Tenant): z.input<typeof TenantShape> => ({
  id,
  name,
  created: isoTime(createdMs),
  disabled: isoTime(disabledMs),
});

export const tenantRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/tenants',
      scope: 'operate',
      summary: 'Tenants by id.',
      query: z.strictObject(pageQuery),
      response: pageOf(TenantShape),
    },
    ({ query }, { meta }) => {
      const { items, next } = meta.tenants.list(query);
      return { items: items.map(shown), next };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/tenants',
      scope: 'operate',
      summary: 'Makes a tenant, and a key with which it makes its own users and keys; the key is in this answer alone.',
      status: 201,
      body: z.strictObject({ id: tenantId, name: nameText }),
      response: NewTenantShape,
    },
    ({ body }, { meta }) =>
      meta.atomically(() => {
        const tenant = meta.tenants.create(body);
        const scopes = scopesOf(tenant.id, ['admin']);
        const { secret } = meta.keys.create({ tenant: tenant.id, name: 'admin', scopes, expiresMs: null });
        return { ...shown(tenant), admin_key: secret };
      }),
  ),
  route(
    {
      method: 'PATCH',
      path: '/v1/tenants/:id',
      scope: 'operate',
      summary: 'Switches a tenant off, so that none of its credentials is good, or on again.',
      params: z.strictObject({ id: tenantId }),
      body: z.strictObject({ disabled: z.boolean() }),
      response: TenantShape,
    },
    ({ params: { id }, body }, { meta }) => shown(meta.tenants.setDisabled(id, body.disabled)),
  ),
];
