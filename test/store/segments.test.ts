/** Segments of events we did not write: all of them come back, and every column has what the frames have. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { check, SegmentMaker } from '../../src/store/segment/segment.twin.ts';
import { regressionCases } from '../reference/corpus.ts';
import { vendorCorpora } from '../shapes/corpora.ts';
import { skipWithout } from '../shared.ts';

const maker = new SegmentMaker({ bytes: 8 << 20, rows: 1 << 14 });

test('events of the recorded attacks come back from segments', (t) => {
  const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
  if (path === null) return;
  const bytes = gunzipSync(readFileSync(path));
  const half = bytes.indexOf(0x0a, 4 << 20) + 1;
  check(maker.make([bytes.subarray(0, half), bytes.subarray(half, bytes.indexOf(0x0a, 8 << 20) + 1)]));
});

test("events of cloud services and of SigmaHQ's regression tests come back from segments", (t) => {
  if (skipWithout(t, 'vendor-logs') === null || skipWithout(t, 'sigma-regression') === null) return;
  const corpora = [
    ...vendorCorpora(),
    { name: 'sigma-regression', lines: regressionCases().flatMap(({ lines }) => lines) },
  ];
  for (const { lines } of corpora) assert.ok(lines.length > 30);
  check(maker.make(corpora.map(({ lines }) => Buffer.from(lines.join('\n')))));
});
