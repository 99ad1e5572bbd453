import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { type Meta, openMeta, type User } from './index.ts';

const PASSWORD = 'correct horse battery';

async function open(): Promise<{ meta: Meta; user: User; at: (ms: number) => void }> {
  let nowMs = 0;
  const meta = openMeta(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-users-')), () => nowMs);
  meta.tenants.create({ id: 'a', name: 'A' });
  meta.tenants.create({ id: 'default', name: 'default' });
  const user = await meta.users.create({ tenant: 'a', name: 'Ada', role: 'analyst', password: PASSWORD });
  return {
    meta,
    user,
    at: (ms) => {
      nowMs = ms;
    },
  };
}

test('signing in gives a token that is good until it ends', async () => {
  const { meta, user, at } = await open();
  const session = await meta.users.signIn('ada', PASSWORD);
  assert.deepEqual(session.user, user);
  assert.equal(session.expiresMs, limits.sessionMs);
  assert.deepEqual(meta.users.check(session.token), { user, untilMs: limits.sessionMs });
  at(limits.sessionMs - 1);
  assert.notEqual(meta.users.check(session.token), null);
  at(limits.sessionMs);
  assert.equal(meta.users.check(session.token), null);
});

test('a wrong password, an unknown user and SQL-looking names are refused in the same words', async () => {
  const { meta } = await open();
  const refused = { code: 'meta.sign_in', message: 'no such user, or another password' };
  await assert.rejects(meta.users.signIn('ada', `${PASSWORD} `), refused);
  await assert.rejects(meta.users.signIn('bob', PASSWORD), refused);
  await assert.rejects(meta.users.signIn(`' OR 1=1 --`, PASSWORD), refused);
  await assert.rejects(meta.users.signIn('ada', 'x'.repeat(limits.passwordBytesMax + 1)), refused);
});

test('after too many wrong passwords the right one has to wait, for this user alone', async () => {
  const { meta, at } = await open();
  await meta.users.create({ tenant: 'a', name: 'bob', role: 'ingest', password: PASSWORD });
  for (let n = 0; n < limits.passwordFailuresMax; n++) {
    await assert.rejects(meta.users.signIn('ADA', 'wrong'), { code: 'meta.sign_in' });
  }
  await assert.rejects(meta.users.signIn('ada', PASSWORD), { code: 'meta.sign_in_wait' });
  await meta.users.signIn('bob', PASSWORD);
  at(limits.passwordWaitMs);
  await meta.users.signIn('ada', PASSWORD);
  await assert.rejects(meta.users.signIn('ada', 'wrong'), { code: 'meta.sign_in' }, 'the count began anew');
});

test('signing out ends this session and no other', async () => {
  const { meta } = await open();
  const [one, two] = [await meta.users.signIn('ada', PASSWORD), await meta.users.signIn('ada', PASSWORD)];
  meta.users.signOut(one.token.slice(0, -1));
  assert.notEqual(meta.users.check(one.token), null);
  meta.users.signOut(one.token);
  assert.equal(meta.users.check(one.token), null);
  assert.notEqual(meta.users.check(two.token), null);
});

test('a new password, another role and switching off each end all sessions', async () => {
  const { meta, user } = await open();
  for (const change of [{ password: 'another horse battery' }, { role: 'admin' }, { disabled: true }] as const) {
    const password = 'role' in change || 'disabled' in change ? 'another horse battery' : PASSWORD;
    const { token } = await meta.users.signIn('ada', password);
    await meta.users.change('a', user.id, change);
    assert.equal(meta.users.check(token), null);
  }
  assert.equal(meta.users.get('a', user.id)?.role, 'admin');
  await assert.rejects(meta.users.signIn('ada', 'another horse battery'), { code: 'meta.sign_in' });
  await meta.users.change('a', user.id, { disabled: false });
  await meta.users.signIn('ada', 'another horse battery');
});

test('a user has as many sessions as may be; the oldest ends', async () => {
  const { meta, at } = await open();
  const tokens: string[] = [];
  for (let n = 0; n <= limits.sessionsPerUserMax; n++) {
    at(n);
    tokens.push((await meta.users.signIn('ada', PASSWORD)).token);
  }
  assert.deepEqual(
    tokens.map((token) => meta.users.check(token) !== null),
    [false, ...new Array<boolean>(limits.sessionsPerUserMax).fill(true)],
  );
});

test('the last admin of the installation stays; another tenant’s may go', async () => {
  const { meta, user } = await open();
  const admin = await meta.users.create({ tenant: 'default', name: 'root', role: 'admin', password: PASSWORD });
  await assert.rejects(meta.users.change('default', admin.id, { role: 'analyst' }), { code: 'meta.last_admin' });
  await assert.rejects(meta.users.change('default', admin.id, { disabled: true }), { code: 'meta.last_admin' });
  assert.equal(meta.users.get('default', admin.id)?.role, 'admin', 'nothing of the refused change stayed');
  await meta.users.create({ tenant: 'default', name: 'root2', role: 'admin', password: PASSWORD });
  await meta.users.change('default', admin.id, { disabled: true });
  await meta.users.change('a', user.id, { disabled: true });
  assert.throws(() => meta.tenants.setDisabled('default', true), { code: 'meta.last_admin' });
});

test('another tenant neither sees nor changes a user; names are unique in the installation', async () => {
  const { meta, user } = await open();
  assert.equal(meta.users.get('default', user.id), null);
  assert.deepEqual(meta.users.list('default', { limit: 10, after: null }).items, []);
  assert.deepEqual(meta.users.list('a', { limit: 10, after: null }).items, [user]);
  await assert.rejects(meta.users.change('default', user.id, { role: 'admin' }), { code: 'meta.user_unknown' });
  const again = { tenant: 'default', name: 'ADA', role: 'admin', password: PASSWORD } as const;
  await assert.rejects(meta.users.create(again), { code: 'meta.user_exists' });
  await assert.rejects(meta.users.create({ ...again, tenant: 'none', name: 'x' }), { code: 'meta.tenant_unknown' });
});

test('passwords too short or too long are refused, by characters and by bytes', async () => {
  const { meta, user } = await open();
  for (const password of ['', 'eleven char', '\u{1f600}'.repeat(11), 'x'.repeat(limits.passwordBytesMax + 1)]) {
    await assert.rejects(meta.users.change('a', user.id, { password }), { code: 'meta.password' });
  }
  await meta.users.change('a', user.id, { password: '\u{1f600}'.repeat(12) });
  await meta.users.signIn('ada', '\u{1f600}'.repeat(12));
});

test('a disabled tenant’s users cannot sign in, and their sessions rest', async () => {
  const { meta } = await open();
  const { token } = await meta.users.signIn('ada', PASSWORD);
  meta.tenants.setDisabled('a', true);
  assert.equal(meta.users.check(token), null);
  await assert.rejects(meta.users.signIn('ada', PASSWORD), { code: 'meta.sign_in' });
  assert.throws(() => meta.tenants.setDisabled('none', true), { code: 'meta.tenant_unknown' });
});
