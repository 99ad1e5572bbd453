import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realFiles } from '../../base/index.ts';
import { openObjects } from './open.ts';

const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

test('an address names a bucket and a prefix, or a folder', () => {
  assert.equal(openObjects(realFiles, 's3://history/weir/one/', keys).name, 's3://history/weir/one/');
  assert.equal(openObjects(realFiles, 's3://history', keys).name, 's3://history/');
  assert.equal(openObjects(realFiles, 'file:///mnt/cold', {}).name, '/mnt/cold');
});

test('what is unclear is refused with its reason, and without what may be secret', () => {
  for (const [address, why] of [
    ['history', /neither/],
    ['https://history', /neither/],
    ['file://host/mnt', /neither/],
    ['s3://key:hidden@history/', /keys do not belong/],
    ['s3://H/', /bucket/],
    ['s3://history/a/../../b c', /prefix/],
    ['s3://history/?retries=hidden', /there is no "retries"/],
    ['s3://history/?endpoint=ftp://x', /endpoint/],
    ['s3://history/?endpoint=http://hidden@x', /endpoint/],
    ['s3://history/?endpoint=http://x/path', /endpoint/],
    ['s3://history/?style=other', /path or virtual/],
    ['s3://history/?region=a/b', /region/],
  ] as [string, RegExp][])
    assert.throws(
      () => openObjects(realFiles, address, keys),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'store.object_settings', address);
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      },
    );
  assert.throws(() => openObjects(realFiles, 's3://history', { AWS_ACCESS_KEY_ID: 'a' }), /AWS_SECRET_ACCESS_KEY/);
});
