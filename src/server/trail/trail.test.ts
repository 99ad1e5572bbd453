/** The audit log (index.ts, trail-worker.ts): of a running server, by its API and by `weir audit`'s way to the folder. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readAudit } from '../../journal/index.ts';
import { verifyFolder } from '../../pipeline/index.ts';
import { newFolder, openServer } from '../server.twin.ts';

interface Call {
  readonly route: string;
  readonly method: string;
  readonly asked: string;
  readonly status: number;
  readonly problem: string | null;
  readonly by: string | null;
}

test('changes and reads are kept in order with who asked, without secrets; events are not among them; lines prove themselves', async () => {
  const folder = newFolder();
  const server = await openServer({ folder });
  await server.send('{"n":1}\n');
  await server.ask('POST', '/v1/query', { body: { query: 'events | count' } }).catch(() => null);
  await server.ask('POST', '/v1/holds', { body: { name: 'case 1', reason: 'litigation' } });
  await server.ask('GET', '/v1/hits?limit=5');
  await server.ask('GET', '/v1/holds', { key: server.credentials.ingest_key });
  await server.ask('POST', '/v1/users', { body: { name: 'eve', role: 'analyst', password: 'correct horse battery' } });
  await server.ask('GET', '/v1/holds', { key: null });
  const { json, text } = await server.ask('GET', '/v1/audit?limit=1000');
  const calls = json['items'] as unknown as readonly Call[];
  assert.deepEqual(
    calls.map(({ method, route, status, problem }) => [method, route, status, problem]),
    [
      ['POST', '/v1/query', 200, null],
      ['POST', '/v1/holds', 201, null],
      ['GET', '/v1/hits', 200, null],
      ['GET', '/v1/holds', 403, 'auth.scope'],
      ['POST', '/v1/users', 201, null],
      ['GET', '/v1/holds', 401, 'auth.missing'],
    ],
  );
  assert.deepEqual(JSON.parse(calls[0].asked), {
    body: { query: 'events | count', since: null, limit: null, cursor: null },
  });
  assert.deepEqual(JSON.parse(calls[1].asked).body, { name: 'case 1', reason: 'litigation' });
  assert.ok(!text.includes('correct horse') && calls[4].asked.includes('"password":"(secret)"'));
  assert.match(String(calls[0].by), /^key:/);
  assert.deepEqual([calls[5].by, calls[3].asked], [null, '']);
  const first = await server.ask('GET', '/v1/audit?limit=2');
  const second = await server.ask('GET', `/v1/audit?limit=2&after=${String(first.json['next'])}`);
  const routes = (page: typeof first): string[] => (page.json['items'] as unknown as Call[]).map(({ route }) => route);
  assert.deepEqual(
    [routes(first), routes(second)],
    [
      ['/v1/query', '/v1/holds'],
      ['/v1/hits', '/v1/holds'],
    ],
  );
  assert.equal((await server.ask('GET', '/v1/audit?after=nonsense')).status, 400);
  await server.close();
  const data = path.join(folder, 'data');
  const chain = path.join(data, 'chain');
  const all = readAudit(chain, { after: null, limit: 1000, sinceMs: null });
  assert.deepEqual(
    all?.items.slice(0, 6).map(({ route }) => route),
    calls.map(({ route }) => route),
  );
  assert.equal(readAudit(chain, { after: null, limit: 1000, sinceMs: Date.now() + 1000 })?.items.length, 0);
  const findings = (): string =>
    verifyFolder({ folder: data, detection: false })
      .findings.map(({ where, what }) => `${path.basename(where)}: ${what}`)
      .join('\n');
  assert.equal(findings(), '');
  const file = path.join(chain, 'audit.ndjson');
  const lines = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, lines.replace('"status":403', '"status":200'));
  assert.match(findings(), /^audit.ndjson: byte \d+: (its signature|the hash it holds)/);
  fs.writeFileSync(file, lines);
  // Another process goes on with it.
  const again = await openServer({ folder });
  await again.ask('GET', '/v1/holds');
  const { json: later } = await again.ask('GET', '/v1/audit?limit=1000');
  assert.ok((later['items'] as unknown as Call[]).length > calls.length);
  await again.close();
  assert.equal(findings(), '');
  fs.rmSync(folder, { recursive: true });
});
