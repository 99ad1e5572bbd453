import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64, base64Offsets, utf16Bytes } from './encode.ts';

test('UTF-16 as the specification shows it for cmd', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  assert.equal(hex(utf16Bytes('cmd', 'utf16le')), '63006d006400');
  assert.equal(hex(utf16Bytes('cmd', 'utf16be')), '0063006d0064');
  assert.equal(hex(utf16Bytes('cmd', 'utf16')), 'fffe63006d006400');
  assert.equal(hex(utf16Bytes('😀', 'utf16le')), '3dd800de');
});

test('offsets of a known value', () => {
  assert.deepEqual(base64Offsets(Buffer.from('/bin/bash')), ['L2Jpbi9iYXNo', '9iaW4vYmFza', 'vYmluL2Jhc2']);
});

test('whatever surrounds the bytes, one of the three is in the Base64 text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 9 }),
      fc.uint8Array({ minLength: 4, maxLength: 20 }),
      fc.uint8Array({ maxLength: 9 }),
      (before, value, behind) => {
        const text = base64(Buffer.concat([before, value, behind]));
        assert.ok(text.includes(base64Offsets(value)[before.length % 3]));
      },
    ),
  );
});
