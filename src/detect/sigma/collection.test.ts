import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCollection } from './collection.ts';
import { readYaml } from './yaml.ts';

function entries(text: string): [string, number, unknown, unknown][] {
  return readCollection(readYaml(text)).map(({ kind, index, document }) => [kind, index, document.id, document.title]);
}

test('documents are told apart by what they hold', () => {
  const text =
    'id: a\ndetection: 1\n---\nid: b\ncorrelation: 1\n---\nid: c\nfilter: 1\n---\nid: d\n---\n- 1\n---\ntext';
  assert.deepEqual(entries(text), [
    ['detection', 0, 'a', undefined],
    ['correlation', 1, 'b', undefined],
    ['filter', 2, 'c', undefined],
  ]);
});

test('action: global is put under what follows, until reset', () => {
  const text = `action: global
title: G
detection: {sel: {a: 1}, condition: sel}
---
id: a
logsource: {product: windows}
---
id: b
title: own
detection: {sel: {b: 2}}
---
action: reset
---
id: c
detection: {}
`;
  const found = readCollection(readYaml(text));
  assert.deepEqual(
    found.map((e) => [e.index, e.document.id, e.document.title]),
    [
      [1, 'a', 'G'],
      [2, 'b', 'own'],
      [4, 'c', undefined],
    ],
  );
  assert.equal(JSON.stringify(found[1].document.detection), '{"sel":{"a":1,"b":2},"condition":"sel"}');
  assert.equal('action' in found[0].document, false);
});

test('action: repeat changes the rule before; ids that documents share are told apart', () => {
  const text =
    'id: a\ntitle: one\ndetection: {s: {x: 1}}\n---\naction: repeat\ntitle: two\n---\naction: global\nid: g\n---\ndetection: {s: 1}\n---\ndetection: {s: 2}\n';
  assert.deepEqual(entries(text), [
    ['detection', 0, 'a', 'one'],
    ['detection', 1, 'a#1', 'two'],
    ['detection', 3, 'g', undefined],
    ['detection', 4, 'g#4', undefined],
  ]);
});
