/**
 * What has been taken of an input, kept in a file of its own that is replaced whole with every answer: after a kill nothing that was
 * answered is sent again. What was under way is sent again under the same idempotency key, by which it is known.
 */
import path from 'node:path';
import { fileInfo, makeDirectory, now, readText, replaceFile, sha256, WeirError } from '../../base/index.ts';
import type { Batch } from './batches.ts';

/** The content of the file. Ranges are bytes of the input's lines. */
export interface InputState {
  readonly version: 1;
  readonly path: string;
  readonly source: string;
  /** Of this taking of the input: part of every key. */
  readonly id: string;
  /** The file as it stood when it was read last. */
  stamp: string;
  /** Lines are taken as they lie in the file. */
  readonly plain: boolean;
  /** Where it ended when it was read to its end, ascending: a batch ends there. */
  ends: readonly number[];
  /** All before this is taken. */
  done: number;
  /** Hash over the hashes of the batches before `done`. */
  chain: string;
  /** Taken behind `done`: from, to, hash. */
  taken: readonly (readonly [from: number, to: number, hash: string])[];
  /** Under way when this was written: kept or not, nobody here knows. */
  sent: readonly (readonly [from: number, to: number, hash: string])[];
  /** Of the credential under whose keys those were sent. */
  scope: string;
  /** Unix milliseconds when this was written. */
  at: number;
  /** All of the input is taken. */
  complete: boolean;
  events: number;
  dead: number;
  /** Lines left out as too long. */
  leftOut: number;
}

export interface Outcome {
  readonly accepted: number;
  readonly dead: number;
}

const FILE_BYTES_MAX = 1024 * 1024;
const NO_CHAIN = '';

/** Where batches must end, since they did when they were sent. */
export function cutsOf({ ends, taken, sent }: InputState): number[] {
  const cuts = new Set([...ends, ...taken.map(([, to]) => to), ...sent.map(([, to]) => to)]);
  return [...cuts].sort((a, b) => a - b);
}

export const chainOf = (chain: string, hash: string): string => sha256(`${chain} ${hash}`);

/** Where the state of an input is kept. */
export function stateFile(folder: string, input: string, source: string): string {
  return path.join(folder, `${sha256(`${source}\n${path.resolve(input)}`).slice(0, 32)}.json`);
}

/** Null where there is none. Throws `send.state` where it cannot be what weir wrote. */
export function loadState(file: string): InputState | null {
  if (fileInfo(file) === null) return null;
  try {
    const state = JSON.parse(readText(file, FILE_BYTES_MAX)) as InputState;
    const sound =
      state.version === 1 &&
      [state.done, state.at, state.events, state.dead].every(Number.isSafeInteger) &&
      [state.ends, state.taken, state.sent].every(Array.isArray);
    if (sound) return state;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new WeirError('send.state', `${file} is not what weir wrote there: what was taken of an input is not known`, {
    hint: 'Restore the file, or remove it: then all of its input is sent again.',
  });
}

export function newState(input: string, source: string, id: string, stamp: string, plain: boolean): InputState {
  return {
    version: 1,
    path: path.resolve(input),
    source,
    id,
    stamp,
    plain,
    ends: [],
    done: 0,
    chain: NO_CHAIN,
    taken: [],
    sent: [],
    scope: '',
    at: 0,
    complete: false,
    events: 0,
    dead: 0,
    leftOut: 0,
  };
}

/** An input while it is sent. */
export class InputProgress {
  readonly #file: string;
  readonly #scope: string;
  readonly state: InputState;
  /** Where the input ends; null until that is known. */
  #end: number | null = null;

  constructor(file: string, state: InputState, scope: string) {
    this.#file = file;
    this.#scope = scope;
    this.state = state;
    makeDirectory(path.dirname(file));
  }

  /** The key of a batch: the same for the same lines at the same place of the same taking of the input. */
  keyOf({ from, to, hash }: Batch): string {
    const { path: input, source, id } = this.state;
    return `ingest-${sha256(JSON.stringify([1, source, input, id, from, to, hash]))}`;
  }

  /** Of a batch behind `done`. */
  isTaken({ from, to }: Batch): boolean {
    return this.state.taken.some(([start, end]) => start === from && end === to);
  }

  /** To be called before the batch goes out. */
  sending({ from, to, hash }: Batch): void {
    const { state } = this;
    if (!state.sent.some(([start]) => start === from)) state.sent = [...state.sent, [from, to, hash]];
    this.#save(false);
  }

  /** It was refused, and is not kept. */
  refused({ from }: Batch): void {
    this.state.sent = this.state.sent.filter(([start]) => start !== from);
    this.#save(false);
  }

  taken({ from, to, hash }: Batch, { accepted, dead }: Outcome): void {
    const { state } = this;
    state.events += accepted;
    state.dead += dead;
    this.#take(from, to, hash);
    // A power cut that takes this back has the batch sent again, under the same key.
    this.#save(true);
  }

  /** It was taken before: what `done` stands before may now be told. */
  seen({ from, to, hash }: Batch): void {
    if (to > this.state.done) this.#take(from, to, hash);
  }

  /** A line too long to be an event. */
  leftOut({ from, to, hash }: Batch): void {
    this.state.leftOut++;
    this.#take(from, to, hash);
    this.#save(true);
  }

  /** The input has been read to its end; `whole`: and all of it could be. */
  ends(end: number, whole: boolean): void {
    const { state } = this;
    if (state.ends.at(-1) !== end && end > 0) state.ends = [...state.ends, end];
    this.#end = whole ? end : null;
    this.#complete();
    this.#save(true);
  }

  #take(from: number, to: number, hash: string): void {
    const { state } = this;
    state.sent = state.sent.filter(([start]) => start !== from);
    const others = state.taken.filter(([start]) => start !== from);
    const taken = [...others, [from, to, hash] as const].sort(([a], [b]) => a - b);
    while (taken.length > 0 && taken[0][0] === state.done) {
      const [, end, of] = taken[0];
      state.done = end;
      state.chain = chainOf(state.chain, of);
      taken.shift();
    }
    state.taken = taken;
    this.#complete();
  }

  #complete(): void {
    this.state.complete = this.#end !== null && this.state.done >= this.#end;
  }

  #save(durable: boolean): void {
    this.state.at = now();
    this.state.scope = this.#scope;
    replaceFile(this.#file, `${JSON.stringify(this.state)}\n`, { durable });
  }
}
