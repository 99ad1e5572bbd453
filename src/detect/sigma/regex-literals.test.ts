import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRegex } from './evaluate.ts';
import { foldSimple } from './fold.ts';
import { translateRegex } from './regex.ts';

const PLAIN = { ignoreCase: false, multiLine: false, dotAll: false };

test('the literals of an expression', () => {
  const literals = (written: string): readonly string[] => translateRegex(written, PLAIN).literals;
  assert.deepEqual(literals('https?://[0-9]+'), ['http://', 'https://']);
  assert.deepEqual(literals('[Pp]rogram[Dd]ata\\\\'), ['programdata\\']);
  assert.deepEqual(literals('foo|bar'), ['foo', 'bar']);
  assert.deepEqual(literals('foo|b'), []);
  assert.deepEqual(literals('(?:abc)+x'), ['abcx']);
  assert.deepEqual(literals('a.b.c'), []);
  assert.deepEqual(literals('ab{3}c'), ['abbbc']);
  assert.deepEqual(literals('(?:foo|bar).*net'), ['foo', 'bar']);
  assert.deepEqual(literals('[a-z]{30}'), []);
  assert.deepEqual(literals('(?i)KEY='), ['key=']);
  assert.deepEqual(literals('x(?:long|er)?yz.'), ['xyz', 'xlongyz', 'xeryz']);
});

test('the order in which a match holds its literals', () => {
  const order = (written: string) => translateRegex(written, PLAIN).order;
  assert.deepEqual(order('set.*&&\\s?set.*(?:on|off).*"'), [['set'], ['&&'], ['set'], ['on', 'off'], ['"']]);
  assert.deepEqual(order('(?:a|b.*c)d'), [['a', 'b'], ['d']]);
  assert.deepEqual(order('x*y?z{2,}'), [['zz']]);
  assert.deepEqual(order('[a-z]+'), []);
});

test('every match holds one of the literals, folded', () => {
  const atom = fc.constantFrom('abc', 'KEY', '[xX]yz', 'a', 'foo', '.', '\\d');
  const part = fc.tuple(atom, fc.constantFrom('', '', '+', '?', '{2}', '*')).map(([a, q]) => `(?:${a})${q}`);
  const sequence = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const written = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((alternatives) => alternatives.join('|'));
  const text = fc
    .array(fc.constantFrom('abc', 'key', 'KEY', 'Xyz', 'xyz', 'a', 'foo', '1', ' '), { maxLength: 8 })
    .map((pieces) => pieces.join(''));
  let matched = 0;
  fc.assert(
    fc.property(written, text, fc.boolean(), (expression, value, ignoreCase) => {
      if (!new RegExp(expression, ignoreCase ? 'i' : '').test(value)) return;
      const regex = translateRegex(expression, { ...PLAIN, ignoreCase });
      const { literals } = regex;
      if (literals.length > 0) matched++;
      const folded = foldSimple(value);
      assert.ok(compileRegex(regex)(value), expression);
      assert.ok(literals.length === 0 || literals.some((literal) => folded.includes(literal)), expression);
    }),
    { numRuns: 3000 },
  );
  assert.ok(matched > 100, `${matched} with literals`);
});
