/** `weir query` and `POST /v1/query` over the tables beside `events`: of a running server, then of the folder it leaves. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { KEPT_TABLES, tableColumns } from '../../src/pipeline/index.ts';
import { type Client, openServer, RULE } from '../../src/server/kit.twin.ts';
import { scratch, weir } from './run.ts';

const EVE = RULE.replaceAll('Mallory', 'Eve')
  .replaceAll('mallory', 'eve')
  .replace('0001', '0002')
  .replace('high', 'low');

const event = (User: string, n: number): string =>
  `${JSON.stringify({ EventID: 4624, Channel: 'Security', Hostname: `WS${n % 2}`, User, n, '@timestamp': `2026-11-01T10:0${n}:00Z` })}\n`;

async function fill(server: Client): Promise<void> {
  const users = ['mallory', 'ann', 'eve', 'mallory'];
  const sent = await server.post(users.map((user, n) => event(user, n)).join(''));
  await server.post('{"broken": \n');
  await server.evaluated(sent.json.position);
  // Another tenant's, which nobody below may ever see.
  const made = await server.send('POST', '/v1/tenants', { id: 'other', name: 'Other' });
  const others = await server.send('POST', '/v1/events', JSON.parse(event('mallory', 9)), made.json.admin_key);
  assert.equal(others.status, 200);
  await server.evaluated(others.json.position);
}

interface Asked {
  readonly rows: unknown[];
  readonly said: string;
}

async function asking(data: string, ask: string, ...flags: string[]): Promise<Asked> {
  const { status, stdout, stderr } = await weir(['query', ask, '--data', data, '--format', 'ndjson', ...flags]);
  assert.equal(status, 0, stderr);
  const rows = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
  return { rows, said: stderr };
}

const BY_TITLE = 'hits | summarize n = count() by rule.title | sort by n desc';
const TITLES = [
  { 'rule.title': 'Mallory', n: 2 },
  { 'rule.title': 'Eve', n: 1 },
];

test('hits, dead letters, books and ledger are asked as events are, of a server and of its folder', async (t) => {
  const { folder } = scratch(t);
  const data = path.join(folder, 'data');
  const server = await openServer(folder, { rules: [RULE, EVE] });
  const answers: Record<string, unknown[]> = {};
  const QUERIES = {
    titles: BY_TITLE,
    names: 'hits | where rule.name == "Eve" | project rule.level, host.name, event.n, rule.title',
    joined:
      'events | join kind=inner (hits | where rule.level == "low") on $left.weir.id == $right.event_id | project n, rule.title',
    let: 'let bad = hits | distinct event_id; events | where weir.id in (bad) | summarize n = count() by User | sort by User asc',
    union:
      'hits | union withsource=t (dead_letters), (events | where n == 1) | summarize n = count() by t | sort by t asc',
    letters: 'dead_letters | project code, state, event, weir.source.id',
    books:
      'books | summarize sum(received), sum(stored), sum(dead_lettered), all = min(tolong(balanced)) by weir.source.id',
    ledger: 'ledger | where rule.title == "Mallory" | project rule.id, evaluated, missed',
    detect: 'events | detect rule:"Mallory" | project n, rule.name, rule.level | sort by n asc',
    pack: 'events | where n > 0 | detect pack:rules | summarize n = count() by rule.name | sort by n asc, rule.name asc',
    explain: 'events | where User == "eve" | detect rule:"Eve" | summarize count() by rule.name | explain',
    since: 'hits | count',
  };
  try {
    await fill(server);
    for (const [name, ask] of Object.entries(QUERIES)) answers[name] = (await asking(data, ask)).rows;
    const { said } = await asking(data, 'hits | count');
    assert.match(said, /^weir: 3 rows of hits; evaluated up to position \d+\n$/);
    assert.deepEqual((await asking(data, 'hits | count', '--since', '2026-11-01T10:03:00Z')).rows, [{ Count: 1 }]);
  } finally {
    await server.close();
  }
  assert.deepEqual(answers['titles'], TITLES);
  assert.deepEqual(answers['names'], [{ 'rule.level': 'low', 'host.name': 'WS0', 'event.n': 2, 'rule.title': 'Eve' }]);
  assert.deepEqual(answers['joined'], [{ n: 2, 'rule.title': 'Eve' }]);
  assert.deepEqual(answers['let'], [
    { User: 'eve', n: 1 },
    { User: 'mallory', n: 2 },
  ]);
  assert.deepEqual(answers['union'], [
    { t: 'dead_letters', n: 1 },
    { t: 'events', n: 1 },
    { t: 'hits', n: 3 },
  ]);
  assert.deepEqual(answers['letters'], [
    { code: 'event.not_json', state: 'open', event: '{"broken": ', 'weir.source.id': 'http' },
  ]);
  assert.deepEqual(answers['detect'], [
    { n: 0, 'rule.name': 'Mallory', 'rule.level': 'high' },
    { n: 3, 'rule.name': 'Mallory', 'rule.level': 'high' },
  ]);
  assert.deepEqual(answers['pack'], [
    { 'rule.name': 'Eve', n: 1 },
    { 'rule.name': 'Mallory', n: 1 },
  ]);
  const plan = answers['explain'] as { step: number; runs: string; what: string }[];
  assert.deepEqual(
    plan.map(({ runs }) => runs),
    ['store', 'duckdb', 'statement', 'weir', 'weir'],
  );
  assert.match(plan[0].what, /^events: 1 of 1 segments, 4 events, up to position \d+$/);
  assert.equal(plan[1].what, 'where User == "eve"');
  assert.match(plan[2].what, /^SELECT .*'eve'/s);
  delete answers['explain'];
  for (const [name, ask] of Object.entries(QUERIES).filter(([one]) => one in answers)) {
    assert.deepEqual((await asking(data, ask)).rows, answers[name], `${name}, of the folder`);
  }
});

test('what weir logs is asked of the server and of the folder it leaves; no other tenant sees a line', async (t) => {
  const { folder } = scratch(t);
  const data = path.join(folder, 'data');
  const server = await openServer(folder, { rules: [RULE] });
  const ask = 'logs | where room == "rules" and message has "force" | project level, fields.rules';
  const expected = [{ level: 'info', 'fields.rules': 1 }];
  try {
    assert.deepEqual((await asking(data, ask)).rows, expected);
    const made = await server.send('POST', '/v1/tenants', { id: 'other', name: 'Other' });
    const refused = await server.send('POST', '/v1/query', { query: 'logs | count' }, made.json.admin_key);
    assert.match(JSON.stringify(refused.json), /logs are those of the whole installation/);
  } finally {
    await server.close();
  }
  assert.deepEqual((await asking(data, ask)).rows, expected);
  assert.equal((await asking(data, 'logs | where message == "stopping" | count')).rows.length, 1);
});

test('a table that has nothing behind it says so, and a column that is none is named with what may be meant', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  await weir(['ingest', write('e.ndjson', event('ann', 1)), '--data', data]);
  const alerts = await weir(['query', 'alerts | count', '--data', data]);
  assert.deepEqual([alerts.status, alerts.stdout], [1, '']);
  assert.match(alerts.stderr, /the table alerts has nothing behind it: there are no alerts on events yet/);
  assert.match(alerts.stderr, /events, hits, dead_letters, books, ledger, logs/);
  const logs = await weir(['query', 'logs | count', '--data', data]);
  assert.match(logs.stderr, /no log is kept here/);
  const wrong = await weir(['query', 'hits | where rule.titel == "x"', '--data', data]);
  assert.match(wrong.stderr, /rule\.titel[\s\S]*Did you mean rule\.title\?/);
  const asof = await weir(['query', 'ledger | asof ago(1d)', '--data', data]);
  assert.match(asof.stderr, /ledger is as of now/);
});

test('an empty answer says why: a name that no event has, a time that nothing is of, a source that is none or silent', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const nothing = await openServer(folder);
  await nothing.close();
  assert.match((await asking(data, 'events')).said, /no event of this tenant has been kept yet/);
  await weir(['ingest', write('e.ndjson', event('ann', 1) + event('bob', 2)), '--data', data, '--source', 'pc']);
  const said = async (ask: string, ...flags: string[]): Promise<string[]> => {
    const lines = (await asking(data, ask, ...flags)).said.split('\n');
    return lines.filter((line) => line !== '' && !/events in \d+ segments/.test(line));
  };
  assert.deepEqual(await said('events | where Hostnam == "WS1"'), [
    'weir: no event has ever had a field Hostnam; did you mean Hostname?',
  ]);
  assert.deepEqual(await said('events | where user.nam == "x" | count'), [
    'weir: no event has ever had a field user.nam; did you mean user.name?',
  ]);
  // Of an answer that is not empty a name that leads nowhere is told all the same.
  assert.deepEqual(await said('events | summarize count() by Usr'), [
    'weir: no event has ever had a field Usr; did you mean User?',
  ]);
  assert.deepEqual(await said('events | where @timestamp < datetime(2020-01-01)'), [
    'weir: the earliest event that is kept is of 2026-11-01T10:01:00.000Z',
  ]);
  assert.deepEqual(await said('events | where User == "ann"', '--since', '2026-11-02T00:00:00Z'), [
    'weir: the latest event is of 2026-11-01T10:02:00.000Z',
    'weir: the source pc has been silent since 2026-11-01T10:02:00.000Z',
  ]);
  assert.deepEqual(await said('events | where weir.source.id == "pcs" | count'), [
    'weir: no event came from a source pcs; did you mean pc?',
  ]);
  // What is there and merely does not match has no other reason than that.
  assert.deepEqual(await said('events | where User == "eve" and host.name == "x"'), []);
  assert.deepEqual(await said('host:nobody'), []);
});

test('every column of a table is in the documents', () => {
  const text = fs.readFileSync(new URL('../../docs/store.md', import.meta.url), 'utf8');
  for (const table of KEPT_TABLES) {
    const line = text.split('\n').find((one) => one.startsWith(`| \`${table}\` |`)) ?? '';
    const named = [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name).slice(1);
    assert.deepEqual(
      named,
      tableColumns(table).map(({ name }) => name),
      table,
    );
  }
});
