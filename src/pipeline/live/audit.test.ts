/** The audit and its thread, audit-worker.ts. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Audit } from './audit.ts';
import { event, newFolder, openNode, send } from './kit.twin.ts';

const all = { source: null, fromMinute: 0, toMinute: Number.MAX_SAFE_INTEGER };

test('accounts are read back up to what is durable when they are asked for, page by page', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const audit = new Audit(path.join(folder, 'data', 'journal'), () => node.progress.durable);
  const minute = 29_000_000;
  for (let i = 0; i < 3; i++) await send(node, event({ i }), { receivedAt: (minute + i) * 60_000 });
  await send(node, 'no event\n', { tenant: 'other' });
  const first = await audit.accounts({ tenant: 'default', ...all }, 0, 2);
  assert.deepEqual([first.accounts.map((account) => account.minute), first.more], [[minute, minute + 1], true]);
  const rest = await audit.accounts({ tenant: 'default', ...all }, 2, 2);
  assert.deepEqual([rest.accounts.map((account) => account.stored), rest.more], [[1], false]);
  assert.deepEqual(await audit.totals({ tenant: 'other', ...all }), {
    received: 1,
    stored: 0,
    filtered: 0,
    dead: 1,
    expired: 0,
  });
  assert.deepEqual((await audit.totals({ tenant: 'default', ...all, toMinute: minute + 1 })).received, 1);
  await node.close();
  assert.deepEqual(await audit.imbalances(), []);
  await audit.close();
});

test('keys come back with what their requests were answered', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  const audit = new Audit(path.join(folder, 'data', 'journal'), () => node.progress.durable);
  const at = Date.now();
  const sender = { tenant: 'default', source: 's', door: 'http', credential: 'c', request: 'r', receivedAt: at };
  const body = Uint8Array.from(Buffer.from(`${event({ a: 1 })}\nbad\n`));
  const key = { key: 'aa', body: 'bb' };
  const { position } = await node.ingest({ ...sender, format: 'ndjson', encoding: 'identity', body, key });
  assert.deepEqual(await audit.keys(at - 1), [{ ...key, accepted: 1, dead: 1, position, at }]);
  assert.deepEqual(await audit.keys(at), []);
  await node.close();
  await audit.close();
  await assert.rejects(audit.keys(0), { code: 'server.closed' });
});
