import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, openServer, until } from '../server.twin.ts';

/** The value of one series; NaN where it is not there. */
const numberOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1) ?? Number.NaN,
  );

test('metrics count what came, what became of it, and how the parts are, for the operator alone', async () => {
  const { server, ask, send, settled, close } = await openServer();
  await server.rules;
  await send(`${event({ User: 'mallory' })}\nnot json\n${event({ User: 'alice' })}\n`, '?source=dc');
  await settled();
  const made = (await ask('POST', '/v1/tenants', { body: { id: 'acme', name: 'Acme' } })).json;
  const scrape = await ask('POST', '/v1/keys', { body: { name: 'prometheus', scopes: ['metrics'] } });
  assert.equal(scrape.status, 201);
  const key = String(scrape.json['key']);
  const metrics = async (): Promise<string> => (await ask('GET', '/metrics', { key })).text;
  // Threads say how they are once a second; an answer is counted when it is out.
  const parts = [
    /weir_journal_head_info\{/,
    /thread="detect"/,
    /thread="door-0"/,
    /seconds_count\{method="POST",route="\/v1\/keys"/,
  ];
  await until(async () => {
    const text = await metrics();
    return parts.every((part) => part.test(text));
  });
  const answer = await ask('GET', '/metrics', { key });
  assert.equal(answer.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  const { text } = answer;
  assert.match(text, /# EOF\n$/);
  const of = '{tenant="default",source="dc"}';
  assert.equal(numberOf(text, `weir_events_received_total${of}`), 3);
  assert.equal(numberOf(text, `weir_events_accepted_total${of}`), 2);
  assert.equal(numberOf(text, `weir_events_dead_lettered_total${of}`), 1);
  assert.ok(numberOf(text, `weir_received_bytes_total${of}`) > 100);
  assert.equal(numberOf(text, 'weir_hits_total{level="high"}'), 1);
  assert.equal(numberOf(text, 'weir_hits_total{level="critical"}'), 0);
  assert.equal(numberOf(text, 'weir_admission_decisions_total{outcome="admit"}'), 1);
  assert.equal(numberOf(text, 'weir_rules{state="active"}'), 1);
  assert.equal(numberOf(text, 'weir_component_health{component="journal",state="ready"}'), 1);
  // A tick may be on its way.
  assert.ok(numberOf(text, 'weir_detect_lag_entries') <= 2);
  assert.equal(numberOf(text, 'weir_books_unbalanced'), 0);
  assert.equal(numberOf(text, 'weir_http_turned_away_total{reason="tenant_streams"}'), 0);
  assert.ok(numberOf(text, 'weir_journal_position') <= server.node.progress.durable);
  assert.ok(numberOf(text, 'weir_detect_position') >= 3);
  assert.ok(numberOf(text, 'weir_journal_sync_seconds_count') >= 3);
  assert.ok(numberOf(text, 'weir_thread_cpu_seconds_total{thread="door-0"}') > 0);
  assert.match(text, /weir_journal_head_info\{log="[0-9a-f]{16}",position="\d+",hash="[0-9a-f]{64}"\} 1\n/);
  assert.match(text, /weir_http_answer_seconds_count\{method="POST",route="\/v1\/events",status="200"\} 1\n/);
  assert.match(text, /process_resident_memory_bytes/);
  for (const other of [null, String(made['admin_key'])]) {
    const refused = await ask('GET', '/metrics', { key: other });
    assert.equal(refused.status, other === null ? 401 : 403);
    assert.ok(!refused.text.includes('weir_'));
  }
  const theirs = { key: String(made['admin_key']), body: { name: 'x', scopes: ['metrics'] } };
  assert.equal((await ask('POST', '/v1/keys', theirs)).status, 403);
  await close();
});
