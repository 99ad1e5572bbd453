/** Questions to the history, for the API. */
import { now } from '../../base/index.ts';
import type { Backend, LinesAnswer } from '../../gateway/index.ts';
import {
  ask,
  askSql,
  completeQuery,
  fieldsOfEvents,
  packNames,
  type Reply,
  shownStats,
  topValues,
} from '../../pipeline/index.ts';
import { placeOf } from './books.ts';
import type { BackendParts } from './index.ts';
import { liveTables } from './tables.ts';

export function queryBackend(parts: BackendParts): Backend['query'] {
  const { history, pool } = parts;
  const sources = {
    history,
    pool,
    tables: liveTables(parts),
    rules: () => (parts.node.rules.state === 'ready' ? parts.node.rules.rules : null),
  };
  return {
    async run(tenant, { query, sinceMs, installation, page }, signal) {
      const asked = { text: query, tenant, since: sinceMs, now: now(), signal, installation };
      const question = { ...asked, ...(page === null ? {} : { page }) };
      return linesOf(await ask(sources, question));
    },
    async sql(tenant, text, signal) {
      return linesOf(await askSql(sources, { text, tenant, signal }));
    },
    async fields(tenant, { limit, after, like }) {
      const skip = placeOf(after);
      const { fields, events } = await fieldsOfEvents(history, tenant);
      const wanted = fields.filter(({ path, aliases }) => isLike([path, ...aliases], like));
      const items = wanted.slice(skip, skip + limit).map(({ path, kinds, aliases, events: of }) => {
        return { name: path, types: kinds.map((kind) => TYPES[kind]), aliases: [...aliases], events: of };
      });
      const end = skip + items.length;
      return { items, next: end < wanted.length ? String(end) : null, events, values: null };
    },
    values: (tenant, { field, prefix, sinceMs, limit }) =>
      topValues(sources, { tenant, field, prefix, limit, since: sinceMs, now: now() }),
    async complete(tenant, { query, offset }) {
      const rules = sources.rules();
      const targets = (kind: 'rule' | 'pack') =>
        kind === 'pack' ? packNames(rules) : (rules?.detections ?? []).map(({ title }) => title);
      const { from, candidates } = await completeQuery(sources, { tenant, text: query, offset, now: now(), targets });
      return { from, candidates: [...candidates] };
    },
    async stats() {
      return shownStats(await history.stats());
    },
  };
}

/** Types as the language calls them. */
const TYPES = {
  integer: 'long',
  float: 'real',
  boolean: 'bool',
  string: 'string',
  list: 'dynamic',
  raw: 'string',
} as const;

/** Whether one of a field's names has a text in it, in whatever case. */
function isLike(names: readonly string[], like: string | null): boolean {
  const wanted = like?.toLowerCase();
  return wanted === undefined || names.some((name) => name.toLowerCase().includes(wanted));
}

function linesOf(reply: Reply): LinesAnswer {
  const columns = reply.sparse ? 'null' : JSON.stringify(reply.columns);
  // Headers are ASCII.
  const ascii = columns.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return { headers: { 'weir-columns': ascii }, lines: withCoverage(reply) };
}

/** The rows, and in the last line what they cover. */
async function* withCoverage(reply: Reply): AsyncGenerator<string> {
  yield* reply.rows;
  yield `{"weir.coverage":${JSON.stringify(await reply.coverage())}}`;
}
