import assert from 'node:assert/strict';
import { test } from 'node:test';
import { release } from './memory.ts';

test('a large buffer is gone at once; a small one, which may be part of others, stays', () => {
  const large = new Uint8Array(256 * 1024).fill(7);
  release(large.buffer);
  assert.deepEqual([large.length, large.buffer.byteLength], [0, 0]);
  const small = Buffer.from('abc');
  release(small.buffer);
  assert.equal(small.toString(), 'abc');
  const shared = new SharedArrayBuffer(256 * 1024);
  release(shared);
  assert.equal(shared.byteLength, 256 * 1024);
});

test('gigabytes may pass with next to nothing held', () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 2000; i++) release(new ArrayBuffer(4 << 20));
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 << 20);
});
