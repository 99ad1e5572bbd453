/** Token buckets: at most `burst` at once and `perSecond` in the long run, for each of many keys. */
import { limits } from '../../base/index.ts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** In any span of t seconds `take` gives at most `perSecond` × t + `burst`. Time that goes back refills nothing. */
export class TokenBucket {
  readonly rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Milliseconds until `count` could be taken leaving `reserve`: 0 now, infinity where the burst is smaller. */
  waitMs(count: number, nowMs: number, reserve = 0): number {
    this.#refill(nowMs);
    if (count + reserve > this.rate.burst) return Number.POSITIVE_INFINITY;
    const missing = count + reserve - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil((missing / this.rate.perSecond) * 1000);
  }

  /** Takes `count` where `waitMs` is 0; else takes nothing and says false. */
  take(count: number, nowMs: number, reserve = 0): boolean {
    if (this.waitMs(count, nowMs, reserve) > 0) return false;
    this.#tokens -= count;
    return true;
  }

  /** Takes what was only known afterwards; may leave a debt, for which those who come next wait. */
  charge(count: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens -= count;
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#atMs) return;
    this.#tokens = Math.min(this.rate.burst, this.#tokens + ((nowMs - this.#atMs) / 1000) * this.rate.perSecond);
    this.#atMs = nowMs;
  }
}

/** One bucket for each key, the longest unused forgotten first: by then it is full again in all but an attack on names. */
export class Buckets {
  readonly #rateOf: (key: string) => Rate | null;
  readonly #keysMax: number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** `rateOf` says the rate of a key; null for no bound. */
  constructor(rateOf: (key: string) => Rate | null, keysMax: number = limits.admissionKeysMax) {
    this.#rateOf = rateOf;
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** The bucket of `key`, null where it has no bound. A rate that was changed begins with a new bucket. */
  of(key: string, nowMs: number): TokenBucket | null {
    const rate = this.#rateOf(key);
    let bucket = this.#buckets.get(key);
    this.#buckets.delete(key);
    if (rate === null) return null;
    if (bucket === undefined || bucket.rate.perSecond !== rate.perSecond || bucket.rate.burst !== rate.burst) {
      bucket = new TokenBucket(rate, nowMs);
    }
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#keysMax) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
