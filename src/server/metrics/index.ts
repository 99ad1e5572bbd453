/** The metrics store of the running server, seen from the main thread: weir's own metrics are sampled into it, queries read from it. */
import { Worker } from 'node:worker_threads';
import { every, limits, type Metrics, now, programBeside, WeirError } from '../../base/index.ts';
import type { Health } from '../../gateway/index.ts';
import { OPERATOR_TENANT } from '../../meta/index.ts';
import { type MetricsPlace, type MetricsStore, REFUSALS, type Sample } from '../../store/index.ts';
import type { FromMetrics, MetricsSetup, MetricsState, ToMetrics } from './messages.ts';
import { Sampler } from './sampler.ts';
import { openReader } from './target.ts';

export { DerivedSeries } from './derived.ts';
export { seriesRules } from './series-rules.ts';
export { metricsSetup } from './setup.ts';

export interface MetricsThreadOptions {
  readonly setup: MetricsSetup;
  readonly metrics: Metrics;
  readonly everyMs: number;
  readonly health: Health;
}

const NOTHING: MetricsState = { waitingBytes: 0, dropped: 0, refused: {}, failed: null };

export class MetricsThread {
  readonly #worker: Worker;
  readonly #options: MetricsThreadOptions;
  readonly #sampler = new Sampler(OPERATOR_TENANT);
  readonly #calls = new Map<number, { resolve(answer: FromMetrics): void; reject(error: WeirError): void }>();
  readonly #stop: () => void;
  readonly reader: Pick<MetricsStore, 'read' | 'series'>;
  #call = 0;
  #state = NOTHING;
  /** Samples that were not taken or kept, since the thread was behind or its disk failed. */
  #lost = 0;
  /** Of the last sample. */
  #numbers = 0;
  #sampling = false;
  #ended = false;

  constructor(options: MetricsThreadOptions) {
    this.#options = options;
    const { setup, health, everyMs } = options;
    this.reader = openReader(setup);
    this.#worker = new Worker(programBeside(import.meta.url, 'metrics-worker'), { workerData: setup });
    health.set('metrics', 'ready', null);
    this.#worker.on('message', (message: FromMetrics) => this.#take(message));
    this.#worker.on('error', (error: Error) => this.#end(error.message));
    this.#worker.on('exit', () => this.#end('it was stopped'));
    this.#count();
    this.#stop = every(everyMs, () => void this.sample());
  }

  /** Takes one sample of everything `/metrics` has. What a counter grows by until the next that is kept is in that one's increase. */
  async sample(): Promise<void> {
    if (this.#ended) return;
    if (this.#sampling) {
      this.#lost += this.#numbers;
      return;
    }
    this.#sampling = true;
    try {
      const samples = this.#sampler.take(await this.#options.metrics.numbers(), now());
      this.#numbers = samples.length;
      for (let from = 0; from < samples.length; from += limits.metricWriteSamplesMax) {
        const some = samples.slice(from, from + limits.metricWriteSamplesMax);
        try {
          await this.write(some, null);
          this.#sampler.kept(some);
        } catch (error) {
          // Health has why.
          if (!(error instanceof WeirError)) throw error;
          this.#lost += some.length;
        }
      }
    } finally {
      this.#sampling = false;
    }
  }

  /** Resolves when they are kept. Rejects with `store.metrics` where they are not. */
  async write(samples: readonly Sample[], place: MetricsPlace | null): Promise<void> {
    await this.#ask((call) => ({ kind: 'write', call, samples, place }));
  }

  async places(): Promise<readonly MetricsPlace[]> {
    const answer = await this.#ask((call) => ({ kind: 'places', call }));
    return answer.kind === 'places' ? answer.places : [];
  }

  async close(): Promise<void> {
    this.#stop();
    if (this.#ended) return;
    await this.#ask((call) => ({ kind: 'close', call })).catch(() => {});
    this.#ended = true;
    await this.#worker.terminate();
  }

  #ask(message: (call: number) => ToMetrics): Promise<FromMetrics> {
    const call = this.#call++;
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new WeirError('store.metrics', 'the thread of the metrics store has ended'));
        return;
      }
      this.#calls.set(call, { resolve, reject });
      this.#worker.postMessage(message(call));
    });
  }

  #take(message: FromMetrics): void {
    if (message.kind === 'state') {
      this.#state = message.state;
      const { failed } = message.state;
      this.#options.health.set('metrics', failed === null ? 'ready' : 'degraded', failed);
      return;
    }
    const waiting = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if (message.kind === 'failed') waiting?.reject(new WeirError('store.metrics', message.message));
    else waiting?.resolve(message);
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.health.set('metrics', 'failed', `its thread has ended: ${why}`);
    for (const { reject } of this.#calls.values()) reject(new WeirError('store.metrics', why));
    this.#calls.clear();
  }

  /** What was not kept shows in the metrics themselves. */
  #count(): void {
    const { metrics } = this.#options;
    const waiting = metrics.gauge({
      name: 'weir_metric_store_waiting_bytes',
      help: 'Samples on disk that wait for another metrics store',
    });
    const dropped = metrics.counter({
      name: 'weir_metric_store_dropped_total',
      help: 'Samples that were not kept, by reason',
      labels: { reason: [...REFUSALS, 'other_store', 'queue_full', 'not_written'] },
    });
    const told = new Map<string, number>();
    metrics.onCollect(() => {
      waiting.set(this.#state.waitingBytes);
      const all = { ...this.#state.refused, queue_full: this.#state.dropped, not_written: this.#lost };
      for (const [reason, many] of Object.entries(all)) {
        const before = told.get(reason) ?? 0;
        if (many > before) dropped.add(many - before, { reason });
        told.set(reason, many);
      }
    });
  }
}
