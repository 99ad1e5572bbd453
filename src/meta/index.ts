/** L2: who there is (tenants, users, API keys) and what they may do. SQLite `meta.db` in the data folder. */
export type { Page, PageQuery } from './database.ts';
export { type Credentials, readCredentials } from './first-start.ts';
export type { ApiKey, KeyCheck, Keys, KeyWithSecret, NewKey } from './keys.ts';
export { type Meta, openMeta } from './meta.ts';
export { QUERY_NAME_PATTERN, type SavedQueries, type SavedQuery } from './queries.ts';
export {
  isRole,
  isScope,
  OPERATOR_TENANT,
  type Role,
  roleNames,
  type Scope,
  scopeNames,
  scopesOf,
  scopeTable,
} from './scopes.ts';
export { TENANT_PATTERN, type Tenant, type Tenants } from './tenants.ts';
export type { Session, User, UserChange, Users } from './users.ts';
