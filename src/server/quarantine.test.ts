/** Rules that cost too much, in a running server: set aside by name, told of everywhere, kept over a restart, tried again. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { JournalReader } from '../journal/index.ts';
import { rulesOfFolder, verifyFolder } from '../pipeline/index.ts';
import { type Client, event, newFolder, openServer, RULE } from './kit.twin.ts';
import { until } from './server.twin.ts';

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
/** No literal it could be told by, and values too long for the quick engine: milliseconds each. */
const costly = (expression = '(?:[^a]*[b-y]){2}[^0-9a-f]$', title = 'Costly') => `title: ${title}
id: ${id(2)}
logsource: {product: windows, service: security}
detection: {sel: {Blob|re: '${expression}'}, condition: sel}
level: low
`;
const both = `title: Both
id: ${id(3)}
correlation:
  type: temporal
  rules: ['${id(1)}', '${id(2)}']
  group-by: [User]
  timespan: 1m
level: high
`;
const YAML = `detect:
  quarantine: {budget: 60%, window: 2s}
rules:
  reload: off
`;

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly reason: string;
}

suite('a rule that costs too much', () => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const open = (text = costly()) => openServer(folder, { rules: [RULE, text, both], yaml: YAML });
  const edit = (text: string) => fs.writeFileSync(path.join(folder, 'rules', '1.yml'), text);
  let client: Client;
  before(async () => {
    client = await open();
  });
  after(async () => {
    await client.close();
    fs.rmSync(folder, { recursive: true });
  });

  const rules = async () => (await client.get('/v1/rules')).json.items;
  const state = async (n: number) => (await rules()).find((rule: { id: string }) => rule.id === id(n));
  const health = async () =>
    (await client.get('/v1/health')).json.components.find((part: { name: string }) => part.name === 'rules');
  const ledger = async (n: number) => (await client.get(`/v1/books/ledger?rule=${id(n)}`)).json.items[0];
  const gaps = async (n: number): Promise<Gap[]> => (await ledger(n)).not_evaluated;
  const post = async (where: string) => {
    const headers = { authorization: `Bearer ${client.credentials.admin_key}` };
    const answer = await fetch(client.server.url + where, { method: 'POST', headers });
    return { status: answer.status, json: (await answer.json()) as { rules?: number; code?: string } };
  };
  const reload = () => post('/v1/rules/reload');
  const release = (n: number) => post(`/v1/rules/${id(n)}/release`);
  const send = async (body: string): Promise<number> => {
    const { json } = await client.post(body);
    await client.evaluated(json.position);
    return json.position;
  };
  /** Events whose values are all new to it. */
  const load = () => {
    const blob = () => randomBytes(4000).toString('hex');
    return send(Array.from({ length: 200 }, () => event({ User: 'alice', Blob: blob() })).join('\n'));
  };
  const untilQuarantined = async () => {
    for (let i = 0; (await state(2)).state !== 'quarantined'; i++) {
      assert.ok(i < 50, 'is not set aside');
      await load();
    }
  };
  /** The first event sent after the rule was seen to be set aside. */
  let first = 0;

  test('is set aside by name; the others go on', async () => {
    await send(event({ User: 'mallory' }));
    await untilQuarantined();
    const { reason, title } = await state(2);
    assert.equal(title, 'Costly');
    assert.match(reason, /^it took \d+% of all evaluation over 2s, more than 60%$/);
    assert.deepEqual((await state(1)).state, 'active');
    first = await send(event({ User: 'mallory', Blob: `${'b'.repeat(20)}7#` }));
    const { items } = (await client.get('/v1/hits')).json;
    assert.equal(items.filter(({ event_id }: { event_id: string }) => event_id.includes(`/${first}/`)).length, 1);
  });

  test('is told of by health, metrics, alerts and the state of the correlation that needs it', async () => {
    const { state: now, reason } = await health();
    assert.equal(now, 'degraded');
    assert.ok(reason.startsWith(`1 rule quarantined: ${id(2)} (it took `), reason);
    assert.ok(reason.endsWith('; 1 in force, 1 refused'), reason);
    assert.match((await client.get('/metrics')).text, /^weir_rules\{state="quarantined"\} 1$/m);
    await until(async () => {
      const { items } = (await client.get('/v1/alerts/self')).json;
      return items.some((alert: { alert: string; subject: string }) => {
        return alert.alert === 'rule-quarantined' && alert.subject === id(2);
      });
    }, 'the alert');
    const { state: related, reason: why } = await state(3);
    assert.equal(related, 'refused');
    assert.equal(why, `correlation: refers to the rule ${id(2)}, which is quarantined`);
  });

  test('the ledger has from where on it did not see events, and everything adds up', async () => {
    const before = await gaps(2);
    assert.deepEqual(
      before.map(({ reason }) => reason),
      ['quarantined'],
    );
    const [{ from, events }] = before;
    assert.ok(from <= first, `${from} ${first}`);
    await send([event({}), event({})].join('\n'));
    assert.deepEqual(await gaps(2), [{ from, to: (await gaps(2))[0].to, events: events + 2, reason: 'quarantined' }]);
    assert.deepEqual(await gaps(1), []);
  });

  test('a restart keeps it, and the folder alone says the same', async () => {
    const [{ from, events }] = await gaps(2);
    await client.close();
    const report = verifyFolder({ folder: data, detection: true });
    assert.deepEqual(report.findings, []);
    const offline = rulesOfFolder(data, 'default', new JournalReader(path.join(data, 'journal')));
    assert.equal(offline?.states.find((rule) => rule.id === id(2))?.state, 'quarantined');
    assert.equal(offline?.ledger.find(({ rule }) => rule === id(2))?.notEvaluated[0].reason, 'quarantined');
    client = await open();
    assert.equal((await state(2)).state, 'quarantined');
    await send(event({ Blob: `${'b'.repeat(20)}7#` }));
    const all = await gaps(2);
    assert.equal(all[0].from, from);
    assert.equal(
      all.reduce((sum, gap) => sum + gap.events, 0),
      events + 1,
    );
  });

  test('a file that decides the same changes nothing, one that decides something else is tried again', async () => {
    edit(costly(undefined, 'Other title'));
    await reload();
    assert.equal((await state(2)).state, 'quarantined');
    edit(costly('^b+7#$'));
    const answer = await reload();
    assert.deepEqual([answer.status, answer.json.rules], [200, 3]);
    assert.equal((await state(2)).state, 'silenced');
    assert.deepEqual(JSON.parse(fs.readFileSync(path.join(data, 'quarantine.json'), 'utf8')), { rules: [] });
    assert.equal((await health()).state, 'ready');
    const position = await send(event({ User: 'mallory', Blob: 'bb7#' }));
    const all = await gaps(2);
    assert.ok(
      all.every(({ to }) => to <= position),
      'the gaps are closed',
    );
  });

  test('who releases it has it tried again', async () => {
    edit(costly());
    await reload();
    await untilQuarantined();
    const none = await release(1);
    assert.deepEqual([none.status, none.json.code], [404, 'item.not_found']);
    const answer = await release(2);
    assert.deepEqual([answer.status, answer.json.rules], [200, 3]);
    assert.equal((await state(2)).state, 'silenced');
    const again = await release(2);
    assert.equal(again.status, 404);
    await client.close();
    assert.deepEqual(verifyFolder({ folder: data, detection: true }).findings, []);
    client = await open();
    assert.equal((await state(2)).state, 'silenced');
  });
});
