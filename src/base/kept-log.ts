/**
 * Lines of the log kept in files of a folder, for whoever asks about last week. A log is no reason to wait or to stop: lines wait in memory and are written a
 * little later, and what the disk does not take is counted. The oldest files go when they are too old or too many.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { every, now } from './clock.ts';
import { makePrivateDirectory } from './secret-file.ts';

export interface KeptLogOptions {
  /** Files together take no more. */
  readonly bytesMax: number;
  /** Lines go when they are so old, give or take what stands in one file with them. */
  readonly ageMs: number;
  /** Unix milliseconds; the machine's clock unless told. */
  readonly clock?: () => number;
}

export interface KeptLogCounts {
  /** Lines that are on disk or were. */
  readonly kept: number;
  /** Lines that the disk did not take. */
  readonly lost: number;
  /** Files that went since they were too old or too many. */
  readonly removed: number;
}

const SUFFIX = '.ndjson';
/** Of milliseconds since 1970, so that names sort as times do. */
const DIGITS = 15;
const nameOf = (ms: number): string => `${String(ms).padStart(DIGITS, '0')}${SUFFIX}`;
const FLUSH_MS = 1000;
const WAITING_BYTES = 64 << 10;
const FILE_BYTES_MAX = 4 << 20;
/** Files that all lines are in; fewer where they would be larger than that. */
const FILES = 16;
/** How far a clock may be put back before lines are looked for in the wrong file. */
const SLACK_MS = 60 * 60_000;

interface LogFile {
  readonly name: string;
  /** When it was begun. */
  readonly fromMs: number;
  readonly bytes: number;
}

/** Oldest first. Files of other names are nobody's business. */
function filesOf(folder: string): LogFile[] {
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder).filter((name) => nameOf(Number.parseInt(name, 10)) === name);
  return files.sort().flatMap((name) => {
    const stats = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : { name, fromMs: Number(name.slice(0, DIGITS)), bytes: stats.size };
  });
}

/** Keeps what it is given; owned by one process. */
export class KeptLog {
  readonly #folder: string;
  readonly #options: KeptLogOptions;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #file: { readonly descriptor: number; bytes: number } | null = null;
  #counts = { kept: 0, lost: 0, removed: 0 };
  #isClosed = false;
  readonly #stop: () => void;

  constructor(folder: string, options: KeptLogOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#stop = every(FLUSH_MS, () => this.flush());
    this.#attempt(() => this.#tidy());
  }

  get counts(): KeptLogCounts {
    return { ...this.#counts };
  }

  /** @param line ends in a line feed */
  write(line: string): void {
    if (this.#isClosed) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= WAITING_BYTES) this.flush();
  }

  /** Writes what waits; a crash of the machine may still take it. */
  flush(): void {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const bytes = Buffer.from(lines.join(''));
    const isWritten = this.#attempt(() => {
      this.#file ??= this.#begin();
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#file.descriptor, bytes, at);
      this.#file.bytes += bytes.length;
      if (this.#file.bytes < this.#fileBytes) return;
      this.#end();
      this.#tidy();
    });
    this.#counts[isWritten ? 'kept' : 'lost'] += lines.length;
  }

  /** The folder, with all lines in it that came before. */
  flushed(): string {
    this.flush();
    return this.#folder;
  }

  /** What comes later is not kept. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.flush();
    this.#attempt(() => this.#end());
  }

  get #fileBytes(): number {
    return Math.min(FILE_BYTES_MAX, this.#options.bytesMax / FILES);
  }

  #now(): number {
    return (this.#options.clock ?? now)();
  }

  #begin(): { readonly descriptor: number; bytes: number } {
    makePrivateDirectory(this.#folder);
    const descriptor = fs.openSync(path.join(this.#folder, nameOf(this.#now())), 'a', 0o600);
    return { descriptor, bytes: fs.fstatSync(descriptor).size };
  }

  #end(): void {
    if (this.#file === null) return;
    const { descriptor } = this.#file;
    this.#file = null;
    fs.closeSync(descriptor);
  }

  #tidy(): void {
    const { bytesMax, ageMs } = this.#options;
    const files = filesOf(this.#folder);
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const [i, file] of files.entries()) {
      // Its last line is older than the file that follows.
      const isOld = i + 1 < files.length && files[i + 1].fromMs < this.#now() - ageMs;
      // The next file has room.
      if (!isOld && bytes <= bytesMax - this.#fileBytes) break;
      fs.rmSync(path.join(this.#folder, file.name), { force: true });
      bytes -= file.bytes;
      this.#counts.removed++;
    }
  }

  /** Whether it went well; the next attempt begins a file of its own. */
  #attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch {
      try {
        this.#end();
      } catch {
        // The descriptor is gone either way.
      }
      return false;
    }
  }
}

/**
 * Lines of a time, file by file, in the order in which they were written; more may come than were asked for, since files are looked at by when they were begun.
 * @param fromMs Unix milliseconds · @param toMs up to, without it
 */
export function* keptLines(folder: string, fromMs: number, toMs: number): Generator<readonly string[]> {
  const files = filesOf(folder);
  for (const [i, { name, fromMs: begun }] of files.entries()) {
    const ended = i + 1 < files.length ? files[i + 1].fromMs : Number.POSITIVE_INFINITY;
    if (begun - SLACK_MS >= toMs || ended + SLACK_MS < fromMs) continue;
    let text: string;
    try {
      text = fs.readFileSync(path.join(folder, name), 'utf8');
    } catch (error) {
      // It went while others were read.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    // What a kill has cut short stands at the end of a file, without a line feed.
    yield text.split('\n').filter((line) => line !== '');
  }
}
