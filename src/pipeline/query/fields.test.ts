import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { JournalReader } from '../../journal/index.ts';
import { DuckPool } from '../../query/index.ts';
import { FieldCounter } from '../store/field-counts.ts';
import { History } from '../store/history.ts';
import { folderWith } from '../store/history.twin.ts';
import { HistoryViews } from '../store/history-views.ts';
import type { Sources } from './ask.ts';
import { completeQuery } from './completion.ts';
import { fieldsOfEvents, topValues } from './fields.ts';
import { FolderTables } from './tables/folder.ts';

const AT = 1_790_000_000_000;
const windows = (EventID: number | string, User: string | null) => ({
  EventID,
  Channel: 'Security',
  Hostname: 'WS1',
  ...(User === null ? {} : { TargetUserName: User }),
});
const folder = folderWith('fields', [
  {
    tenant: 'default',
    source: 'pc',
    at: AT,
    events: [windows(4624, 'ann'), windows(4624, "o'hara"), windows('4625', 'ann'), windows(1102, null)],
  },
  { tenant: 'other', source: 'pc', at: AT, events: [{ secret: 'x', TargetUserName: 'zoe' }] },
]);
const history = new History(folder);
const pool = new DuckPool(path.join(folder, 'query'));
after(async () => {
  await pool.close();
  history.close();
});
const { next } = new JournalReader(path.join(folder, 'journal')).head();
const sources: Sources = {
  history: new HistoryViews(history).upTo(next),
  pool,
  tables: new FolderTables(folder),
  rules: () => null,
};

test('fields of a tenant come with types, counts of events and the other names that lead to them', async () => {
  const { fields, events } = await fieldsOfEvents(sources.history, 'default');
  assert.equal(events, 4);
  const shown = fields.map((field) => [field.path, field.kinds.toSorted().join(), field.events]);
  assert.deepEqual(shown, [
    ['Channel', 'string', 4],
    ['EventID', 'integer,string', 4],
    ['Hostname', 'string', 4],
    ['TargetUserName', 'string', 3],
  ]);
  const names = (path: string) => fields.find((field) => field.path === path)?.aliases ?? [];
  assert.ok(names('Hostname').includes('host.name') && names('Hostname').includes('Computer'));
  assert.ok(names('EventID').includes('event.code'), String(names('EventID')));
  assert.deepEqual((await fieldsOfEvents(sources.history, 'nobody')).fields, []);
});

test('counts are worked out anew when segments have changed, and only then', () => {
  const counter = new FieldCounter(history.store);
  assert.equal(counter.of('default'), counter.of('default'));
  assert.equal(counter.of('other').events, 1);
});

test('values of a field by how many events have them, asked for by any of its names, whatever is in the name', async () => {
  const asked = { tenant: 'default', since: null, now: AT, prefix: '', limit: 10 };
  const values = (field: string, prefix = '') => topValues(sources, { ...asked, field, prefix });
  const USERS = [
    { value: 'ann', events: 2 },
    { value: "o'hara", events: 1 },
  ];
  assert.deepEqual(await values('TargetUserName'), USERS);
  assert.deepEqual(await values('user.target.name'), USERS);
  assert.deepEqual(await values('TargetUserName', "O'H"), [{ value: "o'hara", events: 1 }]);
  assert.deepEqual(await values('EventID'), [
    { value: '4624', events: 2 },
    { value: '1102', events: 1 },
    { value: '4625', events: 1 },
  ]);
  for (const hostile of ['x" | union (events)', "a'] | count //", 'x\n| take 1', '*']) {
    assert.deepEqual(await values(hostile), [], hostile);
  }
});

test('a query is completed with fields and values that the tenant has', async () => {
  const at = (text: string) =>
    completeQuery(sources, {
      tenant: 'default',
      now: AT,
      text,
      offset: text.length,
      targets: (kind) => (kind === 'rule' ? ['Mimikatz Use', 'Other'] : []),
    });
  const labels = async (text: string) => (await at(text)).candidates.map(({ label }) => label);
  assert.deepEqual((await labels('events | where TargetU')).slice(0, 1), ['TargetUserName']);
  assert.ok((await labels('events | where host.')).includes('host.name'));
  assert.deepEqual(await labels('events | where TargetUserName == "'), ['ann', "o'hara"]);
  assert.deepEqual(await labels('events | where user.target.name == "a'), ['ann']);
  assert.ok((await labels('hits | where rule.t')).includes('rule.title'));
  assert.deepEqual(await labels('events | detect rule:"mimi'), ['Mimikatz Use']);
  assert.ok(!(await labels('events | where s')).includes('secret'));
});
