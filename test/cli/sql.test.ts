/** `weir sql` and saved queries, of a folder and of a server, and the view that other programs read the store by. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openServer } from '../../src/server/kit.twin.ts';
import { scratch, weir } from './run.ts';

const EVENTS = [
  { EventID: 4688, Channel: 'Security', Hostname: 'WS1' },
  { EventID: 4624, Channel: 'Security', Hostname: 'WS2' },
].map((event) => `${JSON.stringify(event)}\n`);

const COUNT = 'SELECT "Hostname" AS h, count(*) AS n FROM events GROUP BY 1 ORDER BY 1';
const ROWS = '{"h":"WS1","n":1}\n{"h":"WS2","n":1}\n';

test('SQL is answered by a server, and by its folder when it is gone; saved queries too', async (t) => {
  const { folder } = scratch(t);
  const data = path.join(folder, 'data');
  const sql = (text: string, ...flags: string[]) => weir(['sql', text, '--data', data, ...flags]);
  const saved = (...flags: string[]) => weir(['query', '--saved', 'by-host', '--data', data, ...flags]);
  const server = await openServer(folder);
  try {
    await server.post(EVENTS.join(''));
    const asked = await sql(COUNT);
    assert.deepEqual([asked.status, asked.stdout], [0, ROWS], asked.stderr);
    assert.match(asked.stderr, /^weir: 2 events in 1 segments; complete up to position \d+\n$/);
    assert.equal((await sql(COUNT, '--format', 'csv')).stdout, 'h,n\r\nWS1,1\r\nWS2,1\r\n');
    const wrong = await sql('DROP VIEW events');
    assert.deepEqual([wrong.status, wrong.stdout], [1, '']);
    assert.match((await saved()).stderr, /no query is saved as by-host/);
    const body = { query: 'events | summarize n = count() by h = Hostname | sort by h asc', since: '90d' };
    assert.equal((await server.send('PUT', '/v1/queries/by-host', body)).status, 200);
    const bad = await server.send('PUT', '/v1/queries/bad', { query: 'events | sumarize count()' });
    assert.deepEqual([bad.status, bad.json.code], [400, 'query.invalid']);
    assert.equal((await saved()).stdout, ROWS);
    // Fields, values, pages and completion over HTTP.
    const fields = (await server.get('/v1/fields?like=event&values=host.name&limit=1')).json;
    assert.deepEqual([fields.items[0].name, fields.items[0].types, fields.items[0].events], ['EventID', ['long'], 2]);
    assert.deepEqual(fields.values, [{ value: 'WS1', events: 1 }]);
    const { url, admin_key } = server.credentials;
    const lines = async (body: unknown): Promise<string[]> => {
      const headers = { authorization: `Bearer ${admin_key}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/v1/query`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.text()).trim().split('\n');
    };
    const [first, last] = await lines({ query: 'events | project Hostname', limit: 1 });
    assert.equal(first, '{"Hostname":"WS1"}');
    const cursor = JSON.parse(last)['weir.coverage'].next;
    await server.post(EVENTS[0]);
    const rest = await lines({ query: 'events | project Hostname', limit: 5, cursor });
    assert.deepEqual(
      [rest.length, rest[0], JSON.parse(rest[1])['weir.coverage'].next],
      [2, '{"Hostname":"WS2"}', null],
    );
    const made = await server.send('POST', '/v1/query', { query: 'events', cursor: 'made-up' });
    assert.deepEqual([made.status, made.json.code], [400, 'cursor.unknown']);
    const place = { query: 'events | where Hostname == "', offset: 28 };
    const { candidates } = (await server.send('POST', '/v1/query/complete', place)).json;
    assert.deepEqual(
      candidates.map(({ label }: { label: string }) => label),
      ['WS1', 'WS2'],
    );
  } finally {
    await server.close();
  }
  assert.equal((await sql(COUNT)).stdout, '{"h":"WS1","n":2}\n{"h":"WS2","n":1}\n');
  assert.equal((await saved()).stdout, '{"h":"WS1","n":2}\n{"h":"WS2","n":1}\n');
  assert.match((await weir(['query', '--data', data])).stderr, /give a query, or --saved/);
  await viewOfTheDocument(data);
});

/** As any DuckDB has it, from the words of the document. */
async function viewOfTheDocument(data: string): Promise<void> {
  const text = fs.readFileSync(new URL('../../docs/store.md', import.meta.url), 'utf8');
  const view = /CREATE VIEW events AS[\s\S]*?;/.exec(text)?.[0] ?? '';
  assert.match(view, /weir-data\/store/);
  const duck = await DuckDBInstance.create(':memory:');
  const connection = await duck.connect();
  await connection.run(view.replace('weir-data', data));
  const rows = await (await connection.run(COUNT)).getRowObjects();
  assert.deepEqual(
    rows.map(({ h, n }) => [h, Number(n)]),
    [
      ['WS1', 2],
      ['WS2', 1],
    ],
  );
  connection.closeSync();
  duck.closeSync();
}
