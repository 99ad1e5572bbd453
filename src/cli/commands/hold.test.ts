/** `weir hold` (hold.ts) against a running server, asked by way of serverPages.ts, and against its folder afterwards. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { newFolder, openServer } from '../../server/server.twin.ts';
import { holdAddCommand, holdListCommand, holdRemoveCommand } from './hold.ts';

/** Holds as they are listed. */
async function listed(t: TestContext, data: string): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const write = t.mock.method(process.stdout, 'write', (text: string) => lines.push(text) > 0);
  await holdListCommand({ data });
  write.mock.restore();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a hold is placed, listed and ended, with a server and without; it outlives the server', async (t) => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const server = await openServer({ folder });
  await server.send('{"n":1}\n');
  await holdAddCommand('case 1', { data, reason: 'litigation', source: ['web*'], from: '2026-01-01T00:00:00Z' });
  await assert.rejects(holdAddCommand('case 1', { data, reason: 'again' }), { code: 'store.hold' });
  await assert.rejects(holdRemoveCommand('case 2', { data }), { code: 'store.hold' });
  const [{ name, reason, sources, from, tenants }] = await listed(t, data);
  assert.deepEqual(
    [name, reason, sources, from, tenants],
    ['case 1', 'litigation', ['web*'], '2026-01-01T00:00:00.000Z', null],
  );
  await server.close();
  await holdAddCommand('case 2', { data, reason: 'audit', tenant: ['default'] });
  assert.deepEqual(
    (await listed(t, data)).map((hold) => [hold['name'], hold['sources'], hold['tenants']]),
    [
      ['case 1', ['web*'], undefined],
      ['case 2', undefined, ['default']],
    ],
  );
  await holdRemoveCommand('case 1', { data });
  await assert.rejects(holdRemoveCommand('case 1', { data }), { code: 'store.hold' });
  await assert.rejects(holdAddCommand('x', { data, reason: 'y', from: 'soon' }), /--from soon is neither/);
  const again = await openServer({ folder });
  assert.deepEqual(
    (await listed(t, data)).map((hold) => hold['name']),
    ['case 2'],
  );
  await again.close();
});
