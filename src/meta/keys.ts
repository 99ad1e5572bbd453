/** API keys: made, listed, rotated with an overlap, revoked, checked. Only a hash of a key is kept. */
import { limits, WeirError } from '../base/index.ts';
import {
  inTransaction,
  type MetaContext,
  newId,
  numberOrNull,
  type Page,
  type PageQuery,
  pageOf,
  type Row,
} from './database.ts';
import { isScope, type Scope, withinTenant } from './scopes.ts';
import { hashSecret, newSecret, sameHash, secretId } from './secret.ts';

export interface ApiKey {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Unix milliseconds, as all times here; null: never. */
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
  /** To about half a minute. */
  readonly lastUsedMs: number | null;
  /** Until when the secret before the last rotation still works. */
  readonly oldUntilMs: number | null;
}

export interface NewKey {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresMs: number | null;
}

/** A key with its text, which is not kept and cannot be shown again. */
export interface KeyWithSecret {
  readonly key: ApiKey;
  readonly secret: string;
}

export interface KeyCheck {
  readonly key: ApiKey;
  /** Until when this text is good: the key's expiry, or the end of the overlap for an old secret; null: no end. */
  readonly untilMs: number | null;
}

export interface Keys {
  /** Keys of one tenant by id. */
  list(tenant: string, query: PageQuery): Page<ApiKey>;
  /** Null where the tenant has no such key. */
  get(tenant: string, id: string): ApiKey | null;
  /** Throws `meta.tenant_unknown`, `meta.key_scope`, `meta.key_expiry`, `meta.full`. */
  create(key: NewKey): KeyWithSecret;
  /**
   * A new secret under the same id; the old one works for `overlapMs` more. The one before the old ends at once. Throws
   * `meta.key_unknown`, `meta.key_revoked` and, for an overlap beyond the limit, `meta.key_expiry`.
   */
  rotate(tenant: string, id: string, overlapMs?: number): KeyWithSecret;
  /** Ends the key with both its secrets. Revoking again changes nothing. Throws `meta.key_unknown`. */
  revoke(tenant: string, id: string): ApiKey;
  /** The key a text is good for now; null for every reason it may not be. */
  check(text: string): KeyCheck | null;
  /** Notes when keys were last used; ids that are no keys are passed over. */
  used(atMs: ReadonlyMap<string, number>): void;
}

export function keyStore(context: MetaContext): Keys {
  const { database, now, changed } = context;
  const find = database.prepare('SELECT * FROM keys WHERE id = ?');
  const live = database.prepare(
    'SELECT keys.* FROM keys JOIN tenants ON tenants.id = keys.tenant WHERE keys.id = ? AND tenants.disabled_ms IS NULL',
  );
  const get = (tenant: string, id: string): ApiKey | null => {
    const row = find.get(id);
    return row === undefined || row['tenant'] !== tenant ? null : readKey(row);
  };
  const demand = (tenant: string, id: string): ApiKey => {
    const key = get(tenant, id);
    if (key === null) throw new WeirError('meta.key_unknown', 'there is no such key');
    return key;
  };
  return {
    get,
    list: (tenant, { limit, after }) =>
      pageOf(
        database
          .prepare('SELECT * FROM keys WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?')
          .all(tenant, after ?? '', limit + 1),
        limit,
        readKey,
      ),
    create: (wanted) => {
      const key: ApiKey = {
        ...wanted,
        id: newId(),
        scopes: [...new Set(wanted.scopes)],
        createdMs: now(),
        revokedMs: null,
        lastUsedMs: null,
        oldUntilMs: null,
      };
      refuseBadKey(context, key);
      const secret = newSecret(key.id);
      database
        .prepare(
          'INSERT INTO keys (id, tenant, name, scopes, hash, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .run(key.id, key.tenant, key.name, key.scopes.join(' '), secret.hash, key.createdMs, key.expiresMs);
      changed();
      return { key, secret: secret.text };
    },
    rotate: (tenant, id, overlapMs = limits.keyOverlapMs) => {
      if (!(overlapMs >= 0 && overlapMs <= limits.keyOverlapMsMax)) {
        throw new WeirError('meta.key_expiry', `an overlap is from 0 to ${limits.keyOverlapMsMax} ms`);
      }
      if (demand(tenant, id).revokedMs !== null) {
        throw new WeirError('meta.key_revoked', 'the key was revoked', { hint: 'Make a new key.' });
      }
      const secret = newSecret(id);
      database
        .prepare('UPDATE keys SET old_hash = hash, old_until_ms = ?, hash = ? WHERE id = ?')
        .run(now() + overlapMs, secret.hash, id);
      changed();
      return { key: demand(tenant, id), secret: secret.text };
    },
    revoke: (tenant, id) => {
      demand(tenant, id);
      database.prepare('UPDATE keys SET revoked_ms = coalesce(revoked_ms, ?) WHERE id = ?').run(now(), id);
      changed();
      return demand(tenant, id);
    },
    check: (text) => {
      const id = secretId(text);
      const row = id === null ? undefined : live.get(id);
      if (row === undefined) return null;
      const given = hashSecret(text);
      const key = readKey(row);
      const current = sameHash(row['hash'], given);
      if (!current && !sameHash(row['old_hash'], given)) return null;
      const untilMs = current
        ? key.expiresMs
        : Math.min(key.oldUntilMs ?? 0, key.expiresMs ?? Number.POSITIVE_INFINITY);
      if (key.revokedMs !== null || (untilMs !== null && now() >= untilMs)) return null;
      return { key, untilMs };
    },
    used: (atMs) => {
      const note = database.prepare('UPDATE keys SET last_used_ms = ? WHERE id = ?');
      inTransaction(database, () => {
        for (const [id, at] of atMs) note.run(at, id);
      });
    },
  };
}

function refuseBadKey({ database, now }: MetaContext, key: ApiKey): void {
  if (database.prepare('SELECT 1 FROM tenants WHERE id = ?').get(key.tenant) === undefined) {
    throw new WeirError('meta.tenant_unknown', 'there is no such tenant');
  }
  if (key.scopes.length === 0 || withinTenant(key.tenant, key.scopes).length < key.scopes.length) {
    throw new WeirError(
      'meta.key_scope',
      'a key has one scope or more, and `operate` and `metrics` only in the tenant `default`',
    );
  }
  if (key.expiresMs !== null && key.expiresMs <= now()) {
    throw new WeirError('meta.key_expiry', 'the key would have expired already');
  }
  const count = Number(database.prepare('SELECT count(*) AS n FROM keys WHERE tenant = ?').get(key.tenant)?.['n']);
  if (count >= limits.keysPerTenantMax) {
    throw new WeirError('meta.full', `the tenant has ${count} keys, as many as may be, revoked ones included`);
  }
}

function readKey(row: Row): ApiKey {
  return {
    id: String(row['id']),
    tenant: String(row['tenant']),
    name: String(row['name']),
    scopes: String(row['scopes']).split(' ').filter(isScope),
    createdMs: Number(row['created_ms']),
    expiresMs: numberOrNull(row['expires_ms']),
    revokedMs: numberOrNull(row['revoked_ms']),
    lastUsedMs: numberOrNull(row['last_used_ms']),
    oldUntilMs: numberOrNull(row['old_until_ms']),
  };
}
