/** What a real segment's file says of itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readerOfBytes } from '../parquet/read-range.ts';
import { SegmentMaker } from '../segment/segment.twin.ts';
import { SegmentWriter } from '../segment/write.ts';
import { Catalogue } from './catalogue.ts';
import { describeSegment } from './describe.ts';
import { catalogueFile } from './kit.twin.ts';

/** A file of two row groups. */
function made(groups: readonly (readonly unknown[])[]): { readonly bytes: Buffer; readonly rows: number } {
  const maker = new SegmentMaker();
  const writer = new SegmentWriter({ level: 1, terms: true });
  let position = 20;
  for (const events of groups) {
    const lines = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    for (const frame of maker.framesOf(lines)) {
      maker.kernel.openFrame(new Uint8Array(frame.buffer));
      maker.group.add(
        position,
        1_700_000_000_000 + position,
        (row) => (row === 0 ? 1_600_000_000_000 : null),
        () => null,
        () => {},
      );
      position++;
    }
    writer.add(maker.group);
    maker.group.clear();
  }
  const cut = writer.finish('abc/0', { tenant: 'acme', source: 'dc', level: 3 });
  return { bytes: Buffer.concat(cut.parts), rows: cut.rows };
}

const GROUPS = [
  [
    { id: 7, host: 'b', mixed: 1, ratio: 0.5, flag: true },
    { id: 9, host: 'x'.repeat(200) },
  ],
  [
    { id: -3, host: 'a', mixed: 'one', only: 'é', tags: ['q'] },
    { id: 8, host: 'ab', only: 'z' },
    { id: 8, host: 'ab', ratio: -2.25 },
  ],
];

test('tenant, source, level, times, rows and columns come from the file, positions from its name', () => {
  const { bytes, rows } = made(GROUPS);
  const file = 'tenant=acme/source=dc/000000000011-000000000044-0000000a.parquet';
  const { columns, groups, multiset, ...own } = describeSegment(file, readerOfBytes('x', bytes));
  // Decimals are not in its filters.
  assert.deepEqual(
    groups?.map(({ rows: count, filter }) => [count, filter?.numbers]),
    [
      [2, false],
      [3, false],
    ],
  );
  assert.equal(rows, 5);
  assert.match(multiset ?? '', /^[0-9a-f]{32}$/);
  assert.deepEqual(own, {
    ...{
      file,
      tenant: 'acme',
      source: 'dc',
      log: 'abc/0',
      level: 3,
      types: [''],
      first: 11,
      last: 44,
      rows: 5,
      bytes: bytes.length,
    },
    ...{ minTime: 1_600_000_000_000_000n, maxTime: 1_700_000_000_021_000n },
    ...{ minReceived: 1_700_000_000_020_000n, maxReceived: 1_700_000_000_021_000n },
  });
  const named = new Map(columns.map(({ name, ...rest }) => [name, rest]));
  const told = (name: string): unknown => {
    const { path: _, ...rest } = named.get(name) ?? { path: '' };
    return rest;
  };
  assert.deepEqual(told('id'), { kind: 'integer', nulls: 0, bounds: { least: -3n, greatest: 9n } });
  assert.deepEqual(told('ratio'), { kind: 'float', nulls: 3, bounds: { least: -2.25, greatest: 0.5 } });
  assert.deepEqual(told('mixed'), { kind: 'integer', nulls: 4, bounds: { least: 1n, greatest: 1n } });
  assert.deepEqual(told('mixed#str'), { kind: 'string', nulls: 4, bounds: { least: 'one', greatest: 'one' } });
  // In one row group only.
  assert.deepEqual(told('only'), { kind: 'string', nulls: 3, bounds: { least: 'z', greatest: 'é' } });
  // One of its texts was too long to be a bound.
  assert.deepEqual(told('host'), { kind: 'string', nulls: 0 });
  assert.deepEqual(told('flag'), { kind: 'boolean', nulls: 4 });
  assert.deepEqual(told('tags'), { kind: 'list', nulls: 4 });
});

test('of a name that says nothing the positions are those of its rows', () => {
  const { first, last } = describeSegment('elsewhere.parquet', readerOfBytes('x', made(GROUPS).bytes));
  assert.deepEqual([first, last], [20, 21]);
});

test('what was described is kept by a catalogue, and found by what is in it only', () => {
  const catalogue = new Catalogue(catalogueFile());
  const file = 'tenant=acme/source=dc/000000000020-000000000021-0000000a.parquet';
  const described = describeSegment(file, readerOfBytes('x', made(GROUPS).bytes));
  catalogue.publish([{ ...described, level: 0 }], { log: 'abc/0', position: 30 });
  const count = (path: string, ...values: (bigint | string)[]): number =>
    catalogue.find({ tenant: 'acme', needs: [{ paths: [path], values }] }).segments.length;
  assert.deepEqual([count('id', 7n), count('id', 10n), count('id', '8'), count('mixed', 'one')], [1, 0, 1, 1]);
  assert.deepEqual([count('host', 'anything'), count('only', 'a'), count('tags', 'q')], [1, 0, 1]);
  catalogue.close();
});

test('a file that is damaged is said to be', () => {
  const { bytes } = made(GROUPS);
  const reader = readerOfBytes('torn', bytes.subarray(0, bytes.length - 1));
  assert.throws(() => describeSegment('torn', reader), { code: 'store.damaged', message: /torn/ });
});
