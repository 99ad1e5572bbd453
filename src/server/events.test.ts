/** One event with what became of it (backend/events.ts, pipeline/live/event-record.ts, controls.ts, schema/validate/unified-event.ts). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { shapes } from '../gateway/index.ts';
import { type Client, event, newFolder, openServer, RULE } from './kit.twin.ts';

const RULE_ID = '00000000-0000-4000-8000-000000000001';
const CORRELATION = `title: Often
id: 00000000-0000-4000-8000-000000000009
correlation: {type: event_count, rules: ['${RULE_ID}'], group-by: [User], timespan: 1m, condition: {gte: 9}, generate: true}
level: high
`;

suite('GET /v1/events/:id', () => {
  const folder = newFolder();
  const open = () =>
    openServer(folder, { rules: [RULE, CORRELATION], yaml: 'sources: { checked: { validation: warn } }' });
  let client: Client;
  before(async () => {
    client = await open();
  });
  after(async () => {
    await client.close();
    fs.rmSync(folder, { recursive: true });
  });

  const get = (id: string, query = '', key?: string) => client.get(`/v1/events/${encodeURIComponent(id)}${query}`, key);
  const post = async (lines: string, source = 'plain') => {
    const { json } = await client.post(lines, {}, `?source=${source}`);
    await client.evaluated(json.position);
    return (row: number) => `${client.server.node.log}/0/${json.position}/${row}`;
  };
  let first = '';

  test('gives the event as it came, its unified names, its receipt, its way and its hits', async () => {
    const big = '12345678901234567890123';
    const text = event({ User: 'mallory', TargetUserName: 'mallory', IpAddress: '10.0.0.1' }).replace(
      '{',
      `{"big":${big},`,
    );
    const id = await post(`${event({ User: 'alice' })}\n ${text}\n`);
    first = id(1);
    const { status, text: answered, json } = await get(first);
    assert.equal(status, 200, answered);
    shapes.EventAnswer.parse(json);
    assert.ok(answered.includes(`"event":${text}`), 'every digit is there');
    const { fields, receipt, processing, hits } = json;
    assert.deepEqual(
      [fields['event.code'], fields['source.ip'], fields['weir.class'], fields['weir.id'], fields['@timestamp']],
      ['4624', '10.0.0.1', 'base', first, '2026-01-02T03:04:05.000Z'],
    );
    assert.deepEqual(
      [fields['weir.tenant'], fields['weir.source.id'], fields['weir.source.type'], fields['weir.validation.mode']],
      ['default', 'plain', 'windows.nxlog', 'off'],
    );
    assert.equal(fields['weir.received'], receipt.at);
    assert.deepEqual([receipt.door, receipt.source, receipt.received, receipt.dead], ['http', 'plain', 2, 0]);
    const { rules } = client.server.node;
    const set = rules.state === 'ready' ? rules.rules.set : '';
    assert.deepEqual(
      processing.map(({ stage, version, outcome }: Record<string, string>) => [stage, version, outcome]),
      [
        ['receive', 'test', 'passed'],
        ['validate', null, 'skipped'],
        ['journal', 'test', 'passed'],
        ['detect', set, 'passed'],
      ],
    );
    assert.deepEqual(
      hits.map((hit: { event_id: string; rule: { id: string } }) => [hit.event_id, hit.rule.id]),
      [[first, RULE_ID]],
    );
    assert.deepEqual((await get(id(0))).json.hits, []);
  });

  test('says what it does not pass of the policy that held when it came', async () => {
    const id = await post(event({ IpAddress: '10.0.0.256', User: 'x' }), 'checked');
    const before = (await get(id(0))).json;
    assert.equal(before.fields['weir.validation.mode'], 'warn');
    assert.deepEqual(before.fields['weir.validation.failed'], ['integrity.ip']);
    assert.deepEqual(before.validation, [
      { check: 'integrity.ip', field: 'source.ip', reason: 'source.ip is an IPv4 or IPv6 address' },
    ]);
    assert.deepEqual([before.processing[1].outcome, before.processing[1].reason], ['failed', 'integrity.ip']);
    await client.close();
    client = await openServer(folder, { rules: [RULE, CORRELATION] });
    assert.deepEqual((await get(id(0))).json.validation, before.validation, 'whatever is configured since');
  });

  test('says why a rule hits it, or not', async () => {
    const { json: hit } = await get(first, `?why_not=${RULE_ID}`);
    assert.deepEqual([hit.why_not.rule, hit.why_not.applies, hit.why_not.missing], [RULE_ID, true, []]);
    assert.equal(hit.why_not.matches[0].value, 'mallory');
    const id = await post(event({ User: 'alice' }));
    const { json: miss } = await get(id(0), `?why_not=${RULE_ID}`);
    assert.deepEqual(
      [miss.why_not.matches, miss.why_not.missing[0].field, miss.why_not.missing[0].value],
      [[], 'User', 'alice'],
    );
    assert.equal((await get(first, '?why_not=none')).status, 404);
    assert.equal((await get(first, '?why_not=00000000-0000-4000-8000-000000000009')).status, 409);
  });

  test('is not there for others, nor what is none', async () => {
    const made = await client.send('POST', '/v1/tenants', { id: 'other', name: 'Other' });
    assert.equal((await get(first, '', made.json.admin_key)).status, 404);
    const [log, , position] = first.split('/');
    for (const id of [
      `${log}/0/${position}/2`,
      `${log}/0/0/0`,
      `${log}/0/999999/0`,
      `${log}/1/${position}/0`,
      `other/0/${position}/0`,
      `${log}/0/-1/0`,
      `${log}/0/${position}`,
      '../../etc/passwd',
      `${log}/0/${'9'.repeat(15)}/${'9'.repeat(9)}`,
    ]) {
      assert.equal((await get(id)).status, 404, id);
    }
    assert.equal(
      (await client.get(`/v1/events/${encodeURIComponent(first)}`, client.credentials.ingest_key)).status,
      403,
    );
  });
});
