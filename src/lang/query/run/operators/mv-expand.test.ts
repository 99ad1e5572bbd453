import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answer, environmentOf, read } from '../kit.twin.ts';
import { runQuery } from '../run.ts';

test('expanding and gathering again gives the values there were', async () => {
  const lists = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(lists, async (all) => {
      const rows = all.map((list, k) => JSON.stringify({ k, l: list }));
      const query = 'events | mv-expand with_itemindex=i l | summarize l = make_list(l), i = make_list(i) by k';
      assert.deepEqual(
        await answer(query, { events: rows }),
        all.map((l, k) => JSON.stringify({ k, l, i: l.map((_, i) => i) })),
      );
    }),
    { numRuns: 50 },
  );
});

test('a few rows of long lists are expanded batch by batch', async () => {
  const row = JSON.stringify({ l: Array.from({ length: 5000 }, (_, i) => i) });
  const stream = await runQuery(read('events | mv-expand l'), environmentOf({ events: [row] }));
  const sizes: number[] = [];
  for await (const batch of stream.batches) sizes.push(batch.length);
  assert.deepEqual(sizes, [1024, 1024, 1024, 1024, 904]);
});
