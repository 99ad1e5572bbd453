import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ENCODING, PHYSICAL } from './format.ts';
import type { SchemaColumn } from './metadata.ts';
import {
  deltas,
  fileOf,
  hybrid,
  lengthTexts,
  plainTexts,
  prefixTexts,
  type TwinPage,
  u32,
  varint,
} from './parquet.twin.ts';
import { type ColumnChunk, ParquetReader } from './read.ts';
import { GROUP_ROWS_MAX } from './read-metadata.ts';
import { readerOfBytes } from './read-range.ts';
import { Texts } from './read-texts.ts';

const TEXT: SchemaColumn = { name: 'text', physical: PHYSICAL.bytes, logical: 'string', optional: true };
const LONG: SchemaColumn = { name: 'long', physical: PHYSICAL.int64, logical: null, optional: true };

function read(file: Uint8Array): ColumnChunk {
  return new ParquetReader(readerOfBytes('file', file)).column(0, 0);
}

/** Value of each row; null where it has none. */
function rowsOf({ rows, present, values, codes }: ColumnChunk): unknown[] {
  return Array.from({ length: rows }, (_, row) => {
    const index = present.indexOf(row);
    if (index < 0) return null;
    const at = codes === null ? index : codes[index];
    return values instanceof Texts ? Buffer.from(values.at(at)).toString('latin1') : values[at];
  });
}

const textArb = fc.string({ unit: fc.constantFrom('a', 'b', '\xff', 'z'), maxLength: 6 });
/** Pages of rows, with and without a value. */
const pagesOf = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<(T | null)[][]> =>
  fc.array(fc.array(fc.option(value), { minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 3 });

const levelsOf = (rows: readonly unknown[]): number[] => rows.map((value) => (value === null ? 0 : 1));
const there = <T>(rows: readonly (T | null)[]): T[] => rows.filter((value): value is T => value !== null);
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

suite('columns come back as they were written', () => {
  for (const [name, encoding, encode] of [
    ['plain', ENCODING.plain, plainTexts],
    ['with their lengths as differences', ENCODING.deltaLength, lengthTexts],
    ['with shared beginnings', ENCODING.deltaBytes, prefixTexts],
  ] as const) {
    test(`texts ${name}, of any number of pages`, () => {
      fc.assert(
        fc.property(pagesOf(textArb), fc.boolean(), (pages, zstd) => {
          const file = fileOf(
            TEXT,
            pages.map((rows) => ({ encoding, levels: levelsOf(rows), body: encode(there(rows).map(bytesOf)) })),
            zstd,
          );
          assert.deepEqual(rowsOf(read(file)), pages.flat());
        }),
        { numRuns: 60 },
      );
    });
  }

  test('of pages that are not wanted nothing is unpacked, and their rows have no value', () => {
    const pages = ['abc', 'de', 'fgh'].map((text, i) => [...text].map((each, k) => (i === k ? null : each)));
    const encode = (rows: (string | null)[], damaged: boolean): TwinPage => ({
      encoding: ENCODING.plain,
      levels: levelsOf(rows),
      body: damaged ? [1, 2, 3] : plainTexts(there(rows).map(bytesOf)),
    });
    for (const wanted of [0, 1, 2]) {
      const [from, to] = [
        [0, 3],
        [3, 5],
        [5, 8],
      ][wanted];
      const file = fileOf(
        TEXT,
        pages.map((rows, i) => encode(rows, i !== wanted)),
        true,
      );
      const reader = new ParquetReader(readerOfBytes('file', file));
      const asked: number[][] = [];
      const isWanted = (...rows: [number, number]): boolean => {
        asked.push(rows);
        return rows[0] < to && from < rows[1];
      };
      const expected = pages.flatMap((rows, i) => (i === wanted ? rows : rows.map(() => null)));
      assert.deepEqual(rowsOf(reader.column(0, 0, isWanted)), expected);
      assert.deepEqual(asked, [
        [0, 3],
        [3, 5],
        [5, 8],
      ]);
      const paged = reader.textPages(0, 0, isWanted);
      const first = paged?.next();
      assert.ok(first !== undefined && first.done !== true);
      assert.deepEqual(first.value.texts.length, there(pages[wanted]).length);
      const last = paged?.next();
      assert.ok(last?.done === true);
      assert.deepEqual(
        expected.map((text) => text !== null),
        expected.map((_, row) => last.value.indexOf(row) >= 0),
      );
      assert.throws(() => reader.column(0, 0), { code: 'store.damaged' });
    }
  });

  test('integers plain and as differences, up to all 64 bits', () => {
    const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 300n }));
    fc.assert(
      fc.property(pagesOf(long), fc.boolean(), (pages, plain) => {
        const file = fileOf(
          LONG,
          pages.map((rows) => ({
            encoding: plain ? ENCODING.plain : ENCODING.delta,
            levels: levelsOf(rows),
            body: plain ? [...new Uint8Array(BigInt64Array.from(there(rows)).buffer)] : deltas(there(rows)),
          })),
        );
        assert.deepEqual(rowsOf(read(file)), pages.flat());
      }),
      { numRuns: 60 },
    );
  });

  test('codes of every width, and plain pages behind a dictionary that grew too large', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 15 }),
        pagesOf(fc.nat()),
        fc.array(textArb, { maxLength: 20 }),
        (entries, wider, pages, plain) => {
          const width = Math.max(1, Math.ceil(Math.log2(entries))) + wider;
          const dictionary = Array.from({ length: entries }, (_, i) => `value ${i}`);
          const coded = pages.map((rows) => rows.map((code) => (code === null ? null : code % entries)));
          const file = fileOf(TEXT, [
            { encoding: ENCODING.plain, levels: null, values: entries, body: plainTexts(dictionary.map(bytesOf)) },
            ...coded.map(
              (rows): TwinPage => ({
                encoding: ENCODING.dictionary,
                levels: levelsOf(rows),
                body: [width, ...hybrid(there(rows), width)],
              }),
            ),
            ...(plain.length === 0
              ? []
              : [{ encoding: ENCODING.plain, levels: plain.map(() => 1), body: plainTexts(plain.map(bytesOf)) }]),
          ]);
          const chunk = read(file);
          assert.deepEqual(rowsOf(chunk), [
            ...coded.flat().map((code) => (code === null ? null : dictionary[code])),
            ...plain,
          ]);
          assert.equal(chunk.values.length, entries + plain.length);
          assert.equal(chunk.codes?.length, chunk.present.count);
        },
      ),
      { numRuns: 100 },
    );
  });
});

suite('what is damaged is told by file, column and byte', () => {
  const refused = (
    column: SchemaColumn,
    page: Partial<TwinPage> & { body: readonly number[] },
    wanted: RegExp,
  ): void => {
    const file = fileOf(column, [{ encoding: ENCODING.plain, levels: [1, 1], ...page }]);
    assert.throws(() => read(file), { code: 'store.damaged', message: wanted });
  };

  test('values that end early, or do not end', () => {
    refused(TEXT, { body: [...u32(1), 97] }, /^file: column text of row group 0, at byte \d+: 2 texts do not fit$/);
    refused(TEXT, { body: [...u32(1), 97, ...u32(2), 97] }, /: text 1 ends behind its page$/);
    refused(TEXT, { body: [...u32(1), 97, ...u32(2 ** 31), 97] }, /: text 1 ends behind its page$/);
    refused(TEXT, { body: [...u32(1), 97, ...u32(1), 97, 0] }, /: something follows the last value$/);
    refused(LONG, { body: Array(15).fill(0) }, /: 16 bytes do not fit into the 15 that are left$/);
  });

  test('numbers that promise more than there is, before memory is taken for them', () => {
    const many = [...varint(128n), ...varint(4n), ...varint(2n ** 31n)];
    refused(
      LONG,
      { encoding: ENCODING.delta, body: [...many, 0] },
      /: 2147483648 differences where 2 values should be$/,
    );
    refused(LONG, { encoding: ENCODING.delta, body: [...varint(0n), 0, 2, 0] }, /: blocks of 0 values in 0 parts$/);
    refused(
      LONG,
      { encoding: ENCODING.delta, body: [...varint(128n), 4, 2, 0, 0, 65, 0, 0, 0] },
      /: differences of 65 bits$/,
    );
    const lengths = deltas([2n ** 32n, 0n]);
    refused(TEXT, { encoding: ENCODING.deltaLength, body: lengths }, /: text 0 has a length beyond 32 bits$/);
    refused(TEXT, { encoding: ENCODING.deltaLength, body: deltas([3n, 0n]) }, /: text 0 ends behind its page$/);
    refused(
      TEXT,
      { encoding: ENCODING.deltaBytes, body: [...deltas([0n, 2n]), ...deltas([1n, 0n]), 97] },
      /: text 1 shares 2 bytes with one of 1$/,
    );
    refused(TEXT, { encoding: ENCODING.dictionary, body: [1, 4, 0] }, /: codes without a dictionary$/);
    refused(TEXT, { encoding: ENCODING.rle, body: [] }, /: encoding 3 of type 6, which weir does not use$/);
  });

  test('a page of more rows than its column has, before memory is taken for them, whether one row is read or all', () => {
    const body = [...varint(128n), ...varint(4n), ...varint(2n ** 17n), 0];
    const file = fileOf(LONG, [{ encoding: ENCODING.delta, levels: [1, 1], values: 2 ** 17, body }]);
    const damaged = { code: 'store.damaged', message: /: 131072 rows where 2 are left$/ };
    assert.throws(() => read(file), damaged);
    assert.throws(() => new ParquetReader(readerOfBytes('file', file)).cell(0, 0, 1), damaged);
  });

  test('codes that the dictionary does not have', () => {
    const dictionary = {
      encoding: ENCODING.plain,
      levels: null,
      values: 2,
      body: plainTexts([bytesOf('a'), bytesOf('b')]),
    };
    for (const [body, wanted] of [
      [[2, ...hybrid([0, 2], 2)], /: code 2 of a dictionary of 2$/],
      [[25, 4, 0, 0, 0, 0], /: codes of 25 bits$/],
      [[1, 6, 1], /: a run of 3 where 2 values are left$/],
      [[1, 4, 2], /: a run of 2 does not fit into 1 bits$/],
      [[1, 5, 0, 0], /: 16 packed values where 2 are left$/],
    ] as const) {
      const file = fileOf(TEXT, [dictionary, { encoding: ENCODING.dictionary, levels: [1, 1], body }]);
      assert.throws(() => read(file), { code: 'store.damaged', message: wanted });
    }
  });

  test('pages that unpack to more than they say, without taking it', () => {
    const file = fileOf(
      TEXT,
      [{ encoding: ENCODING.plain, levels: [1], body: plainTexts([Buffer.alloc(100_000)]) }],
      true,
    );
    const before = Buffer.from(file);
    assert.deepEqual(rowsOf(read(before)).map(String), ['\0'.repeat(100_000)]);
    // The header's third byte on: the unpacked size as a varint of three bytes.
    assert.equal(file[6], 0x15);
    file[7] = 0x80;
    file[8] = 0x80;
    file[9] = 0x01;
    assert.throws(() => read(file), {
      code: 'store.damaged',
      message: /^file: column text of row group 0, at byte \d+: a page cannot be unpacked: /,
    });
  });

  test('footers that promise more than a row group may hold, or than lies in the file', () => {
    const page = { encoding: ENCODING.plain, levels: Array<number>(GROUP_ROWS_MAX + 1).fill(0), body: [] };
    const large = fileOf(TEXT, [page]);
    const message = /^file: its footer, at byte \d+: a row group has 4194305 rows, more than 4194304$/;
    assert.throws(() => read(large), { code: 'store.damaged', message });
    const file = fileOf(TEXT, [{ encoding: ENCODING.plain, levels: [1], body: plainTexts([bytesOf('a')]) }]);
    const cut = file.subarray(20);
    assert.throws(() => read(cut), {
      code: 'store.damaged',
      message: /: column text of \d+ bytes at 4 does not lie before byte \d+$/,
    });
  });
});
