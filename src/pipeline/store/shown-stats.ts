/** What a history takes, as it is shown: by the API and by `weir store stats`. */
import type { StoreStats } from '../../store/index.ts';

export interface ShownStats {
  readonly events: number;
  readonly segments: number;
  /** By kind. */
  readonly bytes: Record<string, number>;
  readonly levels: { level: number; segments: number; events: number; bytes: number }[];
}

export function shownStats({ levels, segments, garbage, ...bytes }: StoreStats): ShownStats {
  return {
    events: segments.rows,
    segments: segments.segments,
    bytes: {
      segments: segments.bytes,
      catalogue: bytes.catalogueBytes,
      filters: bytes.filterBytes,
      garbage: garbage.bytes,
      journal: bytes.journalBytes,
    },
    levels: levels.map((one) => ({ level: one.level, segments: one.segments, events: one.rows, bytes: one.bytes })),
  };
}
