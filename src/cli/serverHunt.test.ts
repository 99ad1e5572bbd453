/** What test/cli/hunt.test.ts does not come by: servers that are gone, or that nobody may ask. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { newFolder, openServer } from '../server/kit.twin.ts';
import { HuntServer } from './serverHunt.ts';

test('a server that is gone, a forecast that is stopped, rules that are too large, and a folder without a key', async () => {
  const folder = newFolder();
  const client = await openServer(folder);
  const data = path.join(folder, 'data');
  const { url } = client.server;
  const server = new HuntServer(data, url);
  const span = { from: -(2n ** 63n), to: 2n ** 63n - 1n };
  const asked = { rules: [path.join(folder, 'rules')], pipelines: [], span };
  const stopped = new AbortController();
  const forecast = server.forecast(asked, stopped.signal);
  stopped.abort();
  await assert.rejects(forecast, { code: 'hunt.cancelled' });
  const large = path.join(folder, 'large');
  fs.mkdirSync(large);
  for (let i = 0; i < 9; i++) fs.writeFileSync(path.join(large, `${i}.yml`), `# ${'x'.repeat(4_000_000)}\n`);
  const rules = Promise.reject(new Error('not waited for'));
  rules.catch(() => {});
  const options = { rules, onHits: () => {} };
  await assert.rejects(server.hunt({ ...asked, rules: [large] }, options), { code: 'http.too_large' });
  await client.close();
  await assert.rejects(server.hunt(asked, options), { code: 'cli.server' });
  fs.rmSync(path.join(data, 'credentials.json'));
  assert.throws(() => new HuntServer(data, url), { code: 'cli.credentials' });
  fs.rmSync(folder, { recursive: true });
});
