/** Tenants: whose events, hits, users and keys they are. */
import { limits, WeirError } from '../base/index.ts';
import { type MetaContext, numberOrNull, type Page, type PageQuery, pageOf, type Row } from './database.ts';
import { OPERATOR_TENANT } from './scopes.ts';

export interface Tenant {
  /** Lower-case letters, digits and hyphens, up to 63. */
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  /** When it was switched off: nothing of it signs in or sends from then on. */
  readonly disabledMs: number | null;
}

export const TENANT_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

export interface Tenants {
  list(query: PageQuery): Page<Tenant>;
  get(id: string): Tenant | null;
  /** Throws `meta.tenant_exists`, `meta.tenant_name`, `meta.full`. */
  create(tenant: { readonly id: string; readonly name: string }): Tenant;
  /** Throws `meta.tenant_unknown`, and `meta.last_admin` for the operator's own. */
  setDisabled(id: string, disabled: boolean): Tenant;
}

export function tenantStore(context: MetaContext): Tenants {
  const { database, now, changed } = context;
  const get = (id: string): Tenant | null => {
    const row = database.prepare('SELECT * FROM tenants WHERE id = ?').get(id);
    return row === undefined ? null : readTenant(row);
  };
  return {
    get,
    list: ({ limit, after }) =>
      pageOf(
        database.prepare('SELECT * FROM tenants WHERE id > ? ORDER BY id LIMIT ?').all(after ?? '', limit + 1),
        limit,
        readTenant,
      ),
    create: ({ id, name }) => {
      if (!TENANT_PATTERN.test(id)) {
        throw new WeirError(
          'meta.tenant_name',
          'the id of a tenant has lower-case letters, digits and hyphens, up to 63',
        );
      }
      if (get(id) !== null) throw new WeirError('meta.tenant_exists', `there is a tenant ${id} already`);
      const count = Number(database.prepare('SELECT count(*) AS n FROM tenants').get()?.['n']);
      if (count >= limits.tenantsMax) throw new WeirError('meta.full', `there are ${count} tenants, as many as may be`);
      const tenant = { id, name, createdMs: now(), disabledMs: null };
      database.prepare('INSERT INTO tenants VALUES (?, ?, ?, NULL)').run(id, name, tenant.createdMs);
      changed();
      return tenant;
    },
    setDisabled: (id, disabled) => {
      if (disabled && id === OPERATOR_TENANT) {
        throw new WeirError('meta.last_admin', `the tenant ${id} runs the installation and cannot be disabled`);
      }
      database.prepare('UPDATE tenants SET disabled_ms = ? WHERE id = ?').run(disabled ? now() : null, id);
      changed();
      const tenant = get(id);
      if (tenant === null) throw new WeirError('meta.tenant_unknown', 'there is no such tenant');
      return tenant;
    },
  };
}

function readTenant(row: Row): Tenant {
  return {
    id: String(row['id']),
    name: String(row['name']),
    createdMs: Number(row['created_ms']),
    disabledMs: numberOrNull(row['disabled_ms']),
  };
}
