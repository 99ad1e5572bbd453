import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from './kit.twin.ts';
import { isLoopback, parseListen, resolveListen, urlOf } from './listen.ts';

test('loopback is what only this machine reaches', () => {
  for (const host of ['127.0.0.1', '127.255.0.9', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1']) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    'localhost.example',
    '127.1',
    '',
  ]) {
    assert.equal(isLoopback(host), false, host);
  }
});

test('an address is a host and a port', () => {
  assert.deepEqual(parseListen('127.0.0.1:7700'), { host: '127.0.0.1', port: 7700 });
  assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(parseListen(':7700'), { host: '::', port: 7700 });
  assert.deepEqual(parseListen('weir.example:65535'), { host: 'weir.example', port: 65_535 });
  for (const text of [
    '',
    '7700',
    '127.0.0.1',
    '::1:7700',
    '[weir]:1',
    'a b:1',
    'x:65536',
    'x:-1',
    'x:1e3',
    'http://x:1',
  ]) {
    assert.throws(() => parseListen(text), { code: 'gateway.listen', hint: /HOST:PORT/ }, text);
  }
});

test('beyond loopback there is no plain HTTP unless asked for, and health says so then', async (t) => {
  const listen = { host: '0.0.0.0', port: 0 };
  await assert.rejects(openTestServer({ listen }), { code: 'gateway.insecure', hint: /--tls auto.*--insecure-http/ });
  await assert.rejects(resolveListen({ host: '::', port: 1 }, { secure: false, insecureHttp: false }), {
    code: 'gateway.insecure',
  });
  assert.deepEqual(await resolveListen({ host: '::', port: 1 }, { secure: true, insecureHttp: false }), {
    host: '::',
    port: 1,
  });
  const server = await openTestServer({ listen, insecureHttp: true });
  t.after(server.close);
  assert.match(server.health.get('http')?.reason ?? '', /plain HTTP.*--insecure-http/);
  assert.equal(server.health.get('http')?.state, 'degraded');
  assert.equal(server.health.isReady(), true);
  assert.equal(server.gateway.url, `http://127.0.0.1:${server.gateway.port}`);
});

test('a name is looked up before it is judged; what is no host, or taken, is said so', async (t) => {
  const local = await resolveListen({ host: 'localhost', port: 1 }, { secure: false, insecureHttp: false });
  assert.equal(isLoopback(local.host), true);
  const nowhere = resolveListen({ host: 'no-such-host.invalid', port: 1 }, { secure: true, insecureHttp: false });
  await assert.rejects(nowhere, { code: 'gateway.listen', message: /no such host/ });
  const server = await openTestServer();
  t.after(server.close);
  const taken = openTestServer({ listen: { host: '127.0.0.1', port: server.gateway.port } });
  await assert.rejects(taken, { code: 'gateway.listen', message: /something else listens there/ });
});

test('URLs have brackets around IPv6, and the own machine for every address', () => {
  assert.equal(urlOf('http', '10.0.0.1', 1), 'http://10.0.0.1:1');
  assert.equal(urlOf('https', '::1', 1), 'https://[::1]:1');
  assert.equal(urlOf('https', '::', 1), 'https://[::1]:1');
});
