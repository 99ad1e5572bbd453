/**
 * Pressure: how near weir is to what it cannot take, as one number from signals that each have their own bounds; and from it the
 * share of requests that is admitted. Pure: times are given (a clock that never goes back), the same input gives the same output.
 */
import { limits } from '../../base/index.ts';

export interface Signals {
  /** Bytes that wait in all queues over what these may hold. */
  readonly queue: number;
  /** CPU used over what all cores could give. */
  readonly cpu: number;
  /** Resident memory over its bound. */
  readonly memory: number;
  /** Bytes free on the journal's disk over its size. */
  readonly diskFree: number;
  /** Bytes in the journal over `journal.max_bytes`. */
  readonly journal: number;
  /** Bytes on disk that wait for evaluation over what may wait. */
  readonly detect: number;
  /** The longest the event loop was held up since the last sample, ms. */
  readonly eventLoopMs: number;
  /** 99th percentile from request to answer since the last sample, of requests that were admitted, ms. */
  readonly responseMs: number;
  /** Admitted requests that failed (5xx) over all admitted; those refused here are not failures, or refusing would feed itself. */
  readonly errors: number;
}

export type SignalName = keyof Signals;

export interface SignalBounds {
  readonly unit: 'ratio' | 'ms';
  /** Up to here the signal gives no pressure. */
  readonly soft: number;
  /** From here on it gives all it can. Below `soft` where less is worse. */
  readonly hard: number;
  /** The most pressure it can give alone: 1 for what fails when exceeded, less for what only becomes slow. */
  readonly most: number;
  readonly why: string;
}

export const SIGNALS: Readonly<Record<SignalName, SignalBounds>> = {
  queue: {
    unit: 'ratio',
    soft: 0.5,
    hard: 1,
    most: 1,
    why: 'half full absorbs a burst; full is memory that is not there',
  },
  cpu: {
    unit: 'ratio',
    soft: 0.9,
    hard: 1,
    most: 0.5,
    why: 'a busy machine does its work; only with other signs is it too much',
  },
  // Up to its bound what is left of memory bounds the bodies in work, at it they come one by one: memory that was needed once is
  // not given back, whoever is refused, so a server that refused for it alone would never take anything again.
  memory: { unit: 'ratio', soft: 1, hard: 1.1, most: 1, why: 'beyond its bound the system may end the process' },
  diskFree: {
    unit: 'ratio',
    soft: 0.1,
    hard: 0.02,
    most: 1,
    why: 'what is left takes what is in work; a full disk takes nothing',
  },
  journal: {
    unit: 'ratio',
    soft: 0.9,
    hard: 1,
    most: 1,
    why: 'at journal.max_bytes doors answer 503; senders slow down before',
  },
  detect: {
    unit: 'ratio',
    soft: 0.5,
    hard: 1,
    most: 0.9,
    why: 'what waits is safe in the journal, but hits should come while they matter',
  },
  eventLoopMs: {
    unit: 'ms',
    soft: 100,
    hard: 1000,
    most: 0.9,
    why: 'nothing is answered meanwhile; a collection of garbage takes 50',
  },
  responseMs: { unit: 'ms', soft: 500, hard: 5000, most: 0.9, why: 'senders give up after 10 s and send again' },
  errors: { unit: 'ratio', soft: 0.02, hard: 0.5, most: 0.9, why: 'what fails is sent again and comes on top' },
};

/** What the share does at which pressure. Between `rise` and `fall` it stays, so that a value on a bound does not swing. */
export interface ShareSteps {
  readonly fallFrom: number;
  readonly riseBelow: number;
  /** Falls to this part of itself a step, rises by this much a step: quick to yield, slow to trust, as TCP does. */
  readonly fallTo: number;
  readonly riseBy: number;
  readonly shareMin: number;
  readonly stepMs: number;
}

export const SHARE_STEPS: ShareSteps = {
  fallFrom: 0.8,
  riseBelow: 0.6,
  fallTo: 0.7,
  riseBy: 0.05,
  // Something is always let in, or a signal that only admitted requests move (response time, errors) would never fall.
  shareMin: 0.05,
  stepMs: 1000,
};

export interface PressureSample {
  readonly atMs: number;
  /** 0 … 1. */
  readonly pressure: number;
  readonly share: number;
  /** The signal that gave most of it. */
  readonly worst: SignalName;
}

export interface PressureState extends PressureSample {
  /** Each signal's own pressure, 0 … `most`. */
  readonly parts: Readonly<Record<SignalName, number>>;
  readonly trend: 'rising' | 'falling' | 'steady';
  /** Change of pressure a second, over the last 30 s. */
  readonly slope: number;
}

export interface PressureOptions {
  readonly signals?: Readonly<Record<SignalName, SignalBounds>>;
  readonly steps?: ShareSteps;
  readonly samplesMax?: number;
}

/** Time constants: a rise is believed at once, a fall within seconds, so that one good sample ends nothing. */
const FALL_MS = 3_000;
const TREND_MS = 30_000;
const STEADY_PER_SECOND = 0.005;
const NAMES = Object.keys(SIGNALS) as SignalName[];

/** A signal's own pressure: 0 up to `soft`, `most` from `hard`, linear between. What is no number counts as the worst. */
export function signalPressure(value: number, { soft, hard, most }: SignalBounds): number {
  const share = (value - soft) / (hard - soft);
  return most * (Number.isNaN(share) ? 1 : Math.min(1, Math.max(0, share)));
}

export class Pressure {
  readonly #bounds: Readonly<Record<SignalName, SignalBounds>>;
  readonly #steps: ShareSteps;
  readonly #samplesMax: number;
  readonly #history: PressureSample[] = [];
  #state: PressureState;
  #steppedMs = Number.NEGATIVE_INFINITY;

  constructor(options: PressureOptions = {}) {
    this.#bounds = options.signals ?? SIGNALS;
    this.#steps = options.steps ?? SHARE_STEPS;
    this.#samplesMax = options.samplesMax ?? limits.pressureSamplesMax;
    const parts = Object.fromEntries(NAMES.map((name) => [name, 0])) as Record<SignalName, number>;
    this.#state = { atMs: Number.NaN, pressure: 0, share: 1, worst: 'queue', parts, trend: 'steady', slope: 0 };
  }

  get state(): PressureState {
    return this.#state;
  }

  /** Samples of the last minutes, oldest first, at most one a second: the worst of each second. */
  get history(): readonly PressureSample[] {
    return this.#history;
  }

  /** Takes in one sample of all signals; call it about once a second. */
  observe(signals: Signals, nowMs: number): PressureState {
    const parts = {} as Record<SignalName, number>;
    let worst: SignalName = 'queue';
    for (const name of NAMES) {
      parts[name] = signalPressure(signals[name], this.#bounds[name]);
      if (parts[name] > parts[worst]) worst = name;
    }
    // The worst counts, not the mean: seven good signals do not make a full disk any better.
    const now = parts[worst];
    const before = this.#state;
    const passedMs = Number.isNaN(before.atMs) ? 0 : Math.max(0, nowMs - before.atMs);
    const faded = now + (before.pressure - now) * Math.exp(-passedMs / FALL_MS);
    const pressure = Math.max(now, faded);
    const share = this.#step(pressure, nowMs);
    const sample = { atMs: nowMs, pressure, share, worst };
    this.#remember(sample);
    const slope = this.#slope(nowMs);
    const trend = slope > STEADY_PER_SECOND ? 'rising' : slope < -STEADY_PER_SECOND ? 'falling' : 'steady';
    this.#state = { ...sample, parts, trend, slope };
    return this.#state;
  }

  #step(pressure: number, nowMs: number): number {
    const { fallFrom, riseBelow, fallTo, riseBy, shareMin, stepMs } = this.#steps;
    const { share } = this.#state;
    if (nowMs - this.#steppedMs < stepMs) return share;
    let next = share;
    if (pressure >= fallFrom) next = Math.max(shareMin, share * fallTo);
    else if (pressure < riseBelow) next = Math.min(1, share + riseBy);
    if (next !== share) this.#steppedMs = nowMs;
    return next;
  }

  #remember(sample: PressureSample): void {
    const history = this.#history;
    const last = history.at(-1);
    if (last !== undefined && Math.floor(last.atMs / 1000) === Math.floor(sample.atMs / 1000)) {
      if (sample.pressure >= last.pressure) history[history.length - 1] = sample;
      return;
    }
    history.push(sample);
    if (history.length > this.#samplesMax) history.shift();
  }

  /** Least squares over the last 30 s. */
  #slope(nowMs: number): number {
    let [n, sumT, sumP, sumTT, sumTP] = [0, 0, 0, 0, 0];
    for (let i = this.#history.length - 1; i >= 0; i--) {
      const { atMs, pressure } = this.#history[i];
      const t = (atMs - nowMs) / 1000;
      if (t * 1000 < -TREND_MS) break;
      n++;
      sumT += t;
      sumP += pressure;
      sumTT += t * t;
      sumTP += t * pressure;
    }
    const spread = n * sumTT - sumT * sumT;
    return spread > 0 ? (n * sumTP - sumT * sumP) / spread : 0;
  }
}
