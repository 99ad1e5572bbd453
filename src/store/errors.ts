/** The errors of this room: code, what it means, what to do. */
import { WeirError } from '../base/index.ts';

const HINTS = {
  'store.full': 'Free space on the disk that holds the data folder, or raise its quota; nothing was half written.',
  'store.io':
    'The disk failed. Stop weir, check the disk and its logs, then start again: hits are made anew from the journal.',
  'store.commit': 'Nothing of this commit was kept. Report it with the message above.',
  'store.order': 'A commit may only hold what lies at or before its checkpoint. This is a mistake in weir.',
  'store.input': 'A caller gave what cannot be kept. This is a mistake in weir.',
  'store.version': 'Use the version of weir that wrote this folder, or a newer one.',
  'store.damaged':
    'Stop weir and run `weir verify`; hits can be made anew from the journal, the catalogue from its segments (`weir store rebuild`).',
  'store.gone': 'The segments were replaced since they were looked up: ask again.',
  'store.metrics':
    'Check that the metrics store named by `metrics.url` runs and takes what weir sends; samples wait on disk meanwhile.',
  'store.overlap': 'Move one of the files named out of the data folder, keep it, and run `weir store rebuild` again.',
  'store.object_key':
    'A name was asked of the object store that none of its objects may have. This is a mistake in weir.',
  'store.object_gone':
    'It is not in the object store. Look into the bucket and its life-cycle rules: only weir may delete there.',
  'store.object_away':
    'Check that the object store runs and can be reached from here; what needs it works again when it does.',
  'store.object_refused': 'Check address, region, bucket, keys and their rights, and the clock of this machine.',
  'store.object_damaged':
    'The object store gave other bytes than were asked for. Check it, and whatever stands between.',
  'store.object_settings': 'Write it as s3://BUCKET/PREFIX?region=…&endpoint=…&style=path|virtual or file:///FOLDER.',
} as const;

export type StoreErrorCode = keyof typeof HINTS;

export function storeError(code: StoreErrorCode, message: string, cause?: unknown): WeirError {
  return new WeirError(code, message, { hint: HINTS[code], ...(cause === undefined ? {} : { cause }) });
}

const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** What SQLite threw, as an error of this room: full, failing and damaged disks are told apart, since each needs another answer. */
export function storeFailure(what: string, cause: unknown): WeirError {
  if (cause instanceof WeirError) return cause;
  // The low byte is the kind; the rest says more (which system call).
  const code = Number((cause as { errcode?: unknown } | null)?.errcode ?? 0) & 0xff;
  const why = cause instanceof Error ? cause.message : String(cause);
  if (code === SQLITE_FULL) return storeError('store.full', `${what}: the disk is full (${why})`, cause);
  if (code === SQLITE_IOERR) return storeError('store.io', `${what}: the disk failed (${why})`, cause);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB)
    return storeError('store.damaged', `${what}: the database is damaged (${why})`, cause);
  return storeError('store.commit', `${what}: ${why}`, cause);
}

/** What reading threw, where the database is to blame (damaged, of another version, or its disk fails); null for mistakes of weir. */
export function readFailure(error: unknown): WeirError | null {
  if (error instanceof WeirError) return error;
  return (error as { code?: unknown } | null)?.code === 'ERR_SQLITE_ERROR' ? storeFailure('reading', error) : null;
}
