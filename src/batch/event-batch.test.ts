import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { canonical } from '../../test/reference/decimal.ts';
import { skipWithout } from '../../test/shared.ts';
import { type SeededRandom, seededRandom, WeirError } from '../base/index.ts';
import { type BatchMeta, encodeBatch } from './encode.ts';
import { type EventBatch, openBatch } from './event-batch.ts';
import { FRAME_BYTES_MAX } from './frame.ts';
import type { Kernel } from './kernel.ts';
import { bareKernel, binaryOf, bytesOf, compact, describeValue, lineArb, valuesOf } from './scan.twin.ts';

const META: BatchMeta = { tenant: 'acme', source: 'dc01 é', mapping: 'windows.evtx_json@1' };
const kernel = bareKernel();

function framesOf(scanner: Kernel, bytes: Uint8Array, meta: BatchMeta = META): ArrayBuffer[] {
  const frames: ArrayBuffer[] = [];
  scanner.load(bytes);
  while (scanner.scan()) frames.push(...encodeBatch(scanner, meta));
  return frames;
}

function batchOf(...lines: string[]): EventBatch {
  const frames = framesOf(kernel, bytesOf(lines.join('\n')));
  assert.equal(frames.length, 1);
  return openBatch(frames[0]);
}

function textOf(batch: EventBatch, row: number): string {
  return binaryOf(batch.rowText(row));
}

/** Kind and value a number token should have, by way of exact decimals. */
function describeNumber(token: string): string {
  if (/^-?\d+$/.test(token)) {
    const value = BigInt(token);
    return value === BigInt.asIntN(64, value) ? `integer ${value}` : `string ${token}`;
  }
  const value = Number(token);
  const exact = Number.isFinite(value) && canonical(token) === canonical(String(value));
  return exact ? `float ${Object.is(value, -0) ? '-0' : value}` : `string ${token}`;
}

function expectedValues(line: string): string[] {
  return valuesOf(line).map(({ path, text }) => {
    const described = text.replace(
      /(^|^list |, )number (\S+?)(?=,|$)/g,
      (_, before: string, token: string) => before + describeNumber(token),
    );
    return `${path} = ${described}`;
  });
}

suite('events come back from a frame', () => {
  test('byte for byte but for white space between tokens, with every value as a plain reader has it', () => {
    fc.assert(
      fc.property(fc.array(lineArb, { minLength: 1, maxLength: 8 }), (lines) => {
        // More than one where the kernel had to forget shapes in between.
        const batches = framesOf(kernel, bytesOf(lines.join('\n'))).map(openBatch);
        const events = batches.flatMap((batch) => {
          const found: string[][] = Array.from({ length: batch.rows }, () => []);
          for (const path of batch.paths) {
            for (const { row, value } of batch.values(path)) found[row].push(`${path} = ${describeValue(value)}`);
          }
          return found.map((values, row) => ({ text: compact(textOf(batch, row)), values: values.sort() }));
        });
        assert.deepEqual(
          events,
          lines.map((line) => ({ text: compact(line), values: expectedValues(line).sort() })),
        );
      }),
      { numRuns: 1500 },
    );
  });

  test('with bad UTF-8, lone surrogates, NUL, duplicates and big integers as they came', () => {
    const line = '{"a":"\xff\\ud800\\u0000","a":{"b":[1,{"c":[]}]},"n":-123456789012345678901234567890,"n":1.50,"":{}}';
    const batch = batchOf(line, '{}', '{"z":[ ]}');
    assert.equal(textOf(batch, 0), line);
    assert.equal(textOf(batch, 1), '{}');
    assert.equal(textOf(batch, 2), '{"z":[ ]}');
    assert.deepEqual(batch.paths, ['a.b', 'a.b.c', 'n', 'z']);
    assert.deepEqual([...batch.values('a')], []);
    assert.deepEqual([...batch.values('n')], [{ row: 0, value: { kind: 'float', value: 1.5 } }]);
  });

  test('recorded attacks among them', (t) => {
    const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
    if (path === null) return;
    const bytes = gunzipSync(readFileSync(path)).subarray(0, 8 << 20);
    const input = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    const lines = binaryOf(input).split('\n').slice(0, -1);
    let row = 0;
    for (const frame of framesOf(bareKernel(8 << 20), input)) {
      assert.ok(frame.byteLength <= FRAME_BYTES_MAX);
      const batch = openBatch(frame);
      for (let i = 0; i < batch.rows; i++) assert.equal(textOf(batch, i), compact(lines[row++]));
    }
    assert.equal(row, lines.length);
  });

  test('with header and time range', () => {
    kernel.load(bytesOf('{"t":3}\n{"t":1}\n{"t":2}\n{}'));
    kernel.scan();
    const times = [3000.25, 1000, 2000, null];
    const [frame] = encodeBatch(kernel, { ...META, timeOf: (row) => times[row] });
    const batch = openBatch(frame);
    assert.deepEqual(batch.header, {
      ...{ tenant: 'acme', source: 'dc01 é', mapping: 'windows.evtx_json@1' },
      ...{ rows: 4, earliest: 1000, latest: 3000.25, oversized: false },
    });
    assert.match(batch.hash, /^[0-9a-f]{64}$/);
    assert.equal(openBatch(frame.slice(0)).hash, batch.hash);
    assert.deepEqual([batchOf('{}').header.earliest, batchOf('{}').header.latest], [null, null]);
  });

  test('bad and blank lines are not in it, and a scan without events gives no frame', () => {
    const batch = batchOf('{"a":1}', 'nonsense', '', '{"a":2}', '{"a":');
    assert.deepEqual([textOf(batch, 0), textOf(batch, 1), batch.rows], ['{"a":1}', '{"a":2}', 2]);
    assert.deepEqual(framesOf(kernel, bytesOf('\n\nnonsense\n')), []);
    assert.throws(() => batch.rowText(2), RangeError);
    assert.throws(() => batch.rowText(-1), RangeError);
    assert.throws(() => batch.rowText(0.5), RangeError);
  });

  test('a name with several types is a column each; equal values share a code', () => {
    const batch = batchOf(
      '{"EventID":1,"x":null}',
      '{"EventID":"1"}',
      '{"EventID":[1,"a",true,null,0.5]}',
      '{"EventID":1}',
    );
    assert.deepEqual(batch.column('EventID'), [
      { path: 'EventID', kind: 'string', rows: [1], codes: [0], dictionary: [{ kind: 'string', value: '1' }] },
      { path: 'EventID', kind: 'integer', rows: [0, 3], codes: [0, 0], dictionary: [{ kind: 'integer', value: 1n }] },
      {
        ...{ path: 'EventID', kind: 'list', rows: [2], codes: [0] },
        dictionary: [
          {
            kind: 'list',
            value: [
              { kind: 'integer', value: 1n },
              { kind: 'string', value: 'a' },
              { kind: 'boolean', value: true },
              { kind: 'null', value: null },
              { kind: 'float', value: 0.5 },
            ],
          },
        ],
      },
    ]);
    assert.deepEqual(
      batch.column('x').map(({ kind }) => kind),
      ['null'],
    );
    assert.deepEqual(batch.column('absent'), []);
  });
});

suite('frames are cut', () => {
  test('at rows, so that none is larger than 900 KiB, and as late as can be', () => {
    const random = seededRandom(7);
    const text = (length: number): string => Array.from({ length }, () => random.pick([...'abcdefgh'])).join('');
    // Half a megabyte is what the kernel scans at a time; the last line may stand out of it.
    const many = Array.from({ length: 100 }, (_, i) => `{"id":${i},"${i % 70}":"${text(4000)}","u":"${text(1000)}"}`);
    const scanner = bareKernel(1 << 20);
    for (const [last, wanted] of [
      [380_000, [101]],
      [430_000, [100, 1]],
      [900_000, [100, 1]],
    ] as const) {
      const lines = [...many, `{"last":"${text(last)}"}`];
      const frames = framesOf(scanner, bytesOf(lines.join('\n')));
      assert.deepEqual(
        frames.map((frame) => openBatch(frame).rows),
        wanted,
      );
      assert.ok(frames.every((frame) => frame.byteLength <= FRAME_BYTES_MAX));
      const texts = frames
        .map(openBatch)
        .flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => textOf(batch, row)));
      assert.deepEqual(texts, lines);
    }
  });

  test('a row larger than that has one of its own, flagged', () => {
    const large = `{"a":"${'x'.repeat(2 << 20)}"}`;
    const input = bytesOf(['{"a":1}', large, '{"a":2}'].join('\n'));
    const batches = framesOf(bareKernel(input.length), input).map(openBatch);
    assert.deepEqual(
      batches.map(({ header }) => [header.rows, header.oversized]),
      [
        [1, false],
        [1, true],
        [1, false],
      ],
    );
    assert.equal(textOf(batches[1], 0), large);
  });

  test('labels have a limit', () => {
    kernel.load(bytesOf('{}'));
    kernel.scan();
    assert.throws(() => encodeBatch(kernel, { ...META, source: 'x'.repeat(1025) }), { code: 'batch.label' });
  });
});

/** Recomputes the checksum, so that what lies behind it is tried. */
function seal(bytes: Uint8Array): ArrayBuffer {
  const frame = new Uint8Array(bytes).buffer;
  if (frame.byteLength >= 16) {
    const view = new DataView(frame);
    view.setUint32(8, frame.byteLength, true);
    view.setUint32(12, crc32(new Uint8Array(frame, 16)), true);
  }
  return frame;
}

function openOrRefuse(frame: ArrayBuffer): EventBatch | string {
  try {
    return openBatch(frame);
  } catch (error) {
    assert.ok(error instanceof WeirError, String(error));
    assert.match(error.code, /^batch\.(damaged|version)$/);
    return error.message;
  }
}

const SAMPLES = [
  '{"a":1,"b":"x","c":{"d":[1,2],"e":[{"f":null},3,[{"g":true}]]},"a":"again"}\n{"b":"y","a":2}\n{}',
  Array.from({ length: 300 }, (_, i) => `{"id":${i},"name":"n${i % 7}","k${i % 5}":{"v":[${i}]}}`).join('\n'),
];

function mutated(frame: Uint8Array, random: SeededRandom): Uint8Array {
  const bytes = Uint8Array.from(frame);
  const changes = 1 + random.integer(3);
  for (let i = 0; i < changes; i++) {
    const at = 16 + random.integer(bytes.length - 16);
    bytes[at] = random.pick([random.integer(256), bytes[at] + 1, bytes[at] - 1, 0, 0xff, 0x80]);
  }
  const cut = random.integer(10);
  if (cut === 0) return bytes.subarray(0, 16 + random.integer(bytes.length - 16));
  return cut === 1 ? Buffer.concat([bytes, bytes.subarray(0, random.integer(20))]) : bytes;
}

suite('a hostile frame', () => {
  test('is refused by its checksum wherever one bit is turned', () => {
    const [frame] = framesOf(kernel, bytesOf(SAMPLES[0]));
    for (let bit = 0; bit < frame.byteLength * 8; bit++) {
      const bytes = new Uint8Array(frame.slice(0));
      bytes[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(typeof openOrRefuse(bytes.buffer), 'string', `bit ${bit}`);
    }
    for (let length = 0; length < frame.byteLength; length++) {
      assert.equal(typeof openOrRefuse(frame.slice(0, length)), 'string', `${length} bytes`);
    }
  });

  test('with a right checksum is refused or holds events that are JSON', () => {
    const random = seededRandom(11);
    const runs = Number(process.env['FUZZ_N'] ?? 20_000) / 2;
    let opened = 0;
    for (const sample of SAMPLES) {
      const [frame] = framesOf(kernel, bytesOf(sample));
      for (let i = 0; i < runs; i++) {
        const batch = openOrRefuse(seal(mutated(new Uint8Array(frame), random)));
        if (typeof batch === 'string') continue;
        opened++;
        const row = random.integer(batch.rows);
        const text = textOf(batch, row);
        assert.equal(typeof JSON.parse(text), 'object', text);
        for (const path of batch.paths.slice(0, 3)) batch.column(path);
      }
    }
    assert.ok(opened > runs / 20, `only ${opened} opened`);
  });

  test('of another version says which', () => {
    const [frame] = framesOf(kernel, bytesOf('{}'));
    new DataView(frame).setUint32(4, 2, true);
    assert.throws(() => openBatch(frame), {
      code: 'batch.version',
      message: 'the frame of events is of version 2, this weir reads 1',
    });
  });

  test('that multiplies small parts into large ones is refused', () => {
    // One key of 100 KB, then 10,000 keys under it: paths would take a gigabyte.
    const scanner = bareKernel(1 << 20);
    const frames = framesOf(
      scanner,
      bytesOf(`{"${'k'.repeat(800)}":{${Array.from({ length: 2000 }, (_, i) => `"${i}":1`).join(',')}}}`),
    );
    const bytes = Buffer.from(frames[0]);
    const at = bytes.indexOf('k'.repeat(800));
    // The key grows to 100,000 bytes; its length is the varint before it.
    const grown = Buffer.concat([
      bytes.subarray(0, at - 2),
      Buffer.from([0xa0, 0x8d, 0x06]),
      Buffer.alloc(100_000, 'k'),
      bytes.subarray(at + 800),
    ]);
    assert.match(String(openOrRefuse(seal(grown))), /paths of columns take more than 16777216 bytes/);
  });

  test('whose row would be larger than any line is refused, and one with something behind its end', () => {
    const value = 'v'.repeat(400_000);
    const [frame] = framesOf(bareKernel(1 << 20), bytesOf(`{"a":[{},"${value}"]}`));
    const bytes = Buffer.from(frame);
    // The shape's tokens: key, array, object, close, element, close; 101 elements instead of one are 40 MB of text.
    const shape = Buffer.from([1, 6, 4, 2, 1, 0, 3, 0]);
    const at = bytes.indexOf(shape);
    const many = Buffer.from([1, 106, 4, 2, 1, 0, ...Array<number>(101).fill(3), 0]);
    const grown = Buffer.concat([bytes.subarray(0, at), many, bytes.subarray(at + shape.length)]);
    assert.match(String(openOrRefuse(seal(grown))), /row 0 takes more than 33554432 bytes/);
    assert.match(
      String(openOrRefuse(seal(Buffer.concat([bytes, Buffer.from([0])])))),
      /something follows its last column/,
    );
  });
});
