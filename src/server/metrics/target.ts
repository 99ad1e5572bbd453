/** The metrics store as configured: what writes to it, in its thread, and what reads from it, where queries are. */
import path from 'node:path';
import {
  EmbeddedMetrics,
  EmbeddedReader,
  InfluxMetrics,
  MetricsHttp,
  type MetricsPlace,
  MetricsQueue,
  type MetricsRetention,
  type MetricsStore,
  PrometheusMetrics,
  type Refused,
  type Sample,
} from '../../store/index.ts';
import type { MetricsSetup, MetricsState, MetricsTarget } from './messages.ts';

export const METRICS_FILE = 'metrics.db';
const QUEUE_FILE = 'metrics-queue.db';
const TIDY_MS = 60_000;

/** What keeps samples in this process until they are where they belong. */
export interface KeptMetrics {
  write(samples: readonly Sample[], place: MetricsPlace | null): Promise<void>;
  places(): readonly MetricsPlace[];
  /** To be called now and then. */
  tend(nowMs: number): void;
  state(): MetricsState;
  close(): Promise<void>;
}

type Away = Exclude<MetricsTarget, { readonly kind: 'embedded' }>;

export function openAway(target: Away, { hoursMs }: MetricsRetention): MetricsStore {
  const { url, headers, timeoutMs, database } = target;
  const options = { http: new MetricsHttp({ url, headers, timeoutMs }), reachMs: hoursMs };
  return target.kind === 'influxdb' ? new InfluxMetrics({ ...options, database }) : new PrometheusMetrics(options);
}

/** For queries. */
export function openReader({ folder, target, retention }: MetricsSetup): Pick<MetricsStore, 'read' | 'series'> {
  if (target.kind !== 'embedded') return openAway(target, retention);
  let reader: EmbeddedReader | null = null;
  const opened = (): EmbeddedReader => {
    reader ??= EmbeddedReader.open(path.join(folder, METRICS_FILE));
    return reader;
  };
  return {
    read: (query) => opened().read(query),
    series: (tenant, name) => opened().series(tenant, name),
  };
}

export function openKept({ folder, target, retention }: MetricsSetup): KeptMetrics {
  return target.kind === 'embedded' ? embedded(folder, retention) : queued(folder, openAway(target, retention));
}

function embedded(folder: string, retention: MetricsRetention): KeptMetrics {
  const store = new EmbeddedMetrics(path.join(folder, METRICS_FILE), retention);
  const refused: Record<string, number> = {};
  let tidied = 0;
  return {
    async write(samples, place) {
      const more: Refused = await store.write(samples, place);
      for (const [reason, many] of Object.entries(more)) refused[reason] = (refused[reason] ?? 0) + many;
    },
    places: () => store.places(),
    tend(nowMs) {
      if (nowMs - tidied < TIDY_MS) return;
      tidied = nowMs;
      store.tidy(nowMs);
    },
    state: () => ({ waitingBytes: 0, dropped: 0, refused: { ...refused }, failed: null }),
    close: async () => store.close(),
  };
}

function queued(folder: string, store: MetricsStore): KeptMetrics {
  const queue = new MetricsQueue(path.join(folder, QUEUE_FILE), store);
  return {
    async write(samples, place) {
      queue.write(samples, place);
    },
    places: () => queue.places(),
    tend: (nowMs) => void queue.send(nowMs),
    state: () => queue.state,
    close: () => queue.close(),
  };
}
