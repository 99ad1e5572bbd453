/** Following the keys of a document to tell whether it is an envelope around events (see envelope.ts). */
import { ENVELOPES, type Envelope } from './envelope.ts';

export class EnvelopeFinder {
  /** Whether the object in progress may still be an envelope. */
  active = false;
  /** Envelopes that the member whose key was read last may be the way into. */
  #entering: readonly Envelope[] = [];
  #candidates: readonly Envelope[] = [];
  #step = 0;

  /** A new object; those that hold lists only count where `listAllowed`. */
  start(listAllowed: boolean): void {
    this.active = true;
    this.#step = 0;
    this.#entering = [];
    this.#candidates = ENVELOPES.filter(({ holds }) => holds === 'event' || listAllowed);
  }

  stop(): void {
    this.active = false;
    this.#entering = [];
  }

  /** Depth of the object whose keys matter; the outermost is 1. */
  get depth(): number {
    return this.#step + 1;
  }

  /** Whether the value that follows may be the way in. */
  get entering(): boolean {
    return this.#entering.length > 0;
  }

  key(key: string): void {
    this.#entering = this.#candidates.filter(({ path }) => path[this.#step] === key);
    if (this.#entering.length > 0) return;
    this.#candidates = this.#candidates.filter(({ beside }) => beside.includes(key));
    if (this.#candidates.length === 0) this.stop();
  }

  /** The value is an object: the envelope whose event it is; null when the way goes on inside it or there is none. */
  object(): Envelope | null {
    const isLast = ({ path }: Envelope): boolean => path.length === this.#step + 1;
    const event = this.#entering.find((envelope) => isLast(envelope) && envelope.holds === 'event');
    if (event !== undefined) {
      this.stop();
      return event;
    }
    this.#candidates = this.#entering.filter((envelope) => !isLast(envelope));
    this.#entering = [];
    if (this.#candidates.length === 0) this.stop();
    else this.#step++;
    return null;
  }

  /** The value is a list: whether it may be one of events, which its first element decides. */
  list(): boolean {
    this.#entering = this.#entering.filter(({ path, holds }) => path.length === this.#step + 1 && holds === 'list');
    if (this.#entering.length === 0) this.stop();
    return this.#entering.length > 0;
  }

  /** The envelope of the list that was just found to be one of events. */
  take(): Envelope | null {
    const envelope = this.#entering[0] ?? null;
    this.stop();
    return envelope;
  }
}
