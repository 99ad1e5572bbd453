import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRegex, compileTest, evaluateExpr, evaluateRule, itemTests } from './evaluate.ts';
import { eventOf, ruleOf } from './event.twin.ts';
import { foldSimple } from './fold.ts';
import { matchPattern, parseWildcards } from './pattern.ts';

test('the short cuts for text agree with the plain matcher', () => {
  const piece = fc.constantFrom('a', 'B', '*', '?', 'ab', '\u212a', 'k', '\\*', '-');
  const text = fc
    .array(fc.constantFrom('A', 'b', 'K', 'ab', '*', '-', '\u212a'), { maxLength: 6 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.array(
        fc.array(piece, { maxLength: 5 }).map((p) => p.join('')),
        { minLength: 1, maxLength: 3 },
      ),
      text,
      fc.boolean(),
      (written, value, cased) => {
        const fold = cased ? (t: string): string => t : foldSimple;
        const patterns = written.map(parseWildcards);
        const expected = patterns.some((pattern) =>
          matchPattern(
            pattern.map((part) => (typeof part === 'string' ? fold(part) : part)),
            fold(value),
          ),
        );
        assert.equal(compileTest({ kind: 'text', patterns, cased })({ kind: 'string', text: value }), expected);
      },
    ),
    { numRuns: 3000 },
  );
});

test('tests of one value, for those who have no event', () => {
  const nothing = { kind: 'null', text: '' } as const;
  const text = { kind: 'string', text: '' } as const;
  assert.equal(compileTest({ kind: 'null' })(nothing), true);
  assert.equal(compileTest({ kind: 'null' })(text), false);
  assert.equal(compileTest({ kind: 'exists', value: true })(nothing), true);
  assert.throws(() => compileTest({ kind: 'fieldref', fields: ['a'], mode: 'equals', cased: false }), /two values/);
});

test('a regular expression is only run behind its literals, and long values run in linear time', () => {
  const broken = compileRegex({ source: 'abc', flags: 'l', order: [['zzz']], least: 3 });
  assert.equal(broken('abc'), false, 'the literals decide first');
  const longer = compileRegex({ source: 'abc', flags: 'l', order: [], least: 4 });
  assert.deepEqual([longer('abc'), longer('abcd')], [false, true], 'and the length');
  const open = compileRegex({ source: 'xx+y', flags: 'l', order: [], least: 3 });
  for (const length of [4000, 5000, 100_000]) {
    assert.equal(open('x'.repeat(length)), false);
    assert.equal(open(`${'x'.repeat(length)}y`), true);
  }
});

test('trees evaluate as written', () => {
  const value = (expr: Parameters<typeof evaluateExpr>[0]): boolean => evaluateExpr(expr, (index) => index === 1);
  assert.equal(value({ op: 'const', value: true }), true);
  assert.equal(
    value({
      op: 'and',
      args: [
        { op: 'item', item: 1 },
        { op: 'not', arg: { op: 'item', item: 0 } },
      ],
    }),
    true,
  );
  assert.equal(
    value({
      op: 'or',
      args: [
        { op: 'item', item: 0 },
        { op: 'item', item: 2 },
      ],
    }),
    false,
  );
});

test('a key that holds no value is present: neither absent nor null', () => {
  const event = eventOf({ o: {}, l: [] });
  assert.equal(evaluateRule(ruleOf('{s: {o|exists: true}, condition: s}'), event), true);
  assert.equal(evaluateRule(ruleOf('{s: {o: null}, condition: s}'), event), false);
  assert.equal(evaluateRule(ruleOf("{s: {l: '*'}, condition: s}"), event), false);
});

test('tests of a rule are compiled once', () => {
  const rule = ruleOf('{s: {a: 1}, condition: s}');
  assert.equal(itemTests(rule), itemTests(rule));
});
