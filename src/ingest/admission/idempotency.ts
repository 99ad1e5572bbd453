/**
 * Idempotency keys: the same key and body get the first answer again, another body is refused, and who comes while the first is in
 * work waits for it. Kept for a day and at most a million; what is kept is on the journal's receipts too, and rebuilt from them.
 *
 * Typed arrays, in order of arrival, and a hash table of places in them: 64 bytes for each key, where a Map of objects takes some 280.
 */
import { createHash } from 'node:crypto';
import { limits, randomSeed } from '../../base/index.ts';
import { Refused } from './refused.ts';

/** What a request was answered. */
export interface Answer {
  readonly accepted: number;
  readonly deadLettered: number;
  /** Journal position of its last entry. */
  readonly position: number;
}

export type Begun =
  /** The first of its key: do it, then `finish` or `abandon`. */
  | { readonly kind: 'first' }
  | { readonly kind: 'again'; readonly answer: Answer }
  /** In work: resolves to its answer, or null when it was abandoned and another try may begin. */
  | { readonly kind: 'wait'; readonly answer: Promise<Answer | null> }
  | { readonly kind: 'refuse'; readonly refusal: Refused };

export interface IdempotencyOptions {
  readonly keysMax?: number;
  readonly keepMs?: number;
  readonly waitersMax?: number;
  /** Secret, so that nobody can choose keys that fall on one place. */
  readonly seed?: number;
}

interface InFlight {
  readonly body: Uint8Array;
  waiters: number;
  readonly answer: Promise<Answer | null>;
  readonly settle: (answer: Answer | null) => void;
}

const HASH_BYTES = 16;
const WORDS = HASH_BYTES / 4;
const FIRST_CAPACITY = 1024;

/** The first 16 bytes of SHA-256 over tenant, credential and key, each behind its length: no two triples run together. */
export function idempotencyHash(tenant: string, credential: string, key: string): Uint8Array {
  const hash = createHash('sha256');
  for (const part of [tenant, credential, key]) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest().subarray(0, HASH_BYTES);
}

export class IdempotencyKeys {
  readonly #keysMax: number;
  readonly #keepMs: number;
  readonly #waitersMax: number;
  readonly #multipliers: readonly number[];
  readonly #inFlight = new Map<string, InFlight>();
  /** Entries from `#first` to `#next`, each at its number modulo the capacity. */
  #first = 0;
  #next = 0;
  #capacity = 0;
  #keys = new Uint32Array(0);
  #bodies = new Uint32Array(0);
  #counts = new Uint32Array(0);
  #numbers = new Float64Array(0);
  /** Place of an entry + 1, 0 for none; linear probing, at most half full. */
  #table = new Int32Array(0);
  /** Keys forgotten before their day was over, since there were too many. */
  forgottenEarly = 0;

  constructor(options: IdempotencyOptions = {}) {
    this.#keysMax = options.keysMax ?? limits.idempotencyKeysMax;
    this.#keepMs = options.keepMs ?? limits.idempotencyMs;
    this.#waitersMax = options.waitersMax ?? limits.idempotencyWaitersMax;
    const seed = options.seed ?? randomSeed();
    this.#multipliers = Array.from({ length: WORDS }, (_, i) => Math.imul(seed + i, 0x9e3779b1) | 1);
    this.#resize(Math.min(FIRST_CAPACITY, this.#keysMax));
  }

  get size(): number {
    return this.#next - this.#first;
  }

  /** Memory of what is kept, bytes; requests in work are not in it. */
  get bytes(): number {
    const arrays = [this.#keys, this.#bodies, this.#counts, this.#numbers, this.#table];
    return arrays.reduce((sum, array) => sum + array.byteLength, 0);
  }

  /** `key` from `idempotencyHash`, `body` a hash of the events' bytes (its first 16 bytes count); `nowMs` Unix milliseconds. */
  begin(key: Uint8Array, body: Uint8Array, nowMs: number): Begun {
    this.#expire(nowMs);
    const running = this.#inFlight.get(nameOf(key));
    if (running !== undefined) {
      if (!sameHash(running.body, body)) return { kind: 'refuse', refusal: conflict() };
      if (running.waiters >= this.#waitersMax) return { kind: 'refuse', refusal: busy() };
      running.waiters++;
      return { kind: 'wait', answer: running.answer };
    }
    const place = this.#find(key);
    if (place < 0) {
      const { promise, resolve } = Promise.withResolvers<Answer | null>();
      this.#inFlight.set(nameOf(key), {
        body: body.slice(0, HASH_BYTES),
        waiters: 0,
        answer: promise,
        settle: resolve,
      });
      return { kind: 'first' };
    }
    if (!holds(this.#bodies, place, body)) return { kind: 'refuse', refusal: conflict() };
    return { kind: 'again', answer: this.#answer(place) };
  }

  /** The first request was answered so, durably; whoever waits gets the same. */
  finish(key: Uint8Array, answer: Answer, nowMs: number): void {
    const running = this.#inFlight.get(nameOf(key));
    if (running === undefined) throw new Error('finish without begin');
    this.#inFlight.delete(nameOf(key));
    this.restore(key, running.body, answer, nowMs);
    running.settle(answer);
  }

  /** The first request came to nothing (refused, cut off): the key is free again. */
  abandon(key: Uint8Array): void {
    const running = this.#inFlight.get(nameOf(key));
    this.#inFlight.delete(nameOf(key));
    running?.settle(null);
  }

  /** From a receipt, on start: in the journal's order. A key that is known keeps its first answer. */
  restore(key: Uint8Array, body: Uint8Array, answer: Answer, atMs: number): void {
    this.#expire(atMs);
    if (this.#find(key) >= 0) return;
    if (this.size === this.#keysMax) {
      this.#forgetFirst();
      this.forgottenEarly++;
    }
    if (this.size === this.#capacity) this.#resize(Math.min(this.#keysMax, this.#capacity * 2));
    const place = this.#next++ % this.#capacity;
    for (let i = 0; i < WORDS; i++) {
      this.#keys[place * WORDS + i] = word(key, i);
      this.#bodies[place * WORDS + i] = word(body, i);
    }
    this.#counts[place * 2] = answer.accepted;
    this.#counts[place * 2 + 1] = answer.deadLettered;
    this.#numbers[place * 2] = answer.position;
    this.#numbers[place * 2 + 1] = atMs;
    this.#insert(place);
  }

  #answer(place: number): Answer {
    const [accepted, deadLettered] = this.#counts.subarray(place * 2, place * 2 + 2);
    return { accepted, deadLettered, position: this.#numbers[place * 2] };
  }

  #expire(nowMs: number): void {
    while (this.size > 0 && this.#numbers[(this.#first % this.#capacity) * 2 + 1] <= nowMs - this.#keepMs)
      this.#forgetFirst();
  }

  #home(place: number): number {
    let sum = 0;
    for (let i = 0; i < WORDS; i++) sum = (sum + Math.imul(this.#keys[place * WORDS + i], this.#multipliers[i])) | 0;
    return this.#slot(sum);
  }

  #slot(sum: number): number {
    return ((sum ^ (sum >>> 15)) >>> 0) % this.#table.length;
  }

  #find(key: Uint8Array): number {
    let sum = 0;
    for (let i = 0; i < WORDS; i++) sum = (sum + Math.imul(word(key, i), this.#multipliers[i])) | 0;
    for (let at = this.#slot(sum); this.#table[at] > 0; at = (at + 1) % this.#table.length) {
      if (holds(this.#keys, this.#table[at] - 1, key)) return this.#table[at] - 1;
    }
    return -1;
  }

  #insert(place: number): void {
    let at = this.#home(place);
    while (this.#table[at] > 0) at = (at + 1) % this.#table.length;
    this.#table[at] = place + 1;
  }

  #forgetFirst(): void {
    const place = this.#first % this.#capacity;
    const { length } = this.#table;
    let hole = this.#home(place);
    while (this.#table[hole] !== place + 1) hole = (hole + 1) % length;
    // Those behind it move up where their search would now stop short (Knuth, volume 3, algorithm 6.4 R).
    for (let at = (hole + 1) % length; this.#table[at] > 0; at = (at + 1) % length) {
      const home = this.#home(this.#table[at] - 1);
      if ((at - home + length) % length < (at - hole + length) % length) continue;
      this.#table[hole] = this.#table[at];
      hole = at;
    }
    this.#table[hole] = 0;
    this.#first++;
    if (this.#first === this.#next) {
      this.#first = 0;
      this.#next = 0;
    }
  }

  #resize(capacity: number): void {
    const keys = new Uint32Array(capacity * WORDS);
    const bodies = new Uint32Array(capacity * WORDS);
    const counts = new Uint32Array(capacity * 2);
    const numbers = new Float64Array(capacity * 2);
    const { size } = this;
    for (let i = 0; i < size; i++) {
      const from = (this.#first + i) % this.#capacity;
      keys.set(this.#keys.subarray(from * WORDS, (from + 1) * WORDS), i * WORDS);
      bodies.set(this.#bodies.subarray(from * WORDS, (from + 1) * WORDS), i * WORDS);
      counts.set(this.#counts.subarray(from * 2, from * 2 + 2), i * 2);
      numbers.set(this.#numbers.subarray(from * 2, from * 2 + 2), i * 2);
    }
    this.#keys = keys;
    this.#bodies = bodies;
    this.#counts = counts;
    this.#numbers = numbers;
    this.#capacity = capacity;
    this.#first = 0;
    this.#next = size;
    this.#table = new Int32Array(capacity * 2 + 1);
    for (let place = 0; place < size; place++) this.#insert(place);
  }
}

const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, HASH_BYTES).toString('latin1');

/** The `i`-th 32 bits of a hash, as a signed or unsigned number: arrays and products do not mind. */
const word = (hash: Uint8Array, i: number): number =>
  hash[i * 4] | (hash[i * 4 + 1] << 8) | (hash[i * 4 + 2] << 16) | (hash[i * 4 + 3] << 24);

function holds(words: Uint32Array, place: number, hash: Uint8Array): boolean {
  for (let i = 0; i < WORDS; i++) if (words[place * WORDS + i] !== word(hash, i) >>> 0) return false;
  return true;
}

const sameHash = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.compare(a.subarray(0, HASH_BYTES), b.subarray(0, HASH_BYTES)) === 0;

const conflict = (): Refused => new Refused('idempotency.conflict', 'this Idempotency-Key was used for another body');
const busy = (): Refused =>
  new Refused('idempotency.busy', 'too many requests wait for the first with this Idempotency-Key', {
    retryAfterSeconds: 1,
  });
