import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { crc32Combine } from './crc-combine.ts';

test('two checksums make that of both texts in a row', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      assert.equal(crc32Combine(crc32(a), crc32(b), b.length), crc32(b, crc32(a)));
    }),
  );
});

test('long texts and those without bytes are no exception', () => {
  const long = Buffer.alloc(5_000_001, 'event');
  assert.equal(crc32Combine(crc32('head'), crc32(long), long.length), crc32(long, crc32('head')));
  assert.equal(crc32Combine(0, crc32(long), long.length), crc32(long));
  assert.equal(crc32Combine(crc32('head'), 0, 0), crc32('head'));
});
