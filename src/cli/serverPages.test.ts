import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { newFolder, openServer } from '../server/server.twin.ts';
import { serverAnswer, serverCall, serverPages } from './serverPages.ts';

test('a server is asked with the admin key of its folder, and what it refuses comes with its code', async () => {
  const server = await openServer({ folder: newFolder() });
  const data = path.join(server.folder, 'data');
  const { url } = server.server;
  await serverCall(data, url, 'POST', '/v1/holds', { name: 'case 1', reason: 'litigation' });
  const { items } = await serverAnswer<{ items: { name: string }[] }>(data, url, '/v1/holds');
  assert.deepEqual(
    items.map(({ name }) => name),
    ['case 1'],
  );
  await assert.rejects(serverCall(data, url, 'DELETE', '/v1/holds/other'), {
    code: 'store.hold',
    message: 'there is no hold other',
  });
  assert.deepEqual(await serverPages(data, url, '/v1/hits'), []);
  fs.rmSync(path.join(data, 'credentials.json'));
  await assert.rejects(serverCall(data, url, 'DELETE', '/v1/holds/other'), { code: 'cli.credentials' });
  await server.close();
});
