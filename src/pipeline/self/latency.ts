/**
 * Where the time goes: each journal entry's stamps at each stage, as histograms by severity and as a waterfall for any one of the
 * last entries. All stamps are of one clock; several threads of a process share `performance.timeOrigin + performance.now()`.
 */
import { limits } from '../../base/index.ts';
import { LogHistogram } from './log-histogram.ts';

/** In their order; `evaluated` and `acked` may change places, since rules run while the journal syncs. */
export const STAGES = ['received', 'decoded', 'journaled', 'acked', 'evaluated', 'committed', 'published'] as const;
export type Stage = (typeof STAGES)[number];

export const LATENCY_SEVERITIES = ['none', 'info', 'low', 'medium', 'high', 'critical'] as const;
/** Of the hits; `none` for events that were no hit. */
export type LatencySeverity = (typeof LATENCY_SEVERITIES)[number];

/** Milliseconds at which an entry came to each stage. */
export type Stamps = Readonly<Partial<Record<Stage, number>>>;

export interface WaterfallStep {
  readonly stage: Stage;
  /** Unix ms. */
  readonly atMs: number;
  readonly sinceReceivedMs: number;
  /** Since the stage before it in time. */
  readonly tookMs: number;
}

export interface LatencySummary {
  readonly stage: Stage;
  readonly severity: LatencySeverity;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class Latency {
  readonly #entriesMax: number;
  /** By stage and severity: from `received` to the stage. */
  readonly #histograms = new Map<string, LogHistogram>();
  /** A ring of entries at position modulo its size: the position, then a stamp for each stage, NaN where there is none. */
  readonly #ring: Float64Array;

  constructor(entriesMax: number = limits.latencyEntriesMax) {
    this.#entriesMax = entriesMax;
    this.#ring = new Float64Array(entriesMax * WIDTH).fill(Number.NaN);
  }

  /** Stamps of the entry at `position`, added to those it has. Later calls for the same stage keep the first stamp. */
  stamp(position: number, stamps: Stamps): void {
    const at = (position % this.#entriesMax) * WIDTH;
    if (this.#ring[at] !== position) {
      // An old entry's late stamp must not wipe out the newer one at its place.
      if (this.#ring[at] > position) return;
      this.#ring.fill(Number.NaN, at, at + WIDTH);
      this.#ring[at] = position;
    }
    for (const [i, stage] of STAGES.entries()) {
      const stamp = stamps[stage];
      if (stamp !== undefined && Number.isNaN(this.#ring[at + 1 + i])) this.#ring[at + 1 + i] = stamp;
    }
  }

  /**
   * Counts `events` of the entry in the histograms, with the stamps it has by now, and tells `each`. False where it has left the
   * ring.
   */
  count(
    position: number,
    severity: LatencySeverity,
    events: number,
    each: (stage: Stage, ms: number) => void = () => {},
  ): boolean {
    const stamps = this.#stamps(position);
    const received = stamps?.received;
    if (stamps === null || received === undefined) return false;
    for (const stage of STAGES) {
      const stamp = stamps[stage];
      if (stage === 'received' || stamp === undefined) continue;
      this.histogram(stage, severity).add(stamp - received, events);
      each(stage, Math.max(0, stamp - received));
    }
    return true;
  }

  /** From `received` to `stage`. */
  histogram(stage: Stage, severity: LatencySeverity): LogHistogram {
    const key = `${stage}/${severity}`;
    let histogram = this.#histograms.get(key);
    if (histogram === undefined) {
      histogram = new LogHistogram();
      this.#histograms.set(key, histogram);
    }
    return histogram;
  }

  summary(): LatencySummary[] {
    return STAGES.flatMap((stage) =>
      LATENCY_SEVERITIES.flatMap((severity) => {
        const histogram = this.#histograms.get(`${stage}/${severity}`);
        if (histogram === undefined) return [];
        const { count, maxMs } = histogram;
        const [p50Ms, p99Ms] = [histogram.quantile(0.5), histogram.quantile(0.99)];
        return [{ stage, severity, count, p50Ms, p99Ms, maxMs }];
      }),
    );
  }

  /** The way of one event, by its id `<log>/<partition>/<position>/<row>`: all rows of an entry go together. Null when it is no longer known. */
  waterfall(eventId: string): WaterfallStep[] | null {
    const position = /^[^/]+\/\d+\/(\d{1,16})\/\d+$/.exec(eventId)?.[1];
    const stamps = position === undefined ? null : this.#stamps(Number(position));
    if (stamps === null) return null;
    const reached = STAGES.flatMap((stage) => {
      const atMs = stamps[stage];
      return atMs === undefined ? [] : [{ stage, atMs }];
    }).sort((a, b) => a.atMs - b.atMs);
    const first = reached[0]?.atMs ?? 0;
    return reached.map(({ stage, atMs }, i) => ({
      stage,
      atMs,
      sinceReceivedMs: atMs - first,
      tookMs: atMs - (reached[i - 1]?.atMs ?? first),
    }));
  }

  #stamps(position: number): Stamps | null {
    const at = (position % this.#entriesMax) * WIDTH;
    if (this.#ring[at] !== position) return null;
    const found: Partial<Record<Stage, number>> = {};
    for (const [i, stage] of STAGES.entries()) {
      const stamp = this.#ring[at + 1 + i];
      if (!Number.isNaN(stamp)) found[stage] = stamp;
    }
    return found;
  }
}

const WIDTH = 1 + STAGES.length;
