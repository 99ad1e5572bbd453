import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { encodeBatch, encodeFrames } from './encode.ts';
import { openBatch } from './event-batch.ts';
import { FRAME_BYTES_MAX } from './frame.ts';
import { frameColumns, relabelFrame } from './relabel.ts';
import { bareKernel, bytesOf, lineArb } from './scan.twin.ts';

const THEIRS = { tenant: 'another', source: 'as they say', mapping: 'theirs', timeOf: () => 5 };
const OURS = { tenant: 'acme', source: 'sensor', mapping: '' };

test('labels and times of a frame are made anew, its events and their bytes stay', () => {
  const [from, kernel] = [bareKernel(), bareKernel()];
  fc.assert(
    fc.property(fc.array(lineArb, { minLength: 1, maxLength: 8 }), fc.string(), (lines, source) => {
      from.load(bytesOf(lines.join('\n')));
      while (from.scan()) {
        for (const buffer of encodeBatch(from, THEIRS)) {
          const frame = new Uint8Array(buffer);
          kernel.openFrame(frame);
          const [made, ...more] = relabelFrame(kernel, { ...OURS, source, timeOf: (row) => (row === 0 ? null : row) });
          assert.equal(more.length, 0);
          const [batch, before] = [openBatch(made.frame), openBatch(buffer)];
          assert.deepEqual(
            [batch.header.tenant, batch.header.source, batch.header.mapping, made.rows],
            ['acme', source, '', before.rows],
          );
          const last = before.rows - 1;
          assert.deepEqual([batch.header.earliest, batch.header.latest], last === 0 ? [null, null] : [1, last]);
          for (let row = 0; row < batch.rows; row++) assert.deepEqual(batch.rowText(row), before.rowText(row));
          const columns = frameColumns(new Uint8Array(made.frame));
          assert.deepEqual(columns, frameColumns(frame));
          assert.deepEqual([made.columnBytes, made.columnCrc], [columns.length, crc32(columns)]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a frame without room for longer labels becomes two, with the same events', () => {
  const kernel = bareKernel(4 << 20);
  kernel.batchBytes = 4 << 20;
  // Of a few long rows, with the last one cut so that the frame is nearly full.
  const lines = Array.from(
    { length: 20 },
    (_, i) => `{"n":${i},"t":"${String(i).padStart(i < 19 ? 48_000 : 9000, 'x')}"}`,
  );
  kernel.load(bytesOf(lines.join('\n')));
  kernel.scan();
  const [{ frame, rows }] = encodeFrames(kernel, { tenant: '', source: '', mapping: '' });
  assert.equal(rows, 20);
  assert.ok(frame.byteLength > FRAME_BYTES_MAX - 1500, `${frame.byteLength}`);
  kernel.openFrame(new Uint8Array(frame));
  const made = relabelFrame(kernel, {
    ...OURS,
    tenant: 't'.repeat(1000),
    source: 's'.repeat(1000),
    timeOf: () => null,
  });
  assert.equal(made.length, 2);
  const texts = made.flatMap((each) => {
    const batch = openBatch(each.frame);
    const columns = frameColumns(new Uint8Array(each.frame));
    assert.deepEqual([each.rows, each.columnBytes, each.columnCrc], [batch.rows, columns.length, crc32(columns)]);
    return Array.from({ length: batch.rows }, (_, row) => Buffer.from(batch.rowText(row)).toString());
  });
  assert.deepEqual(texts, lines);
});

test('what is no frame has no columns', () => {
  assert.throws(() => frameColumns(new Uint8Array(41)), { code: 'batch.damaged' });
  assert.throws(() => frameColumns(new Uint8Array(43).fill(0xff)), { code: 'batch.damaged' });
});
