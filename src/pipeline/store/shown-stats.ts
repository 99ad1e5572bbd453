/** What a history takes, as it is shown: by the API and by `weir store stats`. */
import type { StoreStats } from '../../store/index.ts';

export interface ShownStats {
  readonly events: number;
  readonly segments: number;
  /** By kind. */
  readonly bytes: Record<string, number>;
  /** On disk, in the object store, and objects there that wait to be deleted. */
  readonly tiers: {
    readonly local: { segments: number; events: number; bytes: number };
    readonly cold: { segments: number; events: number; bytes: number };
    readonly strays: { objects: number; bytes: number };
  };
  readonly levels: { level: number; segments: number; events: number; bytes: number }[];
}

export function shownStats({ levels, segments, garbage, cold, strays, ...bytes }: StoreStats): ShownStats {
  return {
    events: segments.rows,
    segments: segments.segments,
    bytes: {
      segments: segments.bytes - cold.bytes,
      cold: cold.bytes,
      cache: bytes.cachedBytes,
      catalogue: bytes.catalogueBytes,
      filters: bytes.filterBytes,
      garbage: garbage.bytes,
      journal: bytes.journalBytes,
    },
    tiers: {
      local: {
        segments: segments.segments - cold.segments,
        events: segments.rows - cold.rows,
        bytes: segments.bytes - cold.bytes,
      },
      cold: { segments: cold.segments, events: cold.rows, bytes: cold.bytes },
      strays: { objects: strays.objects, bytes: strays.bytes },
    },
    levels: levels.map((one) => ({ level: one.level, segments: one.segments, events: one.rows, bytes: one.bytes })),
  };
}
