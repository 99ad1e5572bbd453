/** Elasticsearch's _bulk, with its own client and with raw requests: bulk-door.ts, bulk-body.ts, filter-path.ts. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ClientOptions, Client as Elasticsearch, errors } from '@elastic/elasticsearch';
import { limits, overrideLimits } from '../base/index.ts';
import { verifyFolder } from '../pipeline/index.ts';
import { parseBulk } from './bulk-body.ts';
import { filtered, readFilterPath } from './filter-path.ts';
import { type Answer, type Client, event, newFolder, openServer } from './kit.twin.ts';

const folder = newFolder();
let server: Client;

before(async () => {
  server = await openServer(folder);
});
after(async () => {
  await server.close();
  const { findings } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
  assert.deepEqual(findings, []);
  fs.rmSync(folder, { recursive: true });
});

const elasticsearch = (auth: NonNullable<ClientOptions['auth']>): Elasticsearch =>
  new Elasticsearch({ node: server.server.url, auth, maxRetries: 0 });

async function bulk(
  body: string | Uint8Array,
  { where = '/_bulk', headers = {} }: { where?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(`${server.server.url}${where}`, {
    method: 'POST',
    headers: {
      authorization: `ApiKey ${server.credentials.ingest_key}`,
      'content-type': 'application/x-ndjson',
      ...headers,
    },
    body: typeof body === 'string' ? body : Uint8Array.from(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: text === '' ? undefined : JSON.parse(text) };
}

const received = async (source: string): Promise<number> =>
  (await server.get(`/v1/books?source=${source}`)).json.totals.received;

test('the official client knows weir, and its bulk helper sends all documents, each once', async () => {
  const { ingest_key } = server.credentials;
  for (const auth of [
    { bearer: ingest_key },
    { apiKey: ingest_key },
    { apiKey: { id: 'any', api_key: ingest_key } },
    { username: 'any', password: ingest_key },
  ]) {
    const client = elasticsearch(auth);
    const info = await client.info();
    assert.equal(info.cluster_uuid, server.server.node.log);
    assert.equal(await client.ping(), true);
    await client.close();
  }
  const client = elasticsearch({ apiKey: ingest_key });
  const dropped: unknown[] = [];
  const result = await client.helpers.bulk({
    datasource: Array.from({ length: 5000 }, (_, n) =>
      JSON.parse(event({ n, User: n % 1000 === 0 ? 'mallory' : 'bob' })),
    ),
    flushBytes: 100_000,
    concurrency: 4,
    onDocument: () => ({ create: { _index: 'logs-app' } }),
    onDrop: (document) => dropped.push(document),
  });
  assert.deepEqual([result.total, result.successful, result.failed, result.retry, dropped], [5000, 5000, 0, 0, []]);
  assert.equal(await received('logs-app'), 5000);
  await client.close();
});

test('the helper is told which documents were dropped, and the others are kept', async () => {
  const client = elasticsearch({ apiKey: server.credentials.ingest_key });
  const dropped: string[] = [];
  const documents = [event({ ok: 1 }), '["no event"]', event({ ok: 2 }), '"text"', event({ ok: 3 })];
  const result = await client.helpers.bulk({
    datasource: documents,
    onDocument: () => ({ index: { _index: 'mixed' } }),
    onDrop: ({ status, document }) => dropped.push(`${status} ${document}`),
  });
  assert.deepEqual([result.successful, result.failed], [3, 2]);
  assert.deepEqual(dropped, ['400 no event', '400 text']);
  assert.equal(await received('mixed'), 5);
  await client.close();
});

test('who has no credential learns nothing, not even what answers here', async () => {
  const answer = await fetch(`${server.server.url}/`);
  assert.deepEqual([answer.status, answer.headers.get('x-elastic-product')], [401, null]);
  const client = elasticsearch({ apiKey: 'weir_nonsense' });
  await assert.rejects(client.info(), errors.ResponseError);
  await client.close();
});

test('items are answered in order, each by itself, with the id of the event it became', async () => {
  const body = [
    '{"index":{"_index":"a","_id":"mine"}}',
    event({ User: 'mallory' }),
    '{"create":{}}',
    'no json',
    '{"delete":{"_index":"a","_id":"1"}}',
    '{"update":{"_index":"a","_id":"1"}}',
    '{"doc":{}}',
    '{"create":{"_index":"b"}}',
    event({ b: 1 }),
    '{"create":{"_index":"no index"}}',
    event({ b: 2 }),
    '{"create":{"_index":"a"}}',
    '  ',
    '{"create":{"_index":"a"}}',
    event({ a: 2 }),
    '',
  ].join('\n');
  const { status, json, headers } = await bulk(body, { where: '/default-index/_bulk?refresh=true' });
  assert.equal(status, 200);
  assert.equal(headers.get('x-elastic-product'), 'Elasticsearch');
  assert.equal(json.errors, true);
  const items = json.items.map((item: Record<string, { _index: string; status: number; error?: { type: string } }>) => {
    const [[action, { _index, status: each, error }]] = Object.entries(item);
    return `${action} ${_index} ${each} ${error?.type ?? ''}`.trim();
  });
  assert.deepEqual(items, [
    'index a 201',
    'create default-index 400 document_parsing_exception',
    'delete a 400 illegal_argument_exception',
    'update a 400 illegal_argument_exception',
    'create b 201',
    'create no index 400 invalid_index_name_exception',
    'create a 400 document_parsing_exception',
    'create a 201',
  ]);
  const [first] = json.items;
  const last = json.items.at(-1).create;
  assert.deepEqual([first.index._id, first.index.result, last._version], ['mine', 'created', 1]);
  assert.equal(last._id, `${server.server.node.log}/0/${last._seq_no}/1`);
  await server.evaluated(first.index._seq_no);
  const { items: hits } = (await server.get('/v1/hits')).json;
  assert.ok(
    hits.some((hit: { event_id: string }) => hit.event_id === `${server.server.node.log}/0/${first.index._seq_no}/0`),
  );
  assert.deepEqual([await received('a'), await received('b'), await received('default-index')], [2, 1, 1]);
});

test('as Filebeat and Fluent Bit send it: compressed, and with only what they ask for in the answer', async () => {
  const body = gzipSync(`{"create":{"_index":"filebeat"}}\n${event({ f: 1 })}\n{"create":{"_index":"filebeat"}}\n[]\n`);
  const asked = '/_bulk?filter_path=errors%2Citems.*.error%2Citems.*.status';
  const { json } = await bulk(body, { where: asked, headers: { 'content-encoding': 'gzip' } });
  assert.equal(json.items.length, 2);
  assert.deepEqual([json.errors, json.items[0]], [true, { create: { status: 201 } }]);
  assert.deepEqual(Object.keys(json.items[1].create), ['status', 'error']);
  const quiet = await bulk('{"create":{"_index":"filebeat"}}\n{}\n', { where: '/_bulk?filter_path=items.*.error' });
  assert.deepEqual(quiet.json, {});
  const empty = await bulk('');
  assert.deepEqual([empty.json.errors, empty.json.items], [false, []]);
});

test('a request whose parts cannot be told apart is refused whole', async () => {
  const before = await received('whole');
  const good = `{"create":{"_index":"whole"}}\n${event({ a: 1 })}\n`;
  const bad: Record<string, string> = {
    'no action': `${good}${event({ a: 1 })}\n`,
    'an action cut off': `${good}{"create":{"_ind\n{}\n`,
    'two actions in one': `${good}{"create":{},"index":{}}\n{}\n`,
    'an action without an object': `${good}{"create":1}\n{}\n`,
    'a document missing': `${good}{"create":{"_index":"whole"}}\n`,
    'an action of nothing': `${good}null\n{}\n`,
    'a huge action': `${good}{"create":{"_index":"${'x'.repeat(10_000)}"}}\n{}\n`,
  };
  for (const [what, body] of Object.entries(bad)) {
    const { status, json } = await bulk(body);
    assert.deepEqual([status, json.code], [400, 'http.invalid'], what);
  }
  assert.equal((await bulk(good, { headers: { 'content-type': 'text/html' } })).status, 415);
  assert.equal((await bulk(good, { headers: { 'idempotency-key': 'k' } })).status, 400);
  assert.equal((await bulk(good, { where: '/no%20index/_bulk' })).status, 400);
  assert.equal((await bulk(good, { where: '/%ff/_bulk' })).status, 400);
  assert.equal((await bulk(gzipSync(good).subarray(0, 30), { headers: { 'content-encoding': 'gzip' } })).status, 400);
  assert.equal(await received('whole'), before);
});

test('what a document begins with is its own: a byte order mark, white space, carriage returns', async () => {
  const action = '{"create":{"_index":"odd"}}';
  const documents = ['\ufeff{"a":1}', ' {"a": 2} \r', '\ufeff', '{"a":3}'];
  const { json } = await bulk(documents.map((document) => `${action}\r\n${document}\n`).join(''));
  assert.deepEqual(
    json.items.map((item: { create: { status: number } }) => item.create.status),
    [400, 201, 400, 201],
  );
  assert.equal(await received('odd'), 4);
});

test('actions and indexes have bounds', async () => {
  const { bulkItemsMax, bulkIndexesMax } = limits;
  overrideLimits({ bulkItemsMax: 3, bulkIndexesMax: 2 });
  try {
    const many = (count: number, indexes: number): string =>
      Array.from({ length: count }, (_, i) => `{"create":{"_index":"i${i % indexes}"}}\n{}\n`).join('');
    assert.equal((await bulk(many(3, 2))).status, 200);
    assert.equal((await bulk(many(4, 1))).status, 413);
    assert.equal((await bulk(many(3, 3))).status, 413);
  } finally {
    overrideLimits({ bulkItemsMax, bulkIndexesMax });
  }
});

test('lines are read the same whatever stands in their documents', async () => {
  const body = Buffer.from(
    '\n{"index":{"_index":"x","_id":7}}\n{"index":{"_index":"y"}}\n\n \n{"create":{"_id":null}}\n{"z":1}',
  );
  const { actions, groups, refused } = await parseBulk(body, 'd');
  assert.deepEqual(actions, [
    { name: 'index', index: 'x', id: '7' },
    { name: 'create', index: 'd', id: null },
  ]);
  assert.deepEqual(
    groups.map(({ index, actions: of }) => [index, of]),
    [
      ['x', [0]],
      ['d', [1]],
    ],
  );
  assert.equal(refused.size, 0);
  const { refused: nowhere } = await parseBulk(Buffer.from('{"create":{}}\n{}\n'), null);
  assert.equal(nowhere.get(0)?.reason, 'index is missing');
});

test('filter_path keeps and takes away as Elasticsearch does', () => {
  const value = {
    took: 3,
    errors: false,
    items: [{ index: { _id: 'a', status: 201 } }, { create: { error: { type: 't' } } }],
  };
  const left = (text: string): unknown => {
    const filter = readFilterPath(text);
    return filter === null ? value : filtered(value, filter);
  };
  assert.equal(left(' , '), value);
  assert.deepEqual(left('took'), { took: 3 });
  assert.deepEqual(left('items.*.status'), { items: [{ index: { status: 201 } }] });
  assert.deepEqual(left('items.*.error.type,took'), { took: 3, items: [{ create: { error: { type: 't' } } }] });
  assert.deepEqual(left('**.type'), { items: [{ create: { error: { type: 't' } } }] });
  assert.deepEqual(left('items.cr*te'), { items: [{ create: { error: { type: 't' } } }] });
  assert.deepEqual(left('-items'), { took: 3, errors: false });
  assert.deepEqual(left('-items.*.error,-took'), { errors: false, items: [{ index: { _id: 'a', status: 201 } }] });
  assert.deepEqual(left('items,-items.*._id'), {
    items: [{ index: { status: 201 } }, { create: { error: { type: 't' } } }],
  });
  assert.equal(left('none.at.all'), undefined);
  assert.equal(left('took.deeper'), undefined);
  for (const text of ['a,'.repeat(40), 'a.'.repeat(40)])
    assert.throws(() => readFilterPath(text), { code: 'http.invalid' });
});
