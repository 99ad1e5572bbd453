/** What a path really is: which file behind links, and which kind of special file. */
import * as fs from 'node:fs';

export interface FileIdentity {
  /** The same for all names of one file or directory on this machine. */
  readonly id: string;
  /** Null for files and directories. */
  readonly special: 'pipe' | 'socket' | 'device' | null;
}

/** Follows symbolic links. Null when nothing is there or it cannot be told. */
export function fileIdentity(name: string): FileIdentity | null {
  let stats: fs.BigIntStats | undefined;
  try {
    stats = fs.statSync(name, { bigint: true, throwIfNoEntry: false });
  } catch {
    return null;
  }
  if (stats === undefined) return null;
  const special = stats.isFIFO()
    ? 'pipe'
    : stats.isSocket()
      ? 'socket'
      : stats.isCharacterDevice() || stats.isBlockDevice()
        ? 'device'
        : null;
  return { id: `${stats.dev}:${stats.ino}`, special };
}
