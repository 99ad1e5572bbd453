import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCondition, selectionsOf } from './condition.ts';
import { type Condition, RuleError } from './parse.ts';

function words(condition: Condition): string {
  if (condition.op === 'selection') return condition.name;
  if (condition.op === 'not') return `!${words(condition.arg)}`;
  if (condition.op === 'of') return `${condition.quantifier}<${condition.pattern ?? 'them'}>`;
  return `(${condition.args.map(words).join(condition.op === 'and' ? ' & ' : ' | ')})`;
}

test('not binds tighter than and, and tighter than or', () => {
  const cases: [string, string][] = [
    ['a', 'a'],
    ['a or b and not c', '(a | (b & !c))'],
    ['not a and b or c', '((!a & b) | c)'],
    ['not (a or b) and c', '(!(a | b) & c)'],
    ['not not a', 'a'],
    ['not not not a', '!a'],
    ['(((a)))', 'a'],
    ['a and(b or c)', '(a & (b | c))'],
    ['1 of them', 'any<them>'],
    ['all of them', 'all<them>'],
    ['any of sel*', 'any<sel*>'],
    ['1 of sel* and not 1 of filter_*', '(any<sel*> & !any<filter_*>)'],
    ['all of selection-1.x_* or keywords', '(all<selection-1.x_*> | keywords)'],
    ['A AND NOT B OR 1 OF THEM', '((A & !B) | any<them>)'],
    ['sel-1.a and _b', '(sel-1.a & _b)'],
    ['1 of selection', 'any<selection>'],
  ];
  for (const [text, tree] of cases) assert.equal(words(parseCondition(text, [])), tree, text);
});

test('aggregations of old are refused by name', () => {
  const cases: [string, RegExp][] = [
    ['selection | count() > 5', /"\| count" is deprecated/],
    ['selection | count(Field) by Host > 5', /"\| count" is deprecated/],
    ['selection | near other', /"\| near" is deprecated/],
    ['a near b', /"near" is deprecated/],
    ['selection | foo', /aggregation after "\|" is deprecated/],
  ];
  for (const [text, reason] of cases) {
    assert.throws(
      () => parseCondition(text, ['detection', 'condition']),
      (error) => error instanceof RuleError && reason.test(error.message) && error.at[0] === 'detection',
      text,
    );
  }
});

test('what is no condition is refused', () => {
  const texts = [
    '',
    '  ',
    'and a',
    'a and',
    'a b',
    '(a',
    'a)',
    'not',
    '2 of sel*',
    '1 of',
    '1 of (a)',
    'a or or b',
    '()',
    `${'('.repeat(100)}a${')'.repeat(100)}`,
  ];
  for (const text of texts) assert.throws(() => parseCondition(text, []), RuleError, text);
});

test('patterns name selections, them all of them, but not those that start with _', () => {
  const names = ['selection', 'selection_a', 'sel_a_b', '_hidden', 'filter'];
  assert.deepEqual(selectionsOf(null, names), ['selection', 'selection_a', 'sel_a_b', 'filter']);
  assert.deepEqual(selectionsOf('sel*', names), ['selection', 'selection_a', 'sel_a_b']);
  assert.deepEqual(selectionsOf('*_a', names), ['selection_a']);
  assert.deepEqual(selectionsOf('s*_*_b', names), ['sel_a_b']);
  assert.deepEqual(selectionsOf('*', names), ['selection', 'selection_a', 'sel_a_b', 'filter']);
  assert.deepEqual(selectionsOf('_*', names), ['_hidden']);
  assert.deepEqual(selectionsOf('filter', names), ['filter']);
  assert.deepEqual(selectionsOf('filter*filter', names), []);
  assert.deepEqual(selectionsOf('nothing*', names), []);
});
