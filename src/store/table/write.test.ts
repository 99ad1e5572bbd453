import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParquetReader } from '../parquet/read.ts';
import { readerOfBytes } from '../parquet/read-range.ts';
import { type TableColumn, type TableValue, TableWriter } from './write.ts';

function made(columns: readonly TableColumn[], rows: Iterable<readonly TableValue[]>): ParquetReader {
  const parts: Uint8Array[] = [];
  const writer = new TableWriter(columns, (part) => void parts.push(Buffer.from(part)));
  for (const row of rows) writer.add(row);
  writer.finish({ key: 'value' });
  return new ParquetReader(readerOfBytes('table', Buffer.concat(parts)));
}

const groupsOf = ({ meta }: ParquetReader): number[] => meta.groups.map(({ rows }) => rows);

test('a row group ends behind 65,536 rows or 16 MB of texts, so that memory stays', () => {
  const numbers = made(
    [{ name: 'n', kind: 'integer' }],
    Array.from({ length: 70_000 }, (_, i) => [BigInt(i)]),
  );
  assert.deepEqual(groupsOf(numbers), [65_536, 4464]);
  assert.equal(numbers.meta.keyValues.get('key'), 'value');
  const text = 'x'.repeat(6 << 20);
  assert.deepEqual(groupsOf(made([{ name: 't', kind: 'text' }], Array(5).fill([text]))), [3, 2]);
});

test('bounds are told of numbers, of zeros both, and of nothing where there are none', () => {
  const rows: TableValue[][] = [
    [5n, 0, null],
    [-7n, -0, null],
    [null, 2.5, null],
  ];
  const { meta } = made(
    [
      { name: 'n', kind: 'time' },
      { name: 'x', kind: 'float' },
      { name: 'none', kind: 'integer' },
    ],
    rows,
  );
  const [n, x, none] = meta.groups[0].chunks;
  assert.deepEqual(n.bounds?.min, Buffer.from(BigInt64Array.of(-7n).buffer));
  assert.deepEqual(n.bounds?.max, Buffer.from(BigInt64Array.of(5n).buffer));
  assert.deepEqual(x.bounds?.min, Buffer.from(Float64Array.of(-0).buffer));
  assert.deepEqual(x.bounds?.max, Buffer.from(Float64Array.of(2.5).buffer));
  assert.deepEqual([none.bounds, none.nulls, n.nulls], [null, 3, 1]);
});

test('a table without columns is none', () => {
  assert.throws(() => made([], []), RangeError);
});
