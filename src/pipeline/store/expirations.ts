/** What retention let go of, for the books: from the ledger of segments, which says it by minute of receipt. */

import type { Files } from '../../base/index.ts';
import { type Expiry, SegmentLines } from '../../journal/index.ts';
import { placeOf } from '../../store/index.ts';
import { SEGMENT_LEDGER } from './segment-chain.ts';

export interface ExpiredEvents {
  readonly tenant: string;
  readonly source: string;
  /** Since 1970. */
  readonly minute: number;
  readonly events: number;
}

export class Expirations {
  readonly #lines: SegmentLines;

  /** @param chain folder of the ledgers */
  constructor(chain: string, files?: Files) {
    this.#lines = new SegmentLines(chain, SEGMENT_LEDGER, files);
  }

  /** All there are, where some came since it was asked last; else null. */
  changed(): readonly ExpiredEvents[] | null {
    const before = this.#lines.state.expired.length;
    if (!this.#lines.advance() && before === this.#lines.state.expired.length) return null;
    return expiredEvents(this.#lines.state.expired);
  }
}

export function expiredEvents(expired: readonly Expiry[]): ExpiredEvents[] {
  return expired.flatMap(({ record, entry }) => {
    const place = placeOf(record.file);
    if (place === null) return [];
    const { tenant, source } = place;
    return entry.minutes.map(([minute, events]) => ({ tenant, source, minute, events }));
  });
}

/** Whether some of a frame's events were in what expired: told by tenant, source and position. */
export function expiredPlaces(
  expired: readonly Expiry[],
): (frame: { readonly position: number; readonly tenant: string; readonly source: string }) => boolean {
  const places = expired.flatMap(({ record: { file, from, to } }) => {
    const place = placeOf(file);
    return place === null ? [] : [{ ...place, from, to }];
  });
  return ({ position, tenant, source }) =>
    places.some((one) => one.from <= position && position < one.to && one.tenant === tenant && one.source === source);
}

/** Events that are no longer there, when they were received (Unix milliseconds), and the policies that let them go. */
export interface OutsideRetention {
  readonly events: number;
  readonly from: number;
  readonly to: number;
  readonly policies: readonly string[];
}

/**
 * What a query lacks by right. Events are told by when they were received: of those that went nobody knows when they happened.
 * @param from least time that is asked for, microseconds since 1970
 */
export function outsideRetention(
  expired: readonly Expiry[],
  { tenant, sources, from }: { readonly tenant: string; readonly sources?: readonly string[]; readonly from?: bigint },
): OutsideRetention | null {
  const policies = new Set<string>();
  const least = from === undefined ? Number.NEGATIVE_INFINITY : Number(from / 60_000_000n);
  let [events, first, last] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { record, entry } of expired) {
    const place = placeOf(record.file);
    if (place?.tenant !== tenant || sources?.includes(place.source) === false) continue;
    for (const [minute, count] of entry.minutes) {
      if (minute < least) continue;
      events += count;
      first = Math.min(first, minute);
      last = Math.max(last, minute);
      policies.add(entry.policy);
    }
  }
  return events === 0 ? null : { events, from: first * 60_000, to: (last + 1) * 60_000, policies: [...policies] };
}

export function outsideText({ events, from, to, policies }: OutsideRetention): string {
  const [first, last] = [from, to].map((time) => new Date(time).toISOString());
  return `${events} events received from ${first} to ${last} are outside retention (${policies.join(', ')})`;
}
