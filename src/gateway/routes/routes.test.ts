/** Every route × role × tenant, from the table of routes: who gets in, with what shape of answer, and no byte of another tenant. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { roleNames, type Scope, scopesOf } from '../../meta/index.ts';
import { type Answer, ask, BACKUP, hitOf, marked, openTestServer, type TestServer } from '../kit.twin.ts';
import { apiRoutes } from './index.ts';

const TENANTS = ['a', 'b', 'default'] as const;
const PASSWORD = 'correct horse battery';

let server: TestServer;
/** Per tenant: a key and a user that calls may work on. */
const own = new Map<string, { key: string; user: string }>();

before(async () => {
  server = await openTestServer();
  for (const tenant of TENANTS) {
    server.key(tenant, ['ingest']);
    const key = server.meta.keys.create({ tenant, name: marked(tenant), scopes: ['ingest'], expiresMs: null });
    const user = { tenant, name: `user ${marked(tenant)}`, role: 'read-only', password: PASSWORD } as const;
    own.set(tenant, { key: key.key.id, user: (await server.meta.users.create(user)).id });
    const kept = { name: marked(tenant), query: 'events', since: null, about: marked(tenant), changedBy: 'x' };
    server.meta.queries.put(tenant, kept);
    for (const n of [0, 1]) server.backend.add(tenant, hitOf(tenant, n));
  }
});
after(() => server.close());

interface Example {
  readonly path: string;
  readonly body?: unknown;
}

let count = 0;

/** A call that works on what the `tenant` has. */
const examples: Readonly<Record<string, (tenant: string) => Example>> = {
  'GET /v1/hits': () => ({ path: '/v1/hits?limit=1000&since=100y' }),
  'GET /v1/events/:id': (tenant) => ({ path: `/v1/events/log%2F0%2F${tenant}%2F0?why_not=r1` }),
  'GET /v1/hits/stream': () => ({ path: '/v1/hits/stream?after=0' }),
  'GET /v1/events/:id/waterfall': (tenant) => ({ path: `/v1/events/log%2F0%2F${tenant}%2F0/waterfall` }),
  'GET /v1/books': () => ({ path: '/v1/books?since=2026-01-01' }),
  'GET /v1/books/ledger': () => ({ path: '/v1/books/ledger' }),
  'GET /v1/dead-letters': () => ({ path: '/v1/dead-letters' }),
  'GET /v1/dead-letters/:id': (tenant) => ({ path: `/v1/dead-letters/dead-${tenant}` }),
  'PUT /v1/dead-letters/:id': (tenant) => ({ path: `/v1/dead-letters/dead-${tenant}`, body: { event: '{}' } }),
  'POST /v1/dead-letters/replay': (tenant) => ({
    path: '/v1/dead-letters/replay',
    body: { ids: [`dead-${tenant}`] },
  }),
  'GET /v1/rules': () => ({ path: '/v1/rules' }),
  'GET /v1/validation': () => ({ path: '/v1/validation?source=x&since=1d' }),
  'GET /v1/log': () => ({ path: '/v1/log' }),
  'PUT /v1/log/:room': () => ({ path: '/v1/log/journal', body: { level: 'debug' } }),
  'POST /v1/rules/reload': () => ({ path: '/v1/rules/reload' }),
  'POST /v1/rules/:id/release': () => ({ path: '/v1/rules/some-rule/release' }),
  'GET /v1/stages': () => ({ path: '/v1/stages' }),
  'PUT /v1/stages/:stage': () => ({ path: '/v1/stages/detect', body: { on: false } }),
  'GET /v1/health': () => ({ path: '/v1/health' }),
  'GET /v1/alerts/self': () => ({ path: '/v1/alerts/self' }),
  'GET /v1/pressure': () => ({ path: '/v1/pressure' }),
  'GET /v1/keys': () => ({ path: '/v1/keys?limit=1000' }),
  'POST /v1/keys': (tenant) => ({ path: '/v1/keys', body: { name: marked(tenant), scopes: ['ingest'] } }),
  'POST /v1/keys/:id/rotate': (tenant) => ({ path: `/v1/keys/${own.get(tenant)?.key}/rotate`, body: {} }),
  'DELETE /v1/keys/:id': (tenant) => {
    const { key } = server.meta.keys.create({ tenant, name: 'x', scopes: ['ingest'], expiresMs: null });
    return { path: `/v1/keys/${key.id}` };
  },
  'POST /v1/sessions': (tenant) => ({
    path: '/v1/sessions',
    body: { user: `user ${marked(tenant)}`, password: PASSWORD },
  }),
  'DELETE /v1/sessions/current': () => ({ path: '/v1/sessions/current' }),
  'GET /v1/store': () => ({ path: '/v1/store' }),
  'GET /v1/fields': () => ({ path: '/v1/fields?values=user.name&limit=10' }),
  'POST /v1/query/complete': () => ({ path: '/v1/query/complete', body: { query: 'events | ', offset: 9 } }),
  'POST /v1/sql': () => ({ path: '/v1/sql', body: { sql: 'SELECT 1' } }),
  'GET /v1/queries': () => ({ path: '/v1/queries?limit=1000' }),
  'GET /v1/queries/:name': (tenant) => ({ path: `/v1/queries/${marked(tenant)}` }),
  'PUT /v1/queries/:name': (tenant) => ({
    path: `/v1/queries/${marked(tenant)}`,
    body: { query: 'events | count', since: '24h', about: marked(tenant) },
  }),
  'DELETE /v1/queries/:name': (tenant) => {
    const kept = { query: 'events', since: null, about: '', changedBy: 'x' };
    server.meta.queries.put(tenant, { ...kept, name: `${marked(tenant)}-gone` });
    return { path: `/v1/queries/${marked(tenant)}-gone` };
  },
  'GET /v1/audit': () => ({ path: '/v1/audit?since=1d' }),
  'POST /v1/backups': () => ({ path: '/v1/backups' }),
  'POST /v1/backups/:id/hold': () => ({ path: `/v1/backups/${BACKUP}/hold` }),
  'PUT /v1/backups/:id': () => ({ path: `/v1/backups/${BACKUP}` }),
  'DELETE /v1/backups/:id': () => ({ path: `/v1/backups/${BACKUP}` }),
  'GET /v1/holds': () => ({ path: '/v1/holds' }),
  'POST /v1/holds': () => ({ path: '/v1/holds', body: { name: 'case 17', reason: 'litigation', sources: ['web'] } }),
  'DELETE /v1/holds/:name': () => ({ path: '/v1/holds/case%2017' }),
  'POST /v1/query': () => ({ path: '/v1/query', body: { query: 'events | count' } }),
  'POST /v1/hunts': () => ({ path: '/v1/hunts', body: { rules: 'title: x', since: '30d' } }),
  'GET /v1/hunts': () => ({ path: '/v1/hunts?limit=10' }),
  'GET /v1/hunts/:id': (tenant) => ({ path: `/v1/hunts/hunt-${tenant}` }),
  'GET /v1/hunts/:id/hits': (tenant) => ({ path: `/v1/hunts/hunt-${tenant}/hits` }),
  'DELETE /v1/hunts/:id': (tenant) => ({ path: `/v1/hunts/hunt-${tenant}` }),
  'POST /v1/rules/forecast': () => ({ path: '/v1/rules/forecast', body: { rule: ['r1'], since: '7d' } }),
  'GET /v1/events/:id/near': (tenant) => ({ path: `/v1/events/log%2F0%2F${tenant}%2F0/near` }),
  'GET /v1/me': () => ({ path: '/v1/me' }),
  'GET /v1/users': () => ({ path: '/v1/users?limit=1000' }),
  'POST /v1/users': (tenant) => ({
    path: '/v1/users',
    body: { name: `${marked(tenant)} ${count++}`, role: 'ingest', password: PASSWORD },
  }),
  'PATCH /v1/users/:id': (tenant) => ({ path: `/v1/users/${own.get(tenant)?.user}`, body: { disabled: false } }),
  'GET /v1/tenants': () => ({ path: '/v1/tenants' }),
  'POST /v1/tenants': () => ({ path: '/v1/tenants', body: { id: `new-${count++}`, name: 'new' } }),
  'PATCH /v1/tenants/:id': () => ({ path: '/v1/tenants/b', body: { disabled: false } }),
};

/** What may name other tenants: the operator's own routes. */
const NAMES_TENANTS = new Set(['GET /v1/tenants', 'POST /v1/tenants', 'PATCH /v1/tenants/:id']);

const call = (method: string, key: string | null, { path, body }: Example): Promise<Answer> =>
  path.startsWith('/v1/hits/stream') ? begin(path, key) : ask(server.gateway.url + path, method, key, body);

/** The first part of an event stream. */
async function begin(path: string, key: string | null): Promise<Answer> {
  const gone = new AbortController();
  const response = await fetch(server.gateway.url + path, {
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    signal: gone.signal,
  });
  const reader = response.body?.getReader();
  const text = new TextDecoder().decode((await reader?.read())?.value);
  gone.abort();
  const data = /^data: (.*)$/m.exec(text)?.[1];
  const json = JSON.parse(response.headers.get('content-type') === 'text/event-stream' ? (data ?? '{}') : text);
  return { status: response.status, headers: {}, text, json };
}

test('every route of the table has an example here', () => {
  assert.deepEqual(Object.keys(examples).sort(), apiRoutes.map(({ method, path }) => `${method} ${path}`).sort());
});

for (const route of apiRoutes) {
  const name = `${route.method} ${route.path}`;
  const example = examples[name];
  if (example === undefined) continue;

  test(`${name}: each role of each tenant gets in or not, and sees its own tenant alone`, async () => {
    for (const tenant of TENANTS) {
      for (const role of roleNames) {
        const scopes = scopesOf(tenant, [role]);
        const answer = await call(route.method, server.key(tenant, scopes), example(tenant));
        const allowed = route.scope === null || route.scope === 'any' || scopes.includes(route.scope);
        const wanted = allowed ? (route.response === null ? 204 : (route.status ?? 200)) : 403;
        assert.equal(answer.status, wanted, `${tenant} ${role}: ${answer.text}`);
        if (!allowed) assert.equal(answer.json['code'], 'auth.scope');
        else route.response?.parse(answer.json);
        if (NAMES_TENANTS.has(name)) continue;
        for (const other of TENANTS) {
          if (other !== tenant) assert.ok(!answer.text.includes(marked(other)), `${tenant} ${role} sees ${other}`);
        }
      }
    }
  });

  test(`${name}: without a credential, or with a wrong one, nothing is said`, async () => {
    if (route.scope === null) return;
    const forged = `weir_${'0'.repeat(16)}_${'0'.repeat(48)}`;
    for (const [key, code] of [
      [null, 'auth.missing'],
      [forged, 'auth.wrong'],
      ['x', 'auth.wrong'],
    ] as const) {
      const answer = await call(route.method, key, example('a'));
      assert.equal(answer.status, 401);
      assert.equal(answer.json['code'], code);
      for (const tenant of TENANTS) assert.ok(!answer.text.includes(marked(tenant)));
    }
  });

  test(`${name}: ids of another tenant lead nowhere, and nothing of it changes`, async () => {
    if (NAMES_TENANTS.has(name) || route.scope === null) return;
    const wanted = example('b');
    const before = stateOf('b');
    // Rules, holds and backups are of the installation.
    const named =
      (/:id|replay/.test(route.path) || (/:name/.test(route.path) && route.method !== 'PUT')) &&
      !/^\/v1\/(rules|holds|backups)\//.test(route.path);
    const answer = await call(route.method, server.key('a', scopesOf('a', ['admin'])), wanted);
    if (named) assert.equal(answer.status, 404, answer.text);
    assert.ok(!answer.text.includes(marked('b')) || JSON.stringify(wanted.body ?? '').includes(marked('b')));
    assert.deepEqual(stateOf('b'), before);
  });
}

function stateOf(tenant: string): { keys: unknown; users: unknown; queries: unknown } {
  const query = { limit: 1000, after: null };
  return {
    keys: server.meta.keys.list(tenant, query),
    users: server.meta.users.list(tenant, query),
    queries: server.meta.queries.list(tenant, query),
  };
}

test('a parameter that a route does not know is refused, naming it and those it knows', async () => {
  const key = server.key('default', scopesOf('default', ['admin']));
  for (const { method, path, query } of apiRoutes) {
    const example = examples[`${method} ${path}`]('default');
    const [where] = example.path.split('?');
    const answer = await ask(`${server.gateway.url}${where}?limt=1`, method, key, example.body);
    assert.equal(answer.status, 400, `${method} ${path}: ${answer.text}`);
    assert.deepEqual(answer.json['errors'], [{ at: 'query.limt', reason: 'no such parameter' }], path);
    const known = query === undefined ? 'There are none here.' : /^There are: [a-z_, ]+\.$/;
    assert.match(String(answer.json['hint']), new RegExp(known), path);
  }
  const hits = await ask(`${server.gateway.url}/v1/hits?rule=x&sinc=1d&Limit=2`, 'GET', key);
  assert.deepEqual(
    [hits.json['detail'], hits.json['hint']],
    ['query: unknown sinc, Limit', 'There are: limit, after, rule, since.'],
  );
});

test('nobody hunts in the events of another tenant', async () => {
  const key = server.key('a', scopesOf('a', ['admin']));
  const asked = (tenant: string) => ask(`${server.gateway.url}/v1/hunts`, 'POST', key, { rules: 'title: x', tenant });
  assert.equal((await asked('a')).status, 202);
  const answer = await asked('b');
  assert.deepEqual([answer.status, answer.json['code']], [403, 'auth.scope']);
});

test('a tenant named in header, query or body is not believed', async () => {
  const key = server.key('a', scopesOf('a', ['admin']));
  const { url } = server.gateway;
  const headers = { 'x-tenant': 'b', 'x-scope-orgid': 'b', tenant: 'b', forwarded: 'for=b' };
  const me = await ask(`${url}/v1/me`, 'GET', key, undefined, headers);
  assert.equal(me.json['tenant'], 'a');
  assert.equal((await ask(`${url}/v1/hits?tenant=b`, 'GET', key)).status, 400);
  const made = await ask(`${url}/v1/keys`, 'POST', key, { name: 'x', scopes: ['read'], tenant: 'b' });
  assert.equal(made.status, 400);
});

test('nobody hands out what they do not have', async () => {
  const { url } = server.gateway;
  const narrow = server.key('a', ['admin', 'read']);
  const wide = server.meta.keys.create({ tenant: 'a', name: 'wide', scopes: ['hits'], expiresMs: null });
  const refused: readonly (readonly [string, string, unknown])[] = [
    ['POST', '/v1/keys', { name: 'x', scopes: ['read', 'hits'] }],
    ['POST', `/v1/keys/${wide.key.id}/rotate`, {}],
    ['POST', '/v1/users', { name: 'x', role: 'admin', password: PASSWORD }],
    ['PATCH', `/v1/users/${own.get('a')?.user}`, { role: 'admin' }],
    ['PATCH', `/v1/users/${own.get('a')?.user}`, { password: PASSWORD }],
  ];
  for (const [method, path, body] of refused) {
    const answer = await ask(url + path, method, narrow, body);
    assert.deepEqual([answer.status, answer.json['code']], [403, 'auth.beyond_own'], `${method} ${path}`);
  }
  assert.equal((await ask(`${url}/v1/keys`, 'POST', narrow, { name: 'x', scopes: ['read'] })).status, 201);
  const admin = server.key('a', scopesOf('a', ['admin']));
  const operate = await ask(`${url}/v1/keys`, 'POST', admin, { name: 'x', scopes: ['operate'] });
  assert.equal(operate.status, 403, 'the operator’s scope is not for other tenants');
});

test('what looks like SQL, a path or a script is text like any other', async () => {
  const admin = server.key('a', scopesOf('a', ['admin']));
  const { url } = server.gateway;
  const texts = [
    `'; DROP TABLE keys; --`,
    `" OR ""="`,
    '../../meta.db',
    '<script>alert(1)</script>',
    '\u{1f600}',
    '%00',
  ];
  for (const text of texts) {
    const made = await ask(`${url}/v1/keys`, 'POST', admin, { name: text, scopes: ['read'] });
    assert.equal(made.json['name'], text);
    const id = encodeURIComponent(text);
    for (const [method, path] of [
      ['DELETE', `/v1/keys/${id}`],
      ['GET', `/v1/dead-letters/${id}`],
      ['PATCH', `/v1/users/${id}`],
    ] as const) {
      const answer = await ask(url + path, method, admin, method === 'PATCH' ? {} : undefined);
      assert.ok(answer.status === 404 || answer.status === 400, `${method} ${path}: ${answer.status}`);
    }
    const page = await ask(`${url}/v1/keys?after=${id}`, 'GET', admin);
    assert.ok(page.status === 200 || page.status === 400);
  }
  const control = await ask(`${url}/v1/keys`, 'POST', admin, { name: 'a\u0000b', scopes: ['read'] });
  assert.equal(control.status, 400);
  assert.equal((await ask(`${url}/v1/hits?since=yesterday`, 'GET', admin)).status, 400);
  assert.equal((await ask(`${url}/v1/hits?limit=1&limit=2`, 'GET', admin)).status, 400);
  assert.equal((await ask(`${url}/v1/hits?after=${'9'.repeat(600)}`, 'GET', admin)).status, 400);
  assert.equal((await ask(`${url}/v1/hits?after=x`, 'GET', admin)).json['code'], 'cursor.unknown');
  assert.equal(server.errors.length, 0);
});

test('a new tenant’s key works for that tenant, until the tenant is switched off', async () => {
  const { url } = server.gateway;
  const operator = server.credentials.admin_key;
  const made = await ask(`${url}/v1/tenants`, 'POST', operator, { id: 'c', name: 'C' });
  const key = String(made.json['admin_key']);
  const me = await ask(`${url}/v1/me`, 'GET', key);
  assert.equal(me.json['tenant'], 'c');
  const scopes: readonly Scope[] = ['ingest', 'read', 'hits', 'query', 'rules', 'dead-letters', 'admin'];
  assert.deepEqual(me.json['scopes'], scopes);
  assert.equal((await ask(`${url}/v1/tenants`, 'POST', operator, { id: 'c', name: 'C' })).status, 409);
  await ask(`${url}/v1/tenants/c`, 'PATCH', operator, { disabled: true });
  assert.equal((await ask(`${url}/v1/me`, 'GET', key)).status, 401);
  const last = await ask(`${url}/v1/tenants/default`, 'PATCH', operator, { disabled: true });
  assert.deepEqual([last.status, last.json['code']], [409, 'meta.last_admin']);
});

test('a session does what its user’s role allows, and ends by signing out', async () => {
  const { url } = server.gateway;
  const password = server.credentials.admin_password;
  const session = await ask(`${url}/v1/sessions`, 'POST', null, { user: 'admin', password });
  const token = String(session.json['token']);
  assert.equal((await ask(`${url}/v1/tenants`, 'GET', token)).status, 200);
  assert.equal((await ask(`${url}/v1/sessions/current`, 'DELETE', token)).status, 204);
  assert.equal((await ask(`${url}/v1/tenants`, 'GET', token)).status, 401);
});
