/** Segment files: named by the position of their first entry, `0000000000004711.wj`, in order of positions. */
import path from 'node:path';
import { type Files, realFiles } from '../base/index.ts';

export interface Segment {
  /** Position of its first entry. */
  readonly first: number;
  readonly path: string;
}

const NAME = /^(\d{16})\.wj$/;

export function segmentAt(folder: string, first: number): Segment {
  return { first, path: path.join(folder, `${String(first).padStart(16, '0')}.wj`) };
}

/** Whether a folder holds anything of a journal, damaged or not. */
export function isJournal(folder: string, files: Files = realFiles): boolean {
  return (
    ['ID', 'HEAD'].some((name) => files.size(path.join(folder, name)) !== null) ||
    listSegments(files, folder).length > 0
  );
}

/** In order of positions. Other files are none of the journal's business. */
export function listSegments(files: Files, folder: string): Segment[] {
  return files.list(folder).flatMap((name) => {
    const match = NAME.exec(name);
    return match === null ? [] : [segmentAt(folder, Number(match[1]))];
  });
}
