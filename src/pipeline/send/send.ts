/**
 * Sends inputs to a target, several batches under way, and remembers what was answered: run again after a kill, it goes on where it
 * was, and nothing is kept twice. What cannot be read is reported; the rest goes on.
 */
import path from 'node:path';
import { elapsedMs, fileStamp, limits, now, openRandom, randomBytes, WeirError } from '../../base/index.ts';
import { discover, type EventFormat, type Found, type Report, type Unparsed } from '../../formats/index.ts';
import { isPlainLines } from '../plain-lines.ts';
import { type Batch, plainBatches, readBatches } from './batches.ts';
import { InFlight } from './in-flight.ts';
import {
  chainOf,
  cutsOf,
  InputProgress,
  type InputState,
  loadState,
  newState,
  type Outcome,
  stateFile,
} from './resume.ts';
import { isRefusal, NO_EVENTS, type Target } from './target.ts';

export interface SendProgress {
  /** Bytes of the inputs as they lie on disk, of what was not taken before. */
  readonly bytes: number;
  /** Null when standard input or a pipe is among them. */
  readonly bytesTotal: number | null;
  readonly events: number;
}

export interface SendOptions {
  readonly paths: readonly string[];
  readonly target: Target;
  /** Where it is kept what was taken. */
  readonly stateFolder: string;
  /** Name of the source; by default that of each path. */
  readonly source?: string | undefined;
  readonly format?: EventFormat | undefined;
  /** Also reads EVTX records from free space. */
  readonly recover: boolean;
  /** Sends what was taken before as well, as other events. */
  readonly again: boolean;
  /** What to do with batches that may be kept or not, where the target knows no more. */
  readonly inDoubt?: 'send' | 'skip' | undefined;
  readonly signal?: AbortSignal | undefined;
  onProgress?(progress: SendProgress): void;
}

export interface SendReport {
  /** Kept now, as events and as dead letters. */
  readonly events: number;
  readonly dead: number;
  /** Of the same inputs, kept by earlier runs. */
  readonly earlier: Outcome;
  /** Of the inputs' lines, sent now. */
  readonly bytes: number;
  readonly seconds: number;
  readonly unparsed: readonly Unparsed[];
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  /** What was noticed besides: inputs that have changed, batches in doubt. */
  readonly notes: readonly string[];
  /** False when it was stopped before the end. */
  readonly complete: boolean;
}

export async function send(options: SendOptions): Promise<SendReport> {
  return new Sending(options).run();
}

/** What is known of an input before its first batch. */
interface Opening {
  readonly found: Found;
  readonly source: string;
  /** Lines as they lie in the file. */
  readonly plain: boolean;
  /** Null for a stream: nothing of it could be read again. */
  readonly progress: InputProgress | null;
  readonly key: (batch: Batch) => string;
}

/** Times a file may have grown between runs; where it did is remembered. */
const ENDS_MAX = 10_000;

class Sending {
  readonly #options: SendOptions;
  readonly #inFlight = new InFlight(limits.sendInFlightMax);
  readonly #started = elapsedMs();
  readonly #unparsed: Unparsed[] = [];
  readonly #leftOut: { path: string; reason: string }[] = [];
  readonly #notes: string[] = [];
  readonly #report: Report = (unparsed) => void this.#unparsed.push(unparsed);
  /** Of the inputs opened. */
  readonly #files = new Set<string>();
  #events = 0;
  #dead = 0;
  #earlier = { accepted: 0, dead: 0 };
  #bytes = 0;
  #bytesDone = 0;
  #bytesTotal: number | null = 0;

  constructor(options: SendOptions) {
    this.#options = options;
  }

  async run(): Promise<SendReport> {
    const openings: Opening[] = [];
    for (const { found, source } of this.#discover()) {
      const opening = await this.#open(found, source);
      if (opening !== null) openings.push(opening);
    }
    try {
      for (const opening of openings) {
        if (this.#stopped) break;
        await this.#feed(opening);
      }
      await this.#inFlight.drained();
    } catch (error) {
      await this.#inFlight.settled();
      if (!(error instanceof WeirError && error.code === 'send.stopped')) throw error;
    }
    return {
      events: this.#events,
      dead: this.#dead,
      earlier: this.#earlier,
      bytes: this.#bytes,
      seconds: Math.round(elapsedMs() - this.#started) / 1000,
      unparsed: this.#unparsed,
      leftOut: this.#leftOut,
      notes: this.#notes,
      complete: !this.#stopped,
    };
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  /** Each path by itself: its name is the source of all that is found below it. */
  *#discover(): Generator<{ found: Found; source: string }> {
    const { paths, source, stateFolder } = this.#options;
    const onSkip = (at: string, reason: string): void => void this.#leftOut.push({ path: at, reason });
    for (const given of paths) {
      const name = source ?? sourceOf(given);
      for (const found of discover([given], { onSkip }, this.#report)) {
        if (path.resolve(found.path).startsWith(`${path.resolve(stateFolder)}${path.sep}`)) {
          onSkip(found.path, 'it is what weir remembers of inputs');
        } else yield { found, source: name };
      }
    }
  }

  async #open(found: Found, source: string): Promise<Opening | null> {
    const { format } = this.#options;
    if (found.kind === 'stream') {
      this.#bytesTotal = null;
      const id = nonce();
      const key = ({ from, to, hash }: Batch): string => `ingest-${id}-${from}-${to}-${hash.slice(0, 16)}`;
      return { found, source, plain: false, progress: null, key };
    }
    // What is known of it must not be lost because it cannot be read now.
    const why = unreadable(found.path);
    if (why !== null) {
      this.#cannot(found, why);
      return null;
    }
    const plain = (format === undefined || format === 'ndjson') && isPlainLines(found.path);
    const progress = await this.#progress(found, source, plain);
    if (progress === null) return null;
    const { state } = progress;
    this.#earlier.accepted += state.events;
    this.#earlier.dead += state.dead;
    if (state.leftOut > 0) {
      this.#notes.push(
        `${found.path}: ${state.leftOut} lines too long for an event, or batches without one, were left out before`,
      );
    }
    if (this.#bytesTotal !== null) this.#bytesTotal += plain ? found.size - state.done : found.size;
    return state.complete ? null : { found, source, plain, progress, key: (batch) => progress.keyOf(batch) };
  }

  /** What was taken of the input before; null where it cannot be gone on with, which is then reported. */
  async #progress(found: Found, source: string, plain: boolean): Promise<InputProgress | null> {
    const { stateFolder, target, again } = this.#options;
    const file = stateFile(stateFolder, found.path, source);
    if (this.#files.has(file)) {
      this.#leftOut.push({ path: found.path, reason: 'it is given twice' });
      return null;
    }
    this.#files.add(file);
    const stamp = fileStamp(found.path);
    const anew = (): InputProgress => {
      const id = again ? `${stamp} ${nonce()}` : stamp;
      return new InputProgress(file, newState(found.path, source, id, stamp, plain), target.scope);
    };
    const known = loadState(file);
    // An ended run may be asked for again; one that was cut short goes on, as it was begun.
    if (known === null || (again && known.complete)) return anew();
    const why = await this.#changed(known, found, stamp, plain);
    if (why !== null && (again || known.complete)) {
      this.#notes.push(`${found.path}: ${why} since it was taken: all of it is taken`);
      return anew();
    }
    if (why !== null) {
      this.#cannot(found, `${why} since ${known.events + known.dead} events of it were taken; --again takes all of it`);
      return null;
    }
    known.stamp = stamp;
    if (!this.#clearDoubt(known, found)) return null;
    return new InputProgress(file, known, target.scope);
  }

  #cannot({ path: at }: Found, reason: string): void {
    this.#unparsed.push({ path: at, position: '', reason });
  }

  /** How the file has become another; null where what was taken of it stands there still, and perhaps more behind it. */
  async #changed(known: InputState, found: Found, stamp: string, plain: boolean): Promise<string | null> {
    if (stamp === known.stamp) return null;
    if (plain !== known.plain || !(await this.#stands(known, found))) return 'it has changed';
    if (plain && !cutsOf(known).every((cut) => endsWithLine(found, cut))) return 'its last line goes on';
    if (known.ends.length >= ENDS_MAX) return 'it has grown more often than is remembered';
    known.complete = false;
    return null;
  }

  /** Whether the lines that were taken, or are under way, are the same. */
  async #stands(known: InputState, found: Found): Promise<boolean> {
    let chain = '';
    const nobody = (): void => {};
    const behind = new Map([...known.taken, ...known.sent].map(([, to, hash]) => [to, hash]));
    for await (const { to, hash } of this.#batches(found, known, 0, nobody, nobody)) {
      if (to <= known.done) chain = chainOf(chain, hash);
      else if (behind.size === 0) break;
      else if ((behind.get(to) ?? hash) !== hash) return false;
      else behind.delete(to);
    }
    return chain === known.chain && behind.size === 0;
  }

  /** Batches that were under way, where the target may no more know their keys; false where nobody has said what to do. */
  #clearDoubt(known: InputState, found: Found): boolean {
    const { target, inDoubt } = this.#options;
    const remembered = known.scope === target.scope && now() - known.at < target.keepMs * KEEP_SHARE;
    if (known.sent.length === 0 || remembered) return true;
    const bytes = known.sent.reduce((sum, [from, to]) => sum + to - from, 0);
    const what = `${known.sent.length} requests of ${bytes} bytes were under way when it was cut short, and may be kept or not`;
    if (inDoubt === undefined) {
      this.#cannot(found, `${what}: --in-doubt send sends them (again), --in-doubt skip does not`);
      return false;
    }
    this.#notes.push(`${found.path}: ${what}; ${inDoubt === 'send' ? 'they are sent' : 'they are left out'}`);
    if (inDoubt === 'skip') known.taken = [...known.taken, ...known.sent];
    known.sent = [];
    return true;
  }

  async #feed(opening: Opening): Promise<void> {
    const { found, progress, plain } = opening;
    let end = progress?.state.done ?? 0;
    let whole = true;
    const report: Report = (unparsed) => {
      this.#report(unparsed);
      // Lines too long stay so; what else cannot be read now may be another time.
      if (!plain) whole = false;
    };
    try {
      const onBytes = (bytes: number): void => this.#advance(bytes);
      for await (const batch of this.#batches(found, progress?.state ?? null, end, report, onBytes)) {
        if (this.#stopped) return;
        end = batch.to;
        if (progress?.isTaken(batch) === true) progress.seen(batch);
        else if (batch.bytes.length === 0) progress?.leftOut(batch);
        else await this.#give(opening, batch);
        if (plain) this.#advance(batch.to - batch.from);
      }
    } catch (error) {
      if (!(error instanceof WeirError) || !error.code.startsWith('disk.read')) throw error;
      this.#cannot(found, error.message);
      return;
    }
    progress?.ends(end, whole);
  }

  #batches(
    { path: at }: Found,
    state: InputState | null,
    from: number,
    report: Report,
    onBytes: (bytes: number) => void,
  ): Iterable<Batch> | AsyncIterable<Batch> {
    const { format, recover } = this.#options;
    const cuts = state === null ? [] : cutsOf(state);
    if (state?.plain === true) return plainBatches(at, from, cuts, report);
    return readBatches(at, from, cuts, { format, recover, onBytes }, report);
  }

  async #give({ found, source, plain, progress, key }: Opening, batch: Batch): Promise<void> {
    await this.#inFlight.room();
    progress?.sending(batch);
    this.#inFlight.add(async () => {
      let outcome: Outcome;
      try {
        outcome = await this.#options.target.deliver({ lines: batch.bytes, source, key: key(batch) });
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        if (error.code !== NO_EVENTS) {
          if (isRefusal(error.code)) progress?.refused(batch);
          throw error;
        }
        // The rest of the input may have some.
        this.#report({
          path: found.path,
          position: `byte ${batch.from}${plain ? '' : ' of its lines'}`,
          reason: error.message,
        });
        progress?.leftOut(batch);
        return;
      }
      progress?.taken(batch, outcome);
      this.#events += outcome.accepted;
      this.#dead += outcome.dead;
      this.#bytes += batch.bytes.length;
      this.#tell();
    });
  }

  #advance(bytes: number): void {
    this.#bytesDone += bytes;
    this.#tell();
  }

  #tell(): void {
    const events = this.#events + this.#dead;
    this.#options.onProgress?.({ bytes: this.#bytesDone, bytesTotal: this.#bytesTotal, events });
  }
}

/** Keys are asked for a little before they are forgotten. */
const KEEP_SHARE = 0.95;

const nonce = (): string => Buffer.from(randomBytes(16)).toString('hex');

/** Why a file cannot be read now; null where it can. */
function unreadable(file: string): string | null {
  try {
    using reader = openRandom(file);
    reader.readAt(new Uint8Array(1), 0);
    return null;
  } catch (error) {
    if (error instanceof WeirError) return error.message;
    throw error;
  }
}

/** Whether a line ends at this byte; what is the end of the file itself may be anything. */
function endsWithLine({ path: at, size }: Found, cut: number): boolean {
  if (cut === 0 || cut >= size) return true;
  using reader = openRandom(at);
  const last = new Uint8Array(1);
  return reader.readAt(last, cut - 1) === 1 && last[0] === 0x0a;
}

/** The last part of a path as the name of a source: what names may not have becomes a dash. */
export function sourceOf(given: string): string {
  if (given === '-') return 'stdin';
  const name = path.basename(path.resolve(given)).replace(/[^A-Za-z0-9_.:-]+/g, '-');
  return name.replace(/^[^A-Za-z0-9]+/, '').slice(0, 128) || 'files';
}
