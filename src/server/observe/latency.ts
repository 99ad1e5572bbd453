/**
 * Latency of the running server: stamps of each request's entries come together here, are counted by the severity of what was found
 * in them, and are kept for the waterfall of any one recent event.
 */
import { limits, type Metrics, stampMs } from '../../base/index.ts';
import {
  LATENCY_SEVERITIES,
  Latency,
  type LatencySeverity,
  type LiveObserver,
  STAGES,
  type WaterfallStep,
} from '../../pipeline/index.ts';

const BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** In the order of the levels of rules. */
const BY_LEVEL: readonly LatencySeverity[] = ['info', 'low', 'medium', 'high', 'critical'];

interface Pending {
  readonly entries: number;
  readonly events: number;
}

export class LiveLatency {
  readonly observer: LiveObserver;
  readonly #latency = new Latency();
  /** Whose each entry of the ring is. */
  readonly #tenants: string[] = new Array(limits.latencyEntriesMax).fill('');
  /** Acknowledged requests whose results are not stored yet, by first position. */
  readonly #pending = new Map<number, Pending>();

  constructor(metrics: Metrics) {
    const seconds = metrics.histogram({
      name: 'weir_latency_seconds',
      help: 'From the first byte of a request to each stage, by the highest level found in it; once for each event, or hit',
      labels: { stage: STAGES.filter((stage) => stage !== 'received'), severity: LATENCY_SEVERITIES },
      bounds: BOUNDS,
    });
    const count = (position: number, severity: LatencySeverity, events: number): void => {
      this.#latency.count(position, severity, events, (stage, ms) => {
        seconds.observe(ms / 1000, events, { stage, severity });
      });
    };
    this.observer = {
      acked: ({ tenant }, { accepted, position }, stamps) => {
        if (position === null || accepted === 0) return;
        const { entries, receivedMs, decodedMs, journaledMs, ackedMs, evaluatedMs } = stamps;
        for (let at = position; at < position + entries; at++) {
          this.#latency.stamp(at, {
            received: receivedMs,
            decoded: decodedMs,
            journaled: journaledMs,
            acked: ackedMs,
            ...(evaluatedMs === null ? {} : { evaluated: evaluatedMs }),
          });
          this.#tenants[at % this.#tenants.length] = tenant;
        }
        this.#pending.set(position, { entries, events: accepted });
        if (this.#pending.size > this.#tenants.length) this.#forgetOldest();
      },
      stored: ({ position, committedMs, found }) => {
        const published = stampMs();
        const hits = new Map<number, { level: number; count: number }>();
        for (let i = 0; i < found.length; i += 3) hits.set(found[i], { level: found[i + 1], count: found[i + 2] });
        for (const [first, { entries, events }] of this.#pending) {
          // Acknowledgements come nearly in order: one that came late has its turn with the next commit.
          if (first > position) break;
          this.#pending.delete(first);
          let [level, count_] = [-1, 0];
          for (let at = first; at < first + entries; at++) {
            const hit = hits.get(at);
            this.#latency.stamp(at, { committed: committedMs, ...(hit === undefined ? {} : { published }) });
            if (hit === undefined) continue;
            level = Math.max(level, hit.level);
            count_ += hit.count;
          }
          if (level < 0) count(first, 'none', events);
          else count(first, BY_LEVEL[level], count_);
        }
      },
    };
  }

  /** The way of a recent event of a tenant's own; null: it is not known, or not any more. */
  waterfall(tenant: string, log: string, eventId: string): WaterfallStep[] | null {
    const [of, partition, position] = eventId.split('/');
    if (of !== log || partition !== '0') return null;
    const steps = this.#latency.waterfall(eventId);
    return this.#tenants[Number(position) % this.#tenants.length] === tenant ? steps : null;
  }

  #forgetOldest(): void {
    for (const first of this.#pending.keys()) {
      this.#pending.delete(first);
      return;
    }
  }
}
