import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldClass, foldClasses, foldCodePoint, foldSimple } from './fold.ts';
import { FOLD_RUNS } from './fold-table.ts';

test('folding follows CaseFolding C and S, code point by code point', () => {
  const pairs: [string, string][] = [
    ['CMD.EXE', 'cmd.exe'],
    ['\u212a', 'k'],
    ['ſ', 's'],
    ['ẞ', 'ß'],
    ['Σς', 'σσ'],
    ['ǅ', 'ǆ'],
    ['Ω', 'ω'],
    ['𐐀', '𐐨'],
    ['ẛ', 'ṡ'],
    ['\u0345', 'ι'],
    ['ꭰ', 'Ꭰ'],
    ['ᏸ', 'Ᏸ'],
    ['ﬅ', 'ﬆ'],
    ['µ', 'μ'],
  ];
  for (const [text, folded] of pairs) assert.equal(foldSimple(text), folded, text);
});

test('what only full or Turkic folding changes stays', () => {
  for (const text of ['ß', 'İ', 'ı', 'ŉ', 'ﬁ', 'é', 'é', '漢字', '😀']) assert.equal(foldSimple(text), text);
  assert.equal(foldSimple('É'), 'é');
  assert.notEqual(foldSimple('E\u0301'), foldSimple('\u00c9'));
});

test('lone surrogates and pairs around them survive', () => {
  assert.equal(foldSimple('A\ud801B\udc00C𐐀D\ud83d'), 'a\ud801b\udc00c𐐨d\ud83d');
});

test('the table is whole: two code points fold alike exactly where /iu takes them for one another', () => {
  const characters: string[] = [];
  for (let code = 0; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const c = String.fromCodePoint(code);
    if (/\p{Changes_When_Casemapped}|\p{Changes_When_Casefolded}/u.test(c)) characters.push(c);
  }
  const text = characters.join('');
  for (const c of characters) {
    const alike = new Set(text.match(new RegExp(`\\u{${c.codePointAt(0)?.toString(16)}}`, 'giu')));
    const ours = new Set(foldClass(c.codePointAt(0) ?? 0).map((code) => String.fromCodePoint(code)));
    assert.deepEqual(ours, alike, c);
  }
  assert.ok(FOLD_RUNS.length > 2000);
});

test('folding twice changes nothing, and joins as text joins', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(foldSimple(foldSimple(a)), foldSimple(a));
      assert.equal(foldSimple(`${a}|${b}`), `${foldSimple(a)}|${foldSimple(b)}`);
      assert.equal([...foldSimple(b)].length, [...b].length);
    }),
  );
});

test('classes hold every member, the folded one first or not', () => {
  assert.deepEqual(foldClass(0x4b), [0x4b, 0x6b, 0x212a]);
  assert.deepEqual(foldClass(0x30), [0x30]);
  assert.deepEqual(foldClasses().get(0x73), [0x53, 0x17f]);
  assert.equal(foldCodePoint(0x10400), 0x10428);
});
