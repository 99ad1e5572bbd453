import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, printableJson } from './printable.ts';

test('nothing that moves the cursor, paints or turns text reaches the terminal', () => {
  assert.equal(printable('a\x1b]0;title\x07b'), 'a\\x1b]0;title\\x07b');
  assert.equal(printable('one\r\ntwo\tthree'), 'one\\r\\ntwo\\tthree');
  assert.equal(printable('\u009b31m\u007f\u0000'), '\\x9b31m\\x7f\\x00');
  assert.equal(printable('exe\u202egpj.\u2066\u200b\ufeff'), 'exe\\u{202e}gpj.\\u{2066}\\u{200b}\\u{feff}');
  assert.equal(printable('\u{e0041}\ud800'), '\\u{e0041}\\u{d800}');
  assert.equal(printable('C:\\Wïndows 日本 👍'), 'C:\\Wïndows 日本 👍');
});

test('without UTF-8 only ASCII is left', () => {
  assert.equal(printable('ü日👍', true), '\\xfc\\u{65e5}\\u{1f44d}');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[\x20-\x7e]*$/.test(printable(text, true))));
});

test('no control character survives', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}\p{Bidi_C}]/u.test(printable(text))));
});

test('JSON made printable is the same JSON', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      assert.deepEqual(JSON.parse(printableJson(json)), JSON.parse(json));
    }),
  );
  const hostile = JSON.stringify({ a: '\u009b31m\u202e\u{e0041}' });
  assert.equal(printableJson(hostile), '{"a":"\\u009b31m\\u202e\\udb40\\udc41"}');
  assert.equal(printableJson('{"a":1}\n'), '{"a":1}\n');
});
