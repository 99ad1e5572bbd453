/** Tokens of issuers as they are configured, through a whole server. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { newFolder, openServer } from './server.twin.ts';

test('a token of a configured issuer gets in with the roles that its names mean, to its tenant alone', async () => {
  const folder = newFolder();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const file = path.join(folder, 'jwks.json');
  fs.writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }));
  const sso = {
    issuer: 'https://id.example',
    audience: 'weir',
    jwks_file: file,
    tenant: 'default',
    roles_claim: 'realm_access.roles',
    roles: { soc: 'analyst' as const },
  };
  const { ask, close } = await openServer({ folder, config: { auth: { jwt: { sso } } } });
  const token = (claims: object): Promise<string> =>
    new SignJWT({ iss: sso.issuer, aud: 'weir', sub: 'ada', realm_access: { roles: ['soc'] }, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setExpirationTime('1m')
      .sign(privateKey);
  const status = async (where: string, key: string) => (await ask('GET', where, { key })).status;
  assert.equal(await status('/v1/hits', await token({})), 200);
  assert.equal(await status('/v1/keys', await token({})), 403);
  assert.equal(await status('/v1/hits', await token({ realm_access: { roles: ['nobody'] } })), 403);
  assert.equal(await status('/v1/hits', await token({ iss: 'https://other.example' })), 401);
  assert.equal(await status('/v1/hits', await token({ aud: 'other' })), 401);
  await close();
});
