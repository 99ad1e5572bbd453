/** What a new installation begins with: a tenant, an admin, two keys; each shown once, and kept in `credentials.json`. */
import * as path from 'node:path';
import { fileInfo, randomBytes, readText, WeirError, writeSecretFile } from '../base/index.ts';
import { inTransaction, type MetaContext } from './database.ts';
import type { Keys } from './keys.ts';
import { hashPasswordSync } from './password.ts';
import { OPERATOR_TENANT, scopeNames } from './scopes.ts';
import type { Tenants } from './tenants.ts';
import { insertUser } from './users.ts';

/** The content of `credentials.json`, in the words of the file. */
export interface Credentials {
  readonly url: string;
  readonly admin_password: string;
  readonly ingest_key: string;
  readonly admin_key: string;
}

const FILE = 'credentials.json';
const FILE_BYTES_MAX = 64 * 1024;

/**
 * On the first start makes tenant `default`, user `admin`, a key that may send and one that may do everything, and returns
 * them. The file is written before the rows are committed: a crash between leaves keys that do not work, and the next start
 * makes others. On later starts returns null and keeps the URL in the file right, where the file is still there.
 */
export function firstStart(
  context: MetaContext,
  stores: { readonly tenants: Tenants; readonly keys: Keys },
  folder: string,
  url: string,
): Credentials | null {
  const file = path.join(folder, FILE);
  if (stores.tenants.get(OPERATOR_TENANT) !== null) {
    keepUrl(file, url);
    return null;
  }
  // Hashed before the transaction begins: it takes 50 ms.
  const password = Buffer.from(randomBytes(18)).toString('base64url');
  const passwordHash = hashPasswordSync(password);
  return inTransaction(context.database, () => {
    stores.tenants.create({ id: OPERATOR_TENANT, name: OPERATOR_TENANT });
    insertUser(context, { tenant: OPERATOR_TENANT, name: 'admin', role: 'admin' }, passwordHash);
    const base = { tenant: OPERATOR_TENANT, expiresMs: null };
    const ingest = stores.keys.create({ ...base, name: 'ingest', scopes: ['ingest'] });
    const admin = stores.keys.create({ ...base, name: 'admin', scopes: scopeNames });
    const credentials = { url, admin_password: password, ingest_key: ingest.secret, admin_key: admin.secret };
    writeSecretFile(file, `${JSON.stringify(credentials)}\n`);
    return credentials;
  });
}

function keepUrl(file: string, url: string): void {
  const kept = readCredentials(path.dirname(file));
  if (kept === null || kept.url === url) return;
  const { admin_password, ingest_key, admin_key } = kept;
  writeSecretFile(file, `${JSON.stringify({ url, admin_password, ingest_key, admin_key })}\n`);
}

/**
 * `credentials.json` of a data folder; null where there is none. Throws `meta.credentials` where it is not what weir writes,
 * `disk.read` where it cannot be read.
 */
export function readCredentials(folder: string): Credentials | null {
  const file = path.join(folder, FILE);
  if (fileInfo(file) === null) return null;
  const text = readText(file, FILE_BYTES_MAX);
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Judged below, with everything else it may be.
  }
  if (isCredentials(value)) return value;
  throw new WeirError('meta.credentials', `${file} is not what weir writes there`, {
    hint: 'Expected {"url","admin_password","ingest_key","admin_key"}. Correct the file or remove it; make new keys with the admin password.',
  });
}

function isCredentials(value: unknown): value is Credentials {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  return ['url', 'admin_password', 'ingest_key', 'admin_key'].every((name) => typeof record[name] === 'string');
}
