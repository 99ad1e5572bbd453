/** The server as a whole: up.ts with events-door.ts and backend/ (hits, books, dead-letters, rules). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { verifyFolder } from '../pipeline/index.ts';
import { type Client, event, newFolder, openServer } from './kit.twin.ts';

const folder = newFolder();
let client: Client;

before(async () => {
  client = await openServer(folder);
});
after(async () => {
  await client.close();
  const { findings } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
  assert.deepEqual(findings, []);
  fs.rmSync(folder, { recursive: true });
});

test('the first start makes credentials that only their user may read', () => {
  const file = path.join(folder, 'data', 'credentials.json');
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(Object.keys(client.credentials), ['url', 'admin_password', 'ingest_key', 'admin_key']);
  assert.equal(client.credentials.url, client.server.url);
});

test('a folder that is in use is refused, naming its owner', async () => {
  await assert.rejects(openServer(folder), { code: 'folder.in_use', message: new RegExp(client.server.url) });
});

test('an event that is answered is a hit by the rule that describes it, and the books have it', async () => {
  const { status, json } = await client.post(`${event({ User: 'mallory' })}\n${event({ User: 'alice' })}\n`);
  assert.equal(status, 200);
  assert.deepEqual([json.accepted, json.dead_lettered], [2, 0]);
  await client.evaluated(json.position);
  const { items } = (await client.get('/v1/hits')).json;
  const hit = items.at(-1);
  assert.equal(hit.rule.title, 'Mallory');
  assert.equal(hit.event_id, `${client.server.node.log}/0/${json.position}/0`);
  assert.equal(hit.event.User, 'mallory');
  assert.equal(hit.matches[0].value, 'mallory');
  const { totals } = (await client.get('/v1/books')).json;
  assert.equal(totals.balanced, true);
  assert.equal(totals.received, totals.stored + totals.dead_lettered);
});

test('bodies come in every encoding and as arrays', async () => {
  const line = `${event({ User: 'bob' })}\n`;
  for (const [encoding, body] of [
    ['gzip', gzipSync(line)],
    ['zstd', zstdCompressSync(line)],
  ] as const) {
    assert.equal((await client.post(body, { 'content-encoding': encoding })).json.accepted, 1, encoding);
  }
  const array = await client.post(`[${event({ a: 1 })},${event({ a: 2 })}]`, { 'content-type': 'application/json' });
  assert.equal(array.json.accepted, 2);
  assert.deepEqual((await client.post('')).json, { accepted: 0, dead_lettered: 0, position: null });
});

test('each refusal has its status and says what to do', async () => {
  const { ingest_key, admin_key } = client.credentials;
  const url = `${client.server.url}/v1/events`;
  const status = async (init: RequestInit, where = url): Promise<number> =>
    (await fetch(where, { method: 'POST', body: '{}', ...init })).status;
  assert.equal(await status({}), 401);
  assert.equal(await status({ headers: { authorization: 'Bearer nonsense' } }), 401);
  assert.equal((await client.get('/v1/hits', ingest_key)).status, 403);
  assert.equal((await client.post('{', { 'content-encoding': 'br' })).status, 415);
  assert.equal((await client.post('{}', { 'content-type': 'text/csv' })).status, 415);
  assert.equal((await client.post(Buffer.from('no gzip'), { 'content-encoding': 'gzip' })).status, 400);
  assert.equal((await client.post('[{"a":', { 'content-type': 'application/json' })).status, 400);
  assert.equal((await client.post('{}', {}, '?source=not a name')).status, 400);
  assert.equal((await client.post('{}', {}, '?source=a&source=b')).status, 400);
  const unknown = await client.post('{}', {}, '?sourc=x');
  assert.deepEqual(
    [unknown.status, unknown.json.detail, unknown.json.hint],
    [400, 'query: unknown sourc', 'There are: source.'],
  );
  const large = await client.post(zstdCompressSync(Buffer.alloc(65 * 1024 * 1024, ' ')), {
    'content-encoding': 'zstd',
  });
  assert.equal(large.status, 413);
  assert.equal(large.headers.get('content-type'), 'application/problem+json');
  assert.match(large.json.hint, /Split/);
  assert.equal(typeof large.json.request_id, 'string');
  assert.equal(await status({ headers: { authorization: `Bearer ${admin_key}` } }), 200);
});

test('the same key and body get the first answer, another body is refused, and nothing is kept twice', async () => {
  const before = (await client.get('/v1/books')).json.totals.received;
  const key = { 'idempotency-key': 'order 7' };
  const [first, second] = await Promise.all([client.post(event({ n: 7 }), key), client.post(event({ n: 7 }), key)]);
  assert.equal(first.status, 200);
  assert.deepEqual(second.json, first.json);
  assert.deepEqual((await client.post(event({ n: 7 }), key)).json, first.json);
  assert.equal((await client.post(event({ n: 8 }), key)).status, 422);
  assert.equal((await client.get('/v1/books')).json.totals.received, before + 1);
});

test('an answer says why events became dead letters, to who sends again too', async () => {
  const key = { 'idempotency-key': 'with reasons' };
  const body = `${event({ n: 1 })}\n${'no\n'.repeat(9)}`;
  const { status, json } = await client.post(body, key);
  assert.deepEqual([status, json.accepted, json.dead_lettered, json.dead_letters.length], [200, 1, 9, 5]);
  assert.deepEqual(Object.keys(json.dead_letters[0]), ['record', 'code', 'reason']);
  assert.deepEqual([json.dead_letters[4].record, json.dead_letters[4].code], [5, 'event.not_json']);
  assert.deepEqual((await client.post(body, key)).json, json);
  const none = await client.post('no\n');
  assert.deepEqual([none.status, none.json.accepted, none.json.dead_letters[0].record], [200, 0, 0]);
  assert.equal((await client.post(event({ n: 2 }))).json.dead_letters, undefined);
});

test('a body of which nothing is an event is refused, and nothing of it is kept or counted', async () => {
  const { received } = (await client.get('/v1/books')).json.totals;
  const { status, json } = await client.post('Jan 31 12:00:00 host sshd: no JSON\n'.repeat(2000));
  assert.deepEqual([status, json.code], [400, 'body.no_events']);
  assert.match(json.detail, /not one of its first 2000 lines is an event: event 0: /);
  assert.match(json.hint, /JSON objects, one a line/);
  assert.equal((await client.get('/v1/books')).json.totals.received, received);
});

test('a stream of hits begins where its reader left off', async () => {
  const sent = await client.post([1, 2, 3].map((n) => event({ User: 'mallory', n })).join('\n'));
  await client.evaluated(sent.json.position);
  const { items } = (await client.get('/v1/hits?limit=1000')).json;
  const abort = new AbortController();
  const answer = await fetch(`${client.server.url}/v1/hits/stream`, {
    headers: { authorization: `Bearer ${client.credentials.admin_key}`, 'last-event-id': String(items.at(-3).seq) },
    signal: abort.signal,
  });
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk);
    if (text.includes(`id: ${items.at(-1).seq}\n`)) break;
  }
  abort.abort();
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  assert.deepEqual(ids, [items.at(-2).seq, items.at(-1).seq]);
});

test('a dead letter says why, is mended by another text, and is replayed once', async () => {
  const sent = await client.post(`{"User":"mallory"\n${event({ User: 'carol' })}\n`, {}, '?source=broken');
  assert.deepEqual([sent.json.accepted, sent.json.dead_lettered], [1, 1]);
  await client.evaluated(sent.json.position + 1);
  const [letter] = (await client.get('/v1/dead-letters?source=broken')).json.items;
  assert.equal(letter.event, '{"User":"mallory"');
  assert.equal(letter.code, 'event.not_json');
  const id = encodeURIComponent(letter.id);
  const fixed = await client.send('PUT', `/v1/dead-letters/${id}`, { event: event({ User: 'mallory', fixed: true }) });
  assert.equal(fixed.status, 200, fixed.text);
  assert.notEqual(fixed.json.replayed, null);
  assert.equal((await client.send('PUT', `/v1/dead-letters/${id}`, { event: '{}' })).status, 409);
  const replayed = await client.send('POST', '/v1/dead-letters/replay', { ids: [letter.id] });
  assert.deepEqual(replayed.json, { accepted: 0, dead_lettered: 0 });
});

test('every rule is listed with its state, and what it has seen', async () => {
  const { items } = (await client.get('/v1/rules')).json;
  assert.deepEqual(
    items.map(({ title, state }: Record<string, unknown>) => [title, state]),
    [['Mallory', 'active']],
  );
  const [entry] = (await client.get('/v1/books/ledger')).json.items;
  assert.equal(entry.title, 'Mallory');
  assert.equal(entry.not_evaluated.length, 0);
  assert.equal(entry.evaluated, (await client.get('/v1/books')).json.totals.stored);
});

test('health names each part; probes need no credential', async () => {
  const { json } = await client.get('/v1/health');
  assert.equal(json.rules, 'ready');
  for (const probe of ['livez', 'readyz', 'startupz']) assert.equal((await client.get(`/${probe}`, '')).status, 200);
});

test('a stop keeps everything: the next start knows keys, hits and idempotency', async () => {
  const key = { 'idempotency-key': 'kept' };
  const first = await client.post(event({ User: 'mallory', kept: true }), key);
  const { received } = (await client.get('/v1/books')).json.totals;
  const { items } = (await client.get('/v1/hits?limit=1000')).json;
  const { credentials } = client;
  await client.close();
  client = await openServer(folder);
  assert.equal(client.credentials.ingest_key, credentials.ingest_key);
  assert.deepEqual((await client.post(event({ User: 'mallory', kept: true }), key)).json, first.json);
  assert.equal((await client.get('/v1/books')).json.totals.received, received);
  const again = (await client.get('/v1/hits?limit=1000')).json.items.map(({ id }: { id: string }) => id);
  assert.deepEqual(
    again.slice(0, items.length),
    items.map(({ id }: { id: string }) => id),
  );
  assert.equal(new Set(again).size, again.length);
});
