import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RetentionPolicy } from './retention.ts';
import { planCold, type TierInput, type TierPolicy } from './tiers.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

function segment(source: string, ageDays: number, more: Partial<TierInput> = {}): TierInput {
  const at = BigInt(NOW - ageDays * DAY) * 1000n;
  return {
    ...{ tenant: 'default', source, rows: 10, bytes: 100, object: null },
    ...{ minTime: at, maxTime: at, minReceived: at, maxReceived: at },
    ...more,
  };
}

const told = (
  segments: readonly TierInput[],
  policies: readonly TierPolicy[],
  retention: readonly RetentionPolicy[] = [],
): number[] => planCold(segments, policies, retention, NOW).map((one) => segments.indexOf(one));

test('what is older than the first policy that is for it says goes, the oldest first; what is there already does not', () => {
  const segments = [segment('web', 8), segment('web', 6), segment('fw', 8), segment('web', 40), segment('web', 41)];
  const policies: TierPolicy[] = [
    { name: 'fw', by: 'receive', sources: ['fw'] },
    { name: 'all', by: 'receive', coldMs: 7 * DAY },
  ];
  assert.deepEqual(told(segments, policies), [4, 3, 0]);
  assert.deepEqual(told(segments, policies.toReversed()), [4, 3, 0, 2]);
  assert.deepEqual(told([segment('web', 8, { object: 'a' }), segment('web', 9)], policies), [1]);
  assert.deepEqual(told([segment('web', 7), segment('web', 7.001)], policies), [1]);
  const typed = [segment('web', 8, { types: ['a', 'b'] }), segment('web', 9, { types: ['a'] }), segment('web', 9)];
  assert.deepEqual(told(typed, [{ name: 'a', by: 'receive', types: ['a'], coldMs: DAY }]), [1]);
});

test('what is too much for the disk goes, the oldest first, those that age asks for counted', () => {
  const segments = [segment('web', 3), segment('web', 1), segment('web', 2), segment('web', 9)];
  const policy: TierPolicy = { name: 'all', by: 'receive', localBytesMax: 200 };
  assert.deepEqual(told(segments, [policy]), [3, 0]);
  assert.deepEqual(told(segments, [{ ...policy, coldMs: 2.5 * DAY }]), [3, 0]);
  assert.deepEqual(told(segments, [{ ...policy, coldMs: 8 * DAY, localBytesMax: 400 }]), [3]);
  assert.deepEqual(told(segments, [{ ...policy, localBytesMax: 400 }]), []);
});

test('what a reason of retention wants at hand stays', () => {
  const segments = [segment('web', 80), segment('web', 100)];
  const policies: TierPolicy[] = [{ name: 'all', by: 'receive', coldMs: DAY, localBytesMax: 0 }];
  assert.deepEqual(told(segments, policies, [{ name: 'cards', reason: 'pci_dss', by: 'receive' }]), [1]);
});
