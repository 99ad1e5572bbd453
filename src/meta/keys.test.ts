import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { type Meta, openMeta, type Scope } from './index.ts';

const DAY_MS = 86_400_000;

function open(): { meta: Meta; folder: string; at: (ms: number) => void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-keys-'));
  let nowMs = 1_000_000;
  const meta = openMeta(folder, () => nowMs);
  meta.tenants.create({ id: 'a', name: 'A' });
  meta.tenants.create({ id: 'b', name: 'B' });
  return {
    meta,
    folder,
    at: (ms) => {
      nowMs = 1_000_000 + ms;
    },
  };
}

const key = (scopes: readonly Scope[] = ['ingest'], expiresMs: number | null = null) => ({
  tenant: 'a',
  name: 'k',
  scopes,
  expiresMs,
});

test('a key is good from the start, and only as it was made', () => {
  const { meta } = open();
  const made = meta.keys.create(key(['hits', 'read', 'hits']));
  assert.match(made.secret, /^weir_[0-9a-f]{16}_[0-9a-f]{48}$/);
  assert.deepEqual(meta.keys.check(made.secret), { key: made.key, untilMs: null });
  assert.deepEqual(made.key.scopes, ['hits', 'read']);
  const last = made.secret.at(-1) === '0' ? '1' : '0';
  const others = [
    made.secret.slice(0, -1) + last,
    made.secret.slice(0, -1),
    `${made.secret}0`,
    made.secret.toUpperCase(),
    `weir_${'0'.repeat(16)}_${'0'.repeat(48)}`,
    'weir__',
    `weir_' OR 1=1 --_${'0'.repeat(48)}`,
    '',
  ];
  for (const text of others) assert.equal(meta.keys.check(text), null, text);
});

test('nothing of a key but its hash is in the data folder', () => {
  const { meta, folder } = open();
  const { secret } = meta.keys.create(key());
  meta.close();
  const [, , random = ''] = secret.split('_');
  for (const name of fs.readdirSync(folder)) {
    const bytes = fs.readFileSync(path.join(folder, name));
    assert.equal(bytes.includes(random), false, name);
    assert.equal(bytes.includes(Buffer.from(random, 'hex')), false, name);
    assert.equal(fs.statSync(path.join(folder, name)).mode & 0o777, 0o600, name);
  }
});

test('a key ends at its expiry, to the millisecond', () => {
  const { meta, at } = open();
  const { secret } = meta.keys.create(key(['ingest'], 1_000_000 + DAY_MS));
  at(DAY_MS - 1);
  assert.equal(meta.keys.check(secret)?.untilMs, 1_000_000 + DAY_MS);
  at(DAY_MS);
  assert.equal(meta.keys.check(secret), null);
  assert.throws(() => meta.keys.create(key(['ingest'], 1_000_000 + DAY_MS)), { code: 'meta.key_expiry' });
});

test('after a rotation both secrets are good until the overlap ends; the id stays', () => {
  const { meta, at } = open();
  const first = meta.keys.create(key());
  const second = meta.keys.rotate('a', first.key.id, 1000);
  assert.equal(second.key.id, first.key.id);
  at(999);
  assert.equal(meta.keys.check(first.secret)?.untilMs, 1_001_000);
  assert.equal(meta.keys.check(second.secret)?.untilMs, null);
  at(1000);
  assert.equal(meta.keys.check(first.secret), null);
  assert.equal(meta.keys.check(second.secret)?.key.id, first.key.id);
});

test('rotating twice ends the first secret, overlap or not; without an overlap the old one ends at once', () => {
  const { meta } = open();
  const first = meta.keys.create(key());
  const second = meta.keys.rotate('a', first.key.id);
  const third = meta.keys.rotate('a', first.key.id, 0);
  assert.equal(meta.keys.check(first.secret), null);
  assert.equal(meta.keys.check(second.secret), null);
  assert.notEqual(meta.keys.check(third.secret), null);
});

test('an expiry ends both secrets of a rotated key', () => {
  const { meta, at } = open();
  const first = meta.keys.create(key(['ingest'], 1_000_500));
  const second = meta.keys.rotate('a', first.key.id, 1000);
  assert.equal(meta.keys.check(first.secret)?.untilMs, 1_000_500);
  at(500);
  assert.equal(meta.keys.check(first.secret), null);
  assert.equal(meta.keys.check(second.secret), null);
});

test('a revoked key has no good secret, cannot be rotated, and stays in the list', () => {
  const { meta, at } = open();
  const first = meta.keys.create(key());
  const second = meta.keys.rotate('a', first.key.id);
  assert.equal(meta.keys.revoke('a', first.key.id).revokedMs, 1_000_000);
  at(5);
  assert.equal(meta.keys.revoke('a', first.key.id).revokedMs, 1_000_000, 'revoking again changes nothing');
  assert.equal(meta.keys.check(first.secret), null);
  assert.equal(meta.keys.check(second.secret), null);
  assert.throws(() => meta.keys.rotate('a', first.key.id), { code: 'meta.key_revoked' });
  assert.equal(meta.keys.list('a', { limit: 10, after: null }).items.length, 1);
});

test('another tenant neither sees nor touches a key', () => {
  const { meta } = open();
  const { key: made, secret } = meta.keys.create(key());
  assert.equal(meta.keys.get('b', made.id), null);
  assert.throws(() => meta.keys.rotate('b', made.id), { code: 'meta.key_unknown' });
  assert.throws(() => meta.keys.revoke('b', made.id), { code: 'meta.key_unknown' });
  assert.deepEqual(meta.keys.list('b', { limit: 10, after: null }), { items: [], next: null });
  assert.notEqual(meta.keys.check(secret), null);
});

test('keys of a disabled tenant are not good until it is enabled again', () => {
  const { meta } = open();
  const { secret } = meta.keys.create(key());
  meta.tenants.setDisabled('a', true);
  assert.equal(meta.keys.check(secret), null);
  meta.tenants.setDisabled('a', false);
  assert.notEqual(meta.keys.check(secret), null);
});

test('a key must have scopes, no `operate` outside the operator’s tenant, and a tenant', () => {
  const { meta } = open();
  assert.throws(() => meta.keys.create(key([])), { code: 'meta.key_scope' });
  assert.throws(() => meta.keys.create(key(['read', 'operate'])), { code: 'meta.key_scope' });
  assert.throws(() => meta.keys.create({ ...key(), tenant: `a' --` }), { code: 'meta.tenant_unknown' });
  assert.throws(() => meta.keys.rotate('a', 'none'), { code: 'meta.key_unknown' });
  const { key: made } = meta.keys.create(key());
  assert.throws(() => meta.keys.rotate('a', made.id, limits.keyOverlapMsMax + 1), { code: 'meta.key_expiry' });
  assert.throws(() => meta.keys.rotate('a', made.id, Number.NaN), { code: 'meta.key_expiry' });
});

test('pages of keys have each key once, in order of ids', () => {
  const { meta } = open();
  const ids = [1, 2, 3, 4, 5].map(() => meta.keys.create(key()).key.id).sort();
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = meta.keys.list('a', { limit: 2, after });
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  assert.deepEqual(seen, ids);
});

test('last use is noted; every change of who may do what is a new generation', () => {
  const { meta } = open();
  const { key: made } = meta.keys.create(key());
  const before = meta.generation();
  meta.keys.used(
    new Map([
      [made.id, 77],
      ['none', 1],
    ]),
  );
  assert.equal(meta.keys.get('a', made.id)?.lastUsedMs, 77);
  assert.equal(meta.generation(), before);
  meta.keys.rotate('a', made.id);
  meta.keys.revoke('a', made.id);
  assert.equal(meta.generation(), before + 2);
});
