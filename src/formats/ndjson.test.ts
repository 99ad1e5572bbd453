import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Outcome, split } from '../../test/fuzz/formats-kit.ts';
import { LineSplitter } from './ndjson.ts';
import { splitAtNewline } from './split.ts';

function ndjson(input: string | Uint8Array, options = {}): Outcome {
  const whole = split((report) => new LineSplitter(report, options), input);
  assert.deepEqual(
    split((report) => new LineSplitter(report, options), input, 1),
    whole,
  );
  return whole;
}

test('lines stay as they are; line ends, blank lines and a byte order mark go', () => {
  assert.deepEqual(ndjson('\ufeff{"a": 1}\r\n\n  \t\r\n {"b":2}\nno json at all\n{"c":3}'), {
    lines: ['{"a": 1}', ' {"b":2}', 'no json at all', '{"c":3}'],
    records: [1, 2, 3, 4],
    reports: [],
  });
  assert.deepEqual(ndjson(''), { lines: [], records: [], reports: [] });
  assert.deepEqual(ndjson('\n\n\r\n').lines, []);
});

test('bytes that are no UTF-8 pass unchanged', () => {
  const splitter = new LineSplitter({ add: assert.fail, finish: () => {} });
  splitter.push(Uint8Array.of(0x7b, 0xff, 0x00, 0x7d, 0x0a));
  splitter.end();
  assert.deepEqual([...(splitter.take()[0]?.bytes ?? [])], [0x7b, 0xff, 0x00, 0x7d, 0x0a]);
});

test('a line over the limit is named with its size and the next keep their numbers', () => {
  assert.deepEqual(ndjson(`{"a":1}\n${'x'.repeat(30)}\n{"b":2}\n${'y'.repeat(21)}`, { lineBytesMax: 20 }), {
    lines: ['{"a":1}', '{"b":2}'],
    records: [1, 3],
    reports: [
      'record 2, byte 8: the line has 30 bytes, more than the 20 an event may have: left out',
      'record 4, byte 47: the line has 21 bytes, more than the 20 an event may have: left out',
    ],
  });
});

test('a chunk owns its buffer and holds about as much as asked for', () => {
  const splitter = new LineSplitter({ add: assert.fail, finish: () => {} }, { chunkBytes: 10 });
  splitter.push(Buffer.from('{"a":1}\n{"a":2}\n{"a":3}\n'));
  splitter.end();
  const chunks = splitter.take();
  assert.deepEqual(
    chunks.map(({ bytes, firstRecord, position }) => [Buffer.from(bytes).toString(), firstRecord, position]),
    [
      ['{"a":1}\n{"a":2}\n', 1, 0],
      ['{"a":3}\n', 3, 16],
    ],
  );
  assert.equal(new Set(chunks.map(({ bytes }) => bytes.buffer)).size, chunks.length);
});

function memory(text: string): { size: number; readAt(into: Uint8Array, position: number): number } {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    readAt: (into, position) => bytes.copy(into, 0, position, position + into.length),
  };
}

test('a file is cut into ranges of whole lines', () => {
  assert.deepEqual(
    [...splitAtNewline(memory('aaa\nbbb\nccc\nddd'), 5, 100)],
    [
      { start: 0, end: 8, tooLong: 0 },
      { start: 8, end: 15, tooLong: 0 },
    ],
  );
  assert.deepEqual([...splitAtNewline(memory(''), 5, 100)], []);
});

test('a file is cut into small ranges first, each twice the one before', () => {
  const sizes = [...splitAtNewline(memory('1\n'.repeat(50)), 32, 100, 4)].map(({ start, end }) => end - start);
  assert.deepEqual(sizes, [4, 8, 16, 32, 32, 8]);
});

test('a line that is too long is a range of its own, so that nobody reads it', () => {
  const long = 'x'.repeat(300_000);
  assert.deepEqual(
    [...splitAtNewline(memory(`a\nb\n${long}\nc\n`), 10, 1000)],
    [
      { start: 0, end: 4, tooLong: 0 },
      { start: 4, end: 300_005, tooLong: 300_000 },
      { start: 300_005, end: 300_007, tooLong: 0 },
    ],
  );
});

test('a line is too long by its own bytes, without newline, wherever the cuts fall', () => {
  const long = (range: number, ...lengths: number[]): number[] =>
    [...splitAtNewline(memory(lengths.map((length) => `${'x'.repeat(length)}\n`).join('')), range, 20)].map(
      ({ tooLong }) => tooLong,
    );
  assert.deepEqual(long(10, 20, 3), [0, 0]);
  assert.deepEqual(long(10, 21, 3), [21, 0]);
  // Before the cut nine bytes of the line, behind it no more than the limit.
  assert.deepEqual(long(10, 3, 25), [0, 25]);
  assert.deepEqual([...splitAtNewline(memory('x'.repeat(21)), 10, 20)], [{ start: 0, end: 21, tooLong: 21 }]);
});

test('ranges cover any file without gap or overlap, each ends at a newline', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', '\n') }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
      (text, rangeBytes, more) => {
        const lineBytesMax = rangeBytes + more;
        const tooLong: string[] = [];
        let at = 0;
        for (const { start, end, tooLong: bytes } of splitAtNewline(memory(text), rangeBytes, lineBytesMax)) {
          assert.equal(start, at);
          assert.ok(end > start);
          assert.ok(end === text.length || text[end - 1] === '\n');
          if (bytes > 0) tooLong.push(text.slice(start, start + bytes));
          at = end;
        }
        assert.equal(at, text.length);
        assert.deepEqual(
          tooLong,
          text.split('\n').filter((line) => line.length > lineBytesMax),
        );
      },
    ),
  );
});
