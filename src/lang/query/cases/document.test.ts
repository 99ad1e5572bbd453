import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { queryLanguageDocument } from './document.ts';

const page = new URL('../../../../docs/query-language.md', import.meta.url);

test('the page about the query language is what the tables say; npm run docs writes it', () => {
  assert.equal(fs.readFileSync(page, 'utf8'), queryLanguageDocument());
});

test('a pipe in an example does not end its cell', () => {
  let columns = 0;
  for (const line of queryLanguageDocument().split('\n')) {
    const cells = line.startsWith('|') ? line.split(/(?<!\\)\|/).length : 0;
    if (columns > 0 && cells > 0) assert.equal(cells, columns, line);
    columns = cells;
  }
});
