/** Where the bytes of a data folder are, for `weir store stats`. */
import * as path from 'node:path';
import type { Files } from '../../base/index.ts';
import type { Catalogue } from './catalogue.ts';
import type { LevelCount } from './types.ts';

export interface StoreStats {
  /** Segments, by how often they were made anew. */
  readonly levels: readonly LevelCount[];
  /** All of them together. */
  readonly segments: Omit<LevelCount, 'level'>;
  /** Of them, those in the object store; and the bytes of copies on disk. */
  readonly cold: { readonly segments: number; readonly rows: number; readonly bytes: number };
  readonly cachedBytes: number;
  /** Objects that are no segment's, and yet to be deleted. */
  readonly strays: { readonly objects: number; readonly bytes: number };
  /** Files that wait to be deleted. */
  readonly garbage: { readonly files: number; readonly bytes: number };
  readonly catalogueBytes: number;
  readonly filterBytes: number;
  readonly journalBytes: number;
}

export interface StatsPlaces {
  readonly files: Files;
  readonly cachedBytes: number;
  /** The catalogue's database; its log counts with it. */
  readonly catalogue: string;
  /** Folders without folders in them. */
  readonly filters: string;
  readonly journal: string;
}

export function storeStats(catalogue: Catalogue, places: StatsPlaces): StoreStats {
  const levels = catalogue.levels();
  const garbage = catalogue.garbage();
  const sum = (of: 'segments' | 'rows' | 'bytes' | 'rawBytes'): number =>
    levels.reduce((total, level) => total + level[of], 0);
  const strays = catalogue.cold.strays();
  const { files } = places;
  return {
    levels,
    segments: { segments: sum('segments'), rows: sum('rows'), bytes: sum('bytes'), rawBytes: sum('rawBytes') },
    cold: catalogue.cold.tally(),
    cachedBytes: places.cachedBytes,
    strays: { objects: strays.length, bytes: strays.reduce((total, { bytes }) => total + bytes, 0) },
    garbage: { files: garbage.length, bytes: garbage.reduce((total, { bytes }) => total + bytes, 0) },
    catalogueBytes: databaseBytes(files, places.catalogue),
    filterBytes: folderBytes(files, places.filters),
    journalBytes: folderBytes(files, places.journal),
  };
}

/** With the log and its index. */
function databaseBytes(files: Files, name: string): number {
  return ['', '-wal', '-shm'].reduce((total, suffix) => total + (files.size(`${name}${suffix}`) ?? 0), 0);
}

function folderBytes(files: Files, folder: string): number {
  return files.list(folder).reduce((total, name) => total + (files.size(path.join(folder, name)) ?? 0), 0);
}
