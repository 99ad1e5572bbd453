import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANY, ONE, type Pattern } from './model.ts';
import type { ParsedItem, RuleValue } from './parse.ts';
import { parseWildcards, patternText } from './pattern.ts';
import { changeValues, normalised, parsePlain, pieces, replaceValues, shownText, textForm } from './pipeline-values.ts';

function item(modifiers: string[], ...values: RuleValue[]): ParsedItem {
  return { kind: 'item', field: 'A', modifiers, values, at: [] };
}

test('a value is shown with the wildcards its modifiers mean', () => {
  const form = (modifiers: string[], value: RuleValue) => textForm(item(modifiers, value), value);
  assert.deepEqual(form(['contains', 'all'], 'x'), [ANY, 'x', ANY]);
  assert.deepEqual(form(['startswith'], '*x*'), [ANY, 'x', ANY]);
  assert.deepEqual(form(['endswith', 'cased'], ''), [ANY]);
  assert.deepEqual(form(['windash', 'contains'], '-x'), ['-x']);
  assert.deepEqual(form(['contains'], 5), [ANY, '5', ANY]);
  for (const [modifiers, value] of [
    [[], 5],
    [['re'], 'x'],
    [['base64', 'contains'], 'x'],
    [[], null],
    [['contains'], true],
  ] as const) {
    assert.equal(form([...modifiers], value), null);
  }
});

test('changed values absorb the modifiers that are now in their text; others keep their meaning', () => {
  const change = changeValues(item(['contains', 'all'], 'a', 'b', 7), (_value, text) =>
    shownText(text ?? []) === '*a*' ? ['z', 'z'] : null,
  );
  assert.deepEqual(change, { ...item(['all'], 'z', '*b*', '*7*') });
  assert.equal(
    changeValues(item([], 'a'), () => null),
    undefined,
  );
  assert.deepEqual(replaceValues(item(['re', 'cased', 'neq'], 'a', 'b'), ['x', 'x']), item(['cased', 'neq'], 'x'));
});

test('the plain form reads back as the pattern it shows, but for a backslash before a wildcard', () => {
  const part = fc.oneof(fc.constantFrom<Pattern[number]>(ANY, ONE), fc.stringMatching(/^[a*?.]{1,3}$/));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const pattern = normalised(parts);
      const plain = pieces(pattern)
        .map((piece) => piece.text)
        .join('');
      assert.deepEqual(normalised(parsePlain(plain)), pattern);
      assert.deepEqual(parseWildcards(patternText(pattern)), pattern);
    }),
  );
  assert.deepEqual(normalised(parsePlain('C:\\x\\*')), ['C:\\x*']);
});
