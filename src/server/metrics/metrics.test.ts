import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missing, openService } from '../../../test/services/server.ts';
import { victoriametrics } from '../../../test/services/victoriametrics.ts';
import type { Loose, TestServer } from '../server.twin.ts';
import { event, openServer, until } from '../server.twin.ts';

const EVERY_SECOND = { metrics: { interval: '1s' } } as const;

async function lines(
  { server, credentials }: TestServer,
  query: string,
  key = credentials.admin_key,
): Promise<Loose[]> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/v1/query`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const text = await answer.text();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Loose);
}

async function rows(server: TestServer, query: string, key?: string): Promise<Loose[]> {
  const all = await lines(server, query, key);
  const last = all.pop();
  assert.ok(last?.['weir.coverage'] !== undefined, JSON.stringify(last));
  return all;
}

const RECEIVED = 'metrics | where name == "weir_events_received_total" and labels.source == "dc"';

test('what weir counts is kept over time and a restart, and increases add up to what came', async () => {
  const first = await openServer({ config: EVERY_SECOND });
  await first.server.rules;
  await first.send(`${event({ User: 'a' })}\n${event({ User: 'b' })}\n`, '?source=dc');
  const sum = `${RECEIVED} | summarize n = sum(increase), last = max(value)`;
  await until(async () => JSON.stringify(await rows(first, sum)) === '[{"n":2,"last":2}]');
  const made = (await first.ask('POST', '/v1/tenants', { body: { id: 'acme', name: 'Acme' } })).json;
  assert.deepEqual(await rows(first, 'metrics | count', String(made['admin_key'])), [{ Count: 0 }]);
  const analyst = await first.ask('POST', '/v1/keys', { body: { name: 'analyst', scopes: ['query'] } });
  assert.deepEqual(await rows(first, 'metrics | count', String(analyst.json['key'])), [{ Count: 0 }]);
  await first.close();

  const second = await openServer({ folder: first.folder, config: EVERY_SECOND });
  await second.server.rules;
  await second.send(`${event({ User: 'c' })}\n`, '?source=dc');
  await until(async () => JSON.stringify(await rows(second, sum)) === '[{"n":3,"last":2}]');
  const series = await rows(
    second,
    'metrics | where name == "weir_events_received_total" | make-series n = sum(increase) on @timestamp from ago(1h) to now() step 1h by name',
  );
  assert.equal(series.length, 1);
  const names = (await rows(second, 'metrics | where @timestamp > ago(1m) | distinct name')).map(({ name }) =>
    String(name),
  );
  for (const name of [
    'weir_journal_sync_seconds_bucket',
    'weir_journal_sync_seconds_sum',
    'process_resident_memory_bytes',
  ]) {
    assert.ok(names.includes(name), name);
  }
  await second.close();
});

test('where nothing is kept, a query of metrics says so', async () => {
  const server = await openServer({ config: { metrics: { store: 'off' } } });
  assert.match(JSON.stringify(await lines(server, 'metrics | count')), /no metrics are kept here/);
  await server.close();
});

test('with another server as the target, samples go there and queries read from there', {
  skip: missing(victoriametrics),
}, async () => {
  const service = await openService(victoriametrics);
  try {
    const config = { metrics: { interval: '1s', store: 'prometheus', url: service.url } } as const;
    const served = await openServer({ config });
    await served.server.rules;
    await served.send(`${event({ User: 'a' })}\n${event({ User: 'b' })}\n`, '?source=dc');
    const sum = `${RECEIVED} | where @timestamp > ago(1h) | summarize n = sum(increase)`;
    await until(async () => JSON.stringify(await rows(served, sum)) === '[{"n":2}]');
    await served.close();
  } finally {
    await service.close();
  }
});
