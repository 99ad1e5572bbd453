/** Segments are plain Parquet: DuckDB, pyarrow and Polars find in them what weir does, column by column. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { bytesOf, lineArb } from '../../src/batch/scan.twin.ts';
import { rowOutput } from '../../src/cli/output/rows.ts';
import { ENCODING } from '../../src/store/parquet/format.ts';
import { type ColumnChunk, ParquetReader } from '../../src/store/parquet/read.ts';
import { readerOfBytes } from '../../src/store/parquet/read-range.ts';
import { Texts } from '../../src/store/parquet/read-texts.ts';
import { type MadeSegment, SegmentMaker } from '../../src/store/segment/segment.twin.ts';
import { regressionCases } from '../reference/corpus.ts';
import { vendorCorpora } from '../shapes/corpora.ts';
import { skipWithout } from '../shared.ts';
import { pythonWithReaders } from './python.ts';

const DIGEST = fileURLToPath(new URL('digest.py', import.meta.url));
const WRITE = fileURLToPath(new URL('write.py', import.meta.url));
const READERS = ['pyarrow', 'duckdb', 'polars'];

/** Name, type, number of values and a digest of the rows of a column, as digest.py has them. */
type Digest = [name: string, type: string, values: number, digest: string];

const OWN: readonly (readonly [string, string])[] = [
  ['weir.position', 'int64'],
  ['weir.row', 'int32'],
  ['weir.time', 'timestamp us'],
  ['weir.received', 'timestamp us'],
  ['weir.shape', 'text'],
  ['weir.type', 'text'],
  ['weir.raw', 'bytes'],
];
const TYPES = { string: 'text', list: 'text', raw: 'bytes', integer: 'int64', float: 'double', boolean: 'bool' };

function digestOf(name: string, type: string, chunks: readonly ColumnChunk[]): Digest {
  const hash = createHash('sha256');
  let count = 0;
  for (const { rows, present, values, codes } of chunks) {
    for (let row = 0; row < rows; row++) {
      const index = present.indexOf(row);
      if (index < 0) {
        hash.update('-');
        continue;
      }
      const at = codes === null ? index : codes[index];
      let bytes: Uint8Array;
      if (values instanceof Texts) bytes = values.at(at);
      else if (values instanceof Float64Array) bytes = new Uint8Array(Float64Array.of(values[at]).buffer);
      else bytes = Buffer.from(String(values[at]));
      hash.update(`${bytes.length}:`).update(bytes);
      count++;
    }
  }
  return [name, type, count, hash.digest('hex')];
}

/** Calls with a Python that has the readers, and an empty folder. */
function withPython(t: TestContext, use: (python: string, folder: string) => void): void {
  const python = pythonWithReaders();
  if ('missing' in python) {
    t.skip(python.missing);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'weir-readers-'));
  try {
    use(python.path, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function digestsBy(python: string, reader: string, file: string): Digest[] {
  return JSON.parse(execFileSync(python, [DIGEST, reader, file], { encoding: 'utf8', maxBuffer: 1 << 28 })) as Digest[];
}

function compare(t: TestContext, { segment, bytes }: MadeSegment): void {
  withPython(t, (python, folder) => {
    const file = join(folder, 'segment.parquet');
    writeFileSync(file, bytes);
    const chunks = (name: string): ColumnChunk[] => segment.groups.map((_, group) => segment.columnOf(group, name));
    const ours = [
      ...OWN.map(([name, type]) => digestOf(name, type, chunks(name))),
      ...segment.columns.map(({ name, kind }) => digestOf(name, TYPES[kind], chunks(name))),
    ];
    for (const reader of READERS) assert.deepEqual(digestsBy(python, reader, file), ours, reader);
  });
}

/** A few of each source, so that Python need not look at millions of empty cells. */
const some = (lines: readonly string[]): string[] => lines.filter((_, i) => i % Math.ceil(lines.length / 200) === 0);

test('DuckDB, pyarrow and Polars read equal contents from segments of real events', (t) => {
  if (skipWithout(t, 'vendor-logs') === null || skipWithout(t, 'sigma-regression') === null) return;
  const corpora = [...vendorCorpora().map(({ lines }) => lines), regressionCases().flatMap(({ lines }) => lines)];
  const maker = new SegmentMaker({ bytes: 4 << 20, rows: 1 << 13 });
  compare(t, maker.make(corpora.map((lines) => Buffer.from(some(lines).join('\n')))));
});

test('and of hostile ones', (t) => {
  const lines = fc.sample(lineArb, { numRuns: 600, seed: 20261122 });
  const half = lines.length >> 1;
  const groups = [lines.slice(0, half), lines.slice(half)];
  compare(t, new SegmentMaker().make(groups.map((part) => bytesOf(part.join('\n')))));
});

test('answers as Parquet files hold what their rows do, for all three', (t) => {
  withPython(t, (python, folder) => {
    const parts: Uint8Array[] = [];
    const output = rowOutput('parquet', (part) => void parts.push(Buffer.from(part)));
    output.begin(['n', 'x', 'yes', 'at', 'text', 'Text', 'mixed', 'list', 'none', 'wide']);
    const rows = Array.from({ length: 70_000 }, (_, i) => {
      const cells: Record<string, string> = {
        n: i % 7 === 0 ? 'null' : `${BigInt(i) * 1_000_003n * 1_000_003n}`,
        x: i % 2 === 0 ? `${i}.5` : `${i}`,
        yes: i % 3 === 0 ? 'null' : String(i % 3 === 1),
        at: `"2026-01-02T03:04:05.${String(i).padStart(6, '0')}Z"`,
        text: JSON.stringify(`é "${i}" \0 \n`),
        Text: '""',
        mixed: i % 2 === 0 ? '1.50' : '"1.5"',
        list: `[${i},{"a":1.0}]`,
        none: 'null',
        wide: '18446744073709551616',
      };
      return `{${Object.entries(cells)
        .map(([name, cell]) => `"${name}":${cell}`)
        .join(',')}}`;
    });
    for (const row of rows) output.row(row);
    output.end({});
    const file = join(folder, 'answer.parquet');
    const bytes = Buffer.concat(parts);
    writeFileSync(file, bytes);
    const reader = new ParquetReader(readerOfBytes('answer', bytes));
    const types = ['int64', 'double', 'bool', 'timestamp us', 'text', 'text', 'text', 'text', 'text', 'text'];
    const ours = reader.meta.schema.map(({ name }, column) =>
      digestOf(
        name,
        types[column],
        reader.meta.groups.map((_, group) => reader.column(group, column)),
      ),
    );
    assert.deepEqual(
      ours.map(([name, , values]) => [name, values]),
      [
        ['n', 60_000],
        ['x', 70_000],
        ['yes', 46_666],
        ['at', 70_000],
        ['text', 70_000],
        ['Text~2', 70_000],
        ['mixed', 70_000],
        ['list', 70_000],
        ['none', 0],
        ['wide', 70_000],
      ],
    );
    for (const each of READERS) assert.deepEqual(digestsBy(python, each, file), ours, each);
  });
});

test('what pyarrow writes, in every encoding that weir knows, is read as pyarrow reads it', (t) => {
  withPython(t, (python, folder) => {
    for (const codec of ['zstd', 'none']) {
      const file = join(folder, `${codec}.parquet`);
      execFileSync(python, [WRITE, file, codec]);
      const expected = digestsBy(python, 'pyarrow', file);
      const reader = new ParquetReader(readerOfBytes(file, readFileSync(file)));
      const { schema, groups } = reader.meta;
      const found = schema.map(({ name }, column) =>
        digestOf(
          name,
          expected[column][1],
          groups.map((_, group) => reader.column(group, column)),
        ),
      );
      assert.deepEqual(found, expected);
      const encodings = new Set(groups.flatMap(({ chunks }) => chunks.flatMap((chunk) => chunk.encodings)));
      assert.deepEqual(
        [...encodings].sort(),
        Object.values(ENCODING).filter((e) => e !== ENCODING.plainDictionary),
      );
    }
  });
});
