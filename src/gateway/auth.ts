/**
 * From the `Authorization` header to a {@link Principal}. A credential that was good is remembered by its hash for a minute, until
 * it ends, or until anything changes in who may do what, so that a request costs microseconds.
 */
import { hash } from 'node:crypto';
import { now as clock, limits } from '../base/index.ts';
import { type Meta, scopesOf } from '../meta/index.ts';
import type { TokenVerifier } from './jwt.ts';
import type { Principal } from './principal.ts';
import { Problem } from './problem.ts';

export interface Authenticator {
  /** At once for a credential that is remembered. Throws, or rejects with, `auth.missing`, `auth.wrong`, `auth.no_role`, `auth.keys_unavailable`. */
  authenticate(header: string | undefined): Principal | Promise<Principal>;
  /** The same again, for what lasts longer than a request; false where it is not good any more. */
  isStillGood(header: string | undefined): Promise<boolean>;
  /** Writes down when keys were last used; to be called every half minute and at the end. What cannot be written is kept for the next. */
  flush(): void;
}

interface Remembered {
  readonly principal: Principal;
  readonly keyId: string | null;
  readonly untilMs: number;
  readonly generation: number;
}

export function authenticator(meta: Meta, tokens: TokenVerifier | null, now: () => number = clock): Authenticator {
  const remembered = new Map<string, Remembered>();
  let used = new Map<string, number>();
  const noteUse = (id: string | null): void => {
    if (id !== null) used.set(id, now());
  };
  const keep = (digest: string, principal: Principal, keyId: string | null, generation: number): Principal => {
    const untilMs = Math.min(now() + limits.credentialCacheMs, principal.expiresMs ?? Number.POSITIVE_INFINITY);
    remembered.set(digest, { principal, keyId, untilMs, generation });
    const [oldest] = remembered.keys();
    if (remembered.size > limits.credentialCacheMax && oldest !== undefined) remembered.delete(oldest);
    noteUse(keyId);
    return principal;
  };
  const verifyToken = async (token: string, digest: string): Promise<Principal> => {
    const generation = meta.generation();
    if (tokens === null) throw wrong();
    const principal = await tokens.verify(token);
    const tenant = meta.tenants.get(principal.tenant);
    if (tenant === null || tenant.disabledMs !== null) throw wrong();
    return keep(digest, principal, null, generation);
  };
  const authenticate = (header: string | undefined): Principal | Promise<Principal> => {
    const token = tokenOf(header);
    // The map is asked for a hash, so that the time it takes tells nothing about tokens.
    const digest = hash('sha256', token, 'base64');
    const known = remembered.get(digest);
    if (known !== undefined) {
      if (known.generation === meta.generation() && now() < known.untilMs) {
        noteUse(known.keyId);
        return known.principal;
      }
      remembered.delete(digest);
    }
    if (!token.startsWith('weir_')) return verifyToken(token, digest);
    const generation = meta.generation();
    const found = principalOfKey(meta, token) ?? principalOfSession(meta, token);
    if (found === null) throw wrong();
    return keep(digest, found.principal, found.keyId, generation);
  };
  return {
    authenticate,
    isStillGood: async (header) => {
      try {
        await authenticate(header);
        return true;
      } catch (error) {
        // Keys that cannot be asked for now say nothing about the credential.
        return error instanceof Problem && error.code === 'auth.keys_unavailable';
      }
    },
    flush: () => {
      if (used.size === 0) return;
      meta.keys.used(used);
      used = new Map();
    },
  };
}

interface Found {
  readonly principal: Principal;
  readonly keyId: string | null;
}

function principalOfKey(meta: Meta, text: string): Found | null {
  const check = meta.keys.check(text);
  if (check === null) return null;
  const { id, tenant, name, scopes } = check.key;
  const principal = { tenant, credential: `key:${id}`, name, scopes: new Set(scopes), expiresMs: check.untilMs };
  return { principal, keyId: id };
}

function principalOfSession(meta: Meta, token: string): Found | null {
  const check = meta.users.check(token);
  if (check === null) return null;
  const { id, tenant, name, role } = check.user;
  const scopes = new Set(scopesOf(tenant, [role]));
  return { principal: { tenant, credential: `user:${id}`, name, scopes, expiresMs: check.untilMs }, keyId: null };
}

const wrong = (): Problem => new Problem('auth.wrong');

/**
 * The credential in a header: `Bearer KEY`; for clients of Elasticsearch also `ApiKey KEY`, `ApiKey base64(id:KEY)` and
 * `Basic base64(name:KEY)`, which is all many of them can send.
 */
export function tokenOf(header: string | undefined): string {
  if (header === undefined || header === '') throw new Problem('auth.missing');
  const [, scheme = '', value = ''] = /^([A-Za-z]{1,16}) +([!-~]+) *$/.exec(header) ?? [];
  if (value === '' || value.length > limits.tokenBytesMax) throw wrong();
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value;
    case 'apikey':
      return value.startsWith('weir_') ? value : afterColon(value);
    case 'basic':
      return afterColon(value);
    default:
      throw wrong();
  }
}

function afterColon(base64: string): string {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  // Only keys and sessions: a JWT has a scheme of its own.
  const token = colon < 0 ? '' : text.slice(colon + 1);
  if (!token.startsWith('weir_')) throw wrong();
  return token;
}
