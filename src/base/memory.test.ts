import assert from 'node:assert/strict';
import { test } from 'node:test';
import { release, releaseChunk } from './memory.ts';

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

test('a chunk goes where its memory is its own, and large enough to matter', () => {
  const chunk = new Uint8Array(64 * 1024).fill(7);
  releaseChunk(chunk);
  assert.equal(chunk.length, 0);
  const part = new Uint8Array(new ArrayBuffer(64 * 1024), 0, 32 * 1024).fill(7);
  releaseChunk(part);
  const small = new Uint8Array(100).fill(7);
  releaseChunk(small);
  assert.deepEqual([part.length, part[0], small[99]], [32 * 1024, 7, 7]);
});

test('gigabytes may pass with next to nothing held', () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 2000; i++) release(new ArrayBuffer(4 << 20));
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 << 20);
});
