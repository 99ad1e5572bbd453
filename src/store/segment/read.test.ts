import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readerOfBytes } from '../parquet/read-range.ts';
import type { Texts } from '../parquet/read-texts.ts';
import { openSegment } from './read.ts';
import { Rebuilder } from './rebuild.ts';
import { check, contentsOfSegment, placesOf, received, SegmentMaker, timeOf } from './segment.twin.ts';

const maker = new SegmentMaker({ bytes: 16 << 20, rows: 1 << 15 });
const linesOf = (lines: readonly string[]): Uint8Array => Buffer.from(lines.join('\n'));

test('a segment says what columns it has and what is known of them', () => {
  const { segment } = maker.make([
    linesOf(['{"a":1,"b":{"c.d":"x"}}', '{"a":"1","b":{"c.d":"\u00e9"}}', '{"a":-7,"f":2.5}', '{"f":-0.5,"f.":true}']),
    linesOf(['{"a":3}']),
  ]);
  assert.equal(segment.log, 'log-1');
  assert.equal(segment.rows, 5);
  assert.deepEqual(
    segment.groups.map(({ rows }) => rows),
    [4, 1],
  );
  assert.deepEqual(segment.columns.map(({ name, path, kind }) => `${name} ${path} ${kind}`).sort(), [
    'a a integer',
    'a#str a string',
    'b.c\\.d b.c\\.d string',
    'f f float',
    'f\\. f\\. boolean',
  ]);
  assert.deepEqual(segment.column('a#str'), { name: 'a#str', path: 'a', kind: 'string' });
  assert.deepEqual([segment.column('weir.row'), segment.column('A')], [null, null]);
  const about = (group: number, name: string): unknown => {
    const { rows, values, distinct, min, max } = segment.statistics(group, name);
    return { rows, values, distinct, min, max };
  };
  assert.deepEqual(about(0, 'a'), { rows: 4, values: 2, distinct: 2, min: -7n, max: 1n });
  assert.deepEqual(about(0, 'f'), { rows: 4, values: 2, distinct: 2, min: -0.5, max: 2.5 });
  const [x, e] = [Buffer.from('x'), Buffer.from('\u00e9')];
  assert.deepEqual(about(0, 'b.c\\.d'), { rows: 4, values: 2, distinct: 2, min: x, max: e });
  assert.deepEqual(about(1, 'f'), { rows: 1, values: 0, distinct: null, min: null, max: null });
  assert.deepEqual(about(0, 'weir.row'), { rows: 4, values: 4, distinct: null, min: 0, max: 3 });
  assert.throws(() => segment.statistics(0, 'x'), RangeError);
  assert.throws(() => segment.columnOf(2, 'a'), RangeError);
});

test('rows keep their place and times', () => {
  const { segment } = maker.make([linesOf(['{"a":1}', '{"b":2}', '{"a":3}', '{"b":4}', '{"b":5}'])]);
  assert.deepEqual(placesOf(segment, 0), ['0/0', '0/2', '0/1', '0/3', '0/4']);
  const times = segment.columnOf(0, 'weir.time');
  const expected = [0, 2, 1, 3, 4].map((row) => timeOf(0, row));
  assert.deepEqual(
    expected.map((_, row) => {
      const index = times.present.indexOf(row);
      return index < 0 ? null : Number((times.values as BigInt64Array)[index]) / 1000;
    }),
    expected,
  );
  assert.deepEqual(
    [...(segment.columnOf(0, 'weir.received').values as BigInt64Array)],
    Array(5).fill(BigInt(received(0)) * 1000n),
  );
  assert.deepEqual(segment.shapes(0), [
    { from: 0, to: 2, shape: '{"a":i}', type: null },
    { from: 2, to: 5, shape: '{"b":i}', type: null },
  ]);
});

test('bounds are those of the values, of columns of several pages too', () => {
  const count = 16_000;
  const value = (i: number): string => String((i * 7919) % count).padStart(100, '0');
  const { segment } = maker.make([
    linesOf(Array.from({ length: count }, (_, i) => `{"text":"${value(i)}","n":${(i * 7919) % count}}`)),
  ]);
  const values = Array.from({ length: count }, (_, i) => value(i)).sort();
  const { min, max, distinct } = segment.statistics(0, 'text');
  assert.deepEqual(
    [Buffer.from(min as Uint8Array).toString(), Buffer.from(max as Uint8Array).toString(), distinct],
    [values[0], values.at(-1), null],
  );
  assert.deepEqual([segment.statistics(0, 'n').min, segment.statistics(0, 'n').max], [0n, BigInt(count - 1)]);
  assert.equal(contentsOfSegment(segment).get('string text')?.length, count);
});

test('a page of a column is found by a row that is in it', () => {
  const count = 16_000;
  const value = (i: number): string => String(i * 7).padStart(100, '0');
  const made = maker.make([linesOf(Array.from({ length: count }, (_, i) => `{"text":"${value(i)}"}`))]);
  const { segment } = made;
  const [first, last] = [0, count - 1].map((row) => segment.pageOf(0, 'text', row));
  assert.deepEqual([first.first, last.first + last.chunk.rows], [0, count]);
  assert.ok(first.chunk.rows <= last.first, 'there is more than one page');
  const text = ({ chunk, first: from }: typeof first, row: number): string =>
    Buffer.from((chunk.values as Texts).at(chunk.present.indexOf(row - from))).toString();
  for (const row of [0, first.chunk.rows - 1]) assert.equal(text(first, row), value(row));
  for (const row of [last.first, count - 1]) assert.equal(text(last, row), value(row));
  const rebuilder = new Rebuilder(segment, 0);
  for (const row of [count - 1, 0, first.chunk.rows, first.chunk.rows - 1])
    assert.equal(Buffer.from(rebuilder.rowText(row)).toString(), `{"text":"${value(row)}"}`);
  check(made);
});

test('what is no segment is told as damaged, by name', () => {
  const { bytes } = maker.make([linesOf(['{"a":1}'])]);
  const refused = (part: Uint8Array, wanted: RegExp): void => {
    assert.throws(() => openSegment(readerOfBytes('file', part)), { code: 'store.damaged', message: wanted });
  };
  refused(new Uint8Array(), /^file: its end, at byte 0: 0 bytes are no Parquet file$/);
  refused(bytes.subarray(0, -1), /^file: its end, at byte \d+: it does not end in PAR1$/);
  refused(bytes.subarray(bytes.length - 40), /^file: its end, at byte 32: a footer of \d+ bytes does not fit$/);
  const flipped = Buffer.from(bytes);
  flipped[bytes.length - 20] ^= 1;
  refused(flipped, /^file: its footer, at byte \d+: it is not as its checksum says$/);
});
