/**
 * Queries in processes of their own (duck-process, engine, member), tried on real files: what they may read, what they may take, how they
 * end, and how values come back (wire).
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { overrideLimits, WeirError } from '../../base/index.ts';
import { Bag, DateTime, List, TimeSpan, type Value } from '../../lang/index.ts';
import type { DuckAnswer, DuckQuery } from './answer.ts';
import type { Scope } from './messages.ts';
import { DuckPool } from './pool.ts';

const MiB = 1024 * 1024;
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-duck-'));
const data = path.join(home, 'store');
fs.mkdirSync(data);
after(() => fs.rmSync(home, { recursive: true, force: true }));

overrideLimits({ queryMemoryBytes: 128 * MiB, queryTemporaryBytes: 16 * MiB, queryThreadsMax: 2 });

/** A file with the numbers from 0 and a text of each. */
async function numbers(name: string, rows: number): Promise<string> {
  const file = path.join(data, name);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT i AS n, 'text ' || i AS t FROM range(${rows}) r(i)) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  return file;
}

const small = await numbers('small.parquet', 10_000);
const scope: Scope = { folders: [data], files: [] };

function pooled(t: { after: (work: () => Promise<void>) => void }): DuckPool {
  const pool = new DuckPool(path.join(home, `tmp-${Math.random()}`));
  t.after(() => pool.close());
  return pool;
}

async function rowsOf(answer: DuckAnswer): Promise<Value[][]> {
  const rows: Value[][] = [];
  for await (const batch of answer) {
    for (let row = 0; row < batch.rows; row++) rows.push(batch.columns.map((column) => column[row]));
  }
  return rows;
}

async function failure(pool: DuckPool, query: DuckQuery): Promise<WeirError> {
  try {
    await rowsOf(await pool.query(query));
  } catch (error) {
    assert.ok(error instanceof WeirError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `${query.sql} was expected to fail` });
}

test('columns of all kinds come back as values of queries', async (t) => {
  const pool = pooled(t);
  const answer = await pool.query({
    scope,
    sql: `SELECT 1::INTEGER AS i, 9007199254740993 AS l, 170141183460469231731687303715884105727::HUGEINT AS h, 1.5::DOUBLE AS r,
      2.25::DECIMAL(9, 2) AS d, true AS b, 'ä' || chr(0) || '"' AS s, NULL::DOUBLE AS n, TIMESTAMPTZ '2026-03-01 09:15:02.117+01' AS at,
      DATE '2026-03-01' AS day, INTERVAL '1 day 2 seconds' AS span, [1, NULL]::DOUBLE[] AS list, {'a': 7, 'b': [DATE '1970-01-02']} AS bag,
      MAP {'k': 'v'} AS map, '\\x01\\xFF'::BLOB AS bytes`,
  });
  assert.deepEqual(
    (await answer.columns()).map(({ name, type }) => `${name} ${type}`),
    [
      'i long',
      'l long',
      'h long',
      'r real',
      'd real',
      'b bool',
      's string',
      'n real',
      'at datetime',
      'day datetime',
    ].concat(['span timespan', 'list dynamic', 'bag dynamic', 'map dynamic', 'bytes string']),
  );
  assert.deepEqual(await rowsOf(answer), [
    [
      1n,
      9_007_199_254_740_993n,
      2n ** 127n - 1n,
      1.5,
      2.25,
      true,
      'ä\0"',
      null,
      new DateTime(17_723_529_021_170_000n),
      new DateTime(17_723_232_000_000_000n),
      new TimeSpan(864_020_000_000n),
      new List([1, null]),
      new Bag(
        new Map<string, Value>([
          ['a', 7n],
          ['b', new List([new DateTime(864_000_000_000n)])],
        ]),
      ),
      new Bag(new Map([['k', 'v']])),
      'Af8=',
    ],
  ]);
});

test('every row comes once, whatever the batches', async (t) => {
  const pool = pooled(t);
  const answer = await pool.query({ scope, sql: `SELECT n, t FROM read_parquet('${small}') ORDER BY n` });
  const rows = await rowsOf(answer);
  assert.equal(rows.length, 10_000);
  assert.deepEqual(rows[9_999], [9_999n, 'text 9999']);
  assert.ok(rows.every(([n], i) => n === BigInt(i)));
});

test('long texts come in small batches', async (t) => {
  const pool = pooled(t);
  const answer = await pool.query({ scope, sql: `SELECT repeat('x', 100_000) FROM range(40)` });
  const sizes: number[] = [];
  for await (const { rows } of answer) sizes.push(rows);
  // Two are less than 256 Ki characters, twice two are not; the first 16 are read before anything is known of them.
  assert.deepEqual(sizes, [16, 4, 4, 4, 4, 4, 4]);
});

test('nothing is read but what the scope names, and nothing is written, loaded or set', async (t) => {
  const pool = pooled(t);
  const secret = path.join(home, 'secret.txt');
  fs.writeFileSync(secret, 'secret');
  const only = { folders: [], files: [small] };
  assert.deepEqual(
    await rowsOf(await pool.query({ scope: only, sql: `SELECT count(*) FROM read_parquet('${small}')` })),
    [[10_000n]],
  );
  const refused: readonly (readonly [string, Scope])[] = [
    [`SELECT * FROM read_text('${secret}')`, scope],
    [`SELECT * FROM read_text('${data}/../secret.txt')`, scope],
    [`SELECT * FROM read_csv('/etc/passwd')`, scope],
    [`SELECT * FROM glob('${home}/*')`, scope],
    [`SELECT * FROM glob('${data}/*')`, { folders: [], files: [secret] }],
    [`SELECT * FROM read_parquet('https://example.com/x.parquet')`, scope],
    [`COPY (SELECT 1) TO '${data}/evil.parquet'`, scope],
    [`SELECT * FROM query('COPY (SELECT 1) TO ''${data}/evil.parquet''')`, scope],
    [`EXPORT DATABASE '${data}/evil'`, scope],
    [`ATTACH '${data}/evil.db'`, scope],
    ['SELECT 1; SELECT 2', scope],
    [`SELECT 1) x; EXPORT DATABASE '${data}/evil'; SELECT * FROM (SELECT 1`, scope],
    [`SELECT 1; EXPORT DATABASE '${data}/evil'`, scope],
    ['SET threads = 64', scope],
    ['INSTALL httpfs', scope],
    ['LOAD httpfs', scope],
    ['SELECT nonsense(', scope],
  ];
  for (const [sql, within] of refused) {
    const { code, message } = await failure(pool, { sql, scope: within });
    assert.equal(code, 'query.refused', `${sql}: ${message}`);
  }
  assert.deepEqual(fs.readdirSync(data), ['small.parquet']);
  assert.equal(pool.load.running, 0);
});

/** Groups that fit neither in memory nor in the room on disk. */
const HUGE =
  'SELECT count(*) FROM (SELECT i, repeat(i::VARCHAR, 20) AS t, count(*) FROM range(50_000_000) r(i) GROUP BY ALL)';
/** Work without memory, for minutes. */
const LONG = 'SELECT sum(hash(a.i + b.i)) FROM range(1_000_000) a(i), range(1_000_000) b(i)';

test('a query that takes too much memory ends with a word for it, and others go on beside it', async (t) => {
  const pool = pooled(t);
  const big = failure(pool, { scope, sql: HUGE });
  const beside = await rowsOf(await pool.query({ scope, sql: `SELECT max(n) FROM read_parquet('${small}')` }));
  assert.deepEqual(beside, [[9_999n]]);
  const error = await big;
  assert.equal(error.code, 'query.too_big', error.message);
  assert.match(error.hint ?? '', /shorter time/);
  assert.deepEqual(await rowsOf(await pool.query({ scope, sql: 'SELECT 1' })), [[1n]]);
});

test('one row that does not fit into memory ends its query alone', async (t) => {
  const pool = pooled(t);
  const error = await failure(pool, { scope, sql: `SELECT repeat('x', 3_000_000_000)` });
  assert.equal(error.code, 'query.too_big');
  assert.equal(error.message, 'the query took more than its 128 MiB of memory');
  assert.deepEqual(await rowsOf(await pool.query({ scope, sql: 'SELECT 1' })), [[1n]]);
});

test('a query ends in time, when it is cancelled and when nobody reads it any more', async (t) => {
  const pool = pooled(t);
  const at = performance.now();
  assert.equal((await failure(pool, { scope, sql: LONG, timeMs: 300 })).code, 'query.timeout');
  const controller = new AbortController();
  const cancelled = failure(pool, { scope, sql: LONG, signal: controller.signal });
  await sleep(300);
  controller.abort();
  assert.equal((await cancelled).code, 'query.cancelled');
  assert.equal((await failure(pool, { scope, sql: 'SELECT 1', signal: controller.signal })).code, 'query.cancelled');
  for await (const { rows } of await pool.query({ scope, sql: 'SELECT i FROM range(1_000_000_000_000) r(i)' })) {
    assert.ok(rows > 0);
    break;
  }
  assert.equal(pool.load.running, 0);
  assert.ok(performance.now() - at < 10_000);
});

test('a reader that takes its time slows the query down instead of filling memory', async (t) => {
  const pool = pooled(t);
  const answer = await pool.query({ scope, sql: 'SELECT i FROM range(1_000_000_000_000) r(i)' });
  const before = process.memoryUsage().rss;
  await sleep(1000);
  assert.ok(process.memoryUsage().rss - before < 64 * MiB);
  answer.stop('query.cancelled', 'enough');
  await answer.ended;
});

test('queries wait for their turn, in time and not too many of them', async (t) => {
  overrideLimits({ queryProcessesMax: 1, queryWaitingMax: 2 });
  t.after(() => overrideLimits({ queryProcessesMax: 2, queryWaitingMax: 64 }));
  const pool = pooled(t);
  const first = failure(pool, { scope, sql: LONG, timeMs: 1500 });
  const late = failure(pool, { scope, sql: 'SELECT 1', timeMs: 200 });
  const second = pool.query({ scope, sql: 'SELECT 2' }).then(rowsOf);
  assert.equal((await failure(pool, { scope, sql: 'SELECT 3' })).code, 'query.busy');
  assert.equal((await late).code, 'query.timeout');
  assert.equal((await first).code, 'query.timeout');
  assert.deepEqual(await second, [[2n]]);
});

test('a process that crashes is told of, and the next query has a new one', async (t) => {
  const pool = pooled(t);
  const answer = await pool.query({ scope, sql: 'SELECT i FROM range(1_000_000_000_000) r(i)' });
  const [pid] = children(process.pid);
  process.kill(pid, 'SIGSEGV');
  await assert.rejects(rowsOf(answer), { code: 'query.failed', message: /ended by itself \(SIGSEGV\)/ });
  assert.deepEqual(await rowsOf(await pool.query({ scope, sql: 'SELECT 1' })), [[1n]]);
});

test('progress is told', async (t) => {
  const pool = pooled(t);
  const told: number[] = [];
  const sql = `SELECT count(*) FROM read_parquet([${Array.from({ length: 400 }, () => `'${small}'`)}]) a WHERE regexp_matches(repeat(t, 40), '7.*9.*8.*z')`;
  await rowsOf(await pool.query({ scope, sql, progress: (done) => told.push(done) }));
  assert.ok(told.length > 0 && told.every((done, i) => done > (told[i - 1] ?? 0) && done <= 1), String(told));
});

test('the process of a query dies with the program that asked, even by kill -9', async () => {
  const script = path.join(import.meta.dirname, 'orphan.twin.ts');
  const parent = spawn(process.execPath, [script, path.join(home, 'orphan')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  const [pid] = children(parent.pid ?? 0);
  assert.ok(pid > 0);
  parent.kill('SIGKILL');
  for (let tries = 0; tries < 100 && fs.existsSync(`/proc/${pid}`); tries++) await sleep(50);
  assert.equal(fs.existsSync(`/proc/${pid}`), false);
});

/** Process ids of the children of a process. */
function children(parent: number): number[] {
  return fs.readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').map(Number);
}
