import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedData, skipWithout } from '../shared.ts';
import { mordorRecordings, ndjsonLines } from './corpus.ts';
import { parseJson, printJson } from './json.ts';

test('the corpora hold as many events as their README says', (t) => {
  const sample = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  if (sample === null) return;
  assert.equal(ndjsonLines(sample).length, 20_000);
  const recordings = mordorRecordings();
  assert.equal(recordings.length, 20);
  assert.equal(
    recordings.reduce((sum, path) => sum + ndjsonLines(path).length, 0),
    130_431,
  );
});

test('the lossless reader prints every event of the sample as it was written', (t) => {
  const sample = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  if (sample === null) return;
  for (const line of ndjsonLines(sample).slice(0, 2000)) {
    const printed = printJson(parseJson(line));
    if (printed !== line) assert.equal(printed, line);
  }
});

test('data that is not there is null, and the test that needs it is skipped by name', () => {
  assert.equal(sharedData('no-such-data'), null);
  const skipped: (string | undefined)[] = [];
  const context = { skip: (message?: string) => skipped.push(message) } as unknown as Parameters<typeof skipWithout>[0];
  assert.equal(skipWithout(context, 'no-such-data'), null);
  assert.deepEqual(skipped, ['needs ../shared/data/no-such-data, which is not here']);
});
