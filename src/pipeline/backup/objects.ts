/**
 * The files of a backup, by what is in them: `objects/<2 digits>/<SHA-256>`. A name stands for its content, so what is there from an earlier backup
 * need not be copied again, and nothing that an earlier manifest names is ever changed.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Files, hashFile, limits, type RandomReader, sha256 } from '../../base/index.ts';
import { backupError } from './errors.ts';

const DRAFT = 'draft';

export interface Stored {
  readonly sha256: string;
  readonly bytes: number;
}

export class Objects {
  readonly folder: string;
  readonly #files: Files;
  /** Folders that have new names, which are not durable yet. */
  readonly #unsynced = new Set<string>();
  /** Bytes that were written. */
  written = 0;

  constructor(folder: string, files: Files) {
    this.folder = path.join(folder, 'objects');
    this.#files = files;
  }

  path(hash: string): string {
    return path.join(this.folder, hash.slice(0, 2), hash);
  }

  has({ sha256: hash, bytes }: Stored): boolean {
    return this.#files.size(this.path(hash)) === bytes;
  }

  /** Where what is not named yet is written; one at a time. */
  get draft(): string {
    this.#files.makeDirectory(this.folder);
    return path.join(this.folder, DRAFT);
  }

  put(bytes: Uint8Array): Stored {
    const made = { sha256: sha256(bytes), bytes: bytes.length };
    if (this.has(made)) return made;
    {
      using file = this.#files.open(this.#free(), { private: true });
      file.write([bytes], 0);
      file.sync();
    }
    this.written += bytes.length;
    return this.#name(made);
  }

  /** The first `bytes` of a file. Throws `disk.…`, `backup.damaged` where it is shorter. */
  copy(name: string, bytes: number): Stored {
    using reader = this.#files.openRead(name);
    const hash = createHash('sha256');
    for (const chunk of chunksOf(reader, bytes)) hash.update(chunk);
    const found = { sha256: hash.digest('hex'), bytes };
    if (this.has(found)) return found;
    const again = createHash('sha256');
    {
      using file = this.#files.open(this.#free(), { private: true });
      let at = 0;
      for (const chunk of chunksOf(reader, bytes)) {
        file.write([chunk], at);
        again.update(chunk);
        at += chunk.length;
      }
      file.sync();
    }
    this.written += bytes;
    const copied = again.digest('hex');
    if (copied !== found.sha256)
      throw backupError('backup.damaged', `${name} changed while it was read`, 'Run the backup again.');
    return this.#name(found);
  }

  /** What another program has written as the draft. */
  take(): Stored {
    const bytes = this.#files.size(this.draft) ?? 0;
    const made = { sha256: hashFile(this.#files, this.draft), bytes };
    if (this.has(made)) {
      this.#files.remove(this.draft);
      return made;
    }
    {
      using file = this.#files.open(this.draft);
      file.sync();
    }
    this.written += bytes;
    return this.#name(made);
  }

  /** After this all that was put survives a power cut. */
  sync(): void {
    for (const folder of [...this.#unsynced, this.folder, path.dirname(this.folder)]) {
      if (this.#files.size(folder) !== null) this.#files.syncDirectory(folder);
    }
    this.#unsynced.clear();
  }

  /** Removes what is not among these; how many files, and their bytes. */
  keepOnly(hashes: ReadonlySet<string>): { readonly removed: number; readonly bytes: number } {
    let [removed, bytes] = [0, 0];
    for (const name of this.#files.list(this.folder)) {
      const folder = path.join(this.folder, name);
      if (name.startsWith(DRAFT)) {
        this.#files.remove(folder);
        continue;
      }
      for (const hash of this.#files.list(folder)) {
        if (hashes.has(hash)) continue;
        const file = path.join(folder, hash);
        bytes += this.#files.size(file) ?? 0;
        this.#files.remove(file);
        removed++;
      }
    }
    return { removed, bytes };
  }

  /** Null: it is as it was put; else, in words, what is wrong. */
  check({ sha256: hash, bytes }: Stored): string | null {
    const size = this.#files.size(this.path(hash));
    if (size === null) return 'it is missing';
    if (size !== bytes) return `it has ${size} bytes of ${bytes}`;
    return hashFile(this.#files, this.path(hash)) === hash ? null : 'its content is not what was put there';
  }

  #free(): string {
    const { draft } = this;
    if (this.#files.size(draft) !== null) this.#files.remove(draft);
    return draft;
  }

  #name(made: Stored): Stored {
    const folder = path.join(this.folder, made.sha256.slice(0, 2));
    this.#files.makeDirectory(folder);
    this.#files.rename(this.draft, this.path(made.sha256));
    this.#unsynced.add(folder);
    return made;
  }
}

/** The first `bytes` of a file; views until the next. */
export function* chunksOf(reader: RandomReader, bytes: number): Generator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(limits.readChunkBytes, bytes));
  for (let at = 0; at < bytes; ) {
    const got = reader.readAt(buffer.subarray(0, Math.min(buffer.length, bytes - at)), at);
    if (got === 0) throw backupError('backup.damaged', `${reader.path} ends at byte ${at}, where ${bytes} are due`);
    yield buffer.subarray(0, got);
    at += got;
  }
}
