/** Tiers as they are configured, and in a running server. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { verifyFolder } from '../pipeline/index.ts';
import { loadConfig } from './config/index.ts';
import { refusals, scratchFile } from './config/samples.twin.ts';
import { newFolder, openServer } from './server.twin.ts';
import { tierSettings, warmSettings } from './tier-settings.ts';

const DAY = 86_400_000;

test('policies come from the configuration, the age that is for all of it behind them; without an object store they are refused', (t) => {
  const { write } = scratchFile(t);
  const policies = '    policies: {noise: {sources: ["fw*"], cold_after: 1d, local_bytes: 1GiB, by: event_time}}\n';
  const file = write(
    `store:\n  tiers:\n    cold: {url: "file:///mnt/old", after: 30d, cache_bytes: 1GiB}\n${policies}`,
  );
  const { place, policies: read, everyMs } = tierSettings(loadConfig({ file })) ?? {};
  assert.deepEqual([place, everyMs], [{ url: 'file:///mnt/old', cache_bytes: 2 ** 30 }, 600_000]);
  assert.deepEqual(read, [
    { name: 'noise', by: 'event_time', sources: ['fw*'], coldMs: DAY, localBytesMax: 2 ** 30 },
    { name: 'cold', by: 'receive', coldMs: 30 * DAY },
  ]);
  const bare = loadConfig({ file: write('{}\n') });
  assert.deepEqual([tierSettings(bare), warmSettings(bare)], [null, null]);
  const warm = loadConfig({ file: write('store: {tiers: {warm: {after: 7d, zstd: 12}}}\n') });
  assert.deepEqual(warmSettings(warm), { afterMs: 7 * DAY, zstd: 12 });
  assert.match(
    refusals(write(`store:\n  tiers:\n${policies}`)).join(),
    /policies\.noise: needs store\.tiers\.cold\.url/,
  );
  assert.match(refusals(write('store: {tiers: {cold: {after: 3d}}}\n')).join(), /cold\.after: needs store/);
});

test('a server moves what is due to the object store, answers as before, and all of it verifies', async () => {
  const folder = newFolder();
  const objects = `${folder}-objects`;
  const config = {
    store: {
      tiers: { check_every: '1s', cold: { url: pathToFileURL(objects).href, after: '2s', cache_bytes: '1MiB' } },
    },
  };
  const server = await openServer({ folder, config });
  const ask = async (): Promise<{ readonly rows: unknown[]; readonly coverage: Record<string, unknown> }> => {
    const answer = await fetch(`${server.server.url}/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.credentials.admin_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'events | summarize n=count(), s=sum(n) by weir.source.id | order by s asc' }),
    });
    assert.equal(answer.status, 200);
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { rows: lines.slice(0, -1), coverage: lines.at(-1)?.['weir.coverage'] as Record<string, unknown> };
  };
  for (const source of ['a', 'b']) {
    const body = Array.from({ length: 50 }, (_, n) => `${JSON.stringify({ n, of: source })}\n`).join('');
    await server.send(body, `?source=${source}`);
  }
  const before = await ask();
  assert.equal(before.rows.length, 2);
  const stats = async (): Promise<{ readonly tiers: { readonly cold: { readonly events: number } } }> =>
    (await server.ask('GET', '/v1/store')).json as never;
  const parquet = (below: string): number =>
    fs.readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet')).length;
  for (
    let tries = 0;
    (await stats()).tiers.cold.events < 100 || parquet(path.join(folder, 'data', 'store')) > 0;
    tries++
  ) {
    assert.ok(tries < 100, 'nothing was moved within 20 seconds');
    await sleep(200);
  }
  assert.deepEqual([parquet(path.join(folder, 'data', 'store')), parquet(objects)], [0, 2]);
  const after = await ask();
  assert.deepEqual([after.rows, after.coverage['share'], after.coverage['notes']], [before.rows, 1, []]);
  // The object store is gone: what is here as a copy is still read, and what is not is told of.
  fs.rmSync(objects, { recursive: true });
  assert.deepEqual((await ask()).rows, before.rows);
  await server.close();
  const data = path.join(folder, 'data');
  for (const file of fs.readdirSync(path.join(data, 'store'), { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.parquet')) fs.rmSync(path.join(data, 'store', file));
  const report = verifyFolder({ folder: data, detection: true });
  assert.deepEqual([report.findings, report.segments.away], [[], { segments: 2, events: 100 }]);
  fs.rmSync(folder, { recursive: true });
});
