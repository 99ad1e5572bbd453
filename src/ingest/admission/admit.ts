/**
 * Whether a request is taken: admitted, refused as too fast (429), refused since weir cannot take it (503), or left out by a
 * written policy. Decided from what is known before the body is read; the ticket then follows the bytes.
 */
import { elapsedMs, limits, randomSeed } from '../../base/index.ts';
import { Buckets, type Rate, type TokenBucket } from './bucket.ts';
import { ByteBudget, DrainRate } from './budget.ts';
import type { PressureState } from './pressure.ts';
import { type RefusalCode, Refused } from './refused.ts';
import { type Severity, type SheddingPolicy, type Subject, severityShare, shedBy } from './shed.ts';

export interface Arrival extends Subject {
  readonly credential: string;
  /** `Content-Length`; 0 where it is not told. */
  readonly bytes: number;
  /** 32 bits that are the same when the same request is sent again (of the Idempotency-Key, else of what is known). */
  readonly hash: number;
}

export type RateScope = 'tenant' | 'credential' | 'source';

/** Bounds of one tenant, credential or source. */
export interface Rates {
  readonly requests?: Rate;
  /** Decompressed bytes, charged when they are known; who is in debt waits. */
  readonly bytes?: Rate;
}

export interface AdmissionOptions {
  readonly pressure: () => Pick<PressureState, 'pressure' | 'share' | 'worst'>;
  /** The rates of one key; null for no bound. A source's key is its name; tenants may share names of sources, so both are given. */
  readonly ratesOf?: (scope: RateScope, key: string, tenant: string) => Rates | null;
  readonly shedding?: () => readonly SheddingPolicy[];
  /** Bytes that wait behind admission: part of what must drain before another try makes sense. */
  readonly queuedBytes?: () => number;
  readonly inFlightBytesMax?: number;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
  /** 0 ≤ x < 1, for the jitter of Retry-After. */
  readonly random?: () => number;
}

/** Holds an admitted request's bytes. Close it, whatever happens. */
export interface Ticket {
  /** Bytes held at present. */
  readonly bytes: number;
  /** Raises what is held to `bytes` in all; throws `Refused` (`admission.memory`) where there is no room, holding what it held. */
  grow(bytes: number): void;
  /** Gives back all bytes, and charges the rates with what the body had decompressed. Further calls do nothing. */
  close(decompressedBytes?: number): void;
}

export type Decision =
  | { readonly kind: 'admit'; readonly ticket: Ticket }
  /** To be read and counted, then left out: answer as accepted 0, and count its events in the tally under `policy`. */
  | { readonly kind: 'shed'; readonly policy: SheddingPolicy; readonly ticket: Ticket }
  | { readonly kind: 'refuse'; readonly refusal: Refused };

/** Part of a request rate's burst that is kept for critical severity. */
const RESERVE = 0.1;
const JITTER = 0.5;
/** What closes the doors takes a while: space is freed by other work, or by someone. */
const CLOSED_MS = 5_000;
const SCOPES: readonly RateScope[] = ['tenant', 'credential', 'source'];

export class Admission {
  readonly budget: ByteBudget;
  /** Requests by outcome: `admit`, `shed` or a refusal's code. */
  readonly counts: Record<string, number> = {};
  readonly #options: AdmissionOptions;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #drain = new DrainRate();
  readonly #closed = new Map<string, { readonly message: string; readonly waitMs: number }>();
  readonly #credits = new Map<Severity, number>();
  readonly #requests: Buckets;
  readonly #bytes: Buckets;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? elapsedMs;
    this.#random = options.random ?? (() => randomSeed() / 2 ** 32);
    this.budget = new ByteBudget(options.inFlightBytesMax);
    const rateOf = (kind: 'requests' | 'bytes') => (key: string) => {
      const [scope, name, tenant] = JSON.parse(key) as [RateScope, string, string];
      return options.ratesOf?.(scope, name, tenant)?.[kind] ?? null;
    };
    this.#requests = new Buckets(rateOf('requests'));
    this.#bytes = new Buckets(rateOf('bytes'));
  }

  /** Refuses everything until `open` is called with the same reason (`journal.full`, `disk.full`, `draining`, …). */
  close(reason: string, message: string, waitMs = CLOSED_MS): void {
    this.#closed.set(reason, { message, waitMs });
  }

  open(reason: string): void {
    this.#closed.delete(reason);
  }

  get closedBy(): readonly string[] {
    return [...this.#closed.keys()];
  }

  decide(arrival: Arrival): Decision {
    const decision = this.#decide(arrival);
    const outcome = decision.kind === 'refuse' ? decision.refusal.code : decision.kind;
    this.counts[outcome] = (this.counts[outcome] ?? 0) + 1;
    return decision;
  }

  /** Seconds after which trying again makes sense, from how fast bytes leave at present, with jitter so that not all come at once. */
  retryAfterSeconds(waitMs: number): number {
    const jittered = Math.min(limits.retryAfterMsMax, Math.max(0, waitMs)) * (1 + JITTER * this.#random());
    return Math.max(1, Math.ceil(Math.min(limits.retryAfterMsMax, jittered) / 1000));
  }

  #decide(arrival: Arrival): Decision {
    const now = this.#clock();
    const critical = arrival.severity === 'critical';
    for (const { message, waitMs } of this.#closed.values()) {
      return this.#refuse('admission.closed', message, Math.max(waitMs, this.#drainMs(now)));
    }
    const [requests, bytes] = this.#bucketsOf(arrival, now);
    const waitMs = Math.max(
      0,
      ...requests.map((bucket) =>
        bucket.waitMs(1, now, critical ? 0 : Math.min(bucket.rate.burst - 1, bucket.rate.burst * RESERVE)),
      ),
      ...bytes.map((bucket) => bucket.waitMs(0, now)),
    );
    if (waitMs > 0) return this.#refuse('admission.rate', `too fast for ${arrival.tenant}/${arrival.source}`, waitMs);
    const { pressure, share, worst } = this.#options.pressure();
    const policy = shedBy(this.#options.shedding?.() ?? [], arrival, pressure, arrival.hash);
    if (policy?.action === 'refuse') {
      const message = `pressure is ${pressure.toFixed(2)} (${worst}): the policy ${policy.id} puts this off`;
      return this.#refuse('admission.policy', message, Math.max(1000, this.#drainMs(now)));
    }
    if (policy === null && !this.#passes(arrival.severity, share)) {
      const message = `pressure is ${pressure.toFixed(2)} (${worst}): ${Math.round(share * 100)} % is taken, by severity`;
      return this.#refuse('admission.pressure', message, Math.max(1000, this.#drainMs(now)));
    }
    const missing = this.budget.missing(arrival.tenant, arrival.bytes, critical);
    if (missing > 0) return { kind: 'refuse', refusal: this.#memoryRefusal(arrival, missing) };
    for (const bucket of requests) bucket.take(1, now);
    const ticket = this.#ticket(arrival, bytes);
    return policy === null ? { kind: 'admit', ticket } : { kind: 'shed', policy, ticket };
  }

  #bucketsOf(arrival: Arrival, now: number): [TokenBucket[], TokenBucket[]] {
    if (this.#options.ratesOf === undefined) return [[], []];
    const keys = SCOPES.map((scope) => JSON.stringify([scope, arrival[scope], arrival.tenant]));
    const found = (buckets: Buckets): TokenBucket[] =>
      keys.map((key) => buckets.of(key, now)).filter((bucket) => bucket !== null);
    return [found(this.#requests), found(this.#bytes)];
  }

  /** Spread evenly, not drawn by hash: a request that is sent again gets its turn. */
  #passes(severity: Severity, share: number): boolean {
    const credit = (this.#credits.get(severity) ?? 0) + severityShare(share, severity);
    // Ten shares of 0.1 fall short of 1 by rounding.
    const passes = credit >= 1 - 1e-9;
    this.#credits.set(severity, passes ? Math.max(0, credit - 1) : credit);
    return passes;
  }

  #ticket(arrival: Arrival, rates: readonly TokenBucket[]): Ticket {
    const { tenant } = arrival;
    let held = 0;
    let open = true;
    const grow = (bytes: number): void => {
      if (!open || bytes <= held) return;
      const missing = this.budget.missing(tenant, bytes - held, arrival.severity === 'critical');
      if (missing > 0) throw this.#memoryRefusal(arrival, missing);
      this.budget.hold(tenant, bytes - held);
      held = bytes;
    };
    const close = (decompressedBytes = 0): void => {
      if (!open) return;
      open = false;
      const now = this.#clock();
      this.budget.hold(tenant, -held);
      this.#drain.add(held, now);
      for (const bucket of rates) bucket.charge(decompressedBytes, now);
      held = 0;
    };
    grow(arrival.bytes);
    return {
      get bytes() {
        return held;
      },
      grow,
      close,
    };
  }

  #memoryRefusal(arrival: Arrival, missing: number): Refused {
    const perSecond = this.#drain.perSecond(this.#clock());
    const waitMs = perSecond > 0 ? (missing / perSecond) * 1000 : limits.retryAfterMsMax;
    const { heldBytes, bound } = this.budget;
    const message = `${heldBytes} of ${bound} bytes are in work, ${this.budget.heldBy(arrival.tenant)} of them of ${arrival.tenant}`;
    return new Refused('admission.memory', message, { retryAfterSeconds: this.retryAfterSeconds(waitMs) });
  }

  /** How long what is in work and queued takes at the present rate. */
  #drainMs(now: number): number {
    const waiting = this.budget.heldBytes + (this.#options.queuedBytes?.() ?? 0);
    if (waiting === 0) return 0;
    const perSecond = this.#drain.perSecond(now);
    return perSecond > 0 ? (waiting / perSecond) * 1000 : limits.retryAfterMsMax;
  }

  #refuse(code: RefusalCode, message: string, waitMs: number): Decision {
    return {
      kind: 'refuse',
      refusal: new Refused(code, message, { retryAfterSeconds: this.retryAfterSeconds(waitMs) }),
    };
  }
}
