import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Buckets, TokenBucket } from './index.ts';

test('in any span of time a bucket gives at most rate × time + burst', () => {
  const takes = fc.array(fc.tuple(fc.integer({ min: -50, max: 400 }), fc.integer({ min: 0, max: 12 })), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), takes, (perSecond, burst, steps) => {
      const bucket = new TokenBucket({ perSecond, burst }, 0);
      let now = 0;
      let latest = 0;
      const given: { at: number; count: number }[] = [];
      for (const [ms, count] of steps) {
        now += ms;
        // A clock that goes back gives nothing twice.
        latest = Math.max(latest, now);
        if (bucket.take(count, now)) given.push({ at: latest, count });
      }
      for (let from = 0; from < given.length; from++) {
        let sum = 0;
        for (let to = from; to < given.length; to++) {
          sum += given[to].count;
          const most = (perSecond * (given[to].at - given[from].at)) / 1000 + burst;
          assert.ok(sum <= most + 1e-6, `${sum} > ${most}`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('who waits as told gets it, and not a millisecond sooner', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  assert.ok(bucket.take(5, 0));
  assert.equal(bucket.waitMs(2, 0), 200);
  assert.ok(!bucket.take(2, 199));
  assert.ok(bucket.take(2, 200));
  assert.equal(bucket.waitMs(6, 1_000_000), Number.POSITIVE_INFINITY);
});

test('a clock that goes back takes nothing away', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 10_000);
  assert.equal(bucket.waitMs(5, 0), 0);
  assert.ok(bucket.take(5, 0));
  assert.equal(bucket.waitMs(1, 10_000), 100);
});

test('a debt is paid before anything is given again; a reserve is left for others', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 10 }, 0);
  bucket.charge(30, 0);
  assert.equal(bucket.waitMs(0, 0), 2000);
  assert.equal(bucket.waitMs(0, 2000), 0);
  assert.equal(bucket.waitMs(1, 2500, 5), 100);
  assert.ok(!bucket.take(1, 2500, 5));
  assert.ok(bucket.take(5, 2500));
});

test('keys are bounded, the longest unused goes first; a changed rate begins anew', () => {
  let burst = 1;
  const buckets = new Buckets((key) => (key === 'free' ? null : { perSecond: 1, burst }), 3);
  assert.equal(buckets.of('free', 0), null);
  for (const key of ['a', 'b', 'c', 'a', 'd']) buckets.of(key, 0)?.take(1, 0);
  assert.equal(buckets.size, 3);
  assert.equal(buckets.of('a', 0)?.take(1, 0), false);
  assert.equal(buckets.of('b', 0)?.take(1, 0), true);
  burst = 2;
  assert.equal(buckets.of('a', 0)?.take(2, 0), true);
});
