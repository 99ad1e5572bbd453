/**
 * How long events are kept: policies against segments, as a pure function of the time. Nothing here touches a file.
 *
 * A legal hold beats everything. What some policy says must be kept at least so long is kept. Then, of the policies that set a
 * longest time, the first in the list that applies to a segment decides; and each that bounds bytes lets go of its oldest segments
 * until what it applies to fits. Where nothing is said, everything is kept.
 */
import { RETENTION_REASONS, type RetentionReasonName } from './retention-reasons.ts';
import type { SegmentInfo } from './types.ts';

/** What an age counts from. */
export type AgeBy = 'receive' | 'event_time';

/** For which segments something is said. */
export interface SegmentScope {
  /** Names, `*` for any run of characters; all where nothing is said. */
  readonly tenants?: readonly string[];
  readonly sources?: readonly string[];
  /** Of the source, as it is configured: what its events are worth, their class, their class of retention. */
  readonly severities?: readonly string[];
  readonly classes?: readonly string[];
  readonly retentionClasses?: readonly string[];
  /** Source types. What deletes applies where all events of a segment are of these, what keeps where any may be. */
  readonly types?: readonly string[];
}

export interface RetentionPolicy extends SegmentScope {
  readonly name: string;
  readonly reason: RetentionReasonName;
  readonly by: AgeBy;
  /** Kept at least so long, milliseconds; what the reason asks for where nothing is said, and never less. */
  readonly leastMs?: number;
  /** Deleted after so long. */
  readonly mostMs?: number;
  /** Bytes of segments that it applies to, all together. */
  readonly bytesMax?: number;
}

/** Forbids deleting. It is over when it is no longer in the list. */
export interface LegalHold {
  readonly name: string;
  readonly tenants?: readonly string[];
  readonly sources?: readonly string[];
  /** Event time, microseconds since 1970, both counted; without: from the first, up to the last. */
  readonly from?: bigint;
  readonly to?: bigint;
}

/** What is known of a source beside its name. */
export interface SourceWorth {
  readonly severity?: string;
  readonly class?: string;
  readonly retentionClass?: string;
}

export type RetentionInput = Pick<
  SegmentInfo,
  'tenant' | 'source' | 'rows' | 'bytes' | 'minTime' | 'maxTime' | 'minReceived' | 'maxReceived' | 'types'
> &
  SourceWorth;

/**
 * Rows go that were received, or happened, before this (microseconds since 1970); all that is said must hold. Where none does, the
 * segment is left as it is.
 */
export interface RowsBefore {
  readonly received?: bigint;
  readonly time?: bigint;
}

/** The whole segment goes. */
export interface Expired<T> {
  readonly segment: T;
  readonly policy: RetentionPolicy;
  readonly because: 'age' | 'bytes';
}

/** A part of the segment goes, so it is written anew. */
export interface Rewritten<T> {
  readonly segment: T;
  readonly policy: RetentionPolicy;
  readonly before: RowsBefore;
}

/** The segment would go, or a part of it, and must stay. */
export interface Retained<T> {
  readonly segment: T;
  readonly policy: RetentionPolicy;
  /** The hold, or the policy that asks for keeping. */
  readonly by: LegalHold | RetentionPolicy;
}

export interface RetentionPlan<T> {
  readonly expire: readonly Expired<T>[];
  readonly rewrite: readonly Rewritten<T>[];
  readonly retained: readonly Retained<T>[];
  /** Policies whose bound on bytes is still exceeded, since the rest must stay. */
  readonly over: readonly { readonly policy: RetentionPolicy; readonly bytes: number }[];
}

export interface RetentionRules {
  readonly policies: readonly RetentionPolicy[];
  readonly holds: readonly LegalHold[];
  /**
   * A segment is written anew once its oldest event is so many milliseconds past its time; a day where nothing is said. Less rewrites
   * the same segment more often, more keeps events longer than the policy says.
   */
  readonly slackMs?: number;
}

const DAY_MS = 86_400_000;

/** @param now Unix milliseconds */
export function planRetention<T extends RetentionInput>(
  segments: readonly T[],
  rules: RetentionRules,
  now: number,
): RetentionPlan<T> {
  const plan = {
    expire: [] as Expired<T>[],
    rewrite: [] as Rewritten<T>[],
    retained: [] as Retained<T>[],
    over: [] as RetentionPlan<T>['over'][number][],
  };
  const left = segments.filter((segment) => {
    const due = dueOf(segment, rules, now);
    if (due === null) return true;
    if ('by' in due) plan.retained.push(due);
    else if ('before' in due) plan.rewrite.push(due);
    else plan.expire.push(due);
    return !('because' in due);
  });
  const gone = new Set<T>();
  for (const policy of rules.policies) {
    if (policy.bytesMax !== undefined) tooMany(policy, policy.bytesMax, left, gone, rules, now, plan);
  }
  const rewrite = plan.rewrite.filter(({ segment }) => !gone.has(segment));
  return { ...plan, rewrite };
}

/** What age asks for; null: nothing. */
function dueOf<T extends RetentionInput>(
  segment: T,
  { policies, holds, slackMs = DAY_MS }: RetentionRules,
  now: number,
): Expired<T> | Rewritten<T> | Retained<T> | null {
  const policy = policies.find((one) => one.mostMs !== undefined && isFor(one, segment, 'all'));
  if (policy?.mostMs === undefined) return null;
  const most = { by: policy.by, before: cutoff(now, policy.mostMs) };
  if (partDue(segment, earliest([most]), slackMs) === 'none') return null;
  const hold = holdOf(segment, holds);
  if (hold !== null) return { segment, policy, by: hold };
  const keepers = keepersOf(segment, policies, now);
  const before = earliest([most, ...keepers]);
  const part = partDue(segment, before, slackMs);
  if (part === 'whole') return { segment, policy, because: 'age' };
  if (part === 'some') return { segment, policy, before };
  return { segment, policy, by: keepers.find((keeper) => isKept(segment, keeper))?.policy ?? policy };
}

/** How much of a segment lies before bounds; where it is not all of it, `some` once the oldest does by more than the slack. */
function partDue(segment: RetentionInput, { received, time }: RowsBefore, slackMs: number): 'whole' | 'some' | 'none' {
  const slack = BigInt(slackMs) * 1000n;
  const parts = [
    { bound: received, min: segment.minReceived, max: segment.maxReceived },
    { bound: time, min: segment.minTime, max: segment.maxTime },
  ].map(({ bound, min, max }) =>
    bound === undefined || max < bound ? 'whole' : min < bound - slack ? 'some' : 'none',
  );
  return parts.includes('none') ? 'none' : parts.includes('some') ? 'some' : 'whole';
}

/** Oldest first, whole segments, until the rest fits. */
function tooMany<T extends RetentionInput>(
  policy: RetentionPolicy,
  bytesMax: number,
  segments: readonly T[],
  gone: Set<T>,
  rules: RetentionRules,
  now: number,
  plan: { expire: Expired<T>[]; retained: Retained<T>[]; over: { policy: RetentionPolicy; bytes: number }[] },
): void {
  const own = segments.filter((segment) => !gone.has(segment) && isFor(policy, segment, 'all'));
  own.sort((a, b) => {
    const [one, other] = [spanOf(a, policy.by).max, spanOf(b, policy.by).max];
    return one < other ? -1 : one > other ? 1 : 0;
  });
  let bytes = own.reduce((sum, segment) => sum + segment.bytes, 0);
  for (const segment of own) {
    if (bytes <= bytesMax) return;
    const by =
      holdOf(segment, rules.holds) ??
      keepersOf(segment, rules.policies, now).find((keeper) => isKept(segment, keeper))?.policy;
    if (by === undefined) {
      plan.expire.push({ segment, policy, because: 'bytes' });
      gone.add(segment);
      bytes -= segment.bytes;
    } else plan.retained.push({ segment, policy, by });
  }
  if (bytes > bytesMax) plan.over.push({ policy, bytes });
}

/** What lies before this may go. */
interface Cutoff {
  readonly by: AgeBy;
  readonly before: bigint;
}

interface Keeper extends Cutoff {
  readonly policy: RetentionPolicy;
}

function keepersOf(segment: RetentionInput, policies: readonly RetentionPolicy[], now: number): Keeper[] {
  return policies
    .filter((policy) => leastMsOf(policy) > 0 && isFor(policy, segment, 'any'))
    .map((policy) => ({ policy, by: policy.by, before: cutoff(now, leastMsOf(policy)) }));
}

/** Whether an event of the segment must stay for it. */
function isKept(segment: RetentionInput, { by, before }: Cutoff): boolean {
  return spanOf(segment, by).max >= before;
}

/** How long a policy keeps at least, milliseconds. */
export function leastMsOf({ reason, leastMs = 0 }: RetentionPolicy): number {
  return Math.max(leastMs, (RETENTION_REASONS[reason].leastDays ?? 0) * DAY_MS);
}

/** Until when a segment stays on the fastest tier, microseconds since 1970; null: no policy asks for that. */
export function hotUntil(segment: RetentionInput, policies: readonly RetentionPolicy[]): bigint | null {
  let until: bigint | null = null;
  for (const policy of policies) {
    const days = RETENTION_REASONS[policy.reason].hotDays;
    if (days === null || !isFor(policy, segment, 'any')) continue;
    const end = spanOf(segment, policy.by).max + BigInt(days * DAY_MS) * 1000n;
    if (until === null || end > until) until = end;
  }
  return until;
}

/** What is wrong with policies, in words: contradictions that would only show years later. */
export function policyFaults(policies: readonly RetentionPolicy[]): string[] {
  return policies.flatMap((policy) => {
    const { name, reason, leastMs, mostMs } = policy;
    const { title, leastDays, needsMost } = RETENTION_REASONS[reason];
    const least = leastMsOf(policy);
    const faults: string[] = [];
    if (policies.find((one) => one.name === name) !== policy) faults.push(`two policies are called ${name}`);
    if (needsMost && mostMs === undefined) faults.push(`${name}: ${title} asks for a longest time, and none is set`);
    if (leastMs !== undefined && leastMs < least) {
      faults.push(`${name}: ${title} asks for ${leastDays} days, more than the ${leastMs / DAY_MS} that are set`);
    }
    if (mostMs !== undefined && mostMs < least) {
      faults.push(`${name}: deletes after ${mostMs / DAY_MS} days what it keeps for at least ${least / DAY_MS}`);
    }
    return faults;
  });
}

function holdOf(segment: RetentionInput, holds: readonly LegalHold[]): LegalHold | null {
  const held = holds.find(
    (hold) =>
      applies(hold, segment) &&
      (hold.from === undefined || segment.maxTime >= hold.from) &&
      (hold.to === undefined || segment.minTime <= hold.to),
  );
  return held ?? null;
}

/** Whether a policy is for a segment: for all of its events, or possibly for some. */
export function isFor(policy: SegmentScope, segment: RetentionInput, whom: 'all' | 'any'): boolean {
  const { severities, classes, retentionClasses, types } = policy;
  return (
    applies(policy, segment) &&
    isAmong(segment.severity, severities) &&
    isAmong(segment.class, classes) &&
    isAmong(segment.retentionClass, retentionClasses) &&
    hasTypes(segment.types, types, whom)
  );
}

function isAmong(value: string | undefined, names: readonly string[] | undefined): boolean {
  return names === undefined || (value !== undefined && names.includes(value));
}

function hasTypes(
  own: readonly string[] | undefined,
  types: readonly string[] | undefined,
  whom: 'all' | 'any',
): boolean {
  if (types === undefined) return true;
  if (own === undefined) return whom === 'any';
  return whom === 'any' ? own.some((type) => types.includes(type)) : own.every((type) => types.includes(type));
}

function applies(
  { tenants, sources }: { readonly tenants?: readonly string[]; readonly sources?: readonly string[] },
  segment: RetentionInput,
): boolean {
  return isNamed(segment.tenant, tenants) && isNamed(segment.source, sources);
}

function isNamed(name: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => isLike(name, pattern));
}

/** Pieces between stars, in order, the first at the start and the last at the end. */
function isLike(name: string, pattern: string): boolean {
  if (!pattern.includes('*')) return name === pattern;
  const [head, ...rest] = pattern.split('*');
  const tail = rest.pop() ?? '';
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

export function spanOf(segment: RetentionInput, by: AgeBy): { readonly min: bigint; readonly max: bigint } {
  return by === 'receive'
    ? { min: segment.minReceived, max: segment.maxReceived }
    : { min: segment.minTime, max: segment.maxTime };
}

/** Microseconds since 1970. */
function cutoff(now: number, ageMs: number): bigint {
  return BigInt(Math.floor(now - ageMs)) * 1000n;
}

function earliest(cutoffs: readonly Cutoff[]): RowsBefore {
  const of = (by: AgeBy): bigint | undefined =>
    cutoffs
      .filter((one) => one.by === by)
      .map(({ before }) => before)
      .reduce<bigint | undefined>((min, before) => (min === undefined || before < min ? before : min), undefined);
  const [received, time] = [of('receive'), of('event_time')];
  return { ...(received === undefined ? {} : { received }), ...(time === undefined ? {} : { time }) };
}
