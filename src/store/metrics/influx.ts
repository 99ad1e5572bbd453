/**
 * InfluxDB 1.x as the metrics store: line protocol in, InfluxQL out. A name is a measurement, labels are tags with `weir_tenant` beside them,
 * value and increase are fields. A point of the same series and time takes the place of the one before, so a write may be repeated.
 */
import { now } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { admitted } from './admit.ts';
import { type MetricsHttp, textOr } from './http.ts';
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

export interface InfluxOptions {
  readonly http: MetricsHttp;
  readonly database: string;
  /** Nothing older is asked for. */
  readonly reachMs: number;
}

/** Time of one question: answers are bounded. */
const RAW_WINDOW_MS = 6 * HOUR_MS;
const WINDOW_STEPS = 500;

interface InfluxSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | null)[])[];
}

interface InfluxAnswer {
  readonly error?: string;
  readonly results?: readonly { readonly error?: string; readonly series?: readonly InfluxSeries[] }[];
}

export class InfluxMetrics implements MetricsStore {
  readonly #options: InfluxOptions;
  #made = false;

  constructor(options: InfluxOptions) {
    this.#options = options;
  }

  async write(samples: readonly Sample[]): Promise<Refused> {
    const { kept, refused } = admitted(samples, now() - this.#options.reachMs, now());
    if (kept.length === 0) return refused;
    await this.#makeDatabase();
    const { http, database } = this.#options;
    await http.post('/write', { db: database, precision: 'ms' }, Buffer.from(kept.map(line).join('')), 'text/plain');
    return refused;
  }

  async *read(asked: MetricsQuery): AsyncIterable<readonly Point[]> {
    const query = wholeSteps(asked);
    const { stepMs } = query;
    const from = Math.max(query.fromMs, wholeSteps({ ...query, fromMs: now() - this.#options.reachMs }).fromMs);
    const to = Math.min(query.toMs, now() + 2 * HOUR_MS + (stepMs ?? 0));
    const window = stepMs === null ? RAW_WINDOW_MS : stepMs * WINDOW_STEPS;
    const what =
      stepMs === null
        ? '"value", "increase"'
        : 'count("value"), sum("value"), min("value"), max("value"), last("value"), sum("increase")';
    const group = stepMs === null ? '*' : `time(${stepMs}ms), *`;
    for (let start = from; start < to; start += window) {
      const end = Math.min(start + window, to);
      const where = `${tenantIs(query.tenant)} AND time >= ${start}ms AND time < ${end}ms`;
      const fill = stepMs === null ? '' : ' fill(none)';
      const found = await this.#ask(
        `SELECT ${what} FROM ${measurement(query.name)} WHERE ${where} GROUP BY ${group}${fill}`,
      );
      for (const one of found) {
        const series = seriesOf(one, query.tenant);
        const points = one.values.flatMap((row) => pointOf(series, stepMs, row));
        if (points.length > 0) yield points;
      }
    }
  }

  async series(tenant: string, name: string | null): Promise<readonly MetricSeries[]> {
    const found = await this.#ask(
      `SELECT last("value") FROM ${measurement(name)} WHERE ${tenantIs(tenant)} GROUP BY *`,
    );
    return found.map((one) => seriesOf(one, tenant));
  }

  async drop(tenant: string): Promise<void> {
    await this.#ask(`DROP SERIES FROM ${measurement(null)} WHERE ${tenantIs(tenant)}`, true);
  }

  close(): void {}

  async #makeDatabase(): Promise<void> {
    if (this.#made) return;
    await this.#ask(`CREATE DATABASE ${quoted(this.#options.database)}`, true);
    this.#made = true;
  }

  async #ask(q: string, changes = false): Promise<readonly InfluxSeries[]> {
    const { http, database } = this.#options;
    const text = changes
      ? await http.post('/query', { db: database }, Buffer.from(new URLSearchParams({ q }).toString()))
      : await http.get('/query', { db: database, epoch: 'ms', q });
    const answer = JSON.parse(textOr(text, '{}')) as InfluxAnswer;
    const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
    if (error?.startsWith('database not found') === true) return [];
    if (error !== undefined) throw storeError('store.metrics', `InfluxDB refuses a query: ${error}`);
    return answer.results?.flatMap(({ series }) => series ?? []) ?? [];
  }
}

function line({ series: { tenant, name, labels }, at, value, increase }: Sample): string {
  const tags = Object.entries({ ...labels, weir_tenant: tenant }).map(([label, text]) => `,${label}=${escaped(text)}`);
  return `${name}${tags.join('')} value=${value},increase=${increase} ${at}\n`;
}

/** The line protocol has no escape for a backslash, and one before a comma would be one: it is written as in URLs. */
const escaped = (text: string): string =>
  text.replace(/[%\\]/g, (c) => (c === '%' ? '%25' : '%5C')).replace(/[ ,=]/g, '\\$&');
const unescaped = (text: string): string => text.replace(/%(25|5C)/g, (_, code) => (code === '25' ? '%' : '\\'));

const quoted = (name: string): string => `"${name.replace(/["\\]/g, '\\$&')}"`;
const tenantIs = (tenant: string): string => `"weir_tenant" = '${escaped(tenant).replace(/['\\]/g, '\\$&')}'`;
const measurement = (name: string | null): string => (name === null ? '/.*/' : quoted(name));

function seriesOf({ name, tags = {} }: InfluxSeries, tenant: string): MetricSeries {
  const own = Object.entries(tags).filter(([label, value]) => label !== 'weir_tenant' && value !== '');
  return { tenant, name, labels: Object.fromEntries(own.map(([label, value]) => [label, unescaped(value)])) };
}

function pointOf(series: MetricSeries, stepMs: number | null, row: readonly (string | number | null)[]): Point[] {
  const [at, ...numbers] = row.map(Number);
  if (stepMs === null) {
    const [value, increase] = numbers;
    return [{ series, at, stepMs: 0, count: 1, sum: value, min: value, max: value, last: value, increase }];
  }
  const [count, sum, min, max, last, increase] = numbers;
  return count > 0 ? [{ series, at, stepMs, count, sum, min, max, last, increase }] : [];
}
