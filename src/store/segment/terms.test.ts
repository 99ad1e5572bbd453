import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelWithoutRules } from '../../batch/index.ts';
import { readerOfBytes } from '../parquet/read-range.ts';
import { frameOf, never, textOf } from './kit.twin.ts';
import { openSegment } from './read.ts';
import { RowGroup } from './row-group.ts';
import { type GroupTerms, mayHold, mayHoldIn, termHash, termsOf, termsOfGroups } from './terms.ts';
import { SegmentWriter } from './write.ts';

const VALUES = [
  'C:\\Windows\\System32\\cmd.exe /c whoami',
  'alpha-BETA_gamma',
  'S-1-5-21-3940915590',
  'ein Über­weg',
  'aVeryLongTermThatGoesOverSeveralWordsOf8Bytes',
  '',
];

/** A file with these events in one row group. */
function fileOf(events: readonly unknown[]): Buffer {
  const kernel = kernelWithoutRules(1 << 20);
  const group = new RowGroup(kernel, { bytes: 1 << 20, rows: 1000 });
  kernel.openFrame(frameOf(kernel, events));
  group.add(
    0,
    0,
    () => null,
    () => null,
    never,
  );
  const writer = new SegmentWriter({ level: 1, terms: true });
  writer.take(group);
  return Buffer.concat(writer.finish('log/0').parts);
}

test('a filter holds every term of the values of its row group, and few others', () => {
  const file = fileOf(VALUES.map((value, i) => ({ value, number: 1_000_000 + i, list: [`in${i}list`, 'a\nb'] })));
  const [[offset, length]] = JSON.parse(textOf(file, 'weir.terms')) as [number, number][];
  const filter = file.subarray(offset, offset + length);
  const expected = [...VALUES.flatMap(termsOf), '1000003', 'in4list', 'a', 'b'];
  for (const term of expected) assert.ok(mayHold(filter, termHash(term)), term);
  let wrong = 0;
  for (let i = 0; i < 1000; i++) if (mayHold(filter, termHash(`nothere${i}`))) wrong++;
  assert.ok(wrong < 60, `${wrong} of 1000`);
});

test('of texts whose lines are alike but for their middles every term is in the filter, in each row group', () => {
  const kernel = kernelWithoutRules(1 << 20);
  const group = new RowGroup(kernel, { bytes: 1 << 20, rows: 1000 });
  const writer = new SegmentWriter({ level: 1, terms: true });
  // 12 to 140 characters a line: shorter and longer ones than are remembered among them; ends and lengths are the same for many.
  const line = (i: number): string =>
    `Security: ${'x'.repeat((i * 37) % 120)} ${`id${i}`.padStart(8, 'z')} of the logon`;
  const texts = Array.from({ length: 60 }, (_, i) =>
    [`first${i}`, ...Array.from({ length: 9 }, (_, k) => line(((i * 7) % 40) + k * 40)), `last${i}`].join('\n'),
  );
  // Of these all lines are remembered when the next group begins.
  const few = [[1, 2, 3, 4].map(line).join('\n')];
  const groups = [texts, few, few];
  for (const [position, own] of groups.entries()) {
    kernel.openFrame(
      frameOf(
        kernel,
        own.map((message, number) => ({ message, number })),
      ),
    );
    group.add(
      position,
      0,
      () => null,
      () => null,
      never,
    );
    writer.take(group);
  }
  const file = Buffer.concat(writer.finish('log/0').parts);
  const places = JSON.parse(textOf(file, 'weir.terms')) as [number, number][];
  assert.equal(places.length, 3);
  for (const [i, [offset, length]] of places.entries()) {
    const filter = file.subarray(offset, offset + length);
    for (const term of groups[i].flatMap(termsOf)) assert.ok(mayHold(filter, termHash(term)), term);
  }
});

test('where a value holds letters that fold into ASCII ones, there is no filter', () => {
  const file = fileOf([{ value: '\u212aelvin' }]);
  assert.equal(textOf(file, 'weir.terms'), '[null]');
});

/** Terms of a group whose only row is this, and its file. */
function filterOf(event: unknown): { readonly file: Buffer; readonly groups: readonly GroupTerms[] } {
  const file = fileOf([event]);
  return { file, groups: openSegment(readerOfBytes('x', file)).terms() };
}

test('a filter says whether all numbers are in it as they are shown', () => {
  const numbers = (event: unknown): boolean | undefined => filterOf(event).groups[0].filter?.numbers;
  assert.equal(numbers({ a: 1, b: 'x 1.5', list: [1, 22, 'a 1.5e3'] }), true);
  assert.equal(numbers({ a: 1.5 }), false);
  assert.equal(numbers({ list: [1, 2.5] }), false);
  assert.equal(numbers('{"list":[1e3]}'), false);
  assert.equal(numbers('{"list":[1E3,2]}'), false);
  assert.equal(numbers('{"list":[1234567890123456]}'), false);
  assert.equal(numbers('{"list":[123456789012345,true,false,null,"x\\"1.5"]}'), true);
});

test('one block of a filter is read for a term, and says the same as all of it', () => {
  const words = Array.from({ length: 500 }, (_, i) => `word${i * 7919}`);
  const { file, groups } = filterOf({ text: words.join(' ') });
  const { filter } = groups[0];
  assert.ok(filter !== null && filter.bytes > 32);
  const whole = file.subarray(filter.at, filter.at + filter.bytes);
  const read: number[] = [];
  const reader = readerOfBytes('x', file);
  const counting = {
    ...reader,
    read: (from: number, length: number) => {
      read.push(length);
      return reader.read(from, length);
    },
  };
  for (const term of [...words, ...words.map((word) => `${word}x`)])
    assert.equal(mayHoldIn(counting, filter, termHash(term)), mayHold(whole, termHash(term)), term);
  assert.deepEqual([...new Set(read)], [32]);
  assert.ok(words.every((word) => mayHoldIn(reader, filter, termHash(word))));
});

test('places of filters that cannot be are damage, and a file without any says nothing', () => {
  assert.deepEqual(termsOfGroups(undefined, [3, 4], 100), [
    { rows: 3, filter: null },
    { rows: 4, filter: null },
  ]);
  // As they were before numbers were told.
  assert.deepEqual(termsOfGroups('[[4,32],null]', [3, 4], 100), [
    { rows: 3, filter: { at: 4, bytes: 32, numbers: false } },
    { rows: 4, filter: null },
  ]);
  for (const text of [
    '{',
    '{}',
    '[]',
    '[[4,32,1],1]',
    '[[4,33],null]',
    '[[80,32],null]',
    '[[-4,32],null]',
    '[["4",32],null]',
    '[[4,0],null]',
  ])
    assert.throws(() => termsOfGroups(text, [3, 4], 100), { message: /weir\.terms/ }, text);
});
