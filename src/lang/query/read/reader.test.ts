import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cursor } from '../../cursor.ts';
import { OPERATOR_TABLE } from '../operators.ts';
import { QueryReader } from './reader.ts';

const reader = (text: string): QueryReader => new QueryReader(new Cursor(text, 'query'), OPERATOR_TABLE);

test('a reader joins words by hyphens only where no blank stands between', () => {
  assert.equal(reader('project-away a').compound()?.text, 'project-away');
  assert.equal(reader('a -b').compound()?.text, 'a');
  assert.equal(reader('a- b').compound()?.text, 'a');
  assert.equal(reader('5').compound(), null);
});

test('a reader tells behind let whether a pipeline follows or a value', () => {
  for (const [text, follows] of [
    ['hits', true],
    ['hits;', true],
    ['(hits)', true],
    ['foo | take 1', true],
    ['union hits, alerts', true],
    ['hits + 1', false],
    ['foo', false],
    ['(1 + 2)', false],
    ['union(1)', false],
  ] as const)
    assert.equal(reader(text).tableFollows(), follows, text);
});

test('a reader reads names and values that may have one', () => {
  const named = reader('a.b = 1 + 2, c').named();
  assert.deepEqual(named.name?.keys, ['a', 'b']);
  assert.deepEqual(named.span, { start: 0, end: 11 });
  assert.equal(reader('a + 1').named().name, null);
  const wrong = reader('5');
  assert.equal(wrong.name(), null);
  assert.equal(wrong.cursor.diagnostics.length, 1);
});
