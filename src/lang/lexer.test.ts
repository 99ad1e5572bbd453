import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { tokenize } from './lexer.ts';

/** Kind, text and place of each token but the last. */
const read = (text: string): string[] =>
  tokenize(text)
    .slice(0, -1)
    .map(({ kind, text: own, span }) => `${kind} ${own} ${span.start}-${span.end}`);

suite('tokens', () => {
  test('have their places', () => {
    assert.deepEqual(read('a.b !in~ (1)'), [
      'name a 0-1',
      'operator . 1-2',
      'name b 2-3',
      'operator !in~ 4-8',
      'operator ( 9-10',
      'value 1 10-11',
      'operator ) 11-12',
    ]);
    assert.deepEqual(
      tokenize('  ').map(({ kind, span }) => [kind, span]),
      [['end', { start: 2, end: 2 }]],
    );
  });

  test('skip white space and comments', () => {
    assert.deepEqual(read('a // b\n// c\n\t d//e'), ['name a 0-1', 'name d 14-15']);
  });

  test('read ranges apart from decimals', () => {
    assert.deepEqual(read('1..2'), ['value 1 0-1', 'operator .. 1-3', 'value 2 3-4']);
    assert.deepEqual(read('1.5..2.5'), ['value 1.5 0-3', 'operator .. 3-5', 'value 2.5 5-8']);
  });

  test('tell keys named after types from literals', () => {
    assert.deepEqual(read('x.date(1)')[2], 'name date 2-6');
    assert.deepEqual(read('date(2026-01-01)'), ['value date(2026-01-01) 0-16']);
  });

  test('of no meaning are kept whole, also beyond the basic plane', () => {
    assert.deepEqual(read('😀a'), ['bad 😀 0-2', 'name a 2-3']);
    assert.deepEqual(read('@'), ['bad @ 0-1']);
  });

  test('take every character of the text once', () => {
    const text = 'a == "x\\"y" and @"\\" !has \'z\' or 5x < 0x1F | ~';
    let end = 0;
    for (const { span } of tokenize(text)) {
      assert.ok(span.start >= end && text.slice(end, span.start).trim() === '');
      end = span.end;
    }
    assert.equal(end, text.length);
  });
});
