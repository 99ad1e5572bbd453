/** How many bytes of hits wait for a notifier: counted from rows' sizes, without reading a body. */
import { limits } from '../../base/index.ts';
import { type HitFeed, passes } from './batch.ts';
import type { NotifyFilter } from './types.ts';

export class Backlog {
  readonly #feed: HitFeed;
  readonly #filter: NotifyFilter | undefined;
  /** Rows up to here are counted. */
  #counted: number;
  #bytes = 0;

  constructor(feed: HitFeed, filter: NotifyFilter | undefined, cursor: number) {
    this.#feed = feed;
    this.#filter = filter;
    this.#counted = cursor;
  }

  /** Exact to one row of hits, of which some may have been delivered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts rows that came; false when there are more than one turn takes. */
  count(): boolean {
    const groups = this.#feed.groups(this.#counted, limits.notifyScanMax);
    for (const group of groups) {
      if (passes(group, this.#filter)) this.#bytes += group.bytes;
      this.#counted = group.last;
    }
    return groups.length < limits.notifyScanMax;
  }

  /** So many bytes are dealt with, up to `cursor`. */
  take(bytes: number, cursor: number): void {
    this.#bytes = cursor >= this.#counted ? 0 : Math.max(0, this.#bytes - bytes);
    this.#counted = Math.max(this.#counted, cursor);
  }

  /** From `cursor` on, whole rows to leave out so that no more than `most` bytes remain: up to which sequence, and how many hits. */
  excess(cursor: number, most: number): { readonly upTo: number; readonly hits: number; readonly bytes: number } {
    let [upTo, hits, bytes] = [cursor, 0, 0];
    for (const group of this.#feed.groups(cursor, limits.notifyScanMax)) {
      if (this.#bytes - bytes <= most) break;
      if (passes(group, this.#filter)) {
        hits += group.last - Math.max(group.first - 1, cursor);
        bytes += group.bytes;
      }
      upTo = group.last;
    }
    return { upTo, hits, bytes };
  }
}
