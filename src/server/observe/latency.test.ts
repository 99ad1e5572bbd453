import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, openServer } from '../server.twin.ts';

const STAGES = ['received', 'decoded', 'journaled', 'acked', 'evaluated', 'committed', 'published'];

test('an event’s way is told stage by stage, to its own tenant alone; times are counted by what was found', async () => {
  const { server, send, ask, settled, close } = await openServer();
  await server.rules;
  await send(event({ User: 'alice' }));
  const { json } = await send(`${event({ User: 'mallory' })}\n${event({ User: 'alice' })}\n`);
  await settled();
  const id = (row: number): string => encodeURIComponent(`${server.node.log}/0/${json['position']}/${row}`);
  const { json: answer } = await ask('GET', `/v1/events/${id(0)}/waterfall`);
  const steps = answer['steps'].map((step) => ({
    stage: String(step['stage']),
    since: Number(step['since_received_ms']),
    took: Number(step['took_ms']),
  }));
  assert.deepEqual(steps.map(({ stage }) => stage).sort(), [...STAGES].sort());
  assert.equal(steps[0].stage, 'received');
  assert.equal(steps.at(-1)?.stage, 'published');
  let sum = 0;
  for (const { since, took } of steps) {
    sum += took;
    assert.ok(took >= 0 && Math.abs(since - sum) < 0.01);
  }
  assert.equal((await ask('GET', `/v1/events/${id(1)}/waterfall`)).status, 200, 'all rows of an entry go together');
  const other = (await ask('POST', '/v1/tenants', { body: { id: 'acme', name: 'Acme' } })).json['admin_key'];
  assert.equal((await ask('GET', `/v1/events/${id(0)}/waterfall`, { key: String(other) })).status, 404);
  const elsewhere = encodeURIComponent(`0123456789abcdef/0/${json['position']}/0`);
  assert.equal((await ask('GET', `/v1/events/${elsewhere}/waterfall`)).status, 404);
  const { text } = await ask('GET', '/metrics');
  assert.match(text, /weir_latency_seconds_count\{stage="acked",severity="none"\} 1\n/);
  assert.match(text, /weir_latency_seconds_count\{stage="published",severity="high"\} 1\n/);
  assert.doesNotMatch(text, /stage="published",severity="none"/);
  await close();
});
