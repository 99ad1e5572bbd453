/**
 * What is to be copied of a journal that is being written to, so that the copy ends with one position: files whole, the last as far as
 * that, and a HEAD that says so. A copy opens as a journal does after a clean stop.
 */
import path from 'node:path';
import { type Files, realFiles } from '../base/index.ts';
import { SegmentCursor, sha256Of } from './cursor.ts';
import { CorruptJournal, Damage } from './errors.ts';
import { type Head, headImage, readHead } from './head.ts';
import { readIdentity } from './identity.ts';
import { listSegments, type Segment } from './segments.ts';

export interface CopiedFile {
  /** In the journal's folder. */
  readonly name: string;
  /** From its beginning. */
  readonly bytes: number;
}

export interface JournalCopy {
  readonly log: string;
  /** `ID`, and segment files in order. */
  readonly files: readonly CopiedFile[];
  /** `HEAD` of the copy. */
  readonly head: Uint8Array;
}

/**
 * @param next position behind the last entry to be copied, which is durable
 * @throws WeirError `journal.corrupt`, `disk.read`
 */
export function journalUpTo(folder: string, next: number, files: Files = realFiles): JournalCopy {
  const identity = readIdentity(files, folder);
  if (identity === null) {
    throw new CorruptJournal({ file: folder, byte: null, position: null, what: 'there is no journal (no file ID)' });
  }
  const { first, anchor, released } = readHead(files, folder);
  const there = listSegments(files, folder).filter((segment) => segment.first >= first);
  // A file that was just begun, and has nothing below the position, is left to the next copy.
  const index = Math.max(
    0,
    there.findLastIndex((segment) => segment.first < next),
  );
  const id = { name: 'ID', bytes: files.size(path.join(folder, 'ID')) ?? 0 };
  if (there.length === 0) {
    if (next > first) throw missing(folder, first);
    const empty: Head = { first, next, segment: next, byte: 0, hash: anchor, anchor, released: false };
    return { log: identity.log, files: [id], head: headImage(empty) };
  }
  const last = there[index];
  const { byte, hash } = endIn(files, last, identity.producer, next);
  const copied = there.slice(0, index).map(({ path: name }) => {
    return { name: path.basename(name), bytes: files.size(name) ?? 0 };
  });
  const head: Head = { first, next, segment: last.first, byte, hash: hash ?? anchor, anchor, released };
  return {
    log: identity.log,
    files: [id, ...copied, { name: path.basename(last.path), bytes: byte }],
    head: headImage(head),
  };
}

/** Where the entry before `next` ends, and its hash; null: there is none in the file. */
function endIn(
  files: Files,
  segment: Segment,
  producer: Uint8Array,
  next: number,
): { readonly byte: number; readonly hash: Uint8Array | null } {
  using reader = files.openRead(segment.path);
  const cursor = new SegmentCursor(reader, producer, 0, segment.first);
  let hash: Uint8Array | null = null;
  try {
    while (cursor.sequence < next) {
      if (!cursor.next()) throw new Damage(cursor.byte, `it ends here, before position ${next}`);
      if (cursor.sequence === next - 1) hash = Uint8Array.from(sha256Of(cursor.entry()));
      cursor.skip();
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    throw new CorruptJournal({ file: segment.path, byte: error.byte, position: cursor.sequence, what: error.what });
  }
  return { byte: cursor.byte, hash };
}

function missing(folder: string, position: number): CorruptJournal {
  const what = `the segment file that begins with position ${position} is missing`;
  return new CorruptJournal({ file: folder, byte: null, position, what });
}
