import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, type RandomReader, simulatedDisk } from '../base/index.ts';
import { findLater, SegmentCursor } from './cursor.ts';
import { entryBytes, writeEntry } from './format.ts';
import { PlainReader } from './plain-reader.ts';

const PRODUCER = new Uint8Array(16).fill(3);
const NONE = new Uint8Array(0);

/** Entries with payloads of these sizes, as a file; `before`: bytes in front of them. */
function fileOf(
  sizes: readonly number[],
  before = 0,
  receipt: Uint8Array = NONE,
): { reader: RandomReader; starts: number[] } {
  const { files } = simulatedDisk();
  const file = files.open('/f');
  const starts: number[] = [];
  let at = before;
  for (const [sequence, size] of sizes.entries()) {
    const payload = new Uint8Array(size).fill(sequence);
    const bytes = new Uint8Array(entryBytes(receipt.length, size));
    const one = { kind: 'events' as const, more: false, index: 0, receivedAt: 1, receipt, payload, sequence };
    writeEntry(bytes, 0, { ...one, producer: PRODUCER, previous: new Uint8Array(32) });
    file.write([bytes], at);
    starts.push(at);
    at += bytes.length;
  }
  return { reader: files.openRead('/f'), starts };
}

test('entries across the ends of chunks, larger than chunks, and empty ones are read whole', () => {
  const sizes = [0, 10, 4000, 4096, 0, 70_000, 1, 9000, ...Array.from({ length: 300 }, (_, n) => n)];
  for (const chunk of [100, 4096, 1 << 20]) {
    const { reader, starts } = fileOf(sizes);
    const cursor = new SegmentCursor(reader, PRODUCER, 0, 0, chunk);
    for (const [sequence, size] of sizes.entries()) {
      assert.ok(cursor.next());
      assert.deepEqual(
        [cursor.byte, cursor.header?.sequence, cursor.header?.payloadBytes],
        [starts[sequence], sequence, size],
      );
      const bytes = cursor.entry();
      assert.equal(bytes.length, entryBytes(0, size));
      assert.ok(bytes.subarray(96, 96 + size).every((value) => value === sequence % 256));
      cursor.skip();
    }
    assert.equal(cursor.next(), false);
  }
});

test('a later header is found wherever chunks end, by both readers alike', () => {
  const chunk = limits.journalReadBytes;
  const receipt = new Uint8Array(5000).fill(0x20);
  for (const before of [0, 1, 95, chunk - 200, chunk - 96, chunk - 4, chunk - 1, chunk, chunk + 1, 2 * chunk - 50]) {
    const { reader, starts } = fileOf([10, 20], before, receipt);
    assert.deepEqual(
      findLater(reader, PRODUCER, 0, 0, () => true),
      { byte: starts[0], sequence: 0 },
    );
    assert.deepEqual(
      findLater(reader, PRODUCER, 0, 1, () => true),
      { byte: starts[1], sequence: 1 },
    );
    assert.equal(
      findLater(reader, PRODUCER, starts[1] + 1, 0, () => true),
      null,
    );
    assert.equal(
      findLater(reader, new Uint8Array(16), 0, 0, () => true),
      null,
    );
    const plain = new PlainReader(reader);
    assert.deepEqual(
      plain.nextHeader(0, () => true),
      { byte: starts[0], sequence: 0 },
    );
    assert.deepEqual(
      plain.nextHeader(0, (sequence) => sequence > 0),
      { byte: starts[1], sequence: 1 },
    );
    assert.equal(
      plain.nextHeader(starts[1] + 1, () => true),
      null,
    );
  }
});

test('the plain reader says what is wrong with an entry, and how far it goes where its header is whole', () => {
  const { files } = simulatedDisk();
  const whole = new Uint8Array(entryBytes(2, 3));
  writeEntry(whole, 0, {
    kind: 'dead',
    more: true,
    index: 4,
    receivedAt: 5,
    receipt: Buffer.from('{}'),
    payload: Buffer.from('abc'),
    sequence: 6,
    producer: PRODUCER,
    previous: new Uint8Array(32).fill(1),
  });
  const readOf = (bytes: Uint8Array): unknown => {
    const file = files.open('/g');
    file.truncate(0);
    file.write([bytes], 0);
    const found = new PlainReader(files.openRead('/g')).entryAt(0);
    return 'what' in found
      ? found
      : { ...found, payload: Buffer.from(found.payload).toString(), hash: found.hash.length };
  };
  const changed = (byte: number): Uint8Array => whole.map((value, index) => (index === byte ? value ^ 1 : value));
  assert.deepEqual(readOf(whole), {
    kind: 'dead',
    more: true,
    index: 4,
    receivedAt: 5,
    receipt: '{}',
    payload: 'abc',
    sequence: 6,
    producer: '03'.repeat(16),
    previous: '01'.repeat(32),
    hash: 64,
    bytes: 104,
  });
  const header = { sequence: 6, bytes: 104 };
  assert.deepEqual(readOf(changed(97)), { what: 'the checksum of its header does not match', header: null });
  assert.deepEqual(readOf(changed(99)), { what: 'the checksum of its payload does not match', header });
  assert.deepEqual(readOf(changed(103)), { what: 'the checksum of its payload does not match', header });
  assert.deepEqual(readOf(whole.subarray(0, 90)), { what: '90 bytes are left, too few for an entry', header: null });
  assert.deepEqual(readOf(whole.subarray(0, 97)), { what: 'the file ends in its receipt', header: null });
  assert.deepEqual(readOf(whole.subarray(0, 100)), { what: 'the file ends in its payload', header: null });
  assert.deepEqual(readOf(changed(0)), { what: 'no entry begins here', header: null });
  assert.deepEqual(readOf(changed(19)), { what: 'its receipt would have 16777218 bytes', header: null });
  assert.deepEqual(readOf(changed(23)), { what: 'the checksum of its header does not match', header: null });
});
