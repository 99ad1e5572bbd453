import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeHtml, html, scriptJson } from './html.ts';

test('values in a template are escaped, markup is not', () => {
  const inner = html`<b>${'<&>"\''}</b>`;
  assert.equal(
    html`<p title="${'"><script>'}">${inner}${[inner, inner]}${5}</p>`.text,
    ['<p title="&quot;&gt;&lt;script&gt;">', '<b>&lt;&amp;&gt;&quot;&#39;</b>'.repeat(3), '5</p>'].join(''),
  );
});

test('control characters and direction marks become visible', () => {
  assert.equal(escapeHtml('a\u0000\u001b\u202eb'), 'a\\x00\\x1b\\u{202e}b');
});

test('no text can leave its place', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[<>"']/.test(escapeHtml(text))));
});

test('JSON in a script element cannot close it', () => {
  const value = { a: '</script><!--\u2028', '<b>': [1] };
  assert.equal(scriptJson(value).includes('<'), false);
  assert.deepEqual(JSON.parse(scriptJson(value)), value);
});
