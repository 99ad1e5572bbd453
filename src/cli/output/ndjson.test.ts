import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitLines, sampleContext, sampleHit, sampleSummary, screen } from '../samples.twin.ts';
import { jsonWriter, ndjsonWriter } from './ndjson.ts';

const HOSTILE = sampleHit({ event: { a: '\u009b31m', b: 'ü' } });

test('ndjson: a pipe gets the bytes as they are', () => {
  const context = sampleContext({ terminal: screen({ isTty: false }) });
  const writer = ndjsonWriter(context);
  writer.hits(hitLines([HOSTILE]));
  writer.hits(hitLines([sampleHit()]));
  writer.finish(sampleSummary());
  assert.equal(context.out.text(), Buffer.from(hitLines([HOSTILE, sampleHit()])).toString());
});

test('ndjson: a terminal gets the same values, escaped', () => {
  const context = sampleContext();
  ndjsonWriter(context).hits(hitLines([HOSTILE]));
  assert.equal(context.out.text().includes('\u009b'), false);
  assert.deepEqual(JSON.parse(context.out.text()), HOSTILE);
});

test('json: one array, whatever the number of hits', () => {
  for (const hits of [[], [HOSTILE], [HOSTILE, sampleHit(), HOSTILE]]) {
    for (const terminal of [screen(), screen({ isTty: false })]) {
      const context = sampleContext({ terminal });
      const writer = jsonWriter(context);
      for (const hit of hits) writer.hits(hitLines([hit]));
      writer.finish(sampleSummary());
      assert.deepEqual(JSON.parse(context.out.text()), hits);
    }
  }
});
