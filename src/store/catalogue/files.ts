/**
 * Segment files on disk: `tenant=<pct-encoded>/source=<pct-encoded>/<first>-<last>-<8 hex>.parquet` below the store's folder. A file is
 * whole and durable under its name or it is not there: drafts get a name that no reader takes for a segment's.
 */
import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { type Files, randomBytes, sha256, WeirError } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import type { Sink } from '../segment/write.ts';

export interface SegmentPlace {
  readonly tenant: string;
  readonly source: string;
  /** Journal positions it stands for, both ends counted. */
  readonly first: number;
  readonly last: number;
}

export interface WrittenFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface FoundFiles {
  /** Relative to the store's folder, as all names here. */
  readonly segments: readonly string[];
  /** What was being written when the process ended. */
  readonly drafts: readonly string[];
  /** Not weir's. */
  readonly strangers: readonly string[];
}

const SEGMENT = /^\d{12,16}-\d{12,16}-[0-9a-f]{8}\.parquet$/;
const DRAFT = '.draft';
/** Says where the object store is (pipeline/store/object-place.ts). */
export const OBJECTS_PLACE = 'objects.json';
/** Begins the names of the catalogue's own files. */
const CATALOGUE = 'catalogue.db';
/** Names of folders are at most 255 bytes; longer labels are cut and told apart by a hash behind `~`, which no other name has. */
const LABEL_BYTES_MAX = 200;
const TRIES = 100;

export class SegmentFiles {
  readonly folder: string;
  readonly #files: Files;
  readonly #token: () => string;
  /** Folders known to be durable. */
  readonly #made = new Set<string>();

  /** @param token eight hexadecimal digits; only simulations give them */
  constructor(files: Files, folder: string, token = (): string => Buffer.from(randomBytes(4)).toString('hex')) {
    this.#files = files;
    this.folder = folder;
    this.#token = token;
  }

  path(file: string): string {
    return path.join(this.folder, file);
  }

  /** The same the other way round: relative to the folder, as the catalogue has it. */
  nameOf(file: string): string {
    return path.relative(this.folder, file).split(path.sep).join('/');
  }

  /** Bytes; null where it is not there. */
  size(file: string): number | null {
    return this.#files.size(this.path(file));
  }

  /**
   * A new file, durable when this returns. Where it throws (`disk.full`, `disk.write`, `disk.sync`) there is none under a segment's name
   * that a reader would take for one, or a whole one that no catalogue names.
   */
  write(place: SegmentPlace, parts: readonly Uint8Array[]): WrittenFile {
    return this.writing(place, (put) => put(parts));
  }

  /** The same, of what `make` puts, piece by piece: so it need not be in memory as a whole. What `make` throws is thrown on. */
  writing(place: SegmentPlace, make: (put: Sink) => void): WrittenFile {
    const folder = this.#makeFolder(place);
    const file = this.#unused(folder, place);
    const [name, draft] = [this.path(file), this.path(`${file}${DRAFT}`)];
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      using out = this.#files.open(draft);
      make((parts) => {
        out.write(parts, bytes);
        for (const part of parts) {
          hash.update(part);
          bytes += part.length;
        }
      });
      out.sync();
      this.#files.rename(draft, name);
    } catch (error) {
      throw this.#withoutDraft(draft, error);
    }
    this.#files.syncDirectory(this.path(folder));
    return { file, bytes, sha256: hash.digest('hex') };
  }

  /** Deletes files, durably when this returns; those that are gone already are fine. */
  remove(files: readonly string[]): void {
    for (const [folder, own] of Map.groupBy(files, (file) => path.dirname(this.path(file)))) {
      for (const file of own) {
        if (this.size(file) !== null) this.#files.remove(this.path(file));
      }
      // Also where nothing was left to remove: an earlier try may have ended before it came here.
      if (this.#files.size(folder) !== null) this.#files.syncDirectory(folder);
    }
  }

  list(): FoundFiles {
    const found = { segments: [] as string[], drafts: [] as string[], strangers: [] as string[] };
    const visit = (folder: string, depth: number): void => {
      for (const name of this.#files.list(this.path(folder))) {
        const file = folder === '' ? name : `${folder}/${name}`;
        if (depth < 2) {
          if (name.startsWith(depth === 0 ? 'tenant=' : 'source=')) visit(file, depth + 1);
          else if (depth === 0 && (name.startsWith(CATALOGUE) || name === OBJECTS_PLACE)) continue;
          else found.strangers.push(file);
        } else if (SEGMENT.test(name)) found.segments.push(file);
        else if (name.endsWith(DRAFT) && SEGMENT.test(name.slice(0, -DRAFT.length))) found.drafts.push(file);
        else found.strangers.push(file);
      }
    };
    visit('', 0);
    return found;
  }

  #makeFolder({ tenant, source }: SegmentPlace): string {
    const folder = `tenant=${encoded(tenant)}/source=${encoded(source)}`;
    if (this.#made.has(folder)) return folder;
    this.#files.makeDirectory(this.path(folder));
    const [outer] = folder.split('/');
    for (const one of [this.path(folder), this.path(outer), this.folder, path.dirname(this.folder)]) {
      this.#files.syncDirectory(one);
    }
    this.#made.add(folder);
    return folder;
  }

  #unused(folder: string, { first, last }: SegmentPlace): string {
    const range = `${String(first).padStart(12, '0')}-${String(last).padStart(12, '0')}`;
    for (let n = 0; n < TRIES; n++) {
      const file = `${folder}/${range}-${this.#token()}.parquet`;
      if (this.size(file) === null && this.size(`${file}${DRAFT}`) === null) return file;
    }
    throw storeError('store.input', `${TRIES} names of segments of positions ${range} in ${folder} are taken`);
  }

  /** Room may be what is short. Gives `why`, or both where that fails too; the next start removes the draft then. */
  #withoutDraft(draft: string, why: unknown): unknown {
    try {
      if (this.#files.size(draft) !== null) this.#files.remove(draft);
      return why;
    } catch (error) {
      if (!(why instanceof WeirError)) return why;
      const hint = why.hint === undefined ? {} : { hint: why.hint };
      return new WeirError(why.code, `${why.message}; what was written of it is left until the next start`, {
        ...hint,
        cause: new AggregateError([why, error]),
      });
    }
  }
}

/** A label as a part of a folder's name. Short ones can be read back from it: {@link placeOf}. */
function encoded(label: string): string {
  const text = encodeURIComponent(label.toWellFormed()).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return text.length <= LABEL_BYTES_MAX ? text : `${text.slice(0, LABEL_BYTES_MAX - 17)}~${sha256(label).slice(0, 16)}`;
}

/** What a file's name says; null where it is none of weir's, or its labels were too long for names. */
export function placeOf(file: string): SegmentPlace | null {
  const [tenant, source, name, ...more] = file.split('/');
  if (more.length > 0 || name === undefined || !SEGMENT.test(name)) return null;
  if (!tenant.startsWith('tenant=') || !source.startsWith('source=') || file.includes('~')) return null;
  const [first, last] = name.split('-').map(Number);
  try {
    return {
      tenant: decodeURIComponent(tenant.slice('tenant='.length)),
      source: decodeURIComponent(source.slice('source='.length)),
      first,
      last,
    };
  } catch {
    // Not encoded by weir.
    return null;
  }
}
