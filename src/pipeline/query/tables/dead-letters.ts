/** The table `dead_letters`: what could not be taken as an event, in whatever state it is since. */
import type { StoredDeadLetter } from '../../../store/index.ts';
import { at, count, one, tableOf } from './table.ts';

const PAGE_LETTERS = 200;

export const deadLetters = tableOf<StoredDeadLetter>({
  received: '@timestamp',
  columns: {
    '@timestamp': { type: 'datetime', of: ({ received }) => at(received) },
    id: { type: 'string', of: ({ id }) => [id] },
    'weir.source.id': { type: 'string', of: ({ source }) => [source] },
    door: { type: 'string', of: ({ door }) => [door] },
    code: { type: 'string', of: ({ code }) => [code] },
    reason: { type: 'string', of: ({ reason }) => [reason] },
    state: { type: 'string', of: ({ state }) => [state] },
    changed: { type: 'datetime', of: ({ changed }) => at(changed) },
    'last_try.at': { type: 'datetime', of: ({ lastTry }) => at(lastTry?.at ?? null) },
    'last_try.code': { type: 'string', of: ({ lastTry }) => one(lastTry?.code ?? null) },
    'last_try.reason': { type: 'string', of: ({ lastTry }) => one(lastTry?.reason ?? null) },
    bytes: { type: 'long', of: ({ rawBytes }) => count(rawBytes) },
    event: { type: 'string', of: ({ raw }) => [Buffer.from(raw).toString()] },
  },
  async *pages(sources, tenant, upTo) {
    const reader = sources.detections().deadLetters;
    const until = upTo ?? reader.sequence();
    for (let after: number | null = 0; after !== null; ) {
      const page = reader.list({ tenant, state: 'any', limit: PAGE_LETTERS, after });
      const items = page.items.filter(({ sequence }) => sequence <= until);
      yield items;
      after = items.length < page.items.length ? null : page.next;
    }
  },
  until: (sources) => sources.evaluated(),
});
