import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makePrivateFile, writeSecretFile } from './index.ts';
import { makePrivateDirectory } from './secret-file.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-secret-'));
const modeOf = (name: string): number => fs.statSync(name).mode & 0o777;

test('a secret file is for its user only, also where an open one stood before, and leaves no draft', () => {
  const name = path.join(folder, 'credentials.json');
  fs.writeFileSync(name, 'old', { mode: 0o644 });
  fs.writeFileSync(`${name}.${process.pid}.draft`, 'left behind', { mode: 0o644 });
  writeSecretFile(name, 'new');
  assert.equal(fs.readFileSync(name, 'utf8'), 'new');
  assert.equal(modeOf(name), 0o600);
  assert.deepEqual(fs.readdirSync(folder), ['credentials.json']);
});

test('a file made private keeps its content', () => {
  const name = path.join(folder, 'meta.db');
  makePrivateFile(name);
  assert.equal(modeOf(name), 0o600);
  fs.writeFileSync(name, 'rows');
  fs.chmodSync(name, 0o644);
  makePrivateFile(name);
  assert.deepEqual([modeOf(name), fs.readFileSync(name, 'utf8')], [0o600, 'rows']);
});

test('what cannot be written is named', () => {
  assert.throws(() => writeSecretFile(path.join(folder, 'none', 'x'), ''), { code: 'disk.write', message: /none.x/ });
});

test('a folder that cannot be made is said at once, with the reason', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-private-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  assert.throws(() => makePrivateDirectory(file), { code: 'disk.write', message: /a file, not a folder/ });
  assert.throws(() => makePrivateDirectory(path.join(file, 'below')), { code: 'disk.write' });
  const deep = path.join(folder, 'a', 'b');
  makePrivateDirectory(deep);
  assert.equal(fs.statSync(path.dirname(deep)).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o700);
  // There is none on other systems; on Linux it takes no directories.
  if (process.platform === 'linux')
    assert.throws(() => makePrivateDirectory('/proc/weir/data'), { code: 'disk.write' });
});
