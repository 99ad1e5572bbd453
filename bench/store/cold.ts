/** Takes files out of the system's cache, and no others: the machine may have other work. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/**
 * Has the system forget what it holds of files: `dd` with this flag asks for it (posix_fadvise, POSIX_FADV_DONTNEED), of
 * a whole file where nothing is to be copied. What was written and is not on disk yet would stay, so it is synced first.
 * @throws where there is no such `dd` (GNU coreutils): a figure called cold would not be
 */
export function makeCold(paths: readonly string[]): void {
  for (const file of paths.flatMap((one) => (fs.statSync(one).isDirectory() ? filesBelow(one) : [one]))) {
    const open = fs.openSync(file, 'r+');
    fs.fsyncSync(open);
    fs.closeSync(open);
    const { status, stderr } = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${file} cannot be taken out of the cache: ${stderr ?? 'there is no dd'}`);
  }
}
