import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LimitName, limits, limitTable } from './index.ts';

/** Unit → what the name of a limit in this unit ends in. */
const ENDINGS = { bytes: /Bytes(Max)?$/, count: /./, levels: /LevelsMax$/, ratio: /RatioMax$/, ms: /Ms(Max|Min)?$/ };

test('every limit is a positive whole number whose name ends in its unit (counts are named by what they count), with a reason', () => {
  for (const [name, limit] of Object.entries(limitTable)) {
    assert.ok(Number.isSafeInteger(limit.value) && limit.value > 0, name);
    assert.match(name, ENDINGS[limit.unit]);
    assert.match(limit.why, /\w+ \w+/, name);
    assert.equal(limits[name as LimitName], limit.value);
  }
});
