/** One process that runs DuckDB, seen from the server. It takes one query at a time. */
import {
  elapsedMs,
  type Forked,
  forkProgram,
  limits,
  makePrivateDirectory,
  programBeside,
  removePath,
} from '../../base/index.ts';
import type { EngineSetup, FromDuck, ToDuck } from './messages.ts';

/** Of V8 in that process: rows on their way, four batches and a chunk of 2,048 rows. */
const HEAP_MB = 384;

export interface Listener {
  take(message: FromDuck): void;
  /** The process is gone in the middle of the query; `signal` is null where it was let go. */
  died(signal: string | null, lastWords: string): void;
}

export class Member {
  readonly #process: Forked;
  readonly #temporary: string;
  #listener: Listener | null = null;
  /** It may be given a query. */
  #alive = true;
  readonly exited: Promise<void>;
  /** What it may read and has read before, as one text. */
  #scope = '';
  #busy = false;
  #idleSinceMs = elapsedMs();

  constructor(setup: EngineSetup) {
    this.#temporary = setup.temporary;
    makePrivateDirectory(setup.temporary);
    const program = programBeside(import.meta.url, 'duck-process');
    this.#process = forkProgram(program, { heapMb: HEAP_MB, cwd: setup.temporary });
    const { child, lastWords } = this.#process;
    child.on('message', (message: FromDuck) => this.#listener?.take(message));
    child.on('error', () => this.kill());
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        const ours = !this.#alive;
        this.#alive = false;
        removePath(this.#temporary);
        this.#listener?.died(ours ? null : (signal ?? `exit ${code}`), lastWords());
        this.#listener = null;
        resolve();
      });
    });
    this.send({ kind: 'start', setup });
    this.#hold(false);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** The scope it was reserved for last; empty at first. */
  get scope(): string {
    return this.#scope;
  }

  get stale(): boolean {
    return !this.busy && elapsedMs() - this.#idleSinceMs > limits.queryIdleMs;
  }

  /** From here on it is busy, until {@link rest}. */
  reserve(scope: string): void {
    this.#scope = scope;
    this.#busy = true;
    this.#hold(true);
  }

  /** It died where this returns false; nothing will be heard of it. */
  listen(listener: Listener): boolean {
    this.#listener = listener;
    return this.#alive;
  }

  rest(): void {
    this.#listener = null;
    this.#busy = false;
    this.#idleSinceMs = elapsedMs();
    this.#hold(false);
  }

  send(message: ToDuck): void {
    this.#process.send(message);
  }

  kill(): void {
    this.#alive = false;
    // Whoever waits for its end must not end before it.
    this.#hold(true);
    this.#process.child.kill('SIGKILL');
  }

  /** An idle process keeps nobody waiting: a program that has its answer ends. */
  #hold(hold: boolean): void {
    const word = hold ? 'ref' : 'unref';
    const { child } = this.#process;
    child[word]();
    child.channel?.[word]();
    const stderr = child.stderr as { ref?: () => void; unref?: () => void } | null;
    stderr?.[word]?.();
  }
}
