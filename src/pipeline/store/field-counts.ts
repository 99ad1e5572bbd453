/** Which fields events have, and how many have each, from what the catalogue knows of segments: no file is opened. */
import type { MeasuredColumn, SegmentStore } from '../../store/index.ts';

export interface FieldCount {
  readonly path: string;
  readonly kinds: readonly MeasuredColumn['kind'][];
  /** Events with a value that is not null. */
  readonly events: number;
}

export interface Fields {
  readonly fields: readonly FieldCount[];
  /** Of the tenant, with whatever fields. */
  readonly events: number;
}

/** Of one tenant; worked out anew when segments have changed. */
export class FieldCounter {
  readonly #store: SegmentStore;
  readonly #known = new Map<string, { readonly revision: number; readonly fields: Fields }>();

  constructor(store: SegmentStore) {
    this.#store = store;
  }

  of(tenant: string): Fields {
    const { revision } = this.#store.catalogue;
    const known = this.#known.get(tenant);
    if (known?.revision === revision) return known.fields;
    const fields = this.#count(tenant);
    // As many as tenants: a handful, and the oldest goes.
    const [oldest] = this.#known.keys();
    if (this.#known.size >= TENANTS_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.delete(tenant);
    this.#known.set(tenant, { revision, fields });
    return fields;
  }

  #count(tenant: string): Fields {
    const { catalogue } = this.#store;
    const counts = new Map<string, { kinds: Set<MeasuredColumn['kind']>; events: number }>();
    let events = 0;
    for (const { file, rows } of catalogue.find({ tenant }).segments) {
      events += rows;
      for (const { path, kind, nulls = 0 } of catalogue.columns(file)) {
        // It repeats what another column of the path has.
        if (kind === 'raw') continue;
        const known = counts.get(path) ?? { kinds: new Set(), events: 0 };
        known.kinds.add(kind);
        known.events += rows - nulls;
        counts.set(path, known);
      }
    }
    const fields = [...counts].map(([path, count]) => ({ path, kinds: [...count.kinds], events: count.events }));
    return { fields: fields.sort((a, b) => b.events - a.events || (a.path < b.path ? -1 : 1)), events };
  }
}

const TENANTS_MAX = 16;
