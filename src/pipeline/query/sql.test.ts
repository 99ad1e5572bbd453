import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { DuckPool } from '../../query/index.ts';
import { History } from '../store/history.ts';
import { folderWith, numbered } from '../store/history.twin.ts';
import { HistoryViews } from '../store/history-views.ts';
import { askSql, eventsView } from './sql.ts';

const AT = 1_790_000_000_000;
const folder = folderWith("it's sql", [
  { tenant: 'default', source: 'web', at: AT, events: numbered(0, 5) },
  {
    tenant: 'default',
    source: "o'source",
    at: AT,
    events: [{ n: 'text', User: 'ann', tenant: 'mine', source: 'own' }],
  },
  { tenant: 'other', source: 'web', at: AT, events: [{ secret: 'of-other', n: 1 }] },
]);
const history = new History(folder);
const pool = new DuckPool(path.join(folder, 'query'));
after(async () => {
  await pool.close();
  history.close();
});
const { next } = new JournalReader(path.join(folder, 'journal')).head();
const source = new HistoryViews(history).upTo(next);

async function rows(text: string, tenant = 'default'): Promise<unknown[]> {
  const reply = await askSql({ history: source, pool }, { text, tenant });
  const found: unknown[] = [];
  for await (const row of reply.rows) found.push(JSON.parse(row));
  return found;
}

test('SELECTs over the view events have every event of the tenant once, of all sources, fields of its own name included', async () => {
  assert.deepEqual(await rows('SELECT count(*) AS n FROM events'), [{ n: 6 }]);
  assert.deepEqual(
    await rows(
      `WITH e AS (FROM events WHERE n = '3' OR "User" IS NOT NULL) SELECT n, tenant, source FROM e ORDER BY n -- end`,
    ),
    [
      { n: '3', tenant: null, source: null },
      { n: 'text', tenant: 'mine', source: 'own' },
    ],
  );
  assert.deepEqual(await rows('SELECT 1 AS a, 2 AS a, 3 AS a'), [{ a: 1, a_1: 2, a_2: 3 }]);
  assert.deepEqual(await rows('SELECT count(*) AS n, max("weir.time") AS t FROM events', 'nobody'), [
    { n: 0, t: null },
  ]);
});

test('an answer says what it covers, and lets go of it', async () => {
  const reply = await askSql({ history: source, pool }, { text: 'SELECT 1', tenant: 'default' });
  for await (const _ of reply.rows);
  const { events, segments, share, position } = await reply.coverage();
  assert.deepEqual([events, segments, share, position], [6, 2, 1, next]);
});

test('nothing else is read, nothing is written, loaded, set or kept, and other tenants are not there', async () => {
  const secrets = fs
    .readdirSync(path.join(folder, 'store'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('tenant=other') && name.endsWith('.parquet'))
    .map((name) => path.join(folder, 'store', name).replaceAll("'", "''"));
  assert.equal(secrets.length, 1);
  const [secret] = secrets;
  const store = path.join(folder, 'store').replaceAll("'", "''");
  const out = path.join(folder, 'out.csv');
  const refused = [
    `SELECT * FROM read_parquet('${secret}')`,
    `SELECT * FROM '${secret}'`,
    `SELECT * FROM read_parquet('${store}/*/*/*.parquet', union_by_name = true)`,
    `SELECT * FROM read_parquet('${store}/tenant=default/../tenant=other/**/*.parquet')`,
    `SELECT * FROM glob('${store}/tenant=other/**')`,
    `SELECT * FROM read_text('${folder.replaceAll("'", "''")}/detect.db')`,
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/proc/self/environ')",
    `COPY (SELECT * FROM events) TO '${out.replaceAll("'", "''")}'`,
    'CREATE TABLE x AS SELECT 1',
    'DROP VIEW events',
    "ATTACH '/tmp/x.db'",
    'INSTALL httpfs',
    'LOAD httpfs',
    "SET memory_limit = '10GB'",
    'PRAGMA enable_external_access = true',
    'SELECT 1; SELECT 2',
    'SELECT 1) AS x; DROP VIEW events; --',
    "SELECT * FROM 'https://example.com/x.parquet'",
    "EXPORT DATABASE '/tmp/x'",
    'CALL pragma_version()',
    '',
  ];
  for (const text of refused) {
    await assert.rejects(
      rows(text),
      (error: unknown) => error instanceof WeirError && /^query\.(refused|failed)$/.test(error.code),
      text,
    );
  }
  assert.equal(fs.existsSync(out), false);
  // What one query does is nothing to the next.
  assert.deepEqual(await rows('SELECT count(*) AS n FROM events'), [{ n: 6 }]);
  assert.deepEqual(await rows('SELECT "secret" FROM events', 'other'), [{ secret: 'of-other' }]);
});

test('names of files are texts in the view, whatever is in them', () => {
  assert.equal(
    eventsView(["/a'); DROP TABLE x; --.parquet"]),
    `SELECT * FROM read_parquet(['/a''); DROP TABLE x; --.parquet'], union_by_name = true, hive_partitioning = false)`,
  );
});
