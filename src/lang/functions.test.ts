import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiled } from './functions/kit.twin.ts';
import { FUNCTION_ALIASES, FUNCTIONS } from './functions.ts';
import { compileExpression } from './index.ts';
import { TOOLS } from './kit.twin.ts';
import { List } from './value.ts';

test('other names lead to functions there are, and hide none', () => {
  for (const [alias, name] of Object.entries(FUNCTION_ALIASES)) {
    assert.ok(Object.hasOwn(FUNCTIONS, name) && !Object.hasOwn(FUNCTIONS, alias), alias);
  }
});

test('functions that take a pattern refuse one that is no literal or cannot be run', () => {
  for (const [text, code] of [
    ['extract(one, 1, "x")', 'lang.type'],
    ['extract("(", 1, "x")', 'lang.regex'],
    ['trim(5, "x")', 'lang.type'],
  ] as const) {
    const result = compileExpression(text, TOOLS);
    assert.equal(result.ok, false, text);
    assert.equal(result.diagnostics[0]?.code, code, text);
  }
});

test('functions keep lists and texts within bounds', () => {
  const long = new List(Array.from({ length: 40_000 }, () => 1n));
  const { program } = compiled('array_concat(a, a)');
  assert.deepEqual(
    program.evaluate(() => [long], 0),
    [null],
  );
  const text = compiled('split(a, "x")').program;
  assert.deepEqual(
    text.evaluate(() => ['x'.repeat(70_000)], 0),
    [null],
  );
});
