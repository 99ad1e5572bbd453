import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { limits } from '../base/index.ts';
import { type JwtOptions, jwtVerifier, jwtVerifiers } from './jwt.ts';
import { ask, newFolder, openTestServer } from './kit.twin.ts';

const NOW_MS = 1_800_000_000_000;
const good = {
  iss: 'https://id.example',
  aud: 'weir',
  sub: 'ada',
  exp: NOW_MS / 1000 + 60,
  tenant: 'a',
  roles: ['analyst'],
};

const pair = await generateKeyPair('ES256');
const publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'k1' };
const file = path.join(newFolder(), 'jwks.json');
fs.writeFileSync(file, JSON.stringify({ keys: [publicKey] }));

const options: JwtOptions = {
  issuer: good.iss,
  audience: good.aud,
  jwks: { file },
  tenant: { claim: 'tenant' },
  rolesClaim: 'roles',
};

const signed = (claims: JWTPayload, key = pair.privateKey, header: object = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key);

const verify = (token: string, over: Partial<JwtOptions> = {}, now = () => NOW_MS) =>
  jwtVerifier({ ...options, ...over }, now).verify(token);

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a good token says tenant, subject, and what its roles allow', async () => {
  const principal = await verify(await signed(good));
  assert.deepEqual([principal.tenant, principal.name, principal.expiresMs], ['a', 'ada', NOW_MS + 60_000]);
  assert.deepEqual([...principal.scopes], ['read', 'hits', 'query', 'rules', 'dead-letters']);
  assert.match(principal.credential, /^jwt:[0-9a-f]{32}$/);
  const other = await verify(await signed({ ...good, sub: 'bob' }));
  assert.notEqual(other.credential, principal.credential);
});

test('expired, not yet good, of another issuer, for another audience, without subject or end: refused', async () => {
  const { exp: _exp, ...endless } = good;
  const { sub: _sub, ...nobody } = good;
  const wrong: readonly JWTPayload[] = [
    { ...good, exp: NOW_MS / 1000 - 31 },
    { ...good, nbf: NOW_MS / 1000 + 31 },
    { ...good, iss: 'https://id.example/' },
    { ...good, aud: 'other' },
    endless,
    nobody,
    { ...good, tenant: 'No Tenant' },
    { ...good, tenant: ['a'] },
    { ...good, tenant: undefined },
  ];
  for (const claims of wrong) {
    await assert.rejects(verify(await signed(claims)), { code: 'auth.wrong' }, JSON.stringify(claims));
  }
  await verify(await signed({ ...good, exp: NOW_MS / 1000 - 29 }));
});

test('no algorithm, a shared secret made of the public key, another key, a changed body: refused', async () => {
  const token = await signed(good);
  const [head = '', body = '', signature = ''] = token.split('.');
  const secret = new TextEncoder().encode(JSON.stringify(publicKey));
  const hmac = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
  const stranger = await generateKeyPair('ES256');
  const admin = part({ ...good, roles: ['admin'] });
  const wrong = [
    `${part({ alg: 'none' })}.${body}.`,
    `${part({ alg: 'None' })}.${body}.${signature}`,
    hmac,
    await signed(good, stranger.privateKey),
    await signed(good, pair.privateKey, { kid: 'k2' }),
    `${head}.${admin}.${signature}`,
    `${head}.${body}.`,
    `${head}.${body}`,
    `${head}.${body}.${signature}.x`,
    `${part({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 })}.${body}.${signature}`,
    `${part({ alg: 'ES256', jwk: await exportJWK(stranger.publicKey) })}.${body}.${signature}`,
    'e30.e30.',
    '..',
    'x',
  ];
  for (const text of wrong) await assert.rejects(verify(text), { code: 'auth.wrong' }, text);
});

test('roles come from a claim by its name or path, as weir’s names or by what they mean here', async () => {
  const nested = await signed({
    ...good,
    realm_access: { roles: ['soc', 'other'] },
    'https://x.example/r': 'ingest other',
  });
  const soc = { rolesClaim: 'realm_access.roles', roles: { soc: 'read-only' } } as const;
  assert.deepEqual([...(await verify(nested, soc)).scopes], ['read', 'hits', 'query']);
  assert.deepEqual([...(await verify(nested, { rolesClaim: 'https://x.example/r' })).scopes], ['ingest']);
  for (const rolesClaim of ['none', 'realm_access', 'sub.length', '__proto__.x', 'realm_access.constructor.name']) {
    await assert.rejects(verify(nested, { rolesClaim }), { code: 'auth.no_role' }, rolesClaim);
  }
  const inherited = await signed({ ...good, roles: ['toString', 'constructor', 7, null] });
  await assert.rejects(verify(inherited, { roles: {} }), { code: 'auth.no_role' });
});

test('an admin of another tenant than the operator’s does not operate the installation', async () => {
  const claims = { ...good, roles: ['admin'] };
  assert.equal((await verify(await signed(claims))).scopes.has('operate'), false);
  const fixed = await verify(await signed(claims), { tenant: { fixed: 'default' } });
  assert.deepEqual([fixed.tenant, fixed.scopes.has('operate')], ['default', true]);
});

test('a file of keys is read again when it changes; while it is broken nothing is said about tokens', async () => {
  let nowMs = NOW_MS;
  const changing = path.join(newFolder(), 'jwks.json');
  fs.writeFileSync(changing, JSON.stringify({ keys: [] }));
  const verifier = jwtVerifier({ ...options, jwks: { file: changing } }, () => nowMs);
  const token = await signed(good);
  await assert.rejects(verifier.verify(token), { code: 'auth.wrong' });
  nowMs += 5000;
  fs.writeFileSync(changing, '{');
  await assert.rejects(verifier.verify(token), { code: 'auth.keys_unavailable' });
  nowMs += 5000;
  fs.writeFileSync(changing, JSON.stringify({ keys: [publicKey] }));
  assert.equal((await verifier.verify(token)).tenant, 'a');
  assert.throws(() => jwtVerifier({ ...options, jwks: { file: `${changing}.none` } }), { code: 'auth.jwks' });
});

test('keys come from a URL; a server that is away, or sends too much, says nothing about tokens', async (t) => {
  let answer: 'keys' | 'error' | 'flood' | 'redirect' = 'error';
  const provider = http.createServer((_request, response) => {
    if (answer === 'error') response.writeHead(500).end();
    else if (answer === 'flood') response.end(Buffer.alloc(limits.jwksBytesMax + 1, 0x20));
    else if (answer === 'redirect') response.writeHead(302, { location: '/elsewhere' }).end();
    else response.end(JSON.stringify({ keys: [publicKey] }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  t.after(() => provider.close());
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
  const token = await signed(good);
  for (const bad of ['error', 'flood', 'redirect'] as const) {
    answer = bad;
    await assert.rejects(verify(token, { jwks: { url } }), { code: 'auth.keys_unavailable' }, bad);
  }
  answer = 'keys';
  assert.equal((await verify(token, { jwks: { url } })).tenant, 'a');
});

test('keys over plain HTTP from elsewhere, or from what is no URL, are refused at the start', () => {
  for (const url of ['http://id.example/keys', 'file:///etc/passwd', 'id.example', '']) {
    assert.throws(() => jwtVerifier({ ...options, jwks: { url } }), { code: 'auth.jwks' }, url);
  }
});

test('over HTTP a token opens its tenant’s doors, ends with its time, and with its tenant', async (t) => {
  let nowMs = NOW_MS;
  const server = await openTestServer({ jwt: [options], nowMs: () => nowMs });
  t.after(server.close);
  const me = async () => ask(`${server.gateway.url}/v1/me`, 'GET', await signed(good));
  assert.equal((await me()).status, 401, 'there is no such tenant');
  server.meta.tenants.create({ id: 'a', name: 'A' });
  assert.deepEqual((await me()).json['tenant'], 'a');
  server.meta.tenants.setDisabled('a', true);
  assert.equal((await me()).status, 401);
  server.meta.tenants.setDisabled('a', false);
  const token = await signed(good);
  assert.equal((await ask(`${server.gateway.url}/v1/me`, 'GET', token)).status, 200);
  nowMs += 60_000 + 31_000;
  assert.equal((await ask(`${server.gateway.url}/v1/me`, 'GET', token)).status, 401);
});

test('of several issuers the one a token names is asked; none is believed for another', async () => {
  const other = await generateKeyPair('ES256');
  const keys = path.join(newFolder(), 'other.json');
  fs.writeFileSync(keys, JSON.stringify({ keys: [{ ...(await exportJWK(other.publicKey)), kid: 'k1' }] }));
  const partner: JwtOptions = {
    ...options,
    issuer: 'https://partner.example',
    jwks: { file: keys },
    tenant: { fixed: 'b' },
  };
  const verifier = jwtVerifiers([options, { ...partner, audience: 'others' }, partner], () => NOW_MS);
  assert.equal((await verifier.verify(await signed(good))).tenant, 'a');
  const claims = { ...good, iss: partner.issuer };
  assert.equal((await verifier.verify(await signed(claims, other.privateKey))).tenant, 'b');
  for (const token of [
    await signed(claims),
    await signed(good, other.privateKey),
    await signed({ ...good, iss: 'https://nobody.example' }),
    'no.token.at-all',
    '',
  ]) {
    await assert.rejects(verifier.verify(token), { code: 'auth.wrong' });
  }
});
