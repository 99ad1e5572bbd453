import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { listenLocally } from './local-socket.ts';

const close = (server: net.Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

test('a local socket is its owner’s alone, is replaced where nobody listens, and is gone when it is closed', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-socket-'));
  const at = path.join(folder, 's');
  const first = net.createServer();
  await listenLocally(first, at);
  assert.equal(fs.statSync(at).mode & 0o777, 0o600);
  await assert.rejects(listenLocally(net.createServer(), at), { code: 'socket.in_use' });
  // What a process that was killed leaves behind.
  fs.linkSync(at, `${at}.left`);
  await close(first);
  assert.equal(fs.existsSync(at), false);
  fs.renameSync(`${at}.left`, at);
  const second = net.createServer();
  await listenLocally(second, at);
  await close(second);
  fs.rmSync(folder, { recursive: true });
});

test('a path that is too long, taken by something else, or in no folder is refused by name', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-socket-'));
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'kept');
  await assert.rejects(listenLocally(net.createServer(), file), { code: 'socket.path' });
  assert.equal(fs.readFileSync(file, 'utf8'), 'kept');
  await assert.rejects(listenLocally(net.createServer(), path.join(folder, 'x'.repeat(200))), { code: 'socket.path' });
  await assert.rejects(listenLocally(net.createServer(), path.join(folder, 'no', 's')), { code: 'socket.listen' });
  fs.rmSync(folder, { recursive: true });
});
