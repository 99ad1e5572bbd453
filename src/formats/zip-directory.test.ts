import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildZip } from '../../test/fuzz/formats-kit.ts';
import { findDirectory, showName, widen, type ZipSource } from './zip-directory.ts';
import { scanLocalHeaders } from './zip-scan.ts';

const source = (bytes: Buffer): ZipSource => ({
  size: bytes.length,
  readAt: (into, at) => (at < bytes.length ? bytes.copy(into, 0, at, at + into.length) : 0),
});
const data = Buffer.from('{"a":1}\n');

test('the directory is found at the end, behind a comment, with bytes before the archive, through zip64', () => {
  const plain = buildZip([{ name: 'a', data }]);
  const start = plain.indexOf('PK\x01\x02');
  assert.deepEqual(findDirectory(source(plain)), { start, bytes: 47, entries: 1, shift: 0 });
  const moved = Buffer.concat([Buffer.alloc(100), plain]);
  assert.deepEqual(findDirectory(source(moved)), { start: start + 100, bytes: 47, entries: 1, shift: 100 });
  const wide = buildZip([{ name: 'a', data }], { zip64End: true, comment: 'PK\x05\x06'.padEnd(50) });
  assert.deepEqual(findDirectory(source(wide)), { start, bytes: 47, entries: 1, shift: 0 });
  const movedWide = Buffer.concat([Buffer.alloc(100), wide]);
  assert.deepEqual(findDirectory(source(movedWide)), { start: start + 100, bytes: 47, entries: 1, shift: 100 });
});

test('a directory that is missing, beyond the file or too large is refused with the reason', () => {
  assert.match(String(findDirectory(source(Buffer.alloc(10)))), /no directory at its end/);
  const archive = buildZip([{ name: 'a', data }]);
  const beyond = Buffer.from(archive);
  beyond.writeUInt32LE(1_000_000, archive.length - 6);
  assert.match(String(findDirectory(source(beyond))), /lies beyond its end/);
  const large = Buffer.from(archive);
  large.writeUInt32LE(1_000_000_000, archive.length - 10);
  assert.match(String(findDirectory(source(large))), /has 1000000000 bytes, more than the 67108864 allowed/);
});

test('the zip64 field holds just the values that did not fit', () => {
  const extra = Buffer.alloc(30);
  extra.writeUInt16LE(0x5455, 0);
  extra.writeUInt16LE(5, 2);
  extra.writeUInt16LE(1, 9);
  extra.writeUInt16LE(16, 11);
  extra.writeBigUInt64LE(5_000_000_000n, 13);
  extra.writeBigUInt64LE(7n, 21);
  assert.deepEqual(widen([0xffffffff, 12, 0xffffffff], extra), [5_000_000_000, 12, 7]);
  assert.deepEqual(widen([0xffffffff], extra.subarray(0, 15)), [0xffffffff]);
  assert.deepEqual(widen([0xffffffff, 1], Buffer.alloc(0)), [0xffffffff, 1]);
});

test('names are shown without what could deceive or harm', () => {
  const show = (name: string, utf8 = true): string => showName(Buffer.from(name), utf8);
  assert.equal(show('a/../../b/./c'), 'a/b/c');
  assert.equal(show('C:\\Windows\\x.evtx'), 'Windows/x.evtx');
  assert.equal(show('\\\\server\\share\\'), 'server/share/');
  assert.equal(show('a\r\nb\x1b[2J\u202e'), 'a\ufffd\ufffdb\ufffd[2J\ufffd');
  assert.equal(show('/'), 'unnamed/');
  assert.equal(show('x'.repeat(1000)).length, 512);
  assert.equal(showName(Uint8Array.of(0x81, 0xe1), false), 'üß');
});

test('local headers are found across windows, and behind data of unknown length', () => {
  const big = Buffer.alloc(1_048_576 - 31 - 2, 'x');
  const archive = buildZip([
    { name: 'a', data: big, method: 'stored', descriptor: true },
    { name: 'b', data },
  ]);
  const entries = [...scanLocalHeaders(source(archive.subarray(0, archive.indexOf('PK\x01\x02'))))];
  assert.deepEqual(
    entries.map(({ name, stored, size }) => [name, stored, size]),
    [
      ['a', null, null],
      ['b', 10, 8],
    ],
  );
});
