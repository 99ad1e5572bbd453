import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, lineArb } from '../../batch/scan.twin.ts';
import { readerOfBytes } from '../parquet/read-range.ts';
import { StoredRows } from './merge.ts';
import { openSegment } from './read.ts';
import { check, type MadeSegment, SegmentMaker } from './segment.twin.ts';
import { SegmentWriter } from './write.ts';

const maker = new SegmentMaker();
const merger = new SegmentMaker();

/** All row groups of a segment as one. */
function merged({ bytes, frames }: MadeSegment): MadeSegment {
  const { group } = merger;
  const stored = new StoredRows(readerOfBytes('input', bytes));
  for (let index = 0; index < stored.groups; index++) {
    assert.ok(group.fits(stored.sizeOf(index)));
    stored.addTo(group, index);
  }
  const writer = new SegmentWriter({ level: 1, terms: false });
  writer.add(group);
  group.clear();
  const file = Buffer.concat(writer.finish('log-1').parts);
  return { bytes: file, frames, segment: openSegment(readerOfBytes('output', file)) };
}

suite('row groups that are merged', () => {
  test('hold the same events and values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(lineArb, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        (groups) => {
          const once = merged(maker.make(groups.map((lines) => bytesOf(lines.join('\n')))));
          assert.equal(once.segment.groups.length, 1);
          check(once);
          check(merged(once));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('do not fit where they have more shapes than a group has room for', () => {
    const size = { bytes: 16 << 20, rows: 1 << 17 };
    const large = new SegmentMaker(size);
    const { group } = new SegmentMaker(size);
    const SHAPES = 1 << 14;
    /** An event for each set of fourteen keys, and one key that no other part has. */
    const part = (number: number): Uint8Array => {
      const keys = (set: number): string =>
        Array.from({ length: 14 }, (_, key) => ((set >> key) & 1 ? `"k${key}":1,` : '')).join('');
      return bytesOf(Array.from({ length: SHAPES }, (_, set) => `{${keys(set)}"part${number}":${set}}`).join('\n'));
    };
    let fitting = 0;
    for (let number = 0; number < 5; number++) {
      const { bytes, segment } = large.make([part(number)]);
      const stored = new StoredRows(readerOfBytes('input', bytes));
      assert.deepEqual([segment.rows, stored.groups], [SHAPES, 1]);
      if (!group.fits(stored.sizeOf(0))) break;
      stored.addTo(group, 0);
      fitting++;
    }
    assert.equal(fitting, 4);
    const writer = new SegmentWriter({ level: 1, terms: false });
    writer.add(group);
    const segment = openSegment(readerOfBytes('output', Buffer.concat(writer.finish('log-1').parts)));
    assert.equal(new Set(segment.shapes(0).map(({ shape }) => shape)).size, 4 * SHAPES);
  });
});
