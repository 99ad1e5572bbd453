import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { skipWithout } from '../../test/shared.ts';
import { type SeededRandom, seededRandom, WeirError } from '../base/index.ts';
import { type BatchMeta, encodeBatch } from './encode.ts';
import { type EventBatch, openBatch } from './event-batch.ts';
import { FRAME_BYTES_MAX, FrameWriter, HEADER_BYTES, ROW_BYTES_MAX, widthOf } from './frame.ts';
import { sealFrame } from './head.ts';
import type { Kernel } from './kernel.ts';
import { bareKernel, binaryOf, bytesOf, lineArb } from './scan.twin.ts';

const META: BatchMeta = { tenant: 'acme', source: 'dc01 é', mapping: 'windows.evtx_json@1' };
const scanner = bareKernel();

function framesOf(bytes: Uint8Array, from: Kernel = scanner): Uint8Array[] {
  const frames: ArrayBuffer[] = [];
  from.load(bytes);
  while (from.scan()) frames.push(...encodeBatch(from, META));
  return frames.map((frame) => new Uint8Array(frame));
}

/** All that rules and their host can see of the rows: shapes, and kind, flags, column and hash of each value's entry. */
function seenBy(kernel: Kernel): string[] {
  const { words, bytes } = kernel;
  const entries = kernel.get('entries') >> 2;
  const columns = kernel.get('columns') >> 2;
  const pathOf = (column: number): string => {
    const w = columns + column * 4;
    if (column === 0) return '';
    return `${pathOf(words[w])}.${binaryOf(bytes.subarray(words[w + 1], words[w + 1] + words[w + 2]))}`;
  };
  return Array.from({ length: kernel.get('rowCount') }, (_, row) => {
    const w = (kernel.get('rows') >> 2) + row * 4;
    const chain: string[] = [];
    let values = 0;
    for (let n = words[w] >> 2, next = 0; n << 2 !== kernel.get('nodes'); n = words[n + 7] >> 2) {
      chain.push(`${words[n + 3]} ${pathOf(words[n + 6])}`);
      if (words[n + 3] === 6 || (words[n + 3] === 1 && next !== 2 && next !== 4)) values++;
      next = words[n + 3];
    }
    const first = (kernel.get('codes') >> 2) + words[w + 1];
    const found = Array.from({ length: values }, (_, i) => {
      const e = entries + words[first + i] * 8;
      const token = binaryOf(bytes.subarray(words[e], words[e] + words[e + 1]));
      return `${token} ${words[e + 2]} ${pathOf(words[e + 3])} ${words[e + 4]} ${words[e + 5]} ${words[e + 6]} ${words[e + 7]}`;
    });
    return [...chain, ...found].join('\n');
  });
}

suite('an opened frame', () => {
  test('leaves in the kernel what scanning its lines would', () => {
    const kernel = bareKernel();
    fc.assert(
      fc.property(fc.array(lineArb, { minLength: 1, maxLength: 8 }), (lines) => {
        const bytes = bytesOf(lines.join('\n'));
        for (const frame of framesOf(bytes, kernel)) {
          const batch = openBatch(frame.slice().buffer);
          assert.deepEqual(kernel.openFrame(frame), batch.header);
          const opened = seenBy(kernel);
          const texts = opened.map((_, row) => Uint8Array.from(kernel.line(row)));
          texts.forEach((text, row) => {
            assert.deepEqual(text, Uint8Array.from(batch.rowText(row)));
          });
          kernel.load(Buffer.concat(texts.flatMap((text) => [text, Buffer.from('\n')])));
          assert.equal(kernel.scan(), true);
          assert.deepEqual(opened, seenBy(kernel));
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('of recorded attacks is encoded again to the same bytes', (t) => {
    const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
    if (path === null) return;
    const kernel = bareKernel(1 << 20);
    const frames = framesOf(gunzipSync(readFileSync(path)).subarray(0, 4 << 20));
    for (const frame of frames) {
      const { earliest, latest } = kernel.openFrame(frame);
      assert.deepEqual([earliest, latest], [null, null]);
      assert.deepEqual(
        encodeBatch(kernel, META).map((again) => Buffer.from(again)),
        [Buffer.from(frame)],
      );
      assert.equal(kernel.scan(), false);
    }
    assert.ok(frames.length > 5);
  });

  test('may stand between pieces of lines, and pieces of lines between frames', () => {
    const kernel = bareKernel();
    const lines = ['{"a":1,"b":"x"}', '{"a":1,"b":"y"}', '{"b":"x"}'];
    const [frame] = framesOf(bytesOf(lines.join('\n')));
    for (let i = 0; i < 5; i++) {
      kernel.openFrame(frame);
      assert.deepEqual(
        lines.map((_, row) => binaryOf(kernel.line(row))),
        lines,
      );
      kernel.load(bytesOf(lines.slice(i % 3).join('\n')));
      assert.equal(kernel.scan(), true);
      assert.equal(kernel.get('rowCount'), 3 - (i % 3));
      assert.deepEqual(openBatch(encodeBatch(kernel, META)[0]).rows, 3 - (i % 3));
    }
  });

  test('finds room for its shapes when those of others are in the way', () => {
    const kernel = bareKernel(4 << 20);
    let resets = 0;
    kernel.onShapesReset = () => {
      resets++;
    };
    for (let i = 0; i < 8; i++) {
      const line = `{${Array.from({ length: 6000 }, (_, k) => `"key ${i} ${k}":${k}`).join(',')}}`;
      const [frame] = framesOf(bytesOf(line), bareKernel(1 << 20));
      kernel.openFrame(frame);
      assert.equal(binaryOf(kernel.line(0)), line);
    }
    assert.equal(resets, 3);
  });

  test('of 32,768 rows, or of half a million values, is taken', () => {
    const many = Array.from({ length: 40_000 }, (_, i) => `{"a":${i % 3}}`);
    const wide = `{"a":[{},${Array.from({ length: 60_000 }, (_, i) => i % 9).join(',')}]}`;
    const from = bareKernel(4 << 20);
    from.batchBytes = 4 << 20;
    const frames = framesOf(bytesOf([...many, ...Array<string>(9).fill(wide)].join('\n')), from);
    const kernel = bareKernel();
    assert.equal(
      frames.reduce((rows, frame) => rows + kernel.openFrame(frame).rows, 0),
      40_009,
    );
    assert.equal(binaryOf(kernel.line(kernel.get('rowCount') - 1)), wide);
  });
});

/** Recomputes the checksum, so that what lies behind it is tried. */
function seal(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = Uint8Array.from(bytes);
  const view = new DataView(frame.buffer);
  view.setUint32(8, frame.length, true);
  view.setUint32(12, crc32(frame.subarray(16)), true);
  return frame;
}

const SAMPLES = [
  '{"a":1,"b":"x","c":{"d":[1,2],"e":[{"f":null},3,[{"g":true}]]},"a":"again"}\n{"b":"y","a":2}\n{}',
  '{"a":"\\u0041\\/","b":[ "x\\"]" , -1.5e3,null ],"c":-0}\n{"a":"\xff","b":[],"c":false}\n{"b":["é\\\\"],"a":12}',
  Array.from({ length: 300 }, (_, i) => `{"id":${i},"name":"n${i % 7}","k${i % 5}":{"v":[${i}]}}`).join('\n'),
];

function mutated(frame: Uint8Array, random: SeededRandom): Uint8Array {
  const bytes = Uint8Array.from(frame);
  const changes = 1 + random.integer(3);
  for (let i = 0; i < changes; i++) {
    const at = 16 + random.integer(bytes.length - 16);
    bytes[at] = random.pick([random.integer(256), bytes[at] + 1, bytes[at] - 1, 0, 0xff, 0x80, 0x22, 0x5c, 0x5d]);
  }
  const cut = random.integer(10);
  if (cut === 0) return bytes.subarray(0, 16 + random.integer(bytes.length - 16));
  return cut === 1 ? Buffer.concat([bytes, bytes.subarray(0, random.integer(20))]) : bytes;
}

function codeOf(work: () => void): string {
  try {
    work();
    return 'opened';
  } catch (error) {
    assert.ok(error instanceof WeirError, String(error));
    return error.code;
  }
}

/** Opens it both ways, which must agree; null where it is refused. */
function openBoth(kernel: Kernel, bytes: Uint8Array): EventBatch | null {
  let batch: EventBatch | null = null;
  const wanted = codeOf(() => {
    batch = openBatch(Uint8Array.from(bytes).buffer);
  });
  assert.equal(
    codeOf(() => kernel.openFrame(bytes)),
    wanted,
    Buffer.from(bytes).toString('base64'),
  );
  if (wanted !== 'opened') assert.equal(kernel.get('rowCount'), 0);
  return batch;
}

suite('a hostile frame', () => {
  test('is refused by the kernel exactly where the plain reader refuses it', () => {
    const random = seededRandom(12);
    const runs = Number(process.env['FUZZ_N'] ?? 20_000) / 2;
    const kernel = bareKernel();
    let opened = 0;
    for (const sample of SAMPLES) {
      const [frame] = framesOf(bytesOf(sample));
      for (let i = 0; i < runs; i++) {
        const batch = openBoth(kernel, seal(mutated(frame, random)));
        if (batch === null) continue;
        opened++;
        const row = random.integer(batch.rows);
        assert.deepEqual(Uint8Array.from(kernel.line(row)), Uint8Array.from(batch.rowText(row)));
      }
    }
    assert.ok(opened > runs / 20, `only ${opened} opened`);
  });

  test('is refused wherever it is cut or one bit of it is turned', () => {
    const kernel = bareKernel();
    const [frame] = framesOf(bytesOf(SAMPLES[0]));
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const bytes = Uint8Array.from(frame);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(openBoth(kernel, bytes), null, `bit ${bit}`);
    }
    for (let length = 0; length < frame.length; length++) {
      assert.equal(openBoth(kernel, frame.subarray(0, length)), null, `${length} bytes`);
      if (length > 40) assert.equal(openBoth(kernel, seal(frame.subarray(0, length))), null, `${length} bytes`);
    }
  });
});

/** A frame written by hand, of columns (parent, key), shapes, rows and dictionaries (tokens of numbers, codes of two bytes). */
function frameOf(parts: {
  columns: readonly (readonly [parent: number, key: string])[];
  shapes: readonly (readonly number[])[];
  rows?: readonly number[];
  dictionaries?: readonly { tokens: readonly string[]; codes: readonly number[] }[];
}): Uint8Array {
  const { columns, shapes, rows = [0], dictionaries = columns.map(() => ({ tokens: [], codes: [] })) } = parts;
  const out = new FrameWriter(1 << 16);
  out.put(new Uint8Array(HEADER_BYTES));
  for (let i = 0; i < 3; i++) out.varint(0);
  out.varint(columns.length);
  for (const [parent, key] of columns) {
    out.varint(parent);
    out.varint(key.length);
    out.put(bytesOf(key));
  }
  out.varint(shapes.length);
  for (const tokens of shapes) {
    out.varint(tokens.length);
    for (const token of tokens) out.varint(token);
  }
  out.codes(rows, widthOf(shapes.length));
  for (const { tokens, codes } of dictionaries) {
    out.varint(tokens.length);
    if (tokens.length > 0) out.byte(2);
    for (const token of tokens) out.varint(token.length);
    out.codes(codes, widthOf(tokens.length));
    for (const token of tokens) out.put(bytesOf(token));
  }
  const frame = out.bytes();
  sealFrame(frame, rows.length, { earliest: Number.NaN, latest: Number.NaN });
  return frame;
}

/** A shape of that many nodes: an object in an object in …, next to each other in an array. */
const nodesOf = (count: number): number[] => [4, 2, ...Array.from({ length: count - 3 }, (_, i) => (i + 1) % 2), 0];

test('both readers draw the line at what a batch can hold', () => {
  const keys = (count: number, length: number): [number, string][] =>
    Array.from({ length: count }, (_, i) => [0, String(i).padStart(length, '_')]);
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => String(from + i));
  const column = (count: number) => ({ tokens: numbers(100_000, count), codes: [] });
  const a: [number, string] = [0, 'a'];
  const cases: Record<string, [boolean, Parameters<typeof frameOf>[0]]> = {
    'a frame': [true, { columns: [a], shapes: [[4]], dictionaries: [{ tokens: ['1'], codes: [] }] }],
    'no dictionary': [false, { columns: [a], shapes: [[4]] }],
    'no shape': [false, { columns: [a], shapes: [] }],
    'as many shapes as rows': [true, { columns: [], shapes: [[], []], rows: [0, 1] }],
    'more shapes than rows': [false, { columns: [], shapes: [[], []] }],
    'a column twice': [false, { columns: [a, [0, 'b'], a], shapes: [[]] }],
    'equal keys of different parents': [true, { columns: [a, [1, 'a'], [2, 'a']], shapes: [[]] }],
    'all columns': [true, { columns: keys(0x3fff, 5), shapes: [[]] }],
    'a column too many': [false, { columns: keys(0x4000, 5), shapes: [[]] }],
    'long keys': [true, { columns: keys(20, 40_000), shapes: [[]] }],
    'nodes enough': [true, { columns: [a], shapes: [nodesOf(0xffff)] }],
    'a node too many': [false, { columns: [a], shapes: [nodesOf(0x10001)] }],
    'nodes shared': [
      true,
      { columns: [a], shapes: Array.from({ length: 9 }, () => nodesOf(0xffff)), rows: numbers(0, 9).map(Number) },
    ],
    'all entries': [true, { columns: [a, [0, 'b']], shapes: [[]], dictionaries: [column(0xffe0), column(0x10)] }],
    'an entry too many': [
      false,
      { columns: [a, [0, 'b']], shapes: [[]], dictionaries: [column(0xffe0), column(0x11)] },
    ],
    'values enough': [
      true,
      {
        columns: [a],
        shapes: [Array<number>(0x10).fill(4)],
        rows: Array<number>(0x8000).fill(0),
        dictionaries: [{ tokens: ['1'], codes: [] }],
      },
    ],
    'values too many': [
      false,
      {
        columns: [a],
        shapes: [Array<number>(0x11).fill(4)],
        rows: Array<number>(0x8000).fill(0),
        dictionaries: [{ tokens: ['1'], codes: [] }],
      },
    ],
    'a level below a value': [false, { columns: [a], shapes: [[1, 0]] }],
    'too many levels': [
      false,
      { columns: [a], shapes: [[4, 2, ...Array<number>(64).fill(2), ...Array<number>(65).fill(0)]] },
    ],
    'levels enough': [
      true,
      { columns: [a], shapes: [[4, 2, ...Array<number>(63).fill(2), ...Array<number>(64).fill(0)]] },
    ],
  };
  const kernel = bareKernel();
  // What earlier frames left behind must make no difference, so each is tried before and behind the others.
  for (const round of [1, 2]) {
    for (const [name, [opens, parts]] of Object.entries(cases)) {
      assert.equal(openBoth(kernel, frameOf(parts)) !== null, opens, `${name}, round ${round}`);
      assert.equal(openBoth(bareKernel(), frameOf(parts)) !== null, opens, `${name}, alone`);
    }
  }
});

test('keys may take two megabytes, as lines may make them', () => {
  const wide = (length: number): string =>
    `{${Array.from({ length: 100 }, (_, i) => `"${String(i).padStart(length, 'k')}":1`).join(',')}}`;
  const source = bareKernel(4 << 20);
  source.load(bytesOf(wide(20_900)));
  source.scan();
  const [frame] = encodeBatch(source, META);
  assert.equal(openBoth(bareKernel(), new Uint8Array(frame))?.header.oversized, true);
  const long = Array.from({ length: 100 }, (_, i): [number, string] => [0, String(i).padStart(21_000, 'k')]);
  assert.equal(openBoth(bareKernel(), frameOf({ columns: long, shapes: [[]] })), null);
});

test('a frame larger than any row is refused before it is copied', () => {
  const kernel = bareKernel();
  const before = kernel.bytes.length;
  assert.throws(() => kernel.openFrame(new Uint8Array(ROW_BYTES_MAX + 1)), { code: 'batch.damaged' });
  assert.equal(kernel.bytes.length, before);
});

test('rows of an opened frame are cut into frames that are not too large', () => {
  const random = seededRandom(9);
  const lines = Array.from(
    { length: 220 },
    (_, i) => `{"id":${i},"v":"${'x'.repeat(3000 + random.integer(2000))}${i}"}`,
  );
  const source = bareKernel(4 << 20);
  source.batchBytes = 4 << 20;
  const [frame] = framesOf(bytesOf(lines.join('\n')), source);
  const kernel = bareKernel();
  const { rows } = kernel.openFrame(frame);
  const labels = { tenant: 't'.repeat(1000), source: 's'.repeat(1000), mapping: 'm'.repeat(1000) };
  const again = encodeBatch(kernel, { ...labels, leaveOut: [0] }).map((bytes) => openBatch(bytes));
  assert.deepEqual(
    again.flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => binaryOf(batch.rowText(row)))),
    lines.slice(1, rows),
  );
  for (const { buffer } of again) assert.ok(buffer.byteLength <= FRAME_BYTES_MAX);
});
