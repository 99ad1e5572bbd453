/** Tiers on the command line: a folder that nobody serves, whose segments go to an object store and are asked, hunted in, verified and found again there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { event, RULE } from '../../src/server/kit.twin.ts';
import { type Result, scratch, weir } from './run.ts';

const EVENTS = Array.from({ length: 200 }, (_, n) =>
  event({ '@timestamp': '2026-01-01T00:00:00Z', User: n % 50 === 0 ? 'mallory' : 'alice', n }),
).join('\n');

test('what went to the object store is asked, hunted in and verified as before, found again, and missed by name', async (t) => {
  const { folder, write } = scratch(t);
  const data = path.join(folder, 'data');
  const objects = path.join(folder, 'objects');
  const rules = write('rule.yml', RULE);
  const events = write('events.ndjson', `${EVENTS}\n`);
  const config = write('weir.yaml', `store: {tiers: {cold: {url: "${pathToFileURL(objects).href}", after: 1s}}}\n`);
  const run = async (status: number, ...command: readonly string[]): Promise<Result> => {
    const result = await weir([...command, '--data', data], { cwd: folder });
    assert.equal(result.status, status, `${command.join(' ')}: ${result.stderr}`);
    return result;
  };
  const files = (): string[] =>
    fs.readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  const forget = (): void => {
    for (const name of files()) fs.rmSync(path.join(data, name));
  };
  await run(0, 'ingest', events);
  const asked = ['query', 'events | summarize n=count(), s=sum(n) by User | order by n asc'];
  const before = (await run(0, ...asked)).stdout;
  const hits = (await run(0, 'hunt', rules)).stdout;
  assert.equal(hits.trim().split('\n').length, 4);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.match((await run(0, 'store', 'tier', '--config', config)).stderr, /1 segments, .* went to the object store/);
  assert.deepEqual(files(), []);
  assert.match((await run(0, 'verify')).stderr, /1 segments with 200 events are in the object store and were not read/);
  assert.match(
    (await run(0, 'verify', '--cold')).stderr,
    /200 events in 1 segments are as they were signed, 200 of them/,
  );
  assert.equal((await run(0, 'hunt', rules)).stdout, hits);
  forget();
  assert.equal((await run(0, ...asked)).stdout, before);
  forget();
  for (const name of ['', '-wal', '-shm']) fs.rmSync(path.join(data, 'store', `catalogue.db${name}`), { force: true });
  assert.match((await run(1, ...asked)).stderr, /the catalogue is gone, and 1 segments are in the object store/);
  assert.match((await run(0, 'store', 'rebuild')).stderr, /200 events in 1 segments are in the catalogue/);
  assert.equal((await run(0, ...asked)).stdout, before);
  const stats = JSON.parse((await run(0, 'store', 'stats', '--format', 'json')).stdout);
  assert.deepEqual([stats.tiers.local.events, stats.tiers.cold.events], [0, 200]);
  forget();
  fs.rmSync(objects, { recursive: true });
  assert.match((await run(0, ...asked)).stderr, /0\.00 % of the events could be read/);
  assert.match((await run(1, 'hunt', rules)).stderr, /200 events could not be read/);
  assert.match((await run(1, 'verify', '--cold')).stdout, /is not in /);
});
