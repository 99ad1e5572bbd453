import assert from 'node:assert/strict';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { type HttpPostOptions, httpPost } from './index.ts';

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url === '/slow') return;
    if (request.url === '/redirect') response.writeHead(302, { location: '/echo' });
    else response.writeHead(201, { 'retry-after': '7', seen: String(request.headers['x-name']) });
    response.end(request.url === '/large' ? 'z'.repeat(1_000_000) : Buffer.concat(chunks));
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const at = (path: string, host = '127.0.0.1'): URL => new URL(`http://${host}:${port}${path}`);
after(() => {
  server.closeAllConnections();
  server.close();
});

const options = (change: Partial<HttpPostOptions> = {}): HttpPostOptions => ({
  headers: { 'x-name': 'v' },
  body: Buffer.from('hello'),
  timeoutMs: 10_000,
  answerBytesMax: 100,
  ...change,
});

test('a request carries its body, and the answer comes back with what it asks', async () => {
  assert.deepEqual(await httpPost(at('/echo'), options()), { status: 201, retryAfter: '7', body: 'hello' });
});

test('of a long answer only the beginning is kept', async () => {
  assert.equal((await httpPost(at('/large'), options())).body, 'z'.repeat(100));
});

test('a redirect is an answer, not an order', async () => {
  assert.equal((await httpPost(at('/redirect'), options())).status, 302);
});

test('a receiver that does not answer in time, or is not there, is an error that says so', async () => {
  await assert.rejects(httpPost(at('/slow'), options({ timeoutMs: 50 })), {
    code: 'http.timeout',
    message: /no answer within 50 ms/,
  });
  const gone = net.createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port: closed } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  await assert.rejects(httpPost(new URL(`http://127.0.0.1:${closed}/`), options()), {
    code: 'http.failed',
    message: /ECONNREFUSED/,
  });
});

test('a request is given up when its signal is aborted', async () => {
  const controller = new AbortController();
  const posting = httpPost(at('/slow'), options({ signal: controller.signal }));
  setImmediate(() => controller.abort());
  await assert.rejects(posting, { code: 'http.failed' });
});

test('an address that must not be reached is refused, given as such or by name', async () => {
  const asked: string[] = [];
  const refuses = (address: string): boolean => {
    asked.push(address);
    return true;
  };
  await assert.rejects(httpPost(at('/echo'), options({ refuses })), { code: 'http.address', message: /127\.0\.0\.1/ });
  await assert.rejects(httpPost(at('/echo', '0x7f.1'), options({ refuses })), { code: 'http.address' });
  await assert.rejects(httpPost(at('/echo', '[::1]'), options({ refuses })), { code: 'http.address' });
  await assert.rejects(httpPost(at('/echo', 'localhost'), options({ refuses })), { code: 'http.address' });
  assert.deepEqual(asked.slice(0, 3), ['127.0.0.1', '127.0.0.1', '::1']);
  assert.equal((await httpPost(at('/echo', 'localhost'), options({ refuses: () => false }))).status, 201);
});

test('a name that does not resolve is a failure', async () => {
  await assert.rejects(httpPost(at('/', 'nowhere.invalid'), options()), { code: 'http.failed' });
});
