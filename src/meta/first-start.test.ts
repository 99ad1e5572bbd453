import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openMeta, readCredentials, scopeNames } from './index.ts';

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'weir-first-'));

test('the first start makes a tenant, an admin and two keys, once, and keeps them for their user only', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'credentials.json');
  using meta = openMeta(folder);
  const made = meta.firstStart('http://127.0.0.1:7700');
  assert.ok(made !== null);
  assert.deepEqual(JSON.parse(fs.readFileSync(file, 'utf8')), made);
  assert.deepEqual(Object.keys(made), ['url', 'admin_password', 'ingest_key', 'admin_key']);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(meta.keys.check(made.ingest_key)?.key.scopes, ['ingest']);
  assert.deepEqual(meta.keys.check(made.admin_key)?.key.scopes, scopeNames);
  assert.equal((await meta.users.signIn('admin', made.admin_password)).user.role, 'admin');
  assert.deepEqual(
    meta.tenants.list({ limit: 10, after: null }).items.map(({ id }) => id),
    ['default'],
  );
  assert.equal(meta.firstStart('http://127.0.0.1:7700'), null);
});

test('a later start keeps the keys and corrects the URL; a file that was removed is not made again', () => {
  const folder = newFolder();
  const meta = openMeta(folder);
  const made = meta.firstStart('http://127.0.0.1:7700');
  meta.close();
  using again = openMeta(folder);
  assert.equal(again.firstStart('https://127.0.0.1:8800'), null);
  assert.deepEqual(readCredentials(folder), { ...made, url: 'https://127.0.0.1:8800' });
  fs.rmSync(path.join(folder, 'credentials.json'));
  again.firstStart('https://127.0.0.1:9900');
  assert.equal(readCredentials(folder), null);
});

test('where the file cannot be written nothing is made, and the next start begins anew', () => {
  const folder = newFolder();
  using meta = openMeta(folder);
  fs.mkdirSync(path.join(folder, 'credentials.json', 'x'), { recursive: true });
  assert.throws(() => meta.firstStart('http://127.0.0.1:7700'), { code: 'disk.write' });
  assert.equal(meta.tenants.get('default'), null);
  fs.rmSync(path.join(folder, 'credentials.json'), { recursive: true });
  const made = meta.firstStart('http://127.0.0.1:7700');
  assert.notEqual(meta.keys.check(made?.admin_key ?? ''), null);
});

test('a credentials file that weir did not write is refused with what was expected', () => {
  const folder = newFolder();
  for (const text of [
    '{',
    '[]',
    'null',
    '{"url":"x"}',
    '{"url":1,"admin_password":"","ingest_key":"","admin_key":""}',
  ]) {
    fs.writeFileSync(path.join(folder, 'credentials.json'), text);
    assert.throws(() => readCredentials(folder), { code: 'meta.credentials', hint: /"ingest_key"/ });
  }
});

test('tables of a newer weir are left alone', () => {
  const folder = newFolder();
  const meta = openMeta(folder);
  meta.atomically(() => 0);
  meta.close();
  meta.close();
  const file = path.join(folder, 'meta.db');
  const bytes = fs.readFileSync(file);
  // The user version is a big-endian integer at byte 60 of a database.
  bytes.writeUInt32BE(9, 60);
  fs.writeFileSync(file, bytes);
  assert.throws(() => openMeta(folder), { code: 'meta.newer', message: /version 9/ });
});

test('tenants have plain ids, each once', () => {
  using meta = openMeta(newFolder());
  for (const id of ['', 'A', '-a', 'a b', 'a/b', '../x', `a'; DROP TABLE tenants; --`, 'a'.repeat(64)]) {
    assert.throws(() => meta.tenants.create({ id, name: 'x' }), { code: 'meta.tenant_name' }, id);
  }
  meta.tenants.create({ id: '9-to-5', name: 'x' });
  assert.throws(() => meta.tenants.create({ id: '9-to-5', name: 'y' }), { code: 'meta.tenant_exists' });
});
