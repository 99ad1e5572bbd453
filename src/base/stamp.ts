/** Fingerprints: of texts, of files as they stand on disk, and of the code itself. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Files } from './files.ts';

const HASH_CHUNK_BYTES = 1 << 20;

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a file, in hexadecimal; read in parts. Throws `disk.read`. */
export function hashFile(files: Files, name: string): string {
  using reader = files.openRead(name);
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(reader.size, HASH_CHUNK_BYTES));
  for (let at = 0; at < reader.size; ) {
    const got = reader.readAt(buffer, at);
    if (got === 0) break;
    hash.update(buffer.subarray(0, got));
    at += got;
  }
  return hash.digest('hex');
}

/**
 * Changes when a file's contents may have: size, times of modification and of status change (which no program sets), and
 * identity. Empty for what is not there.
 */
export function fileStamp(name: string): string {
  const stats = fs.statSync(name, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.size} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.dev}:${stats.ino}`;
}

let code: string | undefined;

/** Changes when weir's own code does: what it computes and keeps on disk is only good for the same code. */
export function codeStamp(): string {
  if (code === undefined) {
    const root = path.join(import.meta.dirname, '..');
    const files = fs
      .readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|js)$/.test(name));
    code = sha256(
      files
        .sort()
        .map((name) => `${name} ${fileStamp(path.join(root, name))}`)
        .join('\n'),
    );
  }
  return code;
}
