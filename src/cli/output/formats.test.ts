import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUTPUT_NAMES, outputFor } from './formats.ts';

test('without a format the file’s ending decides, on a terminal it is the table, elsewhere hit lines', () => {
  assert.equal(outputFor(undefined, true), 'table');
  assert.equal(outputFor(undefined, false), 'ndjson');
  assert.equal(outputFor('r.HTML', true), 'html');
  assert.equal(outputFor('a.b/r', true), 'ndjson');
  assert.equal(outputFor('hits.json', false), 'json');
  assert.equal(outputFor('hits.jsonl', false), 'ndjson');
  assert.deepEqual(OUTPUT_NAMES, ['table', 'ndjson', 'json', 'timeline', 'html']);
});
