import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { hashPasswordSync, NO_PASSWORD, passwordHasher } from './password.ts';

test('a hash fits its password alone, and says how it was made', async () => {
  const hasher = passwordHasher();
  const stored = await hasher.hash('a password');
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.equal(await hasher.verify('a password', stored), true);
  assert.equal(await hasher.verify('a passwore', stored), false);
  assert.equal(await hasher.verify('a password', hashPasswordSync('a password')), true);
  assert.notEqual(await hasher.hash('a password'), stored, 'the salt is new each time');
});

test('hashes made elsewhere, with other settings, are read', async () => {
  // The argon2 command line tool: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1
  const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  assert.equal(await passwordHasher().verify('password', stored), true);
});

test('what is no hash fits no password', async () => {
  const hasher = passwordHasher();
  for (const stored of ['', 'plain', '$argon2id$v=19$m=1,t=1,p=1$$', NO_PASSWORD.replace('argon2id', 'argon2i')]) {
    assert.equal(await hasher.verify('plain', stored), false);
  }
  assert.equal(await hasher.verify('', NO_PASSWORD), false);
});

test('more passwords at a time than may wait are refused, and those in line are hashed', async () => {
  const hasher = passwordHasher();
  const most = limits.passwordHashesMax + limits.passwordQueueMax;
  const all = await Promise.allSettled(Array.from({ length: most + 3 }, () => hasher.hash('x')));
  const refused = all.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 3);
  assert.ok(refused.every((result) => result.status === 'rejected' && result.reason.code === 'meta.busy'));
  assert.match(await hasher.hash('x'), /^\$argon2id/, 'all turns were given back');
});
