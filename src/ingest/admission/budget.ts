/**
 * The bytes of all bodies in work, bounded over all tenants and for each. A tenant may hold at most twice of what is still free
 * (the dynamic threshold of Choudhury and Hahne, 1998): one alone gets two thirds, two get 40 % each, and whoever comes later
 * finds room, without any share being set aside for those who are not there.
 */
import { limits } from '../../base/index.ts';

const FREE_TIMES = 2;
/** Kept for critical severity. */
const RESERVE = 0.1;

export class ByteBudget {
  readonly bytesMax: number;
  #limit = Number.POSITIVE_INFINITY;
  #held = 0;
  readonly #tenants = new Map<string, number>();

  constructor(bytesMax: number = limits.inFlightBytesMax) {
    this.bytesMax = bytesMax;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** Bounds what is in work further, by what else is scarce; who comes alone is held to `bytesMax` all the same. */
  limit(bytes: number): void {
    this.#limit = Math.max(0, bytes);
  }

  /** What holds now. */
  get bound(): number {
    return this.#held === 0 ? this.bytesMax : Math.floor(Math.min(this.bytesMax, this.#limit));
  }

  heldBy(tenant: string): number {
    return this.#tenants.get(tenant) ?? 0;
  }

  /** Bytes too many for `tenant` to hold `bytes` more; 0 or less when there is room. */
  missing(tenant: string, bytes: number, critical: boolean): number {
    const most = critical ? this.bound : this.bound * (1 - RESERVE);
    const after = most - this.#held - bytes;
    // As the tenant would stand with these bytes: held + bytes ≤ 2 × what is free then, but for its first bytes.
    const own = this.heldBy(tenant);
    const unfair = own === 0 ? 0 : own + bytes - FREE_TIMES * Math.max(0, after);
    return Math.max(-after, unfair);
  }

  /** Holds `bytes` more (or fewer, below 0) for `tenant`; ask `missing` first. */
  hold(tenant: string, bytes: number): void {
    this.#held += bytes;
    const own = this.heldBy(tenant) + bytes;
    if (own > 0) this.#tenants.set(tenant, own);
    else this.#tenants.delete(tenant);
  }
}

/** Bytes a second that leave, as an average that forgets with `FORGET_MS`. */
export class DrainRate {
  #amount = 0;
  #atMs = Number.NaN;

  add(bytes: number, nowMs: number): void {
    this.#amount = this.#at(nowMs) + bytes;
    this.#atMs = Math.max(nowMs, Number.isNaN(this.#atMs) ? nowMs : this.#atMs);
  }

  perSecond(nowMs: number): number {
    return (this.#at(nowMs) / FORGET_MS) * 1000;
  }

  #at(nowMs: number): number {
    return Number.isNaN(this.#atMs) ? 0 : this.#amount * Math.exp(-Math.max(0, nowMs - this.#atMs) / FORGET_MS);
  }
}

const FORGET_MS = 5_000;
