import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { skipWithout } from '../../test/shared.ts';
import { type SeededRandom, seededRandom, WeirError } from '../base/index.ts';
import { type BatchMeta, encodeBatch } from './encode.ts';
import { type EventBatch, openBatch } from './event-batch.ts';
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
