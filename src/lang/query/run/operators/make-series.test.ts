import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RUN_LIMITS } from '../environment.ts';
import { answer } from '../kit.twin.ts';

test('a series counts what a loop over its bins counts', async () => {
  const number = fc.integer({ min: -30, max: 30 });
  const step = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(number, { minLength: 1, maxLength: 12 }),
      number,
      number,
      step,
      async (values, a, b, width) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
        const rows = values.map((v) => JSON.stringify({ v }));
        const [first] = await answer(`events | make-series n = count() on v from ${from} to ${to} step ${width}`, {
          events: rows,
        });
        if (!values.some((v) => v >= from && v < to)) return assert.equal(first, undefined);
        const bins: number[] = [];
        for (let at = from; at < to; at += width) bins.push(at);
        const counts = bins.map((at) => values.filter((v) => v >= at && v < Math.min(at + width, to)).length);
        assert.deepEqual(JSON.parse(first), { n: counts, v: bins });
      },
    ),
    { numRuns: 200 },
  );
});

test('bins without from lie at multiples of the step, below 0 too', async () => {
  const rows = ['{"v":-1}', '{"v":-7}', '{"v":4}'];
  assert.deepEqual(await answer('events | make-series n = count() on v step 5', { events: rows }), [
    '{"n":[1,1,1],"v":[-10,-5,0]}',
  ]);
});

test('dates that are texts and spans have bins too', async () => {
  const rows = ['{"d":"2026-03-01T10:10:00Z","m":5}', '{"d":"2026-03-01T11:50:00Z","m":7}', '{"d":"soon"}'];
  assert.deepEqual(await answer('events | make-series n = count() on d step 1h', { events: rows }), [
    '{"n":[1,1],"d":["2026-03-01T10:00:00Z","2026-03-01T11:00:00Z"]}',
  ]);
  assert.deepEqual(
    await answer('events | extend s = m * 1m | make-series n = count() on s step 6m', { events: rows }),
    ['{"n":[1,1],"s":["00:00:00","00:06:00"]}'],
  );
});

test('the limit of points is held exactly', async () => {
  const limits = { ...RUN_LIMITS, seriesPointsMax: 10 };
  const series = (to: number) =>
    answer(`events | make-series n = count() on v from 0 to ${to} step 1`, { events: ['{"v":1}'] }, { limits });
  assert.deepEqual(JSON.parse((await series(10))[0]).n.length, 10);
  await assert.rejects(series(11), { code: 'query.too_big' });
});
