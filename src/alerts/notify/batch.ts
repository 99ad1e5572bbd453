/** Which hits the next delivery holds: those behind a cursor that pass the filter, in order. */
import { limits, sha256 } from '../../base/index.ts';
import type { HitGroup, HitReader, StoredHit } from '../../store/index.ts';
import { LEVELS, type NotifyFilter } from './types.ts';

/** What notifiers need of the store. */
export type HitFeed = Pick<HitReader, 'groups' | 'groupHits' | 'sequence'>;

export interface Taken {
  readonly hits: readonly StoredHit[];
  /** Everything up to here is in the batch or was passed over by the filter. */
  readonly upTo: number;
  readonly bytes: number;
  /** There may be more behind `upTo`. */
  readonly more: boolean;
}

export function passes({ rule, tenant, live }: HitGroup, filter: NotifyFilter = {}): boolean {
  if (!live) return false;
  const level = LEVELS.indexOf(rule.level as (typeof LEVELS)[number]);
  // A level of no known name is not less important than any: it passes.
  if (filter.levelMin !== undefined && level >= 0 && level < LEVELS.indexOf(filter.levelMin)) return false;
  return (filter.rules?.includes(rule.id) ?? true) && (filter.tenants?.includes(tenant) ?? true);
}

/** `until`: a delivery that was begun before, whose end is known and whose size is therefore not asked again. */
export function takeBatch(
  feed: HitFeed,
  filter: NotifyFilter | undefined,
  after: number,
  bounds: { readonly hits: number; readonly bytes: number; readonly until?: number },
): Taken {
  const until = bounds.until ?? Number.POSITIVE_INFINITY;
  const most = bounds.until === undefined ? bounds : { hits: until, bytes: Number.POSITIVE_INFINITY };
  const hits: StoredHit[] = [];
  let bytes = 0;
  let upTo = after;
  const groups = feed.groups(after, limits.notifyScanMax);
  for (const group of groups) {
    if (group.first > until) break;
    let at: number | null = passes(group, filter) ? Math.max(after, group.first - 1) : null;
    while (at !== null) {
      const page = feed.groupHits(group.last, at, limits.hitsPageMax);
      for (const hit of page.items) {
        if (hit.sequence > until) break;
        const full = hits.length >= most.hits || (hits.length > 0 && bytes + hit.body.length > most.bytes);
        if (full) return { hits, upTo, bytes, more: true };
        hits.push(hit);
        bytes += hit.body.length;
        upTo = hit.sequence;
      }
      at = page.next;
    }
    upTo = Math.min(group.last, until);
  }
  if (bounds.until !== undefined) return { hits, upTo: bounds.until, bytes, more: true };
  return { hits, upTo, bytes, more: groups.length === limits.notifyScanMax };
}

/** The same for the same hits: a receiver knows a delivery again by it. */
export function batchId(hits: readonly StoredHit[]): string {
  return sha256(hits.map(({ id, revision }) => `${id} ${revision ?? ''}`).join('\n')).slice(0, 32);
}
