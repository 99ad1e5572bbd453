/**
 * Prometheus as the metrics store: remote write in, its HTTP API out. That of VictoriaMetrics is the same.
 *
 * A sample has one number there, so the increase is a series beside it, `name:increase`, with samples only where it is not 0. With both,
 * roll-ups are sums, which the server works out. A repeated write gives equal samples of equal times: Prometheus refuses the second,
 * VictoriaMetrics leaves it out when it runs with `-dedup.minScrapeInterval=1ms`.
 */
import { now } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { admitted, seriesKey } from './admit.ts';
import { type MetricsHttp, textOr } from './http.ts';
import { remoteWriteBody, type WrittenSeries } from './remote-write.ts';
import { wholeSteps } from './roll-up.ts';
import {
  HOUR_MS,
  type MetricSeries,
  type MetricsQuery,
  type MetricsStore,
  type Point,
  type Refused,
  type Sample,
} from './types.ts';

export interface PrometheusOptions {
  readonly http: MetricsHttp;
  /** Path of remote write: `/api/v1/write` in both. */
  readonly writePath?: string;
  /** Nothing older is asked for. */
  readonly reachMs: number;
}

const RAW_WINDOW_MS = 6 * HOUR_MS;
/** Prometheus gives 11,000 points of a series at most. */
const WINDOW_STEPS = 5000;
const INCREASE = ':increase';

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: unknown;
}

export class PrometheusMetrics implements MetricsStore {
  readonly #options: PrometheusOptions;

  constructor(options: PrometheusOptions) {
    this.#options = options;
  }

  async write(samples: readonly Sample[]): Promise<Refused> {
    const { kept, refused } = admitted(samples, now() - this.#options.reachMs, now());
    if (kept.length === 0) return refused;
    const body = remoteWriteBody(writtenSeries(kept));
    await this.#options.http.post(this.#options.writePath ?? '/api/v1/write', {}, body, 'application/x-protobuf', {
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    });
    return refused;
  }

  async *read(asked: MetricsQuery): AsyncIterable<readonly Point[]> {
    const query = wholeSteps(asked);
    const { stepMs, tenant } = query;
    const from = Math.max(query.fromMs, wholeSteps({ ...query, fromMs: now() - this.#options.reachMs }).fromMs);
    const to = Math.min(query.toMs, now() + 2 * HOUR_MS + (stepMs ?? 0));
    const names = query.name === null ? await this.#names(tenant) : [query.name];
    const window = stepMs === null ? RAW_WINDOW_MS : stepMs * WINDOW_STEPS;
    // Functions leave out the name of what they are over, so each name is asked for by itself.
    for (const name of names) {
      for (let start = from; start < to; start += window) {
        const end = Math.min(start + window, to);
        yield* stepMs === null
          ? await this.#samples(tenant, name, start, end)
          : await this.#stretches(tenant, name, start, end, stepMs);
      }
    }
  }

  async series(tenant: string, name: string | null): Promise<readonly MetricSeries[]> {
    const found = (await this.#ask('/api/v1/series', {
      'match[]': selector(tenant, name),
      ...this.#reach(),
    })) as readonly Readonly<Record<string, string>>[];
    return found.map((metric) => seriesOf(metric, tenant)).filter((series) => !series.name.endsWith(INCREASE));
  }

  async drop(tenant: string): Promise<void> {
    await this.#options.http.post(
      '/api/v1/admin/tsdb/delete_series',
      { 'match[]': selector(tenant, null) },
      Buffer.alloc(0),
    );
  }

  close(): void {}

  async #names(tenant: string): Promise<readonly string[]> {
    return [...new Set((await this.series(tenant, null)).map(({ name }) => name))].sort();
  }

  #reach() {
    return { start: seconds(now() - this.#options.reachMs), end: seconds(now() + HOUR_MS) };
  }

  async #samples(tenant: string, name: string, from: number, to: number): Promise<Point[][]> {
    const raw = async (of: string): Promise<readonly Found[]> =>
      // The stretch ends with the last millisecond of the range, and does not have the one it begins behind.
      (await this.#query('/api/v1/query', { query: `${selector(tenant, of)}[${to - from}ms]`, time: seconds(to - 1) }))
        .result;
    const [values, increases] = [await raw(name), await raw(name + INCREASE)];
    const grown = new Map(
      increases.map(({ metric, values: all }) => [
        seriesKey({ ...seriesOf(metric, tenant), name }),
        new Map(all.map(([at, increase]) => [Math.round(at * 1000), Number(increase)])),
      ]),
    );
    return values.map(({ metric, values: all }) => {
      const series = seriesOf(metric, tenant);
      const own = grown.get(seriesKey(series));
      return all.map(([time, text]) => {
        const [at, value] = [Math.round(time * 1000), Number(text)];
        const increase = own?.get(at) ?? 0;
        return { series, at, stepMs: 0, count: 1, sum: value, min: value, max: value, last: value, increase };
      });
    });
  }

  async #stretches(tenant: string, name: string, from: number, to: number, stepMs: number): Promise<Point[][]> {
    const all = new Map<string, { series: MetricSeries; points: Map<number, Point> }>();
    const parts = [
      ...(['count', 'sum', 'min', 'max', 'last'] as const).map((part) => [part, part, name] as const),
      ['increase', 'sum', name + INCREASE] as const,
    ];
    for (const [part, by, of] of parts) {
      const { result } = await this.#query('/api/v1/query_range', {
        query: `${by}_over_time(${selector(tenant, of)}[${stepMs}ms])`,
        // What is shown at a time is of the stretch that ends with it: a millisecond before the next begins.
        ...{ start: seconds(from + stepMs - 1), end: seconds(to - 1), step: String(stepMs / 1000), nocache: '1' },
      });
      for (const { metric, values } of result) {
        const series = { ...seriesOf(metric, tenant), name };
        const key = seriesKey(series);
        const into = all.get(key) ?? { series, points: new Map<number, Point>() };
        all.set(key, into);
        for (const [time, value] of values) {
          const at = Math.round(time * 1000) - stepMs + 1;
          const empty = { series, at, stepMs, count: 0, sum: 0, min: 0, max: 0, last: 0, increase: 0 };
          into.points.set(at, { ...(into.points.get(at) ?? empty), [part]: Number(value) });
        }
      }
    }
    return [...all.values()].map(({ points }) => [...points.values()].filter(({ count }) => count > 0));
  }

  async #query(where: string, parameters: Readonly<Record<string, string>>) {
    return (await this.#ask(where, parameters)) as { readonly result: readonly Found[] };
  }

  async #ask(where: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const answer = JSON.parse(textOr(await this.#options.http.get(where, parameters), '{}')) as Answer;
    if (answer.status === 'success') return answer.data;
    throw storeError('store.metrics', `a query is refused: ${answer.error ?? answer.status}`);
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const text = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`;

const selector = (tenant: string, name: string | null): string =>
  `{${name === null ? '' : `__name__=${text(name)},`}weir_tenant=${text(tenant)}}`;

function seriesOf(metric: Readonly<Record<string, string>>, tenant: string): MetricSeries {
  const { __name__: name = '', weir_tenant: _, ...labels } = metric;
  return { tenant, name, labels: Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Samples by series, and beside each that of its increases. */
function writtenSeries(samples: readonly Sample[]): WrittenSeries[] {
  const all = Map.groupBy(samples, ({ series }) => seriesKey(series));
  return [...all.values()].flatMap((of) => {
    const { name, tenant, labels } = of[0].series;
    const own = Object.entries({ ...labels, weir_tenant: tenant });
    const increases = of.filter(({ increase }) => increase !== 0);
    const beside = { labels: [...own, ['__name__', name + INCREASE] as const], samples: amounts(increases) };
    const values = { labels: [...own, ['__name__', name] as const], samples: of };
    return increases.length === 0 ? [values] : [values, beside];
  });
}

const amounts = (samples: readonly Sample[]) => samples.map(({ at, increase }) => ({ at, value: increase }));
