import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { makeAuthority } from './certificate.ts';
import { newFolder, openTestServer } from './kit.twin.ts';
import { certificateSource } from './tls.ts';

const DAY_MS = 86_400_000;

function get(
  port: number,
  ca: string,
  servername = 'localhost',
  agent?: https.Agent,
): Promise<{ status: number; fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/livez', ca, servername, agent: agent ?? false };
    const request = https.get(options, (response) => {
      const { fingerprint256 } = (response.socket as tls.TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, fingerprint: fingerprint256 }));
    });
    request.on('error', reject);
  });
}

test('an authority of its own: a client that trusts it connects by name and address, another does not', async (t) => {
  const folder = newFolder();
  const server = await openTestServer({ tls: { auto: path.join(folder, 'tls'), hosts: ['weir.example', '[::2]'] } });
  t.after(server.close);
  const { port, tls: said, url } = server.gateway;
  assert.equal(url, `https://127.0.0.1:${port}`);
  assert.equal(said?.authorityFile, path.join(folder, 'tls', 'ca.pem'));
  const ca = fs.readFileSync(said.authorityFile, 'utf8');
  for (const name of ['localhost', 'weir.example']) assert.equal((await get(port, ca, name)).status, 200);
  await assert.rejects(get(port, ca, 'other.example'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  await assert.rejects(get(port, makeAuthority('x', { fromMs: 0, untilMs: Date.now() + DAY_MS }).cert), /certificate/);
  const socket = tls.connect({ port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  assert.equal(socket.getPeerCertificate(true).issuerCertificate.fingerprint256, said.fingerprint);
  socket.destroy();
  for (const name of ['ca.key', 'server.key']) {
    assert.equal(fs.statSync(path.join(folder, 'tls', name)).mode & 0o777, 0o600, name);
  }
  assert.equal(server.health.get('tls')?.state, 'ready');
});

test('the authority and its certificate stay from start to start; new hosts and old age renew the certificate alone', () => {
  const folder = path.join(newFolder(), 'tls');
  let nowMs = Date.now();
  const open = (hosts: readonly string[]) => certificateSource({ auto: folder, hosts }, () => nowMs);
  const first = open(['weir.example']);
  assert.equal(open(['weir.example']).current().cert, first.current().cert);
  const more = open(['weir.example', '10.0.0.1']);
  assert.notEqual(more.current().cert, first.current().cert);
  assert.equal(more.fingerprint(), first.fingerprint());
  assert.equal(more.poll(), null);
  nowMs += 338 * DAY_MS;
  const renewed = more.poll();
  assert.notEqual(renewed, null);
  assert.equal(more.current(), renewed);
  assert.ok(more.expiresMs() > nowMs + 396 * DAY_MS);
  assert.equal(more.fingerprint(), first.fingerprint());
  fs.writeFileSync(path.join(folder, 'server.key'), 'damaged');
  assert.equal(open(['weir.example']).fingerprint(), first.fingerprint());
  fs.writeFileSync(path.join(folder, 'ca.key'), 'damaged');
  assert.throws(() => open([]), { code: 'gateway.tls' });
});

test('hosts that no certificate can name are refused', () => {
  for (const host of ['', 'a b', 'é.example', '-x', 'a\u0000.example', 'x'.repeat(300)]) {
    assert.throws(() => certificateSource({ auto: newFolder(), hosts: [host] }), { code: 'gateway.tls' }, host);
  }
});

/** Files as somebody else's tool would write them. */
function certificateFiles(name: string) {
  const folder = newFolder();
  const auto = certificateSource({ auto: path.join(folder, name), hosts: [] });
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  return { auto, cert, key, ca: fs.readFileSync(auto.authorityFile ?? '', 'utf8') };
}

test('certificate files are read again when they change; open connections stay; half a change changes nothing', async (t) => {
  const [one, two] = [certificateFiles('one'), certificateFiles('two')];
  const write = (file: string, text: string): void => fs.writeFileSync(file, text);
  write(one.cert, one.auto.current().cert);
  write(one.key, one.auto.current().key);
  const server = await openTestServer({ tls: { cert: one.cert, key: one.key } });
  t.after(server.close);
  const { port } = server.gateway;
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const before = await get(port, one.ca, 'localhost', agent);
  assert.equal(before.fingerprint, server.gateway.tls?.fingerprint);

  write(one.cert, two.auto.current().cert);
  const state = async (wanted: string): Promise<void> => {
    const deadline = Date.now() + 5000;
    while (server.health.get('tls')?.state !== wanted && Date.now() < deadline)
      await new Promise((r) => setTimeout(r, 20));
    assert.equal(server.health.get('tls')?.state, wanted, server.health.get('tls')?.reason ?? '');
  };
  await state('degraded');
  assert.match(server.health.get('tls')?.reason ?? '', /the certificate in use stays: .*do not belong together/);
  assert.equal((await get(port, one.ca)).status, 200);

  write(one.key, two.auto.current().key);
  await state('ready');
  const after = await get(port, two.ca);
  assert.notEqual(after.fingerprint, before.fingerprint);
  assert.equal(
    (await get(port, one.ca, 'localhost', agent)).fingerprint,
    before.fingerprint,
    'the old connection lives',
  );
  await assert.rejects(get(port, one.ca), /certificate/);
});

test('files that are missing, no certificate, or of different pairs are refused at the start', () => {
  const [one, two] = [certificateFiles('one'), certificateFiles('two')];
  fs.writeFileSync(one.cert, one.auto.current().cert);
  fs.writeFileSync(one.key, two.auto.current().key);
  assert.throws(() => certificateSource({ cert: one.cert, key: one.key }), {
    code: 'gateway.tls',
    message: /do not belong together/,
  });
  fs.writeFileSync(one.key, 'no key');
  assert.throws(() => certificateSource({ cert: one.cert, key: one.key }), { code: 'gateway.tls' });
  assert.throws(() => certificateSource({ cert: two.cert, key: two.key }), {
    code: 'gateway.tls',
    message: /no such file/,
  });
});

test('old protocols and plain HTTP get nothing on the TLS port', async (t) => {
  const server = await openTestServer({ tls: { auto: path.join(newFolder(), 'tls'), hosts: [] } });
  t.after(server.close);
  const { port } = server.gateway;
  const old = tls.connect({
    port,
    host: '127.0.0.1',
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'ALL@SECLEVEL=0',
    rejectUnauthorized: false,
  });
  await once(old, 'error');
  await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`));
});
