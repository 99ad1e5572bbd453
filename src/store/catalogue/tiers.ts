/**
 * Which segments are to go to the object store: policies against segments, as a pure function of the time. Of several policies the first in
 * the list that is for all events of a segment decides. What a reason of retention wants at hand stays (PCI DSS: three months).
 */
import {
  type AgeBy,
  hotUntil,
  isFor,
  type RetentionInput,
  type RetentionPolicy,
  type SegmentScope,
  spanOf,
} from './retention.ts';

export interface TierPolicy extends SegmentScope {
  readonly name: string;
  readonly by: AgeBy;
  /** To the object store after so long, milliseconds. */
  readonly coldMs?: number;
  /** Bytes on disk of segments that it decides on: beyond, the oldest go. */
  readonly localBytesMax?: number;
}

export type TierInput = RetentionInput & { readonly object: string | null };

/** Oldest first. */
export function planCold<T extends TierInput>(
  segments: readonly T[],
  policies: readonly TierPolicy[],
  retention: readonly RetentionPolicy[],
  now: number,
): T[] {
  const at = BigInt(Math.floor(now)) * 1000n;
  const due = new Set<T>();
  const local = segments.filter(({ object }) => object === null);
  const decided = Map.groupBy(local, (segment) => policies.find((policy) => isFor(policy, segment, 'all')) ?? null);
  for (const [policy, own] of decided) {
    if (policy === null) continue;
    const ageOf = (segment: T): bigint => spanOf(segment, policy.by).max;
    own.sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
    const { coldMs, localBytesMax = Number.POSITIVE_INFINITY } = policy;
    let bytes = own.reduce((sum, segment) => sum + segment.bytes, 0);
    for (const segment of own) {
      const isOld = coldMs !== undefined && ageOf(segment) < at - BigInt(coldMs) * 1000n;
      if (!isOld && bytes <= localBytesMax) continue;
      const until = hotUntil(segment, retention);
      if (until !== null && until >= at) continue;
      due.add(segment);
      bytes -= segment.bytes;
    }
  }
  return segments.filter((segment) => due.has(segment)).sort((a, b) => (a.maxReceived < b.maxReceived ? -1 : 1));
}
