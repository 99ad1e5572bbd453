/** Reading the embedded metrics store: hours that were folded, and rounds that were not. */
import { type Database, openDatabase } from '../../base/index.ts';
import { readFailure } from '../errors.ts';
import { unpackColumns } from './columns.ts';
import {
  inOrder,
  type Measured,
  ROUND_ROWS_MAX,
  type Stretch,
  stretchesOf,
  unpackSamples,
  unpackStretches,
} from './fold.ts';
import { rolledUp, rollUpOf, stepOf, wholeSteps } from './roll-up.ts';
import { HOUR_MS, type MetricSeries, type MetricsQuery, MINUTE_MS, type Point } from './types.ts';

interface Found extends MetricSeries {
  readonly id: number;
}

/** Hours of a series read at a time. */
const PAGE_HOURS = 24 * 7;

export class EmbeddedReader implements Disposable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads beside whoever writes. @throws `database.open` */
  static open(path: string): EmbeddedReader {
    return new EmbeddedReader(openDatabase(path, { readOnly: true }));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  series(tenant: string, name: string | null): Promise<readonly MetricSeries[]> {
    return Promise.resolve().then(() => this.#series(tenant, name).map(({ id: _, ...series }) => series));
  }

  async *read(asked: MetricsQuery): AsyncIterable<readonly Point[]> {
    const query = wholeSteps(asked);
    try {
      const all = this.#series(query.tenant, query.name);
      const fresh = this.#rounds(query, new Set(all.map(({ id }) => id)));
      for (const series of all) yield* this.#pages(query, series, fresh.get(series.id) ?? []);
    } catch (error) {
      throw readFailure(error) ?? error;
    }
  }

  #series(tenant: string, name: string | null): Found[] {
    return this.#database
      .prepare('SELECT * FROM series WHERE tenant = ? AND (? IS NULL OR name = ?) ORDER BY name, labels')
      .all(tenant, name, name)
      .map((row) => ({
        ...{ id: Number(row['id']), tenant, name: String(row['name']) },
        labels: JSON.parse(String(row['labels'])) as MetricSeries['labels'],
      }));
  }

  /** Samples that are not folded yet, whole hours of the range, by series. */
  #rounds({ fromMs, toMs }: MetricsQuery, wanted: ReadonlySet<number>): Map<number, Measured[]> {
    const [from, to] = [stepOf(fromMs, HOUR_MS), stepOf(toMs - 1, HOUR_MS) + HOUR_MS];
    const found = new Map<number, Measured[]>();
    const rounds = this.#database
      .prepare('SELECT samples FROM rounds WHERE last_ms >= ? AND first_ms < ? ORDER BY id')
      .iterate(from, to);
    for (const round of rounds) {
      const [ids, at, values, increases] = unpackColumns(round['samples'] as Uint8Array, 4, ROUND_ROWS_MAX);
      ids.forEach((id, i) => {
        if (!wanted.has(id) || at[i] < from || at[i] >= to) return;
        const into = found.get(id) ?? [];
        found.set(id, into);
        into.push({ at: at[i], value: values[i], increase: increases[i] });
      });
    }
    return found;
  }

  *#pages(query: MetricsQuery, { id, ...series }: Found, fresh: readonly Measured[]): Iterable<readonly Point[]> {
    const late = Map.groupBy(fresh, ({ at }) => stepOf(at, HOUR_MS));
    // A step that is longer than an hour may lie over two pages; what is left of the last is taken on.
    let open: Point[] = [];
    const { stepMs } = query;
    const point = (part: Part): Point => ({ ...part, series, stepMs: Math.max(part.stepMs, stepMs ?? 0) });
    for (const hours of this.#hours(query, id, late)) {
      const parts = hours.flatMap(({ hour, row }) => partsOf(query.stepMs, row, late.get(hour) ?? []));
      const within = parts.filter(({ at }) => at >= query.fromMs && at < query.toMs);
      const points = stepMs === null ? within : rolledUp([...open, ...within], stepMs);
      if (stepMs !== null) open = points.splice(-1).map(point);
      if (points.length > 0) yield points.map(point);
    }
    if (open.length > 0) yield open;
  }

  /** In order of time. */
  *#hours({ fromMs, toMs }: MetricsQuery, id: number, late: ReadonlyMap<number, unknown>) {
    const rows = this.#database.prepare(
      'SELECT * FROM hours WHERE series = ? AND hour >= ? AND hour < ? ORDER BY hour LIMIT ?',
    );
    const unfolded = [...late.keys()].sort((a, b) => a - b);
    for (let from = stepOf(fromMs, HOUR_MS), more = true; more; ) {
      const page = rows.all(id, from, toMs, PAGE_HOURS);
      more = page.length === PAGE_HOURS;
      const end = more ? Number(page.at(-1)?.['hour']) + HOUR_MS : toMs;
      const known = new Map(page.map((row) => [Number(row['hour']), row] as const));
      const hours = new Set([...known.keys(), ...unfolded.filter((hour) => hour >= from && hour < end)]);
      yield [...hours].sort((a, b) => a - b).map((hour) => ({ hour, row: known.get(hour) ?? null }));
      from = end;
    }
  }
}

type Part = Stretch & { stepMs: number };

/** What is known of an hour, as fine as it is wanted and kept. */
function partsOf(stepMs: number | null, row: Record<string, unknown> | null, late: readonly Measured[]): Part[] {
  const blob = (name: string): Uint8Array | null => (row?.[name] ?? null) as Uint8Array | null;
  const as = (parts: readonly Stretch[], step: number): Part[] => parts.map((part) => ({ ...part, stepMs: step }));
  const [samples, minutes, total] = [blob('samples'), blob('minutes'), blob('total')];
  if (late.length > 0) {
    const all = inOrder([...(samples === null ? [] : unpackSamples(samples)), ...late]);
    return stepMs === null ? as(singles(all), 0) : as(stretchesOf(all, MINUTE_MS), MINUTE_MS);
  }
  if (stepMs === null && samples !== null) return as(singles(unpackSamples(samples)), 0);
  if (minutes !== null && (stepMs === null || stepMs % HOUR_MS !== 0)) return as(unpackStretches(minutes), MINUTE_MS);
  return total === null ? [] : as(unpackStretches(total), HOUR_MS);
}

const singles = (samples: readonly Measured[]): Stretch[] =>
  samples.map((sample) => ({ ...rollUpOf(sample), at: sample.at }));
