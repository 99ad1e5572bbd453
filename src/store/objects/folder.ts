/** Objects as files of a folder: for a disk that is mounted, and the plain twin of S3 in tests. */
import path from 'node:path';
import { type Files, limits, writeDurably } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { checkBytes, checkKey, checkPrefix, checkRange, isKey } from './keys.ts';
import type { ObjectInfo, ObjectStore } from './types.ts';

/** What a crash leaves of a write. It is no object, since the end of a name is not listed; the next write of the same key removes it. */
const DRAFT = '.draft';

export function folderObjects(files: Files, folder: string): ObjectStore {
  const place = (key: string): string => {
    checkKey(key);
    if (key.endsWith(DRAFT)) throw storeError('store.object_key', `${key} is a name of what is half written`);
    return path.join(folder, ...key.split('/'));
  };

  /** New folders are durable before what stands in them is said to be. */
  const makeParents = (file: string): void => {
    const parent = path.dirname(file);
    files.makeDirectory(parent);
    for (let at = parent; at.length >= folder.length && at !== path.dirname(at); at = path.dirname(at))
      files.syncDirectory(at);
    files.syncDirectory(path.dirname(folder));
  };

  return {
    name: folder,
    put: async (key, bytes) => {
      checkBytes(key, bytes);
      const file = place(key);
      makeParents(file);
      writeDurably(files, file, bytes);
    },
    get: async (key, from, length) => {
      checkRange(from, length);
      const file = place(key);
      const size = files.size(file);
      if (size === null) throw storeError('store.object_gone', `${key} is not in ${folder}`);
      if (from + length > size || length > limits.objectBytesMax)
        throw storeError(
          'store.object_damaged',
          `${key} in ${folder} has ${size} bytes; ${length} from ${from} on were asked for`,
        );
      using reader = files.openRead(file);
      const bytes = new Uint8Array(length);
      const got = reader.readAt(bytes, from);
      if (got < length) throw storeError('store.object_damaged', `${key} in ${folder} ends at byte ${from + got}`);
      return bytes;
    },
    head: async (key) => {
      const size = files.size(place(key));
      return size === null ? null : { key, size };
    },
    list: async function* (prefix): AsyncGenerator<ObjectInfo> {
      checkPrefix(prefix);
      const found: ObjectInfo[] = [];
      walk(path.join(folder, ...prefix.split('/')), prefix, found);
      yield* found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    delete: async (key) => {
      const file = place(key);
      if (files.size(file) === null) return;
      files.remove(file);
      files.syncDirectory(path.dirname(file));
    },
  };

  /** A name is a folder where it can be listed: `Files` knows no kinds, and its list of a file is empty. */
  function walk(at: string, prefix: string, found: ObjectInfo[]): void {
    for (const name of files.list(at)) {
      const key = `${prefix}${name}`;
      if (!isKey(key) || name.endsWith(DRAFT)) continue;
      const below = path.join(at, name);
      if (isFolder(below)) walk(below, `${key}/`, found);
      else {
        const size = files.size(below);
        if (size !== null) found.push({ key, size });
      }
    }
  }

  function isFolder(name: string): boolean {
    return files.list(name).length > 0;
  }
}
