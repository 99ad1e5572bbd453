/** S3 that fails: a server that answers as it is told. What it does when all is well is in contract.test.ts. */
import assert from 'node:assert/strict';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { limits, overrideLimits } from '../../base/index.ts';
import { addressOf, type S3Settings, s3Objects } from './s3.ts';
import type { ObjectStore } from './types.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const before = { ...limits };
overrideLimits({ objectBackoffMs: 1, objectBackoffMsMax: 20, objectTimeoutMs: 300 });

/** What the next requests are answered with; the last answer again and again. */
let script: Answer[] = [];
let seen: string[] = [];
const server = http.createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`);
  request.resume();
  request.on('end', () => (script.length > 1 ? script.shift() : script[0])?.(response, request));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
const settings: S3Settings = {
  endpoint,
  region: 'r',
  bucket: 'bucket',
  prefix: 'p/',
  style: 'path',
  keys: { accessKeyId: 'a', secretAccessKey: 'hidden' },
};
const storeAt = (where: URL): ObjectStore => s3Objects({ ...settings, endpoint: where });
const store = storeAt(endpoint);

after(() => {
  server.closeAllConnections();
  server.close();
  overrideLimits({
    objectBackoffMs: before.objectBackoffMs,
    objectBackoffMsMax: before.objectBackoffMsMax,
    objectTimeoutMs: before.objectTimeoutMs,
  });
});
beforeEach(() => {
  seen = [];
});

const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) => {
    response.writeHead(code, headers).end(body);
  };
const range = (given: string, body: string): Answer => status(206, { 'content-range': given }, body);
const good = range('bytes 2-5/10', 'cdef');
const torn: Answer = (response) => {
  response
    .writeHead(206, { 'content-range': 'bytes 2-5/10', 'content-length': '4' })
    .write('cd', () => response.destroy());
};
const silent: Answer = () => {};
const hangUp: Answer = (response) => response.destroy();

for (const [what, bad] of [
  ['500', status(500)],
  ['503 with a time to wait', status(503, { 'retry-after': '9999999' })],
  ['429', status(429, { 'retry-after': 'soon' })],
  ['an answer cut short', torn],
  ['silence', silent],
  ['a connection that ends', hangUp],
] as [string, Answer][]) {
  test(`after ${what} it is asked again, and the answer is whole`, async () => {
    script = [bad, bad, good];
    assert.equal(Buffer.from(await store.get('k', 2, 4)).toString(), 'cdef');
    assert.deepEqual(seen, Array(3).fill('GET /bucket/p/k'));
  });

  test(`${what}, again and again, is told after ${limits.objectAttemptsMax} attempts`, async () => {
    script = [bad];
    const list = (): Promise<unknown> => Array.fromAsync(store.list(''));
    // A request that carries bytes has a second more, and silence takes all of it.
    const works = bad === silent ? [list] : [list, () => store.get('k', 2, 4), () => store.put('k', Uint8Array.of(1))];
    for (const work of works)
      await assert.rejects(work, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'store.object_away');
        assert.match(error.message, /^s3:\/\/bucket\/p\/: .*, 4 times$/);
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      });
    assert.equal(seen.length, works.length * 4);
  });
}

test('a server that is not there is told as such', async () => {
  const closed = http.createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(storeAt(new URL(`http://127.0.0.1:${port}`)).head('k'), { code: 'store.object_away' });
});

test('other bytes than were asked for are refused at once', async () => {
  for (const bad of [
    range('bytes 0-3/10', 'abcd'),
    range('bytes 2-5/10', 'cde'),
    range('bytes 2-5/10', 'cdefg'),
    range('bytes 2-50/100', 'c'.repeat(49)),
    status(206, {}, 'cdef'),
    status(200, {}, 'abcdefghij'),
    status(416),
    range('bytes 2-5/10', 'x'.repeat(3_000_000)),
  ]) {
    script = [bad];
    seen = [];
    await assert.rejects(store.get('k', 2, 4), { code: 'store.object_damaged' });
    assert.equal(seen.length, 1);
  }
});

test('a store without ranges may answer with the whole where the whole was asked for', async () => {
  script = [status(200, {}, 'abcd')];
  assert.equal(Buffer.from(await store.get('k', 0, 4)).toString(), 'abcd');
  await assert.rejects(store.get('k', 0, 3), { code: 'store.object_damaged' });
});

test('what will not pass is not asked again: refusals, and a bucket that is elsewhere', async () => {
  for (const code of [301, 307, 400, 403, 409, 501]) {
    script = [
      status(code, { location: 'http://127.0.0.1:1/' }, '<Error><Code>Why</Code><Message>so</Message></Error>'),
    ];
    seen = [];
    await assert.rejects(store.put('k', Uint8Array.of(1)), { code: 'store.object_refused' }, String(code));
    await assert.rejects(store.delete('k'), { code: 'store.object_refused' }, String(code));
    assert.deepEqual(seen, ['PUT /bucket/p/k', 'DELETE /bucket/p/k']);
  }
});

test('a 404 of anything but the object itself is no answer about it', async () => {
  for (const body of ['', '<html>not found', '<Error><Code>NoSuchBucket</Code></Error>']) {
    script = [status(404, {}, body)];
    for (const work of [() => store.head('k'), () => store.get('k', 0, 1), () => store.delete('k')])
      await assert.rejects(work, { code: 'store.object_refused' }, body);
  }
  script = [status(404, {}, '<Error><Code>NoSuchKey</Code></Error>')];
  assert.equal(await store.head('k'), null);
  await store.delete('k');
});

test('the bucket stands in the path, or in the name of the host, as the store wants it', () => {
  const where = { ...settings, endpoint: new URL('https://s3.example:8443') };
  const ask = { method: 'GET', key: 'a/k=1' } as const;
  assert.equal(addressOf(where, ask).href, 'https://s3.example:8443/bucket/p/a/k%3D1');
  assert.equal(addressOf({ ...where, style: 'virtual' }, ask).href, 'https://bucket.s3.example:8443/p/a/k%3D1');
  assert.equal(
    addressOf({ ...where, style: 'virtual' }, { method: 'GET', key: null, search: { prefix: 'a/ b' } }).href,
    'https://bucket.s3.example:8443/?prefix=a%2F%20b',
  );
});

test('lists that never end, lead out of their prefix or are none are refused', async () => {
  const page = (key: string, more: string): string =>
    `<ListBucketResult><Contents><Key>${key}</Key><Size>1</Size></Contents>${more}</ListBucketResult>`;
  const again = '<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>';
  for (const body of [
    page('p/a', again),
    page('q/a', '<IsTruncated>false</IsTruncated>'),
    '<html>',
    'x'.repeat(5 << 20),
  ]) {
    script = [status(200, {}, body)];
    await assert.rejects(Array.fromAsync(store.list('')), { code: 'store.object_damaged' }, body.slice(0, 80));
  }
  assert.ok(seen.length <= 5);
});
