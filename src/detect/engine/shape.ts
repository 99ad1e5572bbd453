/** What the engine knows of a shape: which values of a row are which fields. Made once per shape, from the kernel's trie. */
import type { ShapeColumns } from '../../batch/index.ts';
import type { RankedName } from '../../schema/index.ts';

export interface ShapeFields {
  /** Name → positions of the values that supply it. */
  readonly fields: Map<string, number[]>;
  /** Names of keys whose value is an object. */
  readonly containers: Set<string>;
  readonly pathAt: Map<number, string>;
}

/**
 * Which values supply each name: those of the lowest rank. What is written as an object supplies none and hides what ranks
 * behind it.
 */
export function fieldsOf(columns: ShapeColumns, names: (path: string) => RankedName[]): ShapeFields {
  const objects = new Map<string, { rank: number; path: string }>();
  for (const path of columns.containers) {
    for (const { name, rank } of names(path)) {
      if (rank < (objects.get(name)?.rank ?? Number.POSITIVE_INFINITY)) objects.set(name, { rank, path });
    }
  }
  const fields = new Map<string, number[]>();
  const pathAt = new Map<number, string>();
  const ranks = new Map<string, number>();
  for (const { position, path } of columns.slots) {
    pathAt.set(position, path);
    for (const { name, rank } of names(path)) {
      const object = objects.get(name);
      if (object !== undefined && object.rank < rank && !path.startsWith(`${object.path}.`)) continue;
      const best = ranks.get(name);
      if (best === undefined || rank < best) {
        ranks.set(name, rank);
        fields.set(name, [position]);
      } else if (rank === best) fields.get(name)?.push(position);
    }
  }
  const shown = [...objects].filter(([name, { rank }]) => rank <= (ranks.get(name) ?? Number.POSITIVE_INFINITY));
  return { fields, containers: new Set(shown.map(([name]) => name)), pathAt };
}
