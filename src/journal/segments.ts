/**
 * Segment files: named by the position of their first entry, `0000000000004711.wj`, in order of positions; `0000000000004711.wjr` where its
 * events are released (released.ts).
 */
import path from 'node:path';
import { type Files, realFiles } from '../base/index.ts';

export interface Segment {
  /** Position of its first entry. */
  readonly first: number;
  readonly path: string;
  readonly released: boolean;
}

const NAME = /^(\d{16})\.wj(r?)$/;

export function segmentAt(folder: string, first: number, released = false): Segment {
  return { first, path: path.join(folder, `${String(first).padStart(16, '0')}.wj${released ? 'r' : ''}`), released };
}

/** Whether a folder holds anything of a journal, damaged or not. */
export function isJournal(folder: string, files: Files = realFiles): boolean {
  return (
    ['ID', 'HEAD'].some((name) => files.size(path.join(folder, name)) !== null) ||
    listSegments(files, folder).length > 0
  );
}

/** In order of positions. Where a release was cut short the file itself is what counts. Other files are none of the journal's business. */
export function listSegments(files: Files, folder: string): Segment[] {
  const found = new Map<number, Segment>();
  for (const name of files.list(folder)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const first = Number(match[1]);
    if (found.get(first)?.released !== false) found.set(first, segmentAt(folder, first, match[2] === 'r'));
  }
  return [...found.values()];
}

/** Released files beside the files themselves, which a release that was cut short has left. */
export function unfinishedReleases(files: Files, folder: string): Segment[] {
  const there = new Set(files.list(folder));
  return listSegments(files, folder)
    .filter(({ released }) => !released)
    .map(({ first }) => segmentAt(folder, first, true))
    .filter((segment) => there.has(path.basename(segment.path)));
}

/** Everything below this position is in released files. */
export function releasedUpTo(segments: readonly Segment[]): number {
  const last = segments.findLastIndex(({ released }) => released);
  return last < 0 ? 0 : (segments[last + 1] ?? segments[last]).first;
}
