import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { folderOwner, isDataFolder, lockFolder, wasReleased } from './index.ts';

const newFolder = (): string => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-lock-')), 'data');

test('a folder that is not there is made for its user only, and is free again after release', () => {
  const folder = newFolder();
  const lock = lockFolder(folder);
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  assert.equal(folderOwner(folder)?.pid, process.pid);
  assert.equal(folderOwner(folder)?.url, null);
  lock.announce('http://127.0.0.1:7700');
  assert.equal(folderOwner(folder)?.url, 'http://127.0.0.1:7700');
  assert.equal(wasReleased(folder), false);
  lock.release();
  lock.release();
  assert.equal(folderOwner(folder), null);
  assert.equal(wasReleased(folder), true);
  lockFolder(folder).release();
});

test('a folder with files of somebody else is not taken, and nothing is left in it', () => {
  const folder = newFolder();
  fs.mkdirSync(folder);
  fs.mkdirSync(path.join(folder, 'lost+found'));
  lockFolder(folder).release();
  assert.equal(isDataFolder(folder), true);
  const home = newFolder();
  fs.mkdirSync(path.join(home, 'journal', 'f2b1'), { recursive: true });
  assert.throws(() => lockFolder(home), {
    code: 'folder.foreign',
    message: `${home} is no data folder of weir, and not empty: it has journal`,
  });
  assert.equal(isDataFolder(home), false);
  assert.deepEqual(fs.readdirSync(home), ['journal']);
  for (const sign of ['journal/HEAD', 'credentials.json']) {
    const restored = newFolder();
    fs.mkdirSync(path.join(restored, 'journal'), { recursive: true });
    fs.writeFileSync(path.join(restored, 'weir.yaml'), '');
    fs.writeFileSync(path.join(restored, sign), '');
    lockFolder(restored).release();
  }
});

test('a second owner in the same process is refused too', () => {
  const folder = newFolder();
  using lock = lockFolder(folder);
  lock.announce('https://10.0.0.1:7700');
  assert.throws(() => lockFolder(folder), {
    code: 'folder.in_use',
    message: `the data folder ${folder} is in use by process ${process.pid}, which answers at https://10.0.0.1:7700`,
  });
  assert.equal(folderOwner(folder)?.pid, process.pid, 'the refused attempt took nothing away');
});

test('another process owns the folder until it is killed with SIGKILL, even if it keeps nothing of the lock', async (t) => {
  const folder = newFolder();
  const code = `
    import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
    lockFolder(${JSON.stringify(folder)}).announce('http://127.0.0.1:1');
    globalThis.gc();
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(() => lockFolder(folder), {
    code: 'folder.in_use',
    message: `the data folder ${folder} is in use by process ${child.pid}, which answers at http://127.0.0.1:1`,
    hint: /--data DIR/,
  });
  const owner = folderOwner(folder);
  assert.deepEqual([owner?.pid, owner?.url], [child.pid, 'http://127.0.0.1:1']);
  assert.ok(Math.abs((owner?.sinceMs ?? 0) - Date.now()) < 60_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(folderOwner(folder), null, 'what the dead owner wrote is not believed');
  lockFolder(folder).release();
});

test('an owner that has not said who it is, or wrote nonsense, is still an owner', () => {
  const folder = newFolder();
  using lock = lockFolder(folder);
  fs.writeFileSync(path.join(folder, 'owner.json'), '{"pid":"x","url":7');
  assert.deepEqual(folderOwner(lock.folder), { pid: null, url: null, sinceMs: null });
  fs.rmSync(path.join(folder, 'owner.json'));
  assert.throws(() => lockFolder(folder), { message: `the data folder ${folder} is in use by another process` });
});

test('a folder nobody ever used has no owner; what cannot be locked is an error of its own', () => {
  const folder = newFolder();
  assert.equal(folderOwner(folder), null);
  fs.mkdirSync(path.join(folder, 'lock.db'), { recursive: true });
  assert.throws(() => lockFolder(folder), { code: 'folder.lock' });
  fs.writeFileSync(path.join(path.dirname(folder), 'file'), '');
  assert.throws(() => lockFolder(path.join(path.dirname(folder), 'file', 'data')), { code: 'disk.write' });
});
