/** The base events behind an event that a correlation was fed: itself, or those of a firing. */
export interface Members<E> {
  readonly list: readonly E[];
  readonly count: number;
}

/**
 * The events of a firing, each once, in order of its entries: all, or the first `shown − 1` and the last. The count is
 * exact, save that events of member firings beyond those they list may count more than once.
 */
export function listEvents<E>(members: Iterable<Members<E>>, shown: number): { events: readonly E[]; count: number } {
  const listed = new Set<E>();
  let count = 0;
  let last: E | undefined;
  for (const member of members) {
    count += member.count - member.list.length;
    for (const event of member.list) {
      if (listed.has(event)) continue;
      last = event;
      count++;
      if (listed.size < shown) listed.add(event);
    }
  }
  const events = [...listed];
  if (count > events.length && last !== undefined) events[events.length - 1] = last;
  return { events, count };
}
