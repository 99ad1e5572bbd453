/** Has file after file of the journal released while a server runs; what fails is told, and tried again later. */
import type { Worker } from 'node:worker_threads';
import { elapsedMs, WeirError } from '../../base/index.ts';
import type { ClosedFile, ReleaseEntry } from '../../journal/index.ts';
import { SMALL_HEAP, workerOf } from '../live/real-machine.ts';
import type { Fetched } from './cold-store.ts';
import type { History } from './history.ts';
import type { FromReleaser, ReleaseState } from './history-messages.ts';
import type { ReleaseWork } from './release.ts';
import { type ReleaseSettings, type ReleaseWaits, Releasing } from './releasing.ts';
import { bring } from './tiering.ts';

/** Between two looks where there was nothing to do. */
const LOOK_MS = 5000;
/** So long the journal has to take a file's place; then it is written again. */
const TAKEN_WITHIN_MS = 60_000;

export class ReleaseLoop {
  readonly #settings: ReleaseSettings;
  readonly #history: History;
  readonly #releasing: Releasing;
  readonly #tell: (entry: ReleaseEntry) => void;
  #worker: Worker | null = null;
  #busy = false;
  #lookAtMs = elapsedMs();
  /** What was written and the journal has not taken yet. */
  #asked: { readonly from: number; readonly untilMs: number } | null = null;
  #waits: ReleaseWaits | null = null;
  #failed: string | null = null;

  /** @param tell has the journal take the released file that was written */
  constructor(settings: ReleaseSettings, folder: string, history: History, tell: (entry: ReleaseEntry) => void) {
    this.#settings = settings;
    this.#history = history;
    this.#releasing = new Releasing(folder, `${folder}/chain`, history);
    this.#tell = tell;
  }

  get state(): ReleaseState {
    return { waits: this.#waits, failed: this.#failed };
  }

  /** Whether a file is being held against segments, which takes memory. */
  get isBusy(): boolean {
    return this.#worker !== null;
  }

  /** Does what is due; nothing while it does. */
  async look(journalBytes: number): Promise<void> {
    if (this.#busy || elapsedMs() < this.#lookAtMs) return;
    this.#busy = true;
    try {
      await this.#look(journalBytes);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#failed = error.message;
      this.#lookAtMs = elapsedMs() + LOOK_MS;
    } finally {
      this.#busy = false;
    }
  }

  async #look(journalBytes: number): Promise<void> {
    const next = this.#releasing.next(this.#settings, journalBytes);
    if (typeof next === 'string') {
      this.#taken(null);
      this.#waits = next;
      this.#lookAtMs = elapsedMs() + LOOK_MS;
      this.#end();
      return;
    }
    this.#waits = null;
    this.#taken(next.from);
    if (this.#asked !== null) return;
    const entry = await this.#write(next);
    this.#failed = null;
    this.#asked = { from: entry.from, untilMs: elapsedMs() + TAKEN_WITHIN_MS };
    this.#tell(entry);
  }

  /** What was written is waited for no more once the journal has taken it, another file being the oldest one then, or after a while. */
  #taken(oldest: number | null): void {
    if (this.#asked === null) return;
    if (this.#asked.from !== oldest || elapsedMs() >= this.#asked.untilMs) this.#asked = null;
  }

  async #write(file: ClosedFile): Promise<ReleaseEntry> {
    let segments = this.#releasing.segments(file);
    const away = this.#releasing.away(segments);
    const fetched: Fetched | null = away.length === 0 ? null : await bring(this.#history, away);
    const [why] = fetched?.away.values() ?? [];
    // Meanwhile some may have been merged.
    if (fetched !== null) segments = this.#releasing.segments(file);
    const lease = this.#history.store.lease(segments);
    try {
      if (why !== undefined) throw new WeirError('store.object_away', why);
      return await this.#inThread(this.#releasing.work(file, segments));
    } finally {
      lease.release();
      fetched?.release();
    }
  }

  #inThread(work: ReleaseWork): Promise<ReleaseEntry> {
    this.#worker ??= workerOf('../store/release-worker', undefined, SMALL_HEAP);
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const failed = (why: string): void => {
        this.#end();
        reject(new WeirError('store.release', why));
      };
      worker.removeAllListeners();
      worker.on('message', (message: FromReleaser) => {
        if (message.kind === 'written') resolve(message.entry);
        else failed(message.message);
      });
      worker.on('error', (error: Error) => failed(error.message));
      worker.on('exit', () => failed('the thread that releases the journal has ended'));
      worker.postMessage(work);
    });
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = null;
    worker?.removeAllListeners();
    void worker?.terminate();
  }

  close(): void {
    this.#lookAtMs = Number.POSITIVE_INFINITY;
    this.#end();
  }
}
