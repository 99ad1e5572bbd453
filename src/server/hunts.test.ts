/** Hunts and forecasts of a running server (backend/hunts.ts, new-rule-hunts.ts, pipeline/hunts), and rules near an event (pipeline/live/near.ts). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Client, event, newFolder, openServer, RULE } from './kit.twin.ts';

const MALLORY = '00000000-0000-4000-8000-000000000001';
const TRUDY = '00000000-0000-4000-8000-000000000002';
const BURST = '00000000-0000-4000-8000-000000000003';
const TRUDY_RULE = RULE.replaceAll('mallory', 'trudy').replace(MALLORY, TRUDY).replace('Mallory', 'Trudy');
const BURST_RULE = `title: Burst
id: ${BURST}
correlation: {type: event_count, rules: ['${TRUDY}'], group-by: [User], timespan: 1m, condition: {gte: 3}}
level: high
`;
/** What the deployment says of every rule of its log source. */
const FILTER = `title: Test machines
id: 00000000-0000-4000-8000-00000000000f
logsource: {product: windows, service: security}
filter:
  rules: any
  sel: {Computer: lab}
  condition: not sel
`;

// biome-ignore lint/suspicious/noExplicitAny: whatever a server answers
type Json = any;

const at = (day: number, second: number, fields: object): string =>
  event({ '@timestamp': new Date(Date.UTC(2026, 0, day, 3, 4, second)).toISOString(), ...fields });

const DAYS = [
  at(1, 0, { User: 'mallory', Computer: 'pc1' }),
  at(1, 1, { User: 'mallory', Computer: 'lab' }),
  at(2, 0, { User: 'mallory', Computer: 'pc2' }),
  at(2, 1, { User: 'mallory', Computer: 'pc1' }),
  ...[0, 10, 20].map((second) => at(3, second, { User: 'trudy', Computer: 'pc3' })),
  at(3, 30, { User: 'alice', Big: 12345678901234567890n.toString() }),
];

async function ended(client: Client, id: string): Promise<Json> {
  for (let i = 0; i < 1200; i++) {
    const { json } = await client.get(`/v1/hunts/${id}`);
    if (json.ended !== null) return json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the hunt did not end');
}

async function hitsOf(client: Client, id: string, query = ''): Promise<Json[]> {
  const hits: Json[] = [];
  for (let after: string | null = null; ; ) {
    const { json } = await client.get(`/v1/hunts/${id}/hits?limit=2${query}${after === null ? '' : `&after=${after}`}`);
    hits.push(...json.items);
    if (json.next === null) return hits;
    after = json.next;
  }
}

suite('hunts of a running server', () => {
  const folder = newFolder();
  let client: Client;
  let other = '';
  before(async () => {
    client = await openServer(folder, { rules: [RULE, FILTER], yaml: 'detect:\n  lateness: 0s\n' });
    const made = await client.send('POST', '/v1/tenants', { id: 'acme', name: 'Acme' });
    other = made.json.admin_key;
    await client.post(DAYS.slice(0, 4).join('\n'), {}, '?source=a');
    const { json } = await client.post(DAYS.slice(4).join('\n'), {}, '?source=b');
    await client.evaluated(json.position);
  });
  after(async () => {
    await client.close();
    fs.rmSync(folder, { recursive: true });
  });
  const start = async (body: object, headers: Record<string, string> = {}): Promise<Json> => {
    const answer = await fetch(`${client.server.url}/v1/hunts`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${client.credentials.admin_key}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, ...((await answer.json()) as object) };
  };

  test('a loaded rule, by its id, finds what it found live, under the same ids; nothing is stored as a live hit', async () => {
    const live = (await client.get('/v1/hits')).json.items;
    const asked = await start({ rules: [MALLORY] });
    assert.equal(asked.status, 202);
    assert.deepEqual([asked.cause.kind, asked.cause.rules], ['request', [MALLORY]]);
    const hunt = await ended(client, asked.id);
    assert.deepEqual([hunt.state, hunt.reason, hunt.hits], ['finished', null, { [MALLORY]: 3 }]);
    assert.deepEqual([hunt.progress.events, hunt.progress.hits, hunt.coverage.missing], [8, 3, 0]);
    assert.equal(hunt.progress.bytes, hunt.progress.bytes_total);
    const hits = await hitsOf(client, asked.id);
    assert.deepEqual(hits.map(({ id }) => id).sort(), live.map(({ id }: Json) => id).sort());
    assert.deepEqual(hits.map(({ event_id }) => event_id).sort(), live.map(({ event_id }: Json) => event_id).sort());
    assert.ok(hits.every(({ retrospective, matches }) => retrospective === true && matches.length > 0));
    assert.equal((await client.get('/v1/hits')).json.items.length, live.length);
  });

  test('rules that are sent run with the filters of the deployment, or as they are; what is refused is counted', async () => {
    const text = `${RULE}---\n${TRUDY_RULE}---\n${BURST_RULE}---\ntitle: Broken\nlogsource: {product: windows}\ndetection: {condition: sel}\n`;
    const deployed = await ended(client, (await start({ rules: text, since: '2026-01-01' })).id);
    assert.deepEqual(deployed.hits, { [MALLORY]: 3, [BURST]: 1 });
    assert.deepEqual([deployed.rules, deployed.summary.rules.refused.length], [{ loaded: 3, refused: 1 }, 1]);
    const lines = await hitsOf(client, deployed.id, `&rule=${BURST}`);
    assert.deepEqual([lines.length, lines[0].events.length, lines[0].event_ids.length], [1, 3, 3]);
    const plain = await ended(client, (await start({ rules: text, deployed: false })).id);
    assert.deepEqual(plain.hits, { [MALLORY]: 4, [BURST]: 1 });
    const files = { files: [{ path: 'mine/one.yml', text: 'title: [' }] };
    const none = await ended(client, (await start({ rules: files })).id);
    assert.equal(none.state, 'failed');
    assert.match(none.reason, /^no rule was loaded: /);
  });

  test('only the time asked for is hunted, and what was skipped is said', async () => {
    const asked = await start({ rules: [MALLORY], since: '2026-01-02T00:00:00Z', until: '2026-01-02T03:04:00Z' });
    const hunt = await ended(client, asked.id);
    assert.deepEqual(hunt.hits, { [MALLORY]: 1 });
    assert.deepEqual([hunt.since, hunt.until], ['2026-01-02T00:00:00.000Z', '2026-01-02T03:04:00.000Z']);
    assert.equal(hunt.coverage.segments.skipped, 1);
  });

  test('a request that comes again under its key is the same hunt; another body is refused', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const first = await start({ rules: [MALLORY], since: '365d' }, headers);
    const again = await start({ rules: [MALLORY], since: '365d' }, headers);
    assert.equal(again.id, first.id);
    const different = await start({ rules: [MALLORY], since: '366d' }, headers);
    assert.deepEqual([different.status, different.code], [422, 'idempotency.conflict']);
    await ended(client, first.id);
  });

  test('what cannot be asked is refused with a reason', async () => {
    const refused = async (body: object): Promise<[number, string]> => {
      const { status, code } = await start(body);
      return [status, code];
    };
    assert.deepEqual(await refused({ rules: ['nobody'] }), [404, 'item.not_found']);
    assert.deepEqual(await refused({ rules: [] }), [400, 'http.invalid']);
    assert.deepEqual(await refused({ rules: RULE, since: 'yesterday' }), [400, 'http.invalid']);
    assert.deepEqual(await refused({ rules: RULE, tenant: 'acme' }), [403, 'auth.scope']);
    assert.deepEqual(await refused({ rules: RULE, sinse: '1d' }), [400, 'http.invalid']);
    const ingest = await client.send('POST', '/v1/hunts', { rules: RULE }, client.credentials.ingest_key);
    assert.equal(ingest.status, 403);
    assert.equal((await client.get('/v1/hunts/nothing')).status, 404);
    assert.equal((await client.get('/v1/hunts/..%2F..%2Fdetect')).status, 404);
  });

  test('a tenant sees its own hunts alone, and finds its own events alone', async () => {
    const { id } = await start({ rules: RULE });
    await ended(client, id);
    assert.deepEqual((await client.get('/v1/hunts', other)).json.items, []);
    for (const where of [`/v1/hunts/${id}`, `/v1/hunts/${id}/hits`]) {
      assert.equal((await client.get(where, other)).status, 404);
    }
    assert.equal((await client.send('DELETE', `/v1/hunts/${id}`, undefined, other)).status, 404);
    const own = await client.send('POST', '/v1/hunts', { rules: RULE }, other);
    assert.equal(own.status, 202);
    for (let i = 0; i < 600; i++) {
      const { json } = await client.get(`/v1/hunts/${own.json.id}`, other);
      if (json.ended !== null) {
        assert.deepEqual([json.state, json.hits, json.progress.events], ['finished', {}, 0]);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail('the hunt did not end');
  });

  test('hunts are listed, the newest first; an ended one is removed, by whoever may', async () => {
    const { json } = await client.get('/v1/hunts?limit=1');
    const rest = await client.get(`/v1/hunts?limit=1000&after=${json.next}`);
    const ids = [...json.items, ...rest.json.items].map(({ id }: Json) => id);
    assert.deepEqual(ids, ids.toSorted().reverse());
    assert.ok(ids.length >= 6 && rest.json.next === null);
    assert.ok(json.retention.bytes > 0 && json.retention.hunts_max === 100 && json.retention.removed === 0);
    const made = await client.send('POST', '/v1/keys', { name: 'reader', scopes: ['query'] });
    const reader = await client.send('DELETE', `/v1/hunts/${ids[0]}`, undefined, made.json.key);
    assert.deepEqual([reader.status, reader.json.code], [403, 'auth.scope']);
    assert.equal((await client.send('DELETE', `/v1/hunts/${ids[0]}`, undefined)).status, 204);
    assert.equal((await client.get(`/v1/hunts/${ids[0]}`)).status, 404);
    assert.ok(!fs.existsSync(path.join(folder, 'data', 'hunts', ids[0])));
  });

  test('a forecast of a whole pack says hits a day, by rule and host, with the filters of the deployment', async () => {
    const { json } = await client.send('POST', '/v1/rules/forecast', {
      rule: `${RULE}---\n${TRUDY_RULE}`,
      since: '2026-01-01',
    });
    assert.deepEqual([json.hits, json.exact, json.reason, json.events], [6, true, null, 8]);
    assert.deepEqual(json.by_day, [
      { day: '2026-01-01', hits: 1 },
      { day: '2026-01-02', hits: 2 },
      { day: '2026-01-03', hits: 3 },
    ]);
    assert.deepEqual(json.by_rule, [
      { rule: MALLORY, hits: 3 },
      { rule: TRUDY, hits: 3 },
    ]);
    assert.deepEqual(json.hosts[0], { host: 'pc3', hits: 3 });
    assert.deepEqual([json.examples.length, json.examples[0].event.User], [3, 'mallory']);
    assert.ok(json.cost.cpu_ms_per_million > 0);
    const week = await client.send('POST', '/v1/rules/forecast', { rule: [MALLORY] });
    assert.deepEqual([week.json.hits, week.json.exact], [0, true]);
  });

  test('a forecast whose time is over says that it is not exact, and how much was read', async () => {
    const { json } = await client.send('POST', '/v1/rules/forecast', {
      rule: RULE,
      since: '2026-01-01',
      within_ms: 100,
    });
    assert.equal(json.exact, false);
    assert.match(json.reason, /^its time of 0\.1 s was over when \d+ % of it had been read: there may be more hits$/);
  });

  test('of an event, the rules that came closest and the predicate that failed', async () => {
    const [hit] = (await client.get('/v1/hits')).json.items;
    const place = hit.event_id.split('/');
    const near = async (row: number): Promise<Json> =>
      client.get(`/v1/events/${encodeURIComponent([...place.slice(0, 3), row].join('/'))}/near`);
    const filtered = (await near(1)).json;
    assert.deepEqual([filtered.lane, filtered.rules, filtered.asked, filtered.hit], ['windows/security', 1, 1, 0]);
    const [{ rule, distance, held, missing }] = filtered.items;
    assert.deepEqual([rule, distance, held], [MALLORY, 1, 1]);
    assert.deepEqual(
      missing.map(({ field, op, value, needed }: Json) => [field, op, value, needed]),
      [['Computer', 'not equals', 'lab', true]],
    );
    assert.deepEqual((await near(0)).json.hit, 1);
    assert.equal((await near(99)).status, 404);
    const id = encodeURIComponent(hit.event_id);
    assert.equal((await client.get(`/v1/events/${id}/near`, other)).status, 404);
  });
});

test('rules that come into force later hunt by themselves where that is wanted, in each tenant that has events', async () => {
  const folder = newFolder();
  const yaml = 'detect:\n  hunt_new_rules: 100y\n';
  let client = await openServer(folder, { yaml });
  const made = await client.send('POST', '/v1/tenants', { id: 'acme', name: 'Acme' });
  await client.send('POST', '/v1/tenants', { id: 'empty', name: 'Empty' });
  const key = made.json.admin_key;
  await client.post(DAYS.join('\n'));
  const headers = { authorization: `Bearer ${key}` };
  await fetch(`${client.server.url}/v1/events`, { method: 'POST', headers, body: DAYS[4] });
  const hunts = async (own?: string): Promise<Json[]> => (await client.get('/v1/hunts', own)).json.items;
  assert.deepEqual(await hunts(), [], 'the first rules are not new');
  fs.writeFileSync(path.join(folder, 'rules', 'more.yml'), TRUDY_RULE);
  assert.equal((await client.send('POST', '/v1/rules/reload', undefined)).status, 200);
  const arrived = async (count: number): Promise<Json> => {
    for (let i = 0; i < 600; i++) {
      const all = await hunts();
      if (all.length === count && (await hunts(key)).length === count) return all[0];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`hunt ${count} did not come`);
  };
  const hunt = await ended(client, (await arrived(1)).id);
  assert.deepEqual([hunt.state, hunt.hits], ['finished', { [TRUDY]: 3 }]);
  assert.deepEqual([hunt.cause.kind, hunt.cause.by, hunt.cause.rules], ['new_rules', null, [TRUDY]]);
  // A restart with one that has changed, and one that has not.
  await client.close();
  client = await openServer(folder, { yaml, rules: [RULE.replace('mallory', 'alice')] });
  const changed = await ended(client, (await arrived(2)).id);
  assert.deepEqual([changed.cause.rules, changed.hits], [[MALLORY], { [MALLORY]: 1 }]);
  await client.close();
  client = await openServer(folder, { rules: [RULE] });
  assert.equal((await hunts()).length, 2);
  await client.close();
  fs.rmSync(folder, { recursive: true });
});
