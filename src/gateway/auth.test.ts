import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { openMeta } from '../meta/index.ts';
import { authenticator, tokenOf } from './auth.ts';
import { newFolder } from './kit.twin.ts';

function open() {
  const folder = newFolder();
  let nowMs = 1_000_000;
  const meta = openMeta(folder, () => nowMs);
  meta.tenants.create({ id: 'a', name: 'A' });
  return {
    meta,
    auth: authenticator(meta, null, () => nowMs),
    key: (expiresMs: number | null = null) =>
      meta.keys.create({ tenant: 'a', name: 'k', scopes: ['ingest'], expiresMs }),
    pass: (ms: number): void => {
      nowMs += ms;
    },
    file: path.join(folder, 'meta.db'),
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('a key says tenant, credential and scopes; the second time without a look into the database', async () => {
  const { meta, auth, key, file } = open();
  const { key: made, secret } = key();
  const principal = await auth.authenticate(`Bearer ${secret}`);
  assert.deepEqual(principal, {
    tenant: 'a',
    credential: `key:${made.id}`,
    name: 'k',
    scopes: new Set(['ingest']),
    expiresMs: null,
  });
  assert.equal(auth.authenticate(`Bearer ${secret}`), principal, 'at once, not as a promise');
  meta.close();
  fs.rmSync(file);
  assert.equal(auth.authenticate(`bearer  ${secret}`), principal);
});

test('clients of Elasticsearch send keys their own way', async () => {
  const { auth, key } = open();
  const { secret } = key();
  const headers = [
    `ApiKey ${secret}`,
    `ApiKey ${base64(`any:${secret}`)}`,
    `Basic ${base64(`elastic:${secret}`)}`,
    `BASIC ${base64(`:${secret}`)}`,
  ];
  for (const header of headers) assert.equal((await auth.authenticate(header)).tenant, 'a', header);
});

test('what is no credential is refused without a word about why', () => {
  const { auth, key } = open();
  const { secret } = key();
  for (const header of [undefined, '']) assert.throws(() => auth.authenticate(header), { code: 'auth.missing' });
  const wrong = [
    'Bearer',
    'Bearer ',
    secret,
    `Digest ${secret}`,
    `Bearer ${secret} x`,
    `Bearer ${secret}é`,
    `Basic ${base64('admin:password')}`,
    `Basic ${base64(secret)}`,
    'Basic ====',
    `ApiKey ${base64('x')}`,
    `Bearer ${'x'.repeat(limits.tokenBytesMax + 1)}`,
  ];
  for (const header of wrong) {
    assert.throws(() => tokenOf(header), { code: 'auth.wrong', message: 'The credential is not good here' }, header);
  }
});

test('a remembered key ends when it is revoked, rotated without overlap, expired, or its tenant switched off', async () => {
  const { meta, auth, key, pass } = open();
  const ends: readonly ((id: string) => unknown)[] = [
    (id) => meta.keys.revoke('a', id),
    (id) => meta.keys.rotate('a', id, 0),
    () => pass(500),
    () => meta.tenants.setDisabled('a', true),
  ];
  for (const end of ends) {
    const { key: made, secret } = key(1_000_500);
    await auth.authenticate(`Bearer ${secret}`);
    end(made.id);
    assert.throws(() => auth.authenticate(`Bearer ${secret}`), { code: 'auth.wrong' }, String(end));
    assert.equal(await auth.isStillGood(`Bearer ${secret}`), false);
    meta.tenants.setDisabled('a', false);
    if (end === ends[2]) pass(-500);
  }
});

test('the old secret of a rotated key is good until the overlap ends, remembered or not', async () => {
  const { meta, auth, key, pass } = open();
  const { key: made, secret } = key();
  const { secret: next } = meta.keys.rotate('a', made.id, 1000);
  const first = await auth.authenticate(`Bearer ${secret}`);
  assert.equal(first.credential, (await auth.authenticate(`Bearer ${next}`)).credential);
  pass(999);
  assert.equal(await auth.isStillGood(`Bearer ${secret}`), true);
  pass(1);
  assert.throws(() => auth.authenticate(`Bearer ${secret}`), { code: 'auth.wrong' });
  assert.equal(await auth.isStillGood(`Bearer ${next}`), true);
});

test('when a key was last used is written down on flush, remembered or not', async () => {
  const { meta, auth, key, pass } = open();
  const { key: made, secret } = key();
  await auth.authenticate(`Bearer ${secret}`);
  pass(7);
  await auth.authenticate(`Bearer ${secret}`);
  assert.equal(meta.keys.get('a', made.id)?.lastUsedMs, null);
  auth.flush();
  auth.flush();
  assert.equal(meta.keys.get('a', made.id)?.lastUsedMs, 1_000_007);
});

test('no more credentials are remembered than may be, and all stay good', async () => {
  const { meta, auth, key } = open();
  const { key: made, secret } = key();
  const numbers = Array.from({ length: limits.credentialCacheMax }, (_, n) => n);
  const others = meta.atomically(() => numbers.map(() => key().secret));
  const first = await auth.authenticate(`Bearer ${secret}`);
  assert.equal(await auth.authenticate(`Bearer ${secret}`), first);
  for (const other of others) await auth.authenticate(`Bearer ${other}`);
  const again = await auth.authenticate(`Bearer ${secret}`);
  assert.notEqual(again, first);
  assert.equal(again.credential, `key:${made.id}`);
});

test('checking a remembered credential takes microseconds', () => {
  const { auth, key } = open();
  const header = `Bearer ${key().secret}`;
  const rounds = 20_000;
  for (let n = 0; n < rounds; n++) auth.authenticate(header);
  const start = process.cpuUsage();
  for (let n = 0; n < rounds; n++) auth.authenticate(header);
  const { user, system } = process.cpuUsage(start);
  const microseconds = (user + system) / rounds;
  assert.ok(microseconds < 50, `${microseconds} µs of CPU per request`);
});
