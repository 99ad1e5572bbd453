/** Queries under a name, kept for all of a tenant. */
import { limits, WeirError } from '../base/index.ts';
import type { MetaContext, Page, PageQuery, Row } from './database.ts';

/** What can be typed on a command line and in a path as it stands. */
export const QUERY_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface SavedQuery {
  readonly name: string;
  readonly query: string;
  /** `24h`, or a time, as it was written: a span counts back from when the query is asked. Null: all of time. */
  readonly since: string | null;
  /** For people. */
  readonly about: string;
  readonly changedMs: number;
  /** Who changed it last. */
  readonly changedBy: string;
}

export interface SavedQueries {
  /** By name, of one tenant. */
  list(tenant: string, query: PageQuery): Page<SavedQuery>;
  get(tenant: string, name: string): SavedQuery | null;
  /** In place of one of the same name. Throws `meta.query_name`, and `meta.full` where there are as many as may be. */
  put(tenant: string, query: Omit<SavedQuery, 'changedMs'>): SavedQuery;
  /** Throws `meta.query_unknown`. */
  remove(tenant: string, name: string): void;
}

export function queryStore({ database, now }: MetaContext): SavedQueries {
  const get = (tenant: string, name: string): SavedQuery | null => {
    const row = database.prepare('SELECT * FROM queries WHERE tenant = ? AND name = ?').get(tenant, name);
    return row === undefined ? null : readQuery(row);
  };
  return {
    get,
    list(tenant, { limit, after }) {
      const rows = database
        .prepare('SELECT * FROM queries WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?')
        .all(tenant, after ?? '', limit + 1);
      const items = rows.slice(0, limit).map(readQuery);
      return { items, next: rows.length > limit ? (items.at(-1)?.name ?? null) : null };
    },
    put(tenant, { name, query, since, about, changedBy }) {
      if (!QUERY_NAME_PATTERN.test(name)) {
        const rule = 'letters, digits, dots, hyphens and underscores, up to 64, beginning with a letter or digit';
        throw new WeirError('meta.query_name', `the name of a query has ${rule}`);
      }
      const of = database.prepare('SELECT count(*) AS n FROM queries WHERE tenant = ?').get(tenant);
      if (get(tenant, name) === null && Number(of?.['n']) >= limits.savedQueriesMax) {
        throw new WeirError('meta.full', `there are ${limits.savedQueriesMax} saved queries, as many as may be`, {
          hint: 'Delete some that are no longer used.',
        });
      }
      database
        .prepare('INSERT OR REPLACE INTO queries VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(tenant, name, query, since, about, now(), changedBy);
      const saved = get(tenant, name);
      if (saved === null) throw new Error('a query that was saved is not there');
      return saved;
    },
    remove(tenant, name) {
      const { changes } = database.prepare('DELETE FROM queries WHERE tenant = ? AND name = ?').run(tenant, name);
      if (changes === 0) throw new WeirError('meta.query_unknown', 'there is no such query');
    },
  };
}

function readQuery(row: Row): SavedQuery {
  return {
    name: String(row['name']),
    query: String(row['query']),
    since: row['since'] === null ? null : String(row['since']),
    about: String(row['about']),
    changedMs: Number(row['changed_ms']),
    changedBy: String(row['changed_by']),
  };
}
