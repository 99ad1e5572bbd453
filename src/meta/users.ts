/** Users: people with a password and a role, in one tenant each. Signing in gives a session, a credential that ends. */
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
import { NO_PASSWORD, type PasswordHasher } from './password.ts';
import { isRole, OPERATOR_TENANT, type Role } from './scopes.ts';
import { hashSecret, newSecret, sameHash, secretId } from './secret.ts';

export interface User {
  readonly id: string;
  readonly tenant: string;
  /** Unique in the installation, whatever the case of its letters. */
  readonly name: string;
  readonly role: Role;
  readonly createdMs: number;
  readonly disabledMs: number | null;
}

export interface Session {
  /** `weir_…`, to be sent as a key is; not kept. */
  readonly token: string;
  readonly user: User;
  readonly expiresMs: number;
}

export interface UserChange {
  readonly role?: Role;
  readonly password?: string;
  readonly disabled?: boolean;
}

export interface Users {
  list(tenant: string, query: PageQuery): Page<User>;
  get(tenant: string, id: string): User | null;
  /** Rejects with `meta.user_exists`, `meta.password`, `meta.tenant_unknown`, `meta.full`, `meta.busy`. */
  create(user: {
    readonly tenant: string;
    readonly name: string;
    readonly role: Role;
    readonly password: string;
  }): Promise<User>;
  /** Ends the user's sessions. Rejects with `meta.user_unknown`, `meta.password`, `meta.last_admin`, `meta.busy`. */
  change(tenant: string, id: string, change: UserChange): Promise<User>;
  /** Rejects with `meta.sign_in` for every reason, `meta.sign_in_wait` after too many wrong passwords, `meta.busy`. */
  signIn(name: string, password: string): Promise<Session>;
  /** Ends the session of this token. */
  signOut(token: string): void;
  /** The user a session's token is good for now, else null. */
  check(token: string): { readonly user: User; readonly untilMs: number } | null;
}

const PASSWORD_LENGTH_MIN = 12;

export function userStore(context: MetaContext, hasher: PasswordHasher): Users {
  const { database, now, changed } = context;
  const failures = failureCounter(now);
  const find = database.prepare('SELECT * FROM users WHERE id = ?');
  const get = (tenant: string, id: string): User | null => {
    const row = find.get(id);
    return row === undefined || row['tenant'] !== tenant ? null : readUser(row);
  };
  const demand = (tenant: string, id: string): User => {
    const user = get(tenant, id);
    if (user === null) throw new WeirError('meta.user_unknown', 'there is no such user');
    return user;
  };
  return {
    get,
    list: (tenant, { limit, after }) =>
      pageOf(
        database
          .prepare('SELECT * FROM users WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?')
          .all(tenant, after ?? '', limit + 1),
        limit,
        readUser,
      ),
    create: async ({ tenant, name, role, password }) => {
      refuseWeakPassword(password);
      const hash = await hasher.hash(password);
      const user = insertUser(context, { tenant, name, role }, hash);
      changed();
      return user;
    },
    change: async (tenant, id, change) => {
      demand(tenant, id);
      if (change.password !== undefined) refuseWeakPassword(change.password);
      const hash = change.password === undefined ? null : await hasher.hash(change.password);
      inTransaction(database, () => {
        const { role, disabledMs } = demand(tenant, id);
        const disabled = change.disabled === undefined ? disabledMs : change.disabled ? (disabledMs ?? now()) : null;
        database
          .prepare('UPDATE users SET role = ?, disabled_ms = ?, password = coalesce(?, password) WHERE id = ?')
          .run(change.role ?? role, disabled, hash, id);
        database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
        const admins = database
          .prepare(`SELECT 1 FROM users WHERE tenant = ? AND role = 'admin' AND disabled_ms IS NULL`)
          .all(tenant);
        if (tenant === OPERATOR_TENANT && admins.length === 0) {
          throw new WeirError('meta.last_admin', 'the last admin of the installation cannot be taken away', {
            hint: 'Make another admin first.',
          });
        }
      });
      changed();
      return demand(tenant, id);
    },
    signIn: async (name, password) => {
      failures.refuseWhereTooMany(name);
      if (Buffer.byteLength(password) > limits.passwordBytesMax) throw signInRefused();
      const row = database
        .prepare(
          'SELECT users.* FROM users JOIN tenants ON tenants.id = tenant WHERE users.name = ? AND tenants.disabled_ms IS NULL',
        )
        .get(name);
      // An unknown name takes as long as a wrong password, so that names cannot be found out.
      const right = await hasher.verify(password, String(row?.['password'] ?? NO_PASSWORD));
      const user = row === undefined ? null : readUser(row);
      if (!right || user === null || user.disabledMs !== null) {
        failures.note(name);
        throw signInRefused();
      }
      failures.forget(name);
      return openSession(context, user);
    },
    signOut: (token) => {
      const id = secretId(token);
      if (id !== null) database.prepare('DELETE FROM sessions WHERE id = ? AND hash = ?').run(id, hashSecret(token));
      changed();
    },
    check: (token) => {
      const id = secretId(token);
      if (id === null) return null;
      const row = database
        .prepare(
          `SELECT users.*, sessions.hash, sessions.expires_ms FROM sessions JOIN users ON users.id = sessions.user
           JOIN tenants ON tenants.id = users.tenant
           WHERE sessions.id = ? AND users.disabled_ms IS NULL AND tenants.disabled_ms IS NULL`,
        )
        .get(id);
      const untilMs = Number(row?.['expires_ms']);
      if (row === undefined || !sameHash(row['hash'], hashSecret(token)) || now() >= untilMs) return null;
      return { user: readUser(row), untilMs };
    },
  };
}

function openSession({ database, now }: MetaContext, user: User): Session {
  const id = newId();
  const secret = newSecret(id);
  const expiresMs = now() + limits.sessionMs;
  inTransaction(database, () => {
    database.prepare('DELETE FROM sessions WHERE expires_ms <= ?').run(now());
    database
      .prepare(
        `DELETE FROM sessions WHERE id IN
         (SELECT id FROM sessions WHERE user = ? ORDER BY created_ms DESC, id LIMIT -1 OFFSET ?)`,
      )
      .run(user.id, limits.sessionsPerUserMax - 1);
    database.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)').run(id, user.id, secret.hash, now(), expiresMs);
  });
  return { token: secret.text, user, expiresMs };
}

export function insertUser(
  { database, now }: MetaContext,
  { tenant, name, role }: { readonly tenant: string; readonly name: string; readonly role: Role },
  passwordHash: string,
): User {
  if (database.prepare('SELECT 1 FROM tenants WHERE id = ?').get(tenant) === undefined) {
    throw new WeirError('meta.tenant_unknown', 'there is no such tenant');
  }
  if (database.prepare('SELECT 1 FROM users WHERE name = ?').get(name) !== undefined) {
    throw new WeirError('meta.user_exists', 'the name is taken', { hint: 'Names are unique in the installation.' });
  }
  const count = Number(database.prepare('SELECT count(*) AS n FROM users WHERE tenant = ?').get(tenant)?.['n']);
  if (count >= limits.usersPerTenantMax)
    throw new WeirError('meta.full', `the tenant has ${count} users, as many as may be`);
  const user = { id: newId(), tenant, name, role, createdMs: now(), disabledMs: null };
  database
    .prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, NULL)')
    .run(user.id, tenant, name, role, passwordHash, user.createdMs);
  return user;
}

const signInRefused = (): WeirError => new WeirError('meta.sign_in', 'no such user, or another password');

function refuseWeakPassword(password: string): void {
  const length = [...password].length;
  if (length < PASSWORD_LENGTH_MIN || Buffer.byteLength(password) > limits.passwordBytesMax) {
    throw new WeirError(
      'meta.password',
      `a password has ${PASSWORD_LENGTH_MIN} characters or more, and ${limits.passwordBytesMax} bytes at most`,
    );
  }
}

/** Wrong passwords per name, known or not: guessing becomes slow, while the others sign in as ever. */
function failureCounter(now: () => number): {
  refuseWhereTooMany(name: string): void;
  note(name: string): void;
  forget(name: string): void;
} {
  const counts = new Map<string, { failures: number; atMs: number }>();
  const keyOf = (name: string): string => hashSecret(name.toLowerCase()).toString('base64');
  return {
    refuseWhereTooMany: (name) => {
      const seen = counts.get(keyOf(name));
      if (seen === undefined || seen.failures < limits.passwordFailuresMax) return;
      if (now() - seen.atMs >= limits.passwordWaitMs) return;
      throw new WeirError('meta.sign_in_wait', 'too many wrong passwords for this user', {
        hint: `Wait ${Math.ceil(limits.passwordWaitMs / 1000)} seconds.`,
      });
    },
    note: (name) => {
      const key = keyOf(name);
      const failures = (counts.get(key)?.failures ?? 0) + 1;
      counts.delete(key);
      counts.set(key, { failures, atMs: now() });
      const [oldest] = counts.keys();
      if (counts.size > limits.passwordWatchedMax && oldest !== undefined) counts.delete(oldest);
    },
    forget: (name) => void counts.delete(keyOf(name)),
  };
}

function readUser(row: Row): User {
  const role = row['role'];
  return {
    id: String(row['id']),
    tenant: String(row['tenant']),
    name: String(row['name']),
    // A role this weir does not know may do the least.
    role: isRole(role) ? role : 'read-only',
    createdMs: Number(row['created_ms']),
    disabledMs: numberOrNull(row['disabled_ms']),
  };
}
