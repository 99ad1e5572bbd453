/** What every object store does, asked of each adapter: S3 of a real server. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { realFiles } from '../../base/index.ts';
import { openObjects } from './open.ts';
import { s3Objects } from './s3.ts';
import { noServer, type S3Server, serverKeys, startS3 } from './s3-server.twin.ts';
import type { ObjectInfo, ObjectStore } from './types.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'weir-objects-'));
const servers: S3Server[] = [];
after(async () => {
  for (const server of servers) await server.stop();
  rmSync(root, { recursive: true });
});

const environment = { AWS_ACCESS_KEY_ID: serverKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: serverKeys.secretAccessKey };

async function s3(): Promise<ObjectStore> {
  const server = await startS3(mkdtempSync(path.join(root, 's3-')), 'history');
  servers.push(server);
  return openObjects(realFiles, `s3://history/one/two?endpoint=${server.endpoint.origin}`, environment);
}

const adapters: readonly [string, string | false, () => Promise<ObjectStore>][] = [
  [
    'a folder',
    false,
    async () => openObjects(realFiles, `file://${mkdtempSync(path.join(root, 'folder-'))}/objects`, {}),
  ],
  ['S3', noServer, s3],
];

const all = async (list: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> => await Array.fromAsync(list);
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);

for (const [title, skip, open] of adapters) {
  describe(`objects in ${title}`, { skip }, () => {
    let store: ObjectStore;
    test('there is none to begin with, and to delete it is fine', async () => {
      store = await open();
      assert.equal(await store.head('a/b'), null);
      await store.delete('a/b');
      assert.deepEqual(await all(store.list('')), []);
      assert.deepEqual(await all(store.list('a/')), []);
      await assert.rejects(store.get('a/b', 0, 1), { code: 'store.object_gone' });
    });

    test('what was put is there by every range', async () => {
      const bytes = bytesOf(3_000_001);
      await store.put('tenant=a/x.parquet', bytes);
      assert.deepEqual(await store.head('tenant=a/x.parquet'), { key: 'tenant=a/x.parquet', size: 3_000_001 });
      for (const [from, length] of [
        [0, 3_000_001],
        [0, 1],
        [3_000_000, 1],
        [1_048_575, 2],
        [1_000_000, 2_000_001],
      ]) {
        const got = await store.get('tenant=a/x.parquet', from, length);
        assert.ok(Buffer.from(bytes.subarray(from, from + length)).equals(got), `${length} from ${from}`);
      }
    });

    test('a range that is not wholly there is refused, never shortened', async () => {
      for (const [from, length] of [
        [0, 3_000_002],
        [3_000_000, 2],
        [3_000_001, 1],
        [9_000_000, 5],
      ])
        await assert.rejects(
          store.get('tenant=a/x.parquet', from, length),
          { code: 'store.object_damaged' },
          `${from} ${length}`,
        );
      for (const [from, length] of [
        [0, 0],
        [-1, 1],
        [0.5, 1],
        [0, Number.NaN],
      ])
        await assert.rejects(store.get('tenant=a/x.parquet', from, length), { code: 'store.input' });
    });

    test('putting again replaces the whole, and an empty object is one', async () => {
      await store.put('tenant=a/y', bytesOf(500));
      await store.put('tenant=a/y', Uint8Array.of(7, 8));
      assert.deepEqual(await store.head('tenant=a/y'), { key: 'tenant=a/y', size: 2 });
      assert.deepEqual([...(await store.get('tenant=a/y', 0, 2))], [7, 8]);
      await store.put('tenant=a/none', new Uint8Array(0));
      assert.deepEqual(await store.head('tenant=a/none'), { key: 'tenant=a/none', size: 0 });
    });

    test('a list has what is below a prefix in the order of keys, over more than one page', async () => {
      // S3 gives a thousand a page; a folder has none, and each write to it waits for the disk.
      const count = title === 'S3' ? 1005 : 12;
      for (let n = 0; n < count; n++) await store.put(`many/${String(n).padStart(4, '0')}`, Uint8Array.of(n & 0xff));
      await store.put('many2/a', Uint8Array.of(1));
      const listed = await all(store.list('many/'));
      assert.equal(listed.length, count);
      assert.deepEqual(listed[0], { key: 'many/0000', size: 1 });
      assert.deepEqual(
        listed.map(({ key }) => key),
        listed.map(({ key }) => key).sort(),
      );
      assert.deepEqual(
        (await all(store.list('tenant=a/'))).map(({ key, size }) => [key, size]),
        [
          ['tenant=a/none', 0],
          ['tenant=a/x.parquet', 3_000_001],
          ['tenant=a/y', 2],
        ],
      );
    });

    test('what was deleted is gone, and only that', async () => {
      await store.delete('tenant=a/x.parquet');
      assert.equal(await store.head('tenant=a/x.parquet'), null);
      await assert.rejects(store.get('tenant=a/x.parquet', 0, 1), { code: 'store.object_gone' });
      assert.deepEqual(
        (await all(store.list('tenant=a/'))).map(({ key }) => key),
        ['tenant=a/none', 'tenant=a/y'],
      );
    });

    test('names that lead elsewhere are refused before anything is asked', async () => {
      for (const key of [
        '',
        '/a',
        'a/',
        'a//b',
        '../a',
        'a/../b',
        '.',
        'a/.b',
        'a b',
        'a?b',
        'ä',
        'a\0',
        'a\\b',
        'x'.repeat(513),
      ]) {
        await assert.rejects(store.put(key, Uint8Array.of(1)), { code: 'store.object_key' }, key);
        await assert.rejects(store.get(key, 0, 1), { code: 'store.object_key' }, key);
        await assert.rejects(store.head(key), { code: 'store.object_key' }, key);
        await assert.rejects(store.delete(key), { code: 'store.object_key' }, key);
      }
      for (const prefix of ['a', '../', '/', 'a//'])
        await assert.rejects(all(store.list(prefix)), { code: 'store.object_key' });
    });
  });
}

test('what a crash left of a write to a folder is no object', async () => {
  const folder = mkdtempSync(path.join(root, 'crash-'));
  const store = openObjects(realFiles, `file://${folder}`, {});
  writeFileSync(path.join(folder, 'a.draft'), 'half');
  assert.deepEqual(await all(store.list('')), []);
  await store.put('a', Uint8Array.of(1));
  assert.deepEqual(await all(store.list('')), [{ key: 'a', size: 1 }]);
  assert.deepEqual(realFiles.list(folder), ['a']);
});

describe('a real S3 server', { skip: noServer }, () => {
  test('refuses a wrong secret, an unknown key and an unknown bucket, and the answer says so without the secret', async () => {
    const { endpoint } = servers[0];
    const with_ = (keys: typeof serverKeys, bucket: string): ObjectStore =>
      s3Objects({ endpoint, region: 'us-east-1', bucket, prefix: '', style: 'path', keys });
    const wrong = { accessKeyId: 'weir', secretAccessKey: 'quite-another' };
    await assert.rejects(with_(wrong, 'history').put('a', Uint8Array.of(1)), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'store.object_refused');
      assert.match(error.message, /writing a: HTTP 403, SignatureDoesNotMatch/);
      assert.doesNotMatch(error.message, /quite-another/);
      return true;
    });
    await assert.rejects(with_(serverKeys, 'no-such-bucket').put('a', Uint8Array.of(1)), /HTTP 404, NoSuchBucket/);
    await assert.rejects(all(with_(serverKeys, 'no-such-bucket').list('')), { code: 'store.object_refused' });
  });

  test('says of a bucket that is gone neither that its objects are nor that they were deleted', async () => {
    const { endpoint } = servers[0];
    const gone = s3Objects({
      endpoint,
      region: 'us-east-1',
      bucket: 'no-such-bucket',
      prefix: '',
      style: 'path',
      keys: serverKeys,
    });
    for (const work of [() => gone.head('a'), () => gone.get('a', 0, 1), () => gone.delete('a')])
      await assert.rejects(work, { code: 'store.object_refused' });
  });
});
