import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Cursor, problem, Stop } from './cursor.ts';
import { LANG_LIMITS } from './limits.ts';

suite('a cursor', () => {
  test('looks ahead without taking, and goes on behind a place it is told', () => {
    const cursor = new Cursor('a b "x y" c', 'query');
    assert.equal(cursor.peek(1).text, 'b');
    assert.equal(cursor.take().text, 'a');
    assert.equal(cursor.last?.text, 'a');
    cursor.jump(10);
    assert.equal(cursor.take().text, 'c');
    assert.equal(cursor.ended, true);
    assert.equal(cursor.take().kind, 'end');
    assert.equal(cursor.last?.text, 'c');
  });

  test('takes what is asked for only', () => {
    const cursor = new Cursor('by "by"', 'query');
    assert.equal(cursor.accept('on'), false);
    assert.equal(cursor.accept('by'), true);
    // A text is no word.
    assert.equal(cursor.accept('by'), false);
    assert.equal(cursor.expect('on'), false);
    assert.equal(cursor.diagnostics[0]?.message, '"by" stands where on is expected');
  });

  test('names one error for a place, and stops at too many and too deep', () => {
    const cursor = new Cursor('x', 'query');
    for (let i = 0; i < 2; i++) cursor.unexpected(['y']);
    assert.equal(cursor.diagnostics.length, 1);
    assert.throws(() => {
      for (let i = 0; ; i++) cursor.report(problem('lang.syntax', 'wrong', { start: i, end: i }));
    }, Stop);
    assert.equal(cursor.diagnostics.length, LANG_LIMITS.expressionErrorsMax);
    const dive = (): void => cursor.deeper(dive);
    assert.throws(dive, Stop);
    assert.equal(cursor.diagnostics.at(-1)?.code, 'lang.limit');
  });
});
