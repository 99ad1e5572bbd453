/** Hits for the API: pages and streams, read from the store over a connection of the main thread's own. */
import { type Backend, type EventSource, type Listed, Problem } from '../../gateway/index.ts';
import { type DetectionsReader, hitJson } from '../../store/index.ts';

/** Tells those who wait that hits were stored. */
export class HitNews {
  readonly #listeners = new Set<() => void>();

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function cursorOf(after: string | null): number | undefined {
  if (after === null) return undefined;
  if (!/^\d{1,15}$/.test(after)) throw new Problem('cursor.unknown');
  return Number(after);
}

export function hitsBackend(reader: () => DetectionsReader, news: HitNews): Backend['hits'] {
  return {
    list(tenant, { limit, after, rule, sinceMs }): Promise<Listed<string>> {
      const { items, next } = reader().hits.list({
        tenant,
        limit,
        ...(after === null ? {} : { after: cursorOf(after) ?? 0 }),
        ...(rule === null ? {} : { rule }),
        ...(sinceMs === null ? {} : { since: sinceMs }),
      });
      return Promise.resolve({
        items: items.map((hit) => hitJson(hit).toString()),
        next: next === null ? null : String(next),
      });
    },
    stream(tenant, { rule }): EventSource {
      return {
        read(after, limit, bytesMax) {
          const { hits } = reader();
          const from = cursorOf(after);
          const newest = hits.sequence();
          if (from === undefined) return Promise.resolve({ items: [], next: String(newest), more: false });
          if (from > newest) throw new Problem('cursor.unknown');
          const { items, next } = hits.list({ tenant, limit, after: from, ...(rule === null ? {} : { rule }) });
          const taken: { id: string; event: string; data: string }[] = [];
          let bytes = 0;
          for (const hit of items) {
            const data = hitJson(hit).toString();
            if (taken.length > 0 && bytes + data.length > bytesMax) break;
            bytes += data.length;
            taken.push({ id: String(hit.sequence), event: 'hit', data });
          }
          const cut = taken.length < items.length;
          // Hits of others are passed over for good.
          const last = cut || next !== null ? (taken.at(-1)?.id ?? String(from)) : String(newest);
          return Promise.resolve({ items: taken, next: last, more: cut || next !== null });
        },
        onNew: (listener) => news.on(listener),
      };
    },
  };
}
