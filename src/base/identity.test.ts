import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileIdentity } from './index.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-identity-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);

test('all names of one file have one identity, another file another', () => {
  fs.writeFileSync(at('a'), '');
  fs.writeFileSync(at('b'), '');
  fs.symlinkSync('a', at('link'));
  fs.linkSync(at('a'), at('hard'));
  const identity = fileIdentity(at('a'));
  assert.equal(identity?.special, null);
  assert.deepEqual(fileIdentity(at('link')), identity);
  assert.deepEqual(fileIdentity(at('hard')), identity);
  assert.notEqual(fileIdentity(at('b'))?.id, identity?.id);
});

test('pipes, sockets and devices are told apart, and null from what is not there', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
  assert.equal(fileIdentity(at('pipe'))?.special, 'pipe');
  assert.equal(fileIdentity(at('socket'))?.special, 'socket');
  assert.equal(fileIdentity('/dev/null')?.special, 'device');
  assert.equal(fileIdentity(folder)?.special, null);
  assert.equal(fileIdentity(at('missing')), null);
  assert.equal(fileIdentity(at('a\0b')), null);
  server.close();
});
