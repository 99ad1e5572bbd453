/** The door to `meta.db`: who there is and what they may do. One process writes it, the owner of the data folder. */
import * as path from 'node:path';
import { now as clock, makePrivateDirectory } from '../base/index.ts';
import { inTransaction, type MetaContext, openMetaDatabase } from './database.ts';
import { type Credentials, firstStart } from './first-start.ts';
import { type Keys, keyStore } from './keys.ts';
import { passwordHasher } from './password.ts';
import { queryStore, type SavedQueries } from './queries.ts';
import { type Tenants, tenantStore } from './tenants.ts';
import { type Users, userStore } from './users.ts';

export interface Meta extends Disposable {
  readonly tenants: Tenants;
  readonly users: Users;
  readonly keys: Keys;
  readonly queries: SavedQueries;
  /** Grows with every change of who may do what; what was derived from an earlier one is void. */
  generation(): number;
  /** See {@link firstStart}; `url` is where the API answers. */
  firstStart(url: string): Credentials | null;
  /** All of `work`, which must not wait for anything, or nothing where it throws. */
  atomically<T>(work: () => T): T;
  close(): void;
}

/** Opens `meta.db` in a data folder, making both where they are not there. Throws `database.open`, `meta.newer`, `disk.write`. */
export function openMeta(folder: string, now: () => number = clock): Meta {
  makePrivateDirectory(folder);
  const database = openMetaDatabase(path.join(folder, 'meta.db'));
  let generation = 0;
  const context: MetaContext = { database, now, changed: () => void generation++ };
  const tenants = tenantStore(context);
  const keys = keyStore(context);
  const users = userStore(context, passwordHasher());
  const close = (): void => {
    if (database.isOpen) database.close();
  };
  return {
    tenants,
    users,
    keys,
    queries: queryStore(context),
    generation: () => generation,
    firstStart: (url) => firstStart(context, { tenants, keys }, folder, url),
    atomically: (work) => inTransaction(database, work),
    close,
    [Symbol.dispose]: close,
  };
}
