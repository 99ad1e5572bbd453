/** Workers that have rules: jobs go out to whoever is free, results come back in the order the jobs were given. */
import { Worker } from 'node:worker_threads';
import { programBeside, setUpV8, WeirError } from '../base/index.ts';
import { compileKernelModule } from '../batch/index.ts';
import type { LaneSource } from '../detect/index.ts';
import { openLaneChannel } from './lane-channel.ts';
import type { FromWorker, LinesJob, RangeJob, Start } from './messages.ts';
import { lanesOfPackage } from './rules.ts';
import type { PieceResult, RulePackage, WorkerTotals } from './scanner.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
export type NewJob = Unnumbered<LinesJob | RangeJob>;

/** A piece that could not be read; the scan goes on. */
export interface PieceFailure {
  readonly error: WeirError;
}

type Receive<R> = (id: number, result: R | PieceFailure) => Promise<void> | void;

interface Member<T> {
  readonly worker: Worker;
  busy: number;
  totals: ((totals: T) => void) | null;
  finished: boolean;
}

/** A worker's heap is 25 MB; with hostile input V8 would let it grow to 220 before it collects, most of that young. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 24 };

/** Jobs a worker may have: one at work, one waiting, so that it never idles. */
const JOBS_PER_WORKER = 2;

/** Jobs, their results, and what each worker has to say at its end. */
export class WorkPool<J extends object, R, T> {
  readonly #members: Member<T>[];
  readonly #module: Promise<WebAssembly.Module>;
  #started = false;
  #ready = 0;
  #onReady = (): void => {};
  #next = 0;
  #emitted = 0;
  readonly #results = new Map<number, R | PieceFailure>();
  readonly #onResult: Receive<R>;
  readonly #waiting: (() => void)[] = [];
  #emitting: Promise<void> = Promise.resolve();
  #fatal: unknown = null;

  /**
   * Starts the threads, which load while the rules are being read. `onResult` is called in the order of jobs, never twice at once.
   * @param program of the workers
   */
  constructor(program: URL, threads: number, onResult: Receive<R>) {
    this.#onResult = onResult;
    setUpV8();
    this.#module = compileKernelModule();
    // It may fail before it is waited for.
    this.#module.catch(() => {});
    this.#members = Array.from({ length: threads }, () => {
      const worker = new Worker(program, { resourceLimits: WORKER_LIMITS });
      const member: Member<T> = { worker, busy: 0, totals: null, finished: false };
      worker.on('message', (message: FromWorker<R, T>) => this.#answer(member, message));
      worker.on('error', (error) => this.#fail(error));
      // One that just goes (ended from outside, say) raises no error, and its answers would be waited for for ever.
      worker.on('exit', (code) => {
        if (!member.finished) this.#fail(new Error(`a worker ended before its work did (exit code ${code})`));
      });
      return member;
    });
  }

  /**
   * Hands out the rules; jobs may be given then. `onReady` is called when every worker has taken the rules in.
   * @param lanes compiles what the rules lack; without it that is compiled from the rules' own models
   */
  async start(
    rules: RulePackage,
    onReady: () => void = () => {},
    lanes: LaneSource = lanesOfPackage(rules),
  ): Promise<void> {
    const module = await this.#module;
    this.#onReady = onReady;
    for (const { worker } of this.#members) {
      const channel = openLaneChannel(lanes, (error) => this.#fail(error));
      const start: Start = { kind: 'start', rules, module, lanes: channel };
      worker.postMessage(start, [channel.port]);
    }
    this.#started = true;
  }

  /** Gives out a job once a worker is free and few enough results wait their turn; `onNumber` hears the job's number first. */
  async give(job: J, onNumber: (id: number) => void, transfer: readonly ArrayBuffer[] = []): Promise<void> {
    if (!this.#started) throw new Error('the pool has no rules yet');
    const window = this.#members.length * JOBS_PER_WORKER * 2;
    const leastBusy = (): Member<T> => this.#members.reduce((a, b) => (b.busy < a.busy ? b : a));
    await this.#until(() => leastBusy().busy < JOBS_PER_WORKER && this.#next - this.#emitted < window);
    const free = leastBusy();
    free.busy++;
    const id = this.#next++;
    onNumber(id);
    free.worker.postMessage({ ...job, id }, [...transfer]);
  }

  /** Waits until every result has been passed on, then ends the workers. */
  async finish(): Promise<T[]> {
    await this.#until(() => this.#emitted === this.#next);
    await this.#emitting;
    if (this.#fatal !== null) throw this.#fatal;
    return new Promise<T[]>((resolve, reject) => {
      this.#waiting.push(() => reject(this.#fatal));
      const totals = this.#members.map(
        (member) =>
          new Promise<T>((resolve) => {
            member.totals = resolve;
            member.worker.postMessage({ kind: 'finish' });
          }),
      );
      Promise.all(totals).then(resolve, reject);
    });
  }

  /** Ends the workers at once. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }

  /** Waits for what answers of workers bring about; throws once something has failed for good. */
  async #until(holds: () => boolean): Promise<void> {
    for (;;) {
      if (this.#fatal !== null) throw this.#fatal;
      if (holds()) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #fail(error: unknown): void {
    this.#fatal ??= error;
    this.#wake();
  }

  #answer(member: Member<T>, message: FromWorker<R, T>): void {
    if (message.kind === 'ready') {
      if (++this.#ready === this.#members.length) this.#onReady();
      return;
    }
    if (message.kind === 'totals') {
      member.finished = true;
      member.totals?.(message.totals);
      return;
    }
    member.busy--;
    const result = message.kind === 'done' ? message.result : { error: new WeirError(message.code, message.message) };
    this.#results.set(message.id, result);
    this.#emitting = this.#emitting.then(() => this.#emit()).catch((error: unknown) => this.#fail(error));
    this.#wake();
  }

  async #emit(): Promise<void> {
    for (;;) {
      const result = this.#results.get(this.#emitted);
      if (result === undefined) return;
      this.#results.delete(this.#emitted);
      await this.#onResult(this.#emitted, result);
      this.#emitted++;
      this.#wake();
    }
  }
}

/** The workers of a scan. */
export class ScanPool extends WorkPool<NewJob, PieceResult, WorkerTotals> {
  constructor(threads: number, onResult: Receive<PieceResult>) {
    super(programBeside(import.meta.url, 'worker'), threads, onResult);
  }

  override give(job: NewJob, onNumber: (id: number) => void): Promise<void> {
    return super.give(job, onNumber, job.kind === 'lines' ? [job.bytes.buffer] : []);
  }
}
