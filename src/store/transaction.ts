/** All of it or nothing, and what fails told in this room's words. */
import type { Database } from '../base/index.ts';
import { storeError, storeFailure } from './errors.ts';

/**
 * Runs `work` in a transaction that is durable when this returns. Where it throws, nothing was kept, and `forget` has taken back
 * what memory held of it. Throws `store.full`, `store.io`, `store.damaged`, `store.commit`, and what `work` throws of weir's own.
 * @param what for the message: `keeping hits`
 */
export function transaction<T>(database: Database, what: string, work: () => T, forget: () => void): T {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    const failure = storeFailure(what, error);
    try {
      if (database.isTransaction) database.exec('ROLLBACK');
      forget();
    } catch (again) {
      throw storeError(
        'store.io',
        `${failure.message}; taking it back failed too`,
        new AggregateError([failure, again]),
      );
    }
    throw failure;
  }
}
