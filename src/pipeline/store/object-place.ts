/**
 * Where the object store of a data folder is, `store/objects.json`: written when a server begins to use one, so that a folder nobody serves can be asked
 * and verified too. Keys are not in it; they come from the environment.
 */
import path from 'node:path';
import { type Files, readText, WeirError, writeDurably } from '../../base/index.ts';
import { OBJECTS_PLACE, type ObjectStore, openObjects } from '../../store/index.ts';

export interface ObjectPlace {
  /** `s3://…` or `file:///…`. */
  readonly url: string;
  /** Bytes that copies may take on disk. */
  readonly cache_bytes: number;
}

/** @param folder `store/` of a data folder */
export function keepPlace(files: Files, folder: string, place: ObjectPlace): void {
  const before = placeIn(files, folder);
  if (before?.url === place.url && before.cache_bytes === place.cache_bytes) return;
  writeDurably(files, path.join(folder, OBJECTS_PLACE), Buffer.from(`${JSON.stringify(place)}\n`));
}

/** Null: the folder has none. Throws `store.object_settings`. */
export function placeIn(files: Files, folder: string): ObjectPlace | null {
  const file = path.join(folder, OBJECTS_PLACE);
  if (files.size(file) === null) return null;
  const hint = 'Write {"url":"s3://…","cache_bytes":…} into it, or start the server with store.tiers.cold.url.';
  try {
    const { url, cache_bytes } = JSON.parse(readText(file)) as Record<string, unknown>;
    if (typeof url === 'string' && Number.isSafeInteger(cache_bytes)) return { url, cache_bytes: Number(cache_bytes) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new WeirError('store.object_settings', `${file} does not say where the object store is`, { hint });
}

/** Opens it when it is asked for first. */
export function objectsOf(
  files: Files,
  place: ObjectPlace | null,
  environment: Readonly<Record<string, string | undefined>>,
): () => ObjectStore {
  let opened: ObjectStore | null = null;
  return () => {
    if (place === null) {
      throw new WeirError('store.object_settings', 'segments are in an object store, and it is not said where', {
        hint: 'Set store.tiers.cold.url to where they were sent.',
      });
    }
    opened ??= openObjects(files, place.url, environment);
    return opened;
  };
}
