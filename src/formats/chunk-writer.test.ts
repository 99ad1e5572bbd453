import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkWriter } from './chunk-writer.ts';

function write(writer: ChunkWriter, text: string): void {
  const bytes = Buffer.from(text);
  writer.reserve(bytes.length + 1);
  writer.bytes.set(bytes, writer.end);
  writer.end += bytes.length;
}

const show = (writer: ChunkWriter): unknown[] =>
  writer.take().map(({ bytes, firstRecord, records, position }) => ({
    text: Buffer.from(bytes).toString(),
    firstRecord,
    records: records === undefined ? null : [...records],
    position,
  }));

test('lines become a chunk once it is large enough or flushed', () => {
  const writer = new ChunkWriter(6);
  write(writer, 'aa');
  writer.complete(10);
  assert.deepEqual(show(writer), []);
  write(writer, 'bb');
  writer.complete(20);
  write(writer, 'c');
  assert.deepEqual(show(writer), [{ text: 'aa\nbb\n', firstRecord: 1, records: null, position: 10 }]);
  writer.complete(30);
  writer.flush();
  writer.flush();
  assert.deepEqual(show(writer), [{ text: 'c\n', firstRecord: 3, records: null, position: 30 }]);
});

test('record numbers are listed only where a counted line was dropped in between', () => {
  const writer = new ChunkWriter(100);
  writer.drop(true);
  for (const counted of [null, null, true, null, false, null]) {
    write(writer, 'x');
    if (counted === null) writer.complete(0);
    else writer.drop(counted);
  }
  writer.flush();
  assert.deepEqual(show(writer), [{ text: 'x\nx\nx\nx\n', firstRecord: 2, records: [2, 3, 5, 6], position: 0 }]);
});

test('a line longer than the buffer makes it grow, and moves whole to the next one', () => {
  const writer = new ChunkWriter(100);
  write(writer, 'short');
  writer.complete(0);
  const long = 'x'.repeat(300_000);
  write(writer, long.slice(0, 200_000));
  write(writer, long.slice(200_000));
  writer.complete(6);
  assert.deepEqual(show(writer), [{ text: `short\n${long}\n`, firstRecord: 1, records: null, position: 0 }]);
});
