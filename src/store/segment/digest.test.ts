import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { differenceOf, multisetOfText, multisetText, sumOf } from '../../base/index.ts';
import { kernelWithoutRules } from '../../batch/index.ts';
import { bytesOf, lineArb } from '../../batch/scan.twin.ts';
import { readerOfBytes } from '../parquet/read-range.ts';
import { multisetOf } from './digest.ts';
import { plainDigest, plainMultiset } from './digest.twin.ts';
import { textOf } from './kit.twin.ts';
import { StoredRows } from './merge.ts';
import { openSegment } from './read.ts';
import { type MadeSegment, SegmentMaker } from './segment.twin.ts';
import { SegmentWriter } from './write.ts';

const kernel = kernelWithoutRules(1 << 16);
const maker = new SegmentMaker();
const merger = new SegmentMaker();

const told = (bytes: Buffer): string =>
  (JSON.parse(textOf(bytes, 'weir.segment')) as { readonly multiset: string }).multiset;
const found = ({ segment }: MadeSegment): string => multisetText(multisetOf(segment, kernel));

suite('the multiset hash of a segment', () => {
  test('of bytes is what its twin says, at every length', () => {
    for (let length = 0; length < 140; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 37 + length) & 0xff));
      kernel.reserveScratch(256);
      const at = kernel.get('scratch');
      kernel.bytes.fill(0xee, at, at + 256);
      kernel.bytes.set(bytes, at);
      const begin = BigInt(length) * 0x1234567890abcdefn;
      const digest = BigInt.asUintN(64, kernel.group.digestOf(at, length, begin));
      assert.equal(digest, plainDigest(bytes, BigInt.asUintN(64, begin)), `${length} bytes`);
    }
  });

  test('is written down as it is found in the file, whatever the events', () => {
    fc.assert(
      fc.property(fc.array(lineArb, { minLength: 1, maxLength: 8 }), (lines) => {
        const made = maker.make([bytesOf(lines.join('\n'))]);
        const plain = multisetText(plainMultiset(made.segment));
        assert.equal(found(made), plain);
        assert.equal(told(made.bytes), plain);
      }),
      { numRuns: 200 },
    );
  });

  test('is the same of several row groups and of the one that merging makes of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(lineArb, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
        (groups) => {
          const { bytes } = maker.make(groups.map((lines) => bytesOf(lines.join('\n'))));
          const stored = new StoredRows(readerOfBytes('input', bytes));
          for (let index = 0; index < stored.groups; index++) stored.addTo(merger.group, index);
          const writer = new SegmentWriter({ level: 1, terms: false });
          writer.add(merger.group);
          merger.group.clear();
          const output = writer.finish('log-1');
          assert.equal(output.multiset, told(bytes));
          const file = readerOfBytes('output', Buffer.concat(output.parts));
          assert.equal(multisetText(multisetOf(openSegment(file), kernel)), told(bytes));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('is another where a value is another, stands in another event or column, or an event is missing or there twice', () => {
    const of = (...events: readonly unknown[]): string => {
      return found(maker.make([bytesOf(events.map((event) => JSON.stringify(event)).join('\n'))]));
    };
    const all = [
      of({ a: 'x', b: 1 }, { a: 'y', b: 2 }),
      of({ a: 'x', b: 1 }, { a: 'z', b: 2 }),
      of({ a: 'y', b: 1 }, { a: 'x', b: 2 }),
      of({ a: 'x', b: 1 }, { b: 2, a: 'y' }),
      of({ a: 'x', b: '1' }, { a: 'y', b: 2 }),
      of({ a: 'x', c: 1 }, { a: 'y', b: 2 }),
      of({ a: 'y', b: 2 }, { a: 'x', b: 1 }),
      of({ a: 'x', b: 1 }),
      of({ a: 'x', b: 1 }, { a: 'x', b: 1 }),
      of({ a: 'x', b: 1.5 }, { a: 'y', b: null }),
      of({ a: 'x', b: true }, { a: 'y', b: false }),
      of({ a: 'x', b: false }, { a: 'y', b: true }),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  test('can be added, subtracted, written and read', () => {
    const [a, b] = [
      { low: 2n ** 64n - 1n, high: 5n },
      { low: 3n, high: 2n ** 63n },
    ];
    assert.deepEqual(sumOf(a, b), { low: 2n, high: 2n ** 63n + 5n });
    assert.deepEqual(differenceOf(sumOf(a, b), b), a);
    assert.equal(multisetText(a), '0000000000000005ffffffffffffffff');
    assert.deepEqual(multisetOfText(multisetText(a)), a);
    assert.equal(multisetOfText('0'), null);
  });
});
