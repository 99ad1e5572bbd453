import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ParquetReader, readerOfBytes, Texts } from '../../store/index.ts';
import { rowOutput } from './rows.ts';

const TYPES: Readonly<Record<string, string>> = { 0: 'boolean', 2: 'integer', 5: 'float', 6: 'text' };

/** Columns of the file that is made of rows: type and values. */
function written(columns: readonly string[] | null, rows: readonly string[]): Record<string, unknown[]> {
  const parts: Uint8Array[] = [];
  const output = rowOutput('parquet', (part) => void parts.push(Buffer.from(part)));
  output.begin(columns);
  for (const row of rows) output.row(row);
  assert.equal(parts.length, 0, 'nothing is written before all rows have come');
  output.end({ 'weir.coverage': '{"share":1}' });
  const bytes = Buffer.concat(parts);
  assert.ok(bytes.includes('weir.coverage') && bytes.includes('{"share":1}'));
  const reader = new ParquetReader(readerOfBytes('answer', bytes));
  const entries = reader.meta.schema.map(({ name, physical, logical }, column): [string, unknown[]] => {
    const values = reader.meta.groups.flatMap((_, group) => {
      const chunk = reader.column(group, column);
      return Array.from({ length: chunk.rows }, (_, row) => {
        const index = chunk.present.indexOf(row);
        if (index < 0) return null;
        const value = chunk.values instanceof Texts ? Buffer.from(chunk.values.at(index)) : chunk.values[index];
        return Buffer.isBuffer(value) ? value.toString() : value;
      });
    });
    return [name, [logical === 'timestamp' ? 'time' : TYPES[physical], ...values]];
  });
  return Object.fromEntries(entries);
}

/** Column of one name with these values, as JSON. */
const column = (...cells: string[]): unknown[] =>
  written(
    ['a'],
    cells.map((cell) => `{"a":${cell}}`),
  )['a'];

test('a column has the narrowest type that keeps all of its values', () => {
  assert.deepEqual(column('true', 'null', 'false'), ['boolean', 1, null, 0]);
  assert.deepEqual(column('1', '-9223372036854775807', '9007199254740993'), [
    'integer',
    1n,
    -9223372036854775807n,
    9007199254740993n,
  ]);
  assert.deepEqual(column('1', '-0.5', '1e300'), ['float', 1, -0.5, 1e300]);
  assert.deepEqual(column('"2026-02-28T23:59:59Z"', '"1969-12-31T23:59:59.999999Z"'), [
    'time',
    1_772_323_199_000_000n,
    -1n,
  ]);
  assert.deepEqual(column('null', 'null'), ['text', null, null]);
});

test('what no type keeps is text, as it was written', () => {
  for (const cells of [
    ['9007199254740993', '0.5'],
    ['18446744073709551616', '1'],
    ['0.12345678901234567890', '1.5'],
    ['1e999', '1'],
    ['true', '1'],
    ['[1.0,{"digits":1}]', '{"digits":1}'],
  ])
    assert.deepEqual(column(...cells), ['text', ...cells]);
  for (const text of ['2026-02-30T00:00:00Z', '2026-01-01T00:00:00.0000001Z', '2026-01-01', 'Z'])
    assert.deepEqual(column(`"${text}"`, '"2026-01-01T00:00:00Z"'), ['text', text, '2026-01-01T00:00:00Z']);
});

test('an answer without rows has its columns, and events without fields one', () => {
  assert.deepEqual(written(['a', 'A', ''], []), { a: ['text'], 'A~2': ['text'], '~': ['text'] });
  assert.deepEqual(written(null, []), { '@timestamp': ['time'] });
});

test('rows that have columns of their own share all', () => {
  assert.deepEqual(written(null, ['{"@a":1}', '{"b":"x","__proto__":"y"}']), {
    '@a': ['integer', 1n, null],
    b: ['text', null, 'x'],
    ['__proto__']: ['text', null, 'y'],
  });
});

test('any rows come back', () => {
  const cell = fc.option(
    fc.oneof(fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ a: cell, b: fc.option(fc.integer()) }), { maxLength: 50 }), (rows) => {
      const found = written(
        ['a', 'b'],
        rows.map((row) => JSON.stringify(row)),
      );
      const [type, ...values] = found['a'];
      const expected = rows.map(({ a }) => {
        // JSON has one zero.
        const value = Object.is(a, -0) ? 0 : a;
        if (value === null) return null;
        if (type === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
        // Digits as they are written: beyond 2^53 they are not those of the double.
        return type === 'integer' ? BigInt(JSON.stringify(value)) : Number(value);
      });
      assert.deepEqual(values, expected);
      assert.deepEqual(
        found['b'].slice(1),
        rows.map(({ b }) => (b === null || found['b'][0] === 'text' ? b : BigInt(b))),
      );
    }),
    { numRuns: 200, examples: [[[{ a: -61908194908803450, b: null }]]] },
  );
});
