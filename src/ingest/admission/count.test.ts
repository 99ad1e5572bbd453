import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BodyKind, countEvents, countFrameRows, eventCounter } from './index.ts';

const count = (text: string, kind: BodyKind): number => countEvents(Buffer.from(text), kind);

/** Pushed in pieces of `size` bytes. */
function inPieces(text: string, kind: BodyKind, size: number): number {
  const counter = eventCounter(kind);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) counter.push(bytes.subarray(at, at + size));
  return counter.end();
}

test('lines with something in them are events; blank ones, and a byte order mark, are not', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['\n\n \t\r\n', 0],
    ['{"a":1}', 1],
    ['{"a":1}\n', 1],
    ['{"a":1}\r\n\r\n  {"a":2}\n x', 3],
    ['\ufeff', 0],
    ['\ufeff\n{}\n', 1],
    ['\ufeff{}', 1],
    ['{}\n\ufeff\n', 2],
    ['\u000b\n', 1],
  ];
  for (const [text, events] of cases) {
    for (const size of [1, 2, 1000]) assert.equal(inPieces(text, 'ndjson', size), events, JSON.stringify(text));
  }
  assert.equal(countEvents(Buffer.from([0xef, 0xbb]), 'ndjson'), 1);
  assert.equal(countEvents(Buffer.from([0xef, 0x0a]), 'ndjson'), 1);
});

test('elements of an array are events, whatever brackets, commas and quotes stand in strings', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['[]', 0],
    [' [ ] ', 0],
    ['\ufeff[1]', 1],
    ['[{"a":[1,2,{"b":3}]},{"c":"],[\\"}{"}]', 2],
    ['[[1,2],[3,[4,5]],[]]', 3],
    ['["\\\\",",\\\\\\","]', 2],
    ['[1,"x",null,true,-1.5e3]', 5],
    ['{"a":[1,2]}', 1],
    ['{"a":1}{"b":2}\n[1,2]\n3 4', 6],
    ['[{"a":1},{"b":', 2],
  ];
  for (const [text, events] of cases) {
    for (const size of [1, 2, 1000]) assert.equal(inPieces(text, 'json', size), events, text);
  }
});

test('the counts are those of JSON.parse and of split lines, in pieces of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 50 }), (values, size) => {
      assert.equal(inPieces(JSON.stringify(values), 'json', size), values.length);
      assert.equal(inPieces(JSON.stringify(values, null, 2), 'json', size), values.length);
      const objects = values.map((value) => ({ value }));
      assert.equal(
        inPieces(objects.map((one) => JSON.stringify(one, null, 1)).join('\n'), 'json', size),
        values.length,
      );
      assert.equal(inPieces(values.map((value) => JSON.stringify(value)).join('\n'), 'ndjson', size), values.length);
    }),
    { numRuns: 300 },
  );
});

test('lines are counted at a gigabyte a second', () => {
  const text = Buffer.alloc(32 << 20, `${'x'.repeat(399)}\n`);
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5; attempt++) {
    const { user } = process.threadCpuUsage();
    assert.equal(countEvents(text, 'ndjson'), Math.ceil(text.length / 400));
    best = Math.min(best, process.threadCpuUsage().user - user);
  }
  // 33.5 MB in 33 ms; some 8 are measured.
  assert.ok(best < 33_000, `${best} µs`);
  assert.equal(count('x', 'json'), 1);
});

test('events in frames are what each says at its beginning, and no length makes counting hang or leave the body', () => {
  const frame = (rows: number, length: number, bytes = length): Uint8Array => {
    const made = new Uint8Array(bytes);
    new DataView(made.buffer).setUint32(8, length, true);
    new DataView(made.buffer).setUint32(20, rows, true);
    return made;
  };
  assert.equal(countFrameRows(Buffer.concat([frame(3, 50), frame(0x8000, 24), frame(7, 90)])), 0x8000 + 10);
  assert.equal(countFrameRows(new Uint8Array(0)), 0);
  assert.equal(countFrameRows(new Uint8Array(23)), 0);
  assert.equal(countFrameRows(frame(5, 0, 40)), 5);
  assert.equal(countFrameRows(frame(5, 0xffffffff, 40)), 5);
  assert.equal(countFrameRows(frame(5, 1, 4000)), 5);
});
