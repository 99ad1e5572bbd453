import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { skipWithout } from '../../test/shared.ts';
import { seededRandom } from '../base/index.ts';
import { type BatchMeta, encodeBatch, encodeFrames } from './encode.ts';
import { encodePlainly } from './encode.twin.ts';
import { openBatch } from './event-batch.ts';
import { FRAME_BYTES_MAX } from './frame.ts';
import { openHead } from './head.ts';
import type { Kernel } from './kernel.ts';
import { bareKernel, binaryOf, bytesOf, lineArb } from './scan.twin.ts';

const META: BatchMeta = { tenant: 'acme', source: 'dc01 é', mapping: 'windows.evtx_json@1' };
const kernel = bareKernel();

function assertAsPlain(scanner: Kernel, bytes: Uint8Array, metaOf: (rows: number) => BatchMeta = () => META): number {
  let frames = 0;
  scanner.load(bytes);
  while (scanner.scan()) {
    const meta = metaOf(scanner.get('rowCount'));
    const made = encodeBatch(scanner, meta).map((frame) => Buffer.from(frame));
    const wanted = encodePlainly(scanner, meta).map((frame) => Buffer.from(frame));
    assert.equal(made.length, wanted.length);
    made.forEach((frame, i) => {
      assert.ok(frame.equals(wanted[i]), `frame ${i} of ${made.length} differs`);
    });
    frames += made.length;
  }
  return frames;
}

function textsOf(frames: readonly ArrayBuffer[]): string[] {
  return frames
    .map(openBatch)
    .flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => binaryOf(batch.rowText(row))));
}

suite('frames are, byte for byte, those of the plain encoder', () => {
  test('whatever the events, the rows left out and their times', () => {
    const arb = fc.record({
      lines: fc.array(lineArb, { minLength: 1, maxLength: 8 }),
      out: fc.array(fc.nat(7), { maxLength: 4 }),
      times: fc.array(fc.option(fc.integer()), { minLength: 8, maxLength: 8 }),
    });
    fc.assert(
      fc.property(arb, ({ lines, out, times }) => {
        assertAsPlain(kernel, bytesOf(lines.join('\n')), (rows) => ({
          ...META,
          leaveOut: out.filter((row) => row < rows),
          timeOf: (row) => times[row],
        }));
      }),
      { numRuns: 2000 },
    );
  });

  test('with recorded attacks, in batches of every size', (t) => {
    const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
    if (path === null) return;
    const bytes = gunzipSync(readFileSync(path)).subarray(0, 6 << 20);
    for (const batchBytes of [64 << 10, 512 << 10, 3 << 20]) {
      const scanner = bareKernel(8 << 20);
      scanner.batchBytes = batchBytes;
      assertAsPlain(scanner, bytes, () => ({ ...META, leaveOut: [0, 7, 8, 9] }));
    }
  });

  test('of two bytes a code and a shape, and of one row too large for others', () => {
    const random = seededRandom(5);
    const many = Array.from(
      { length: 9000 },
      (_, i) => `{"id":${i},"k${i % 700}":[${random.integer(3)}],"v":"${i % 3}"}`,
    );
    const large = `{"a":"${'x'.repeat(3 << 20)}","b":{"c":[{}]}}`;
    const scanner = bareKernel(8 << 20);
    scanner.batchBytes = 8 << 20;
    assertAsPlain(scanner, bytesOf([...many, large, '{"a":1}', large, ...many.slice(0, 9)].join('\n')));
  });

  test('of hostile events: 8,000 columns, 32,000 rows, 60,000 values and levels upon levels', () => {
    const wide = `{${Array.from({ length: 8000 }, (_, i) => `"column ${i}":${i}`).join(',')}}`;
    const long = `{"a":[{},${Array.from({ length: 60_000 }, (_, i) => i % 9).join(',')}]}`;
    const deep = `${'{"a":'.repeat(64)}{}${'}'.repeat(64)}`;
    const scanner = bareKernel(8 << 20);
    scanner.batchBytes = 8 << 20;
    const lines = [
      wide,
      deep,
      long,
      wide,
      ...Array<string>(40_000).fill('{}'),
      long,
      wide,
      ...Array<string>(9).fill(long),
    ];
    assert.ok(assertAsPlain(scanner, bytesOf(lines.join('\n'))) > 2);
  });
});

suite('rows left out', () => {
  test('are in no frame, and the others keep their order', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `{"id":${i}}`);
    kernel.load(bytesOf(lines.join('\n')));
    kernel.scan();
    const [first, ...more] = encodeFrames(kernel, { ...META, leaveOut: new Set([0, 3, 19]) });
    assert.deepEqual([first.from, first.to, first.rows, more.length], [0, 20, 17, 0]);
    assert.deepEqual(
      textsOf([first.frame]),
      lines.filter((_, i) => ![0, 3, 19].includes(i)),
    );
    // The next time they are in again.
    assert.deepEqual(textsOf(encodeBatch(kernel, META)), lines);
    assert.deepEqual(encodeFrames(kernel, { ...META, leaveOut: lines.keys() }), []);
    assert.throws(() => encodeBatch(kernel, { ...META, leaveOut: [-1] }), RangeError);
  });

  test('frames say which rows of the scan they hold', () => {
    const lines = Array.from({ length: 10 }, (_, i) => `{"${i}":"${'x'.repeat(280_000)}"}`);
    const scanner = bareKernel(8 << 20);
    scanner.batchBytes = 8 << 20;
    scanner.load(bytesOf(lines.join('\n')));
    scanner.scan();
    const frames = encodeFrames(scanner, { ...META, leaveOut: [1, 4] });
    assert.deepEqual(
      frames.map(({ from, to, rows }) => [from, to, rows]),
      [
        [0, 5, 3],
        [5, 8, 3],
        [8, 10, 2],
      ],
    );
    for (const { frame, rows } of frames) {
      assert.equal(openHead(new Uint8Array(frame)).header.rows, rows);
      assert.ok(frame.byteLength <= FRAME_BYTES_MAX);
    }
  });

  test('numbers of frames come round', () => {
    // 2^16 frames later what an old frame left behind must not look like this one's.
    kernel.load(bytesOf('{"a":1,"b":{"c":"x"}}\n{"b":2}'));
    kernel.scan();
    const labels = new Uint8Array(3);
    const [wanted] = encodeBatch(kernel, META);
    for (let i = 0; i < 0x10000; i++) kernel.encode(1, labels);
    assert.deepEqual(encodeBatch(kernel, META), [wanted]);
  });
});
