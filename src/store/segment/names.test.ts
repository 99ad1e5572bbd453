import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SegmentKind } from './kinds.ts';
import { physicalNames } from './names.ts';

const namesOf = (...columns: (readonly [string, SegmentKind])[]): string[] =>
  physicalNames(columns.map(([path, kind]) => ({ path, kind })));

test('the first kind of a path has the plain name, the others say what they are', () => {
  assert.deepEqual(
    namesOf(['a', 'string'], ['a', 'raw'], ['a', 'list'], ['a', 'integer'], ['b', 'list'], ['b', 'raw']),
    [...['a#str', 'a#raw', 'a#list', 'a', 'b', 'b#raw']],
  );
});

test('no two names agree but for case, nor with one of weir', () => {
  assert.deepEqual(
    namesOf(
      ['a', 'string'],
      ['A', 'string'],
      ['weir.TIME', 'string'],
      ['a~2', 'string'],
      ['a#str', 'float'],
      ['A', 'float'],
    ),
    ['a', 'A#str', 'weir.TIME~2', 'a~2', 'a#str~2', 'A~3'],
  );
});

test('names are such that every reader keeps them', () => {
  assert.deepEqual(
    namesOf(['', 'integer'], ['', 'string'], ['~', 'string'], ['a\0b', 'string'], ['a\ufffdb', 'string']),
    [...['~', '#str', '~~2', 'a\ufffdb', 'a\ufffdb~2']],
  );
});
