/** From the paths a user gives to the files and streams to read. */
import { expandGlob, fileIdentity, fileInfo, listDirectory, WeirError } from '../base/index.ts';
import type { Report } from './report.ts';

export interface Found {
  /** As given; below a directory, the directory as given and the path in it; `-` for standard input. */
  readonly path: string;
  /** A stream has no size and can be read once, from front to back. */
  readonly kind: 'file' | 'stream';
  /** Bytes of a file; 0 for a stream. */
  readonly size: number;
}

export interface DiscoverOptions {
  /** Also files and folders below a directory whose names start with a dot. */
  readonly hidden?: boolean;
  /** Files somebody writes to, which are not read where they lie below a directory: the output of a scan is no input of it. */
  readonly outputs?: readonly string[];
  /** Called with what is left out on purpose: hidden entries, outputs, a second name of a file in the same directory tree. */
  readonly onSkip?: (path: string, reason: string) => void;
}

const STREAM_PATHS = /^(?:\/dev\/stdin|\/dev\/fd\/[0-9]+|\/proc\/self\/fd\/[0-9]+)$/;
const GLOB_CHARACTERS = /[*?[{]/;

/**
 * Files, directories (recursive, by the bytes of their paths, links followed, but no directory walked twice), globs the shell left
 * alone, pipes, and `-`. A path that exists is never taken as a glob. What cannot be read is reported; the rest goes on.
 */
export function* discover(paths: readonly string[], options: DiscoverOptions, report: Report): Generator<Found> {
  for (const path of paths) {
    if (path === '-') {
      yield { path, kind: 'stream', size: 0 };
      continue;
    }
    try {
      if (fileInfo(path) !== null) yield* named(path, options, report);
      else if (GLOB_CHARACTERS.test(path)) yield* globbed(path, options, report);
      else report({ path, position: '', reason: 'no such file or directory' });
    } catch (error) {
      nameError(error, path, report);
    }
  }
}

function nameError(error: unknown, path: string, report: Report): void {
  if (!(error instanceof WeirError)) throw error;
  report({ path, position: '', reason: error.message });
}

function* globbed(pattern: string, options: DiscoverOptions, report: Report): Generator<Found> {
  const matches = expandGlob(pattern);
  if (matches.length === 0) report({ path: pattern, position: '', reason: 'no file matches this pattern' });
  // `**` matches a directory and what is in it: the directory alone would give everything twice.
  const files = pattern.includes('**') ? matches.filter((match) => kindOf(match) !== 'directory') : matches;
  for (const path of files.sort(byBytes)) {
    try {
      yield* named(path, options, report);
    } catch (error) {
      nameError(error, path, report);
    }
  }
}

function kindOf(path: string): string | undefined {
  try {
    return fileInfo(path)?.kind;
  } catch {
    // What cannot be looked at is named when it is opened.
    return undefined;
  }
}

/** A path the user named. */
function* named(path: string, options: DiscoverOptions, report: Report): Generator<Found> {
  const info = fileInfo(path);
  if (info === null) {
    report({ path, position: '', reason: 'the link leads nowhere' });
  } else if (info.kind === 'file') {
    yield { path, kind: 'file', size: info.size };
  } else if (info.kind === 'directory') {
    yield* walk(path, options, report);
  } else {
    const special = fileIdentity(path)?.special;
    if (special === 'pipe' || STREAM_PATHS.test(path)) yield { path, kind: 'stream', size: 0 };
    else report({ path, position: '', reason: `it is a ${special ?? 'special file'}, which is not read` });
  }
}

interface Walk {
  readonly options: DiscoverOptions;
  readonly report: Report;
  /** Directories walked and files given so far, by identity, with the names they were found under. */
  readonly directories: Map<string, string>;
  /** Identities of what is written to. */
  readonly outputs: ReadonlySet<string>;
  readonly files: Map<string, string>;
}

function* walk(root: string, options: DiscoverOptions, report: Report): Generator<Found> {
  const outputs = new Set((options.outputs ?? []).map((file) => fileIdentity(file)?.id ?? ''));
  yield* directory(root, { options, report, directories: new Map(), files: new Map(), outputs });
}

function* directory(path: string, state: Walk): Generator<Found> {
  const id = fileIdentity(path)?.id ?? path;
  // Else links could lead in circles, and a few of them to more paths than anybody can walk.
  const other = state.directories.get(id);
  if (other !== undefined) {
    state.options.onSkip?.(path, `it is the same directory as ${other}`);
    return;
  }
  state.directories.set(id, path);
  try {
    const entries = listDirectory(path).map(({ name }) => ({ name, below: join(path, name) }));
    const sorted = entries.map((entry) => ({ ...entry, info: infoOf(entry.below, state.report) }));
    // A directory sorts as its entries do, so that the whole walk is in the order of whole paths.
    sorted.sort((a, b) => byBytes(sortKey(a), sortKey(b)));
    for (const { name, below, info } of sorted) {
      if (info === null) continue;
      if (name.startsWith('.') && state.options.hidden !== true) {
        state.options.onSkip?.(below, 'its name starts with a dot');
      } else if (info.kind === 'directory') yield* directory(below, state);
      else if (info.kind === 'file') yield* file(below, info.size, state);
      else
        state.report({
          path: below,
          position: '',
          reason: 'it is a pipe, socket or device: name it itself to read it',
        });
    }
  } catch (error) {
    nameError(error, path, state.report);
  }
}

function* file(path: string, size: number, state: Walk): Generator<Found> {
  const id = fileIdentity(path)?.id ?? path;
  if (state.outputs.has(id)) {
    state.options.onSkip?.(path, 'it is an output of this scan');
    return;
  }
  const other = state.files.get(id);
  if (other !== undefined) {
    state.options.onSkip?.(path, `it is the same file as ${other}`);
    return;
  }
  state.files.set(id, path);
  yield { path, kind: 'file', size };
}

function infoOf(path: string, report: Report): ReturnType<typeof fileInfo> {
  try {
    const info = fileInfo(path);
    if (info === null) report({ path, position: '', reason: 'the link leads nowhere' });
    return info;
  } catch (error) {
    nameError(error, path, report);
    return null;
  }
}

function sortKey(entry: { name: string; info: ReturnType<typeof fileInfo> }): string {
  return entry.info?.kind === 'directory' ? `${entry.name}/` : entry.name;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function join(path: string, name: string): string {
  return path.endsWith('/') ? `${path}${name}` : `${path}/${name}`;
}
