import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from './index.ts';

const NAMES = ['table', 'ndjson', 'json', 'timeline', 'html'] as const;

test('the word that was meant: a beginning, or few edits away', () => {
  const meant: [string, string | undefined][] = [
    ['tabel', 'table'],
    ['HTLM', 'html'],
    ['time', 'timeline'],
    ['ndjsn', 'ndjson'],
    ['jsno', 'json'],
    ['t', undefined],
    ['xml', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ];
  for (const [word, wanted] of meant) assert.equal(closest(word, NAMES), wanted, word.slice(0, 20));
});
