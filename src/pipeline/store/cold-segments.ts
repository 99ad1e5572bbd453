/** Segments in the object store of a folder whose catalogue is to be made anew: the ledger names them, and each is fetched once to see what is in it. */
import path from 'node:path';
import { type Files, removePath, WeirError } from '../../base/index.ts';
import { JournalReader, SegmentLines } from '../../journal/index.ts';
import {
  catalogueFiles,
  describeSegment,
  type NewSegment,
  type ObjectStore,
  objectKey,
  SegmentFiles,
} from '../../store/index.ts';
import { fetchObject } from './cold-store.ts';
import type { History } from './history.ts';
import { openReader } from './merge.ts';
import { objectsOf, placeIn } from './object-place.ts';
import { SEGMENT_LEDGER } from './segment-chain.ts';

export interface ColdSegmentsFound {
  readonly segments: readonly NewSegment[];
  /** Signed, and not to be had: their events are missing. */
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
}

/** Errors that say what became of an object; any other says that nothing is known. */
const TELLING: ReadonlySet<string> = new Set(['store.object_gone', 'store.object_damaged', 'store.damaged']);

/**
 * @param folder the data folder
 * @throws WeirError where the object store is not reached: what is there must not be left out for that
 */
export async function coldSegments(
  files: Files,
  folder: string,
  objects: () => ObjectStore,
): Promise<ColdSegmentsFound> {
  const lines = new SegmentLines(path.join(folder, 'chain'), SEGMENT_LEDGER, files);
  lines.advance();
  const { live, cold } = lines.state;
  const store = new SegmentFiles(files, path.resolve(folder, 'store'));
  const log = `${new JournalReader(path.join(folder, 'journal'), files).log}/0`;
  const segments: NewSegment[] = [];
  const unreadable: { readonly file: string; readonly why: string }[] = [];
  for (const { sha256, file, multiset } of live.values()) {
    if (!cold.has(sha256)) continue;
    const draft = `${store.path(file)}.draft`;
    try {
      const key = objectKey(log, sha256);
      const bytes = (await objects().head(key))?.size;
      // It was to go, and stayed.
      if (bytes === undefined && store.size(file) !== null) continue;
      if (bytes === undefined) throw new WeirError('store.object_gone', `${key} is not in ${objects().name}`);
      await fetchObject(files, objects(), { key, bytes, sha256 }, draft);
      using reader = openReader(draft);
      segments.push({ ...describeSegment(file, reader), multiset, isCold: true, sha256 });
    } catch (error) {
      if (!(error instanceof WeirError) || !TELLING.has(error.code)) throw error;
      unreadable.push({ file, why: error.message });
    } finally {
      removePath(draft);
    }
  }
  return { segments, unreadable };
}

/** Segments of the object store in a folder of their own, until it is disposed of. */
export interface ColdFetched extends Disposable {
  /** Where a segment's file is; null: it is none of those. */
  of(file: string): string | null;
  readonly failed: readonly { readonly where: string; readonly position: null; readonly what: string }[];
}

/** All of them at a time, below the data folder: for whoever verifies. What cannot be had is among those that failed. */
export async function fetchCold(
  files: Files,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ColdFetched> {
  const store = path.resolve(folder, 'store');
  const objects = objectsOf(files, placeIn(files, store), environment);
  const place = path.resolve(folder, 'fetched');
  removePath(place);
  const { segments } = catalogueFiles(path.join(store, 'catalogue.db'));
  const failed: { readonly where: string; readonly position: null; readonly what: string }[] = [];
  const there = new Map<string, string>();
  for (const { file, log, object, bytes } of segments) {
    if (object === null) continue;
    const name = path.join(place, `${object}.parquet`);
    try {
      await fetchObject(files, objects(), { key: objectKey(log, object), bytes, sha256: object }, name);
      there.set(file, name);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      failed.push({ where: `store/${file}`, position: null, what: error.message });
    }
  }
  return { failed, of: (file) => there.get(file) ?? null, [Symbol.dispose]: () => removePath(place) };
}

/** Objects of this folder that are no segment's are to be deleted, whatever is known of them. Gives how many. */
export async function noteStrays(
  objects: ObjectStore,
  { log, store }: Pick<History, 'log' | 'store'>,
): Promise<number> {
  const { catalogue } = store;
  const known = new Set(
    catalogue.segments().flatMap((one) => (one.object === null ? [] : objectKey(one.log, one.object))),
  );
  let strays = 0;
  for await (const { key, size } of objects.list(`${log}/`)) {
    if (known.has(key)) continue;
    catalogue.cold.stray({ key, file: '', bytes: size });
    strays++;
  }
  return strays;
}
