import assert from 'node:assert/strict';
import { test } from 'node:test';
import { store } from './store-section.ts';

test('nothing moves and nothing is compressed more unless it is said; addresses of other kinds are refused', () => {
  const { tiers, cut } = store.parse(undefined);
  assert.deepEqual(
    [cut, tiers.cold.url, tiers.cold.after, tiers.warm.after, tiers.policies],
    ['continuously', ...[undefined, undefined, undefined, {}]],
  );
  const read = (url: string): boolean => store.safeParse({ tiers: { cold: { url } } }).success;
  assert.deepEqual(
    ['s3://weir', 's3://weir/a?region=x', 'file:///mnt/old', 'https://weir', 's3://', 's3://a b', 'file:/x'].map(read),
    [true, true, true, false, false, false, false],
  );
  assert.equal(store.safeParse({ tiers: { warm: { after: '1d', zstd: 20 } } }).success, false);
});
