/** Dead rules, and how far each has seen, of a running server (backend/rules.ts, backend/books.ts, pipeline/live/rule-states.ts, reach.ts). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { JournalReader } from '../journal/index.ts';
import { rulesOfFolder, verifyFolder } from '../pipeline/index.ts';
import { type Client, event, newFolder, openServer } from './kit.twin.ts';

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const rule = (n: number, selection: string, logsource = '{product: windows, service: security}') => `title: Rule ${n}
id: ${id(n)}
logsource: ${logsource}
detection: {sel: ${selection}, condition: sel}
level: high
`;
const both = `title: Both
id: ${id(9)}
correlation:
  type: temporal
  rules: ['${id(1)}', '${id(2)}']
  group-by: [User]
  timespan: 1m
level: high
`;
const FIRES = rule(1, '{User: mallory}');
const NEEDS = rule(2, '{User: mallory, Workstation: evil}');
const ELSEWHERE = rule(3, "{query: 'evil.example'}", '{category: dns}');

interface Rule {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly hits: number;
  readonly last_hit: string | null;
}

interface Entry {
  readonly rule: string;
  readonly evaluated: number;
  readonly from: number;
  readonly to: number;
  readonly seen_until: string | null;
  readonly not_evaluated: readonly {
    readonly from: number;
    readonly to: number;
    readonly events: number;
    readonly reason: string;
  }[];
}

suite('rules of a running server', () => {
  const folder = newFolder();
  const open = (...rules: string[]) => openServer(folder, { rules });
  let client: Client;
  before(async () => {
    client = await open(FIRES, NEEDS, ELSEWHERE, both);
  });
  after(async () => {
    await client.close();
    const { findings } = verifyFolder({ folder: path.join(folder, 'data'), detection: true });
    assert.deepEqual(findings, []);
    fs.rmSync(folder, { recursive: true });
  });

  const rules = async (key?: string): Promise<Rule[]> => (await client.get('/v1/rules', key)).json.items;
  const states = async (key?: string) => (await rules(key)).map((one) => [one.id.at(-1), one.state, one.reason]);
  const ledger = async (n: number): Promise<Entry> =>
    (await client.get(`/v1/books/ledger?rule=${id(n)}`)).json.items[0];
  const send = async (fields: Record<string, unknown>): Promise<number> => {
    const { json } = await client.post(event(fields));
    await client.evaluated(json.position);
    return json.position;
  };
  let first = 0;
  let last = 0;

  test('while nothing has come nothing is said to be dead', async () => {
    assert.deepEqual(
      (await states()).map(([, state]) => state),
      ['silenced', 'silenced', 'active', 'active'],
    );
  });

  test('what needs a field or events that never came is dead, with what is missing', async () => {
    first = await send({ User: 'mallory' });
    const field = 'a field it needs never came: Workstation (in windows/security)';
    assert.deepEqual(await states(), [
      ['1', 'silenced', `only part of ${id(9)}`],
      ['2', 'dead', field],
      ['3', 'dead', 'no event of dns (such as suricata/dns/dns, suricata/dns/alert, zeek/dns/dns) ever came'],
      ['9', 'dead', `${id(2)}, which it needs, is dead: ${field}`],
    ]);
    const dead = (await client.get('/v1/rules?state=dead')).json.items;
    assert.equal(dead.length, 3);
    assert.deepEqual((await ledger(2)).not_evaluated, [
      { from: first, to: client.server.node.progress.durable, events: 1, reason: 'field_never_present' },
    ]);
    assert.deepEqual((await ledger(1)).not_evaluated, []);
  });

  test('another tenant’s events make no rule of this one’s live, nor the reverse', async () => {
    const made = await client.send('POST', '/v1/tenants', { id: 'other', name: 'Other' });
    const key = made.json.admin_key;
    assert.equal((await states(key)).filter(([, state]) => state === 'dead').length, 0);
    const sent = await client.post(event({ User: 'x', Workstation: 'evil' }), { authorization: `Bearer ${key}` });
    await client.evaluated(sent.json.position);
    const dead = async (of?: string) => (await states(of)).filter(([, state]) => state === 'dead').map(([n]) => n);
    assert.deepEqual(await dead(key), ['3']);
    assert.deepEqual(await dead(), ['2', '3', '9']);
  });

  test('once the field comes the rule is alive, and the ledger says from where on', async () => {
    await send({ User: 'alice' });
    last = await send({ User: 'mallory', Workstation: 'evil' });
    assert.deepEqual(
      (await states()).map(([n, state]) => `${n} ${state}`),
      ['1 silenced', '2 silenced', '3 dead', '9 active'],
    );
    assert.deepEqual((await ledger(2)).not_evaluated, [
      { from: first, to: last, events: 2, reason: 'field_never_present' },
    ]);
  });

  test('a restart forgets nothing, and "has seen every event up to" goes on through it and a change of rules', async () => {
    const seen = await ledger(1);
    assert.equal(seen.evaluated, 3);
    assert.equal(seen.from, first);
    await client.close();
    const data = path.join(folder, 'data');
    const offline = rulesOfFolder(data, 'default', new JournalReader(path.join(data, 'journal')));
    assert.deepEqual(
      offline?.states.map(({ state }) => state),
      ['silenced', 'silenced', 'dead', 'active'],
    );
    const own = offline?.ledger.find(({ rule: of }) => of === id(1));
    assert.deepEqual([own?.evaluated, own?.notEvaluated], [3, []], 'the folder alone says the same');
    // Rule 1 stays, 3 goes, 4 comes.
    fs.rmSync(path.join(folder, 'rules'), { recursive: true });
    client = await open(FIRES, rule(4, '{Workstation: evil}'));
    const position = await send({ User: 'mallory', Workstation: 'good' });
    assert.deepEqual(await states(), [
      ['1', 'active', null],
      ['4', 'active', null],
    ]);
    const one = await ledger(1);
    assert.deepEqual([one.from, one.evaluated, one.not_evaluated], [first, 4, []]);
    assert.ok(one.to > position, `${one.to} ${position}`);
    assert.ok((one.seen_until ?? '') > (seen.seen_until ?? ''));
    const four = await ledger(4);
    assert.deepEqual([four.from, four.evaluated], [position, 1]);
    assert.equal((await client.get(`/v1/books/ledger?rule=${id(3)}`)).json.items.length, 0);
    const [{ hits, last_hit }] = await rules();
    assert.equal(hits, 1);
    assert.equal(last_hit, one.seen_until);
  });
});
