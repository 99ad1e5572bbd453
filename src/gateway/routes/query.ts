/** Questions to the history, and what it takes. */
import { z } from 'zod';
import { CompletionsShape, FieldsPage, QUERY_LENGTH_MAX } from '../query-shapes.ts';
import { type ApiRoute, linesRoute, route } from '../route.ts';
import { pageQuery, timeText } from '../shapes.ts';

/** Longest name of a field, and longest beginning of a name or a value. */
const NAME_LENGTH_MAX = 512;
const VALUES_MAX = 100;
/** Rows of one page. */
const PAGE_ROWS = 1000;
const PAGE_ROWS_MAX = 100_000;
const CURSOR_LENGTH_MAX = 1024;

const count = z.number().int().min(0);

/** Bytes by kind. Of the whole installation. */
const StoreAnswer = z.strictObject({
  events: count,
  segments: count,
  bytes: z.record(z.string(), count),
  tiers: z.strictObject({
    local: z.strictObject({ segments: count, events: count, bytes: count }),
    cold: z.strictObject({ segments: count, events: count, bytes: count }),
    strays: z.strictObject({ objects: count, bytes: count }),
  }),
  levels: z.array(z.strictObject({ level: count, segments: count, events: count, bytes: count })),
});

export const queryRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/store',
      scope: 'operate',
      summary: 'What is kept of all events, and where: events, segments and bytes by kind.',
      response: StoreAnswer,
    },
    (_, { backend }) => backend.query.stats(),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/fields',
      scope: 'query',
      summary:
        'Fields of events, those that most events have first: names, types, other names that lead to them; with `values` also the most frequent values of one.',
      query: z.strictObject({
        ...pageQuery,
        like: z.string().max(NAME_LENGTH_MAX).nullable().default(null),
        values: z.string().min(1).max(NAME_LENGTH_MAX).nullable().default(null),
        prefix: z.string().max(NAME_LENGTH_MAX).default(''),
        since: timeText.nullable().default(null),
      }),
      response: FieldsPage,
    },
    async ({ principal: { tenant }, query }, { backend }) => {
      const { limit, after, like, values, prefix, since } = query;
      const page = await backend.query.fields(tenant, { limit, after, like });
      if (values === null) return page;
      const asked = { field: values, prefix, sinceMs: since, limit: Math.min(limit, VALUES_MAX) };
      return { ...page, values: [...(await backend.query.values(tenant, asked))] };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/query/complete',
      scope: 'query',
      summary: 'What could stand at a place of a query: tables, steps, functions, and the fields and values there are.',
      body: z.strictObject({
        query: z.string().max(QUERY_LENGTH_MAX),
        offset: z.number().int().min(0).max(QUERY_LENGTH_MAX),
      }),
      response: CompletionsShape,
    },
    ({ principal, body }, { backend }) => backend.query.complete(principal.tenant, body),
  ),
  linesRoute(
    {
      method: 'POST',
      path: '/v1/query',
      scope: 'query',
      summary:
        'The rows of a query, a JSON object a line, complete up to what was acknowledged; the last line is what they cover (`weir.coverage`), or `error`. With `limit` a page of them, and in `weir.coverage` the `cursor` of the `next`.',
      body: z.strictObject({
        query: z.string().min(1).max(QUERY_LENGTH_MAX),
        since: timeText.nullable().default(null),
        limit: z.number().int().min(1).max(PAGE_ROWS_MAX).nullable().default(null),
        cursor: z.string().max(CURSOR_LENGTH_MAX).nullable().default(null),
      }),
      response: z.looseObject({}),
    },
    ({ principal, body: { query, since, limit, cursor } }, { backend }, signal) => {
      const page = limit === null && cursor === null ? null : { limit: limit ?? PAGE_ROWS, cursor };
      const installation = principal.scopes.has('metrics');
      return backend.query.run(principal.tenant, { query, sinceMs: since, installation, page }, signal);
    },
  ),
  linesRoute(
    {
      method: 'POST',
      path: '/v1/sql',
      scope: 'query',
      summary:
        'The rows of one SELECT in the SQL of DuckDB over the view `events`, the segments of the tenant; answered as a query is.',
      body: z.strictObject({ sql: z.string().min(1).max(QUERY_LENGTH_MAX) }),
      response: z.looseObject({}),
    },
    ({ principal, body: { sql } }, { backend }, signal) => backend.query.sql(principal.tenant, sql, signal),
  ),
];
