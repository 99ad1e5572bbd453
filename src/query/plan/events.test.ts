/** The table `events` over segments of real sources: names, weir's own fields, which files are read, what DuckDB is asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOOLS } from '../../lang/kit.twin.ts';
import { NOW } from '../../lang/query/run/kit.twin.ts';
import { ask, fold, TestStore } from './kit.twin.ts';
import type { StoreView } from './view.ts';

const store = await TestStore.open();
const { pool } = store;

interface Answer {
  readonly rows: string[];
  /** `2/3`: two of three operators in SQL. */
  readonly applied: string;
  readonly statements: string[];
}

async function answer(query: string, view: StoreView, more: Partial<Parameters<typeof ask>[1]> = {}): Promise<Answer> {
  const statements: string[] = [];
  let applied = '';
  const rows = await ask(query, {
    pool,
    view,
    tools: { ...TOOLS, fold },
    now: NOW,
    applied: (some, all) => {
      applied = `${some}/${all}`;
    },
    statement: (sql) => statements.push(sql),
    ...more,
  });
  return { rows, applied, statements };
}

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';
const windows = (fields: object, time = '2026-03-01T10:00:00Z'): string =>
  JSON.stringify({ '@timestamp': time, Channel: SYSMON, EventID: 1, Hostname: 'ws1', ...fields });

const mixed: StoreView = {
  tenant: 'acme',
  folders: [store.folder],
  segments: [
    await store.segment(
      [
        windows({ Image: 'C:\\Windows\\System32\\cmd.exe', User: 'ACME\\bob', ProcessId: '4242' }),
        windows({ Image: 'C:\\Tools\\psexec.exe', User: '-', ProcessId: '7' }, '2026-03-01T11:00:00Z'),
        windows({ Channel: 'Security', EventID: 4624, SubjectUserName: 'alice' }, '2026-03-01T11:30:00Z'),
      ],
      0n,
      'windows',
    ),
    await store.segment(
      [
        JSON.stringify({
          '@timestamp': '2026-03-02T08:00:00Z',
          process: { name: 'sshd', pid: 99 },
          user: { name: 'root' },
          host: { name: 'web01' },
        }),
      ],
      1000n,
      'linux',
    ),
  ],
};

test('a name of the catalogue is read from what each source calls it, with its readers and conditions', async () => {
  const { rows, applied } = await answer(
    'events | summarize n = count() by name = process.name, who = user.name, process.pid | sort by name asc',
    mixed,
  );
  assert.deepEqual(rows, [
    '{"name":null,"who":"alice","process.pid":null,"n":1}',
    '{"name":"cmd.exe","who":"bob","process.pid":"4242","n":1}',
    '{"name":"psexec.exe","who":null,"process.pid":"7","n":1}',
    '{"name":"sshd","who":"root","process.pid":99,"n":1}',
  ]);
  assert.equal(applied, '2/2');
});

test('names of Sigma and of the source lead to the same values, in DuckDB and behind it', async () => {
  for (const query of [
    'events | where Computer == "ws1" and Image endswith "CMD.EXE" | project Image, host.name',
    'events | where Hostname == "ws1" | extend x = parse_json("1") | where Image endswith "CMD.EXE" | project Image, host.name',
  ]) {
    assert.deepEqual((await answer(query, mixed)).rows, [
      '{"Image":"C:\\\\Windows\\\\System32\\\\cmd.exe","host.name":"ws1"}',
    ]);
  }
});

test('a search finds what goes by names below a path, whatever the source calls it', async () => {
  assert.deepEqual((await answer('host:ws1 | count', mixed)).rows, ['{"Count":3}']);
  assert.deepEqual((await answer('host:web01 | project user.name', mixed)).rows, ['{"user.name":"root"}']);
  assert.deepEqual((await answer('psexec -user:bob | project EventID', mixed)).rows, ['{"EventID":1}']);
});

test('an event is shown as it came, with its time, id and source', async () => {
  const { rows } = await answer('events | where user.name == "root"', mixed);
  assert.deepEqual(rows, [
    '{"@timestamp":"2026-03-02T08:00:00Z","weir.id":"log1/0/1000/0","weir.source.id":"linux","process.name":"sshd","process.pid":99,"user.name":"root","host.name":"web01"}',
  ]);
});

test("weir's own fields can be asked for, and are no part of a search", async () => {
  const { rows, applied } = await answer(
    'events | where weir.id == "log1/0/2/0" | project weir.tenant, weir.source.id, weir.received, EventID',
    mixed,
  );
  assert.deepEqual(rows, [
    '{"weir.tenant":"acme","weir.source.id":"windows","weir.received":"2026-02-28T12:00:00Z","EventID":4624}',
  ]);
  assert.equal(applied, '2/2');
  assert.deepEqual((await answer('"log1" | count', mixed)).rows, ['{"Count":0}']);
  assert.deepEqual((await answer('4624 | count', mixed)).rows, ['{"Count":1}']);
});

test('segments outside the times that are asked for are not opened', async () => {
  const [first, second] = mixed.segments;
  const { rows, statements } = await answer(
    'events | where @timestamp >= datetime(2026-03-02) and EventID != 5 | count',
    mixed,
  );
  assert.deepEqual(rows, ['{"Count":1}']);
  assert.ok(statements.every((sql) => sql.includes(second.file) && !sql.includes(first.file)));
  const none = await answer('events | where @timestamp between (datetime(2020-01-01) .. 1d) | count', mixed);
  assert.deepEqual(none.rows, ['{"Count":0}']);
  assert.ok(none.statements.every((sql) => !sql.includes('.parquet')));
  const behind = await answer('events | take 4 | where @timestamp > datetime(2026-03-02) | count', mixed);
  assert.deepEqual(behind.rows, ['{"Count":1}'], 'a condition behind a cut narrows nothing');
});

test('asof leaves out what was received later', async () => {
  assert.deepEqual((await answer('events | asof datetime(2026-02-28T12:00:00Z) | count', mixed)).rows, ['{"Count":4}']);
  assert.deepEqual((await answer('events | asof datetime(2026-02-28T11:59:59Z) | count', mixed)).rows, ['{"Count":0}']);
});

test('rows that DuckDB chose are fetched with all their columns, in its order, with what was worked out', async () => {
  const { rows, applied, statements } = await answer(
    'events | extend n = strlen(process.name) | top 2 by @timestamp desc',
    mixed,
    { shown: [] },
  );
  assert.deepEqual(rows, [
    '{"process.name":"sshd","process.pid":99,"user.name":"root","host.name":"web01","n":4}',
    '{"Channel":"Security","EventID":4624,"Hostname":"ws1","SubjectUserName":"alice"}',
  ]);
  assert.equal(applied, '2/2');
  assert.equal(statements.length, 3, 'one to choose, one for each source');
});

test('what has no SQL is done behind it, over the columns it reads and no others', async () => {
  const { rows, applied, statements } = await answer(
    'events | where EventID == 1 | where tolower(Image) contains "psexec" | project User',
    mixed,
  );
  assert.deepEqual(rows, ['{"User":"-"}']);
  assert.equal(applied, '1/3');
  assert.equal(
    statements.some((sql) => sql.includes('"ProcessId"')),
    false,
  );
});

test('names that differ by case only are two columns, whatever the files call them', async () => {
  const view = await store.view([
    ['{"Name":"a","name":"b"}', '{"Name":"c"}'],
    ['{"name":"d"}', '{"name":"e","Name":1}'],
  ]);
  const { rows } = await answer('events | project x = Name, y = name | sort by y asc', view);
  assert.deepEqual(rows, ['{"x":"c","y":null}', '{"x":"a","y":"b"}', '{"x":null,"y":"d"}', '{"x":1,"y":"e"}']);
});

test('a column that some files lack is null there', async () => {
  const events = ['{"a":1,"b":2}', '{"a":1}', '{"a":1,"c":3}'];
  const view = await store.view(events.map((event) => [event]));
  const { rows, statements } = await answer('events | where a == 1 | summarize sum(b), sum(c), dcount(none)', view);
  assert.deepEqual(rows, ['{"sum_b":2,"sum_c":3,"dcount_none":0}']);
  assert.equal(statements[0].match(/read_parquet/g)?.length, 1);
});

test('a table without segments is empty and has an answer', async () => {
  const empty: StoreView = { tenant: 'acme', folders: [], segments: [] };
  assert.deepEqual((await answer('events | count', empty)).rows, ['{"Count":0}']);
  assert.deepEqual((await answer('events | summarize max(x) by y', empty)).rows, []);
  assert.deepEqual((await answer('events | where a == 1 | take 5', empty)).rows, []);
});

test('tables beside events that are joined begin with what DuckDB does of them', async () => {
  const { rows } = await answer(
    'events | where isnotempty(user.name) | project who = user.name, EventID | join kind=inner (events | summarize n = count() by who = user.name) on who | project who, n | sort by who asc',
    mixed,
  );
  assert.deepEqual(rows, ['{"who":"alice","n":1}', '{"who":"bob","n":1}', '{"who":"root","n":1}']);
});
