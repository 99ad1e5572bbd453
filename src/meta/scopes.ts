/** What a credential may do: scopes, and the roles that bundle them for users. */

/** Every scope with what it allows. A key has a set of these; a user has those of the role. */
export const scopeTable = {
  ingest: 'send events',
  read: 'see books, health, dead letters, rules and stages',
  hits: 'see hits, the events in them included',
  query: 'search events and hits, hunt in what is kept',
  rules: 'change rules and saved queries',
  'dead-letters': 'correct and replay dead letters',
  admin: 'manage keys and users of the own tenant, switch stages',
  metrics: 'read the metrics of the whole installation; only for credentials of the tenant `default`',
  operate: 'the installation itself: tenants, log levels; only for credentials of the tenant `default`',
} as const;

export type Scope = keyof typeof scopeTable;
export const scopeNames = Object.keys(scopeTable) as readonly Scope[];

/** The tenant of whoever runs the installation. */
export const OPERATOR_TENANT = 'default';

const roleTable = {
  admin: scopeNames,
  analyst: ['read', 'hits', 'query', 'rules', 'dead-letters'],
  ingest: ['ingest'],
  'read-only': ['read', 'hits', 'query'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof roleTable;
export const roleNames = Object.keys(roleTable) as readonly Role[];

export function isRole(name: unknown): name is Role {
  return typeof name === 'string' && Object.hasOwn(roleTable, name);
}

export function isScope(name: unknown): name is Scope {
  return typeof name === 'string' && Object.hasOwn(scopeTable, name);
}

/** Of the operator's tenant alone: they show or change what is not one tenant's. */
const OPERATOR_SCOPES: ReadonlySet<Scope> = new Set<Scope>(['metrics', 'operate']);

/** The scopes of these roles in this tenant. */
export function scopesOf(tenant: string, roles: readonly Role[]): Scope[] {
  const all = new Set<Scope>(roles.flatMap((role) => [...roleTable[role]]));
  return withinTenant(tenant, [...all]);
}

export function withinTenant(tenant: string, scopes: readonly Scope[]): Scope[] {
  return tenant === OPERATOR_TENANT ? [...scopes] : scopes.filter((scope) => !OPERATOR_SCOPES.has(scope));
}
