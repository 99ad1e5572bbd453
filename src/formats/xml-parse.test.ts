import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseXml, unescapeXml } from './xml-parse.ts';

test('one element is parsed from a position, and where it ends is told', () => {
  const text = "junk<?xml version='1.0'?><!-- < --> <a b='1' c = \"x&amp;'y\"><d/>t<![CDATA[&lt;]]>u</a ><next>";
  const { root, end } = parseXml(text, 4);
  assert.deepEqual(root, {
    name: 'a',
    attributes: [
      ['b', '1'],
      ['c', "x&'y"],
    ],
    children: [{ name: 'd', attributes: [], children: [], text: '' }],
    text: 't&lt;u',
  });
  assert.equal(text.slice(end), '<next>');
});

test('references are resolved once; what is none stays as written', () => {
  assert.equal(
    unescapeXml('&amp;lt; &#38;lt; &#x41;&#65; &unknown; & &#; &#x110000;'),
    '&lt; &lt; AA &unknown; & &#; \ufffd',
  );
});

test('text without end costs no more than its length', () => {
  for (const unit of ['<a ', '<a>', '<a b="', '<!--', '<![CDATA[', '&#', '<a b=c ', '<?x ']) {
    assert.throws(() => parseXml(`<e>${unit.repeat(500_000)}`, 0), { code: 'formats.xml' });
  }
});
