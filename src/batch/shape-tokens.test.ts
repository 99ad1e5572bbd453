import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARRAY, CLOSE, ITEM, OBJECT, type RawColumn, readShape } from './shape-tokens.ts';

const column = (parent: number, path: string): RawColumn => ({ parent, key: Buffer.from(path), path });
/** 1 a · 2 a.b · 3 c · 4 a, spelled differently */
const COLUMNS = [column(-1, ''), column(0, 'a'), column(1, 'a.b'), column(0, 'c'), column(0, 'a')];
const [A, B, C, OTHER_A] = [4, 5, 6, 7];

test('values are found with their columns, duplicates not counting', () => {
  const shape = readShape([A, OBJECT, B, B, CLOSE, C, ARRAY, ITEM, OBJECT, CLOSE, ITEM, CLOSE, OTHER_A], COLUMNS);
  assert.deepEqual(shape.columns, [2, 2, 3, 3, 4]);
  assert.deepEqual(shape.counts, [false, false, true, true, true]);
  assert.ok(shape.textBytes >= '{"a":{"a.b":,"a.b":},"c":[,{},],"a":}'.length);
  assert.deepEqual(readShape([], COLUMNS), { tokens: [], columns: [], counts: [], textBytes: 2 });
});

test('tokens that are no event are refused', () => {
  const cases: [tokens: number[], message: RegExp][] = [
    [[CLOSE], /closes what is not open/],
    [[A, OBJECT], /ends inside a level/],
    [[OBJECT, CLOSE], /opens a level without a key/],
    [[A, OBJECT, OBJECT, CLOSE, CLOSE], /opens a level without a key/],
    [[ITEM], /element outside an array/],
    [[A, OBJECT, ITEM, CLOSE], /element outside an array/],
    [[B], /a key where it cannot be/],
    [[C, OBJECT, B, CLOSE], /a key where it cannot be/],
    [[A, ARRAY, B, CLOSE], /a key where it cannot be/],
    [[99], /a key where it cannot be/],
    [[A, ...Array(65).fill(ARRAY), ...Array(65).fill(CLOSE)], /deeper than 64 levels/],
  ];
  for (const [tokens, message] of cases)
    assert.throws(() => readShape(tokens, COLUMNS), { code: 'batch.damaged', message });
  assert.equal(readShape([A, ...Array(64).fill(ARRAY), ...Array(64).fill(CLOSE)], COLUMNS).columns.length, 0);
});
