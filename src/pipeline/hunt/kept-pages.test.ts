import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Presence, Texts } from '../../store/index.ts';
import { KeptPages } from './kept-pages.ts';

const page = (...texts: string[]): Texts => Texts.of(texts.map((text) => Buffer.from(text)));

/** Rows 0 to 2 and 7 to 9 have texts, row 3 has none, 4 to 6 are in a page that was passed over. */
function made(bytesMax: number): KeptPages {
  const kept = new KeptPages(bytesMax);
  kept.add(page('a', 'b', 'c'));
  kept.skip(4, 7);
  kept.add(page('h', 'i', 'j'));
  kept.end(new Presence(10, 6, Uint32Array.from([0, 3, 0, 7, 10, 3])));
  return kept;
}

function textsOf(kept: KeptPages, rows: readonly number[]): (string | null)[] | null {
  const chunk = kept.of(rows);
  if (chunk === null) return null;
  assert.equal(chunk.rows, 10);
  return rows.map((row) => {
    const index = chunk.present.indexOf(row);
    return index < 0 ? null : Buffer.from((chunk.values as Texts).at(index)).toString();
  });
}

test('of kept pages any rows can be had, as long as all of them are there', () => {
  const kept = made(6);
  for (const [rows, texts] of [
    [
      [0, 1, 2, 3, 7, 8, 9],
      ['a', 'b', 'c', null, 'h', 'i', 'j'],
    ],
    [
      [1, 9],
      ['b', 'j'],
    ],
    [[3], [null]],
    [[], []],
    [[2, 4], null],
    [[6, 7], null],
  ] as const)
    assert.deepEqual(textsOf(kept, rows), texts, rows.join());
});

test('pages that take too much are not kept, nor are they said to be there before all have come', () => {
  assert.equal(textsOf(made(5), [0]), null);
  const kept = new KeptPages(100);
  kept.add(page('a'));
  assert.equal(kept.of([0]), null);
});
