/**
 * What the threads of the live server stand on: disk, clock, messages, each other. The machine's own is real-machine.ts; a simulation
 * (test/simulation) plays one, so that all that threads do runs in one thread, in any order it likes, and the same again.
 */
import type { Files } from '../../base/index.ts';

/** One end of a channel. Messages come in the order in which they were posted. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly object[]): void;
  on<T>(event: 'message', listener: (message: T) => void): unknown;
  close(): void;
}

/** The far side of a thread. */
export interface Thread {
  postMessage(message: unknown, transfer?: readonly object[]): void;
  on<T>(event: 'message', listener: (message: T) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Ends it where it is. */
  terminate(): Promise<unknown>;
}

export interface Machine {
  readonly files: Files;
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds, never going back. */
  elapsedMs(): number;
  /** Calls `work` every `ms` until the returned function is called. */
  every(ms: number, work: () => void): () => void;
  /** Calls `work` after what waits now has had its turn. */
  soon(work: () => void): void;
  channel(): [Port, Port];
  /** The next message that waits in a port; undefined: there is none. */
  receive(port: Port): unknown;
}
