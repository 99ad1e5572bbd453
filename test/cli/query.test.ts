/** `weir query`, `weir store` and `POST /v1/query`: into a folder, and asked for again. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openServer } from '../../src/server/kit.twin.ts';
import { scratch, startWeir, weir } from './run.ts';

const EVENTS = [
  { EventID: 4688, Channel: 'Security', Hostname: 'WS1', NewProcessName: 'C:\\Windows\\System32\\whoami.exe', n: 1 },
  { EventID: 4688, Channel: 'Security', Hostname: 'WS2', NewProcessName: 'C:\\Windows\\System32\\cmd.exe', n: 2 },
  { EventID: 4624, Channel: 'Security', Hostname: 'WS2', TargetUserName: 'ann', n: 9_007_199_254_740_993n },
].map((event) =>
  JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? { digits: String(value) } : value)).replace(
    /\{"digits":"(\d+)"\}/g,
    '$1',
  ),
);

const parquetIn = (data: string): string[] =>
  fs
    .readdirSync(path.join(data, 'store'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'));

test('what was ingested is found: counted, grouped, by words, with every digit, as lines, CSV and a table', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const file = write('events.ndjson', `${EVENTS.join('\n')}\n`);
  assert.equal((await weir(['ingest', file, '--data', data, '--source', 'pc'])).status, 0);
  const ask = (text: string, ...flags: string[]) => weir(['query', text, '--data', data, ...flags]);
  const count = await ask('events | summarize n=count()');
  assert.deepEqual([count.status, count.stdout], [0, '{"n":3}\n']);
  assert.match(count.stderr, /3 events in 1 segments; complete up to position \d+/);
  assert.equal((await ask('events | count')).stdout, '{"Count":3}\n');
  const here = await weir(['query', 'events | count', '--data', 'data'], { cwd: folder });
  assert.deepEqual([here.status, here.stdout], [0, '{"Count":3}\n'], here.stderr);
  const grouped = await ask('events | summarize n=count() by Hostname | sort by Hostname asc', '--format', 'csv');
  assert.equal(grouped.stdout, 'Hostname,n\r\nWS1,1\r\nWS2,2\r\n');
  assert.match(
    (await ask('whoami')).stdout,
    /^\{.*"NewProcessName":"C:\\\\Windows\\\\System32\\\\whoami.exe","n":1\}\n$/,
  );
  assert.equal((await ask('events | where EventID == 4624 | project n')).stdout, '{"n":9007199254740993}\n');
  const table = await ask('events | summarize n=count() by EventID | sort by n desc', '--format', 'table');
  assert.equal(table.stdout, 'EventID  n\n───────  ─\n4688     2\n4624     1\n');
});

test('an answer is a Parquet file that DuckDB reads, with what it covers; one that fails is none', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  await weir(['ingest', write('events.ndjson', `${EVENTS.join('\n')}\n`), '--data', data, '--source', 'pc']);
  const ask = async (text: string): Promise<{ status: number | null; file: string; stderr: string }> => {
    const file = path.join(folder, 'answer.parquet');
    const child = startWeir(['query', text, '--data', data, '--format', 'parquet']);
    child.stdin?.end();
    const parts: Buffer[] = [];
    child.stdout?.on('data', (part: Buffer) => parts.push(part));
    let stderr = '';
    child.stderr?.on('data', (part: Buffer) => (stderr += part));
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    fs.writeFileSync(file, Buffer.concat(parts));
    return { status, file, stderr };
  };
  const made = await ask('events | project n, Hostname, user = TargetUserName | sort by n asc');
  assert.deepEqual([made.status, /3 events in 1 segments/.test(made.stderr)], [0, true]);
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = async (sql: string): Promise<unknown> =>
    (await connection.runAndReadAll(sql.replace('FILE', `'${made.file}'`))).getRowsJson();
  assert.deepEqual(await rows('SELECT n::VARCHAR, Hostname, "user" FROM FILE'), [
    ['1', 'WS1', null],
    ['2', 'WS2', null],
    ['9007199254740993', 'WS2', 'ann'],
  ]);
  const [[, told]] = (await rows('SELECT decode(key), decode(value) FROM parquet_kv_metadata(FILE)')) as [
    string,
    string,
  ][];
  assert.equal((JSON.parse(told) as { share: number }).share, 1);
  const failed = await ask('events | sumarize n=count()');
  assert.deepEqual([failed.status, fs.statSync(failed.file).size], [1, 0]);
  const wrong = await weir(['query', 'events', '--data', data, '--format', 'xml']);
  assert.match(wrong.stderr, /table, ndjson, csv, parquet/);
});

test('a mistake is named with its place and what may be meant; nothing else is said', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  await weir(['ingest', write('events.ndjson', `${EVENTS[0]}\n`), '--data', data]);
  const wrong = await weir(['query', 'events | sumarize n=count()', '--data', data]);
  assert.deepEqual([wrong.status, wrong.stdout], [1, '']);
  assert.match(wrong.stderr, /1:10.*sumarize[\s\S]*Did you mean summarize/);
  const since = await weir(['query', 'events | count', '--data', data, '--since', 'yesterday']);
  assert.equal(since.status, 2);
  const none = await weir(['query', 'events', '--data', path.join(folder, 'nothing')]);
  assert.match(none.stderr, /no data folder of weir/);
});

test('an answer that lacks a segment says how much it lacks, and of which time', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  for (const [i, event] of EVENTS.entries()) {
    await weir(['ingest', write(`${i}.ndjson`, `${event}\n`), '--data', data, '--source', `s${i}`]);
  }
  assert.equal((await weir(['store', 'compact', '--data', data])).status, 0);
  const [gone] = parquetIn(data);
  fs.rmSync(path.join(data, 'store', gone));
  const found = await weir(['query', 'events | count', '--data', data]);
  assert.equal(found.stdout, '{"Count":2}\n');
  assert.match(found.stderr, /66\.67 % of the events could be read/);
  assert.match(found.stderr, /1 events from \d{4}-\d\d-\d\dT/);
});

test('bytes by kind are told, and a lost catalogue is made anew', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  await weir(['ingest', write('events.ndjson', `${EVENTS.join('\n')}\n`), '--data', data]);
  await weir(['store', 'compact', '--data', data]);
  for (const name of fs.readdirSync(path.join(data, 'store'))) {
    if (name.startsWith('catalogue.db')) fs.rmSync(path.join(data, 'store', name));
  }
  const rebuilt = await weir(['store', 'rebuild', '--data', data]);
  assert.deepEqual([rebuilt.status, rebuilt.stdout], [0, '']);
  assert.match(rebuilt.stderr, /3 events in 1 segments are in the catalogue/);
  const stats = JSON.parse((await weir(['store', 'stats', '--data', data])).stdout) as {
    events: number;
    bytes: Record<string, number>;
  };
  assert.equal(stats.events, 3);
  assert.ok(stats.bytes['segments'] > 0 && stats.bytes['catalogue'] > 0 && stats.bytes['journal'] > 0);
});

test('a server answers with lines, complete up to the last ack, and to the tenant alone', async (t) => {
  const { folder } = scratch(t);
  const data = path.join(folder, 'data');
  const server = await openServer(folder);
  t.after(() => server.close());
  for (let i = 0; i < 3; i++) {
    await server.post(`${EVENTS[i]}\n`);
    const { stdout, status, stderr } = await weir(['query', 'events | count', '--data', data]);
    assert.deepEqual([status, stdout], [0, `{"Count":${i + 1}}\n`], stderr);
  }
  const stats = JSON.parse((await weir(['store', 'stats', '--data', data])).stdout) as { events: number };
  assert.equal(stats.events, 3);
});
