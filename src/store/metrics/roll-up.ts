/** Arithmetic of roll-ups. */
import { now } from '../../base/index.ts';
import { HOUR_MS, type MetricSeries, type MetricsQuery, type Point, type RollUp, type Sample } from './types.ts';

type Measured = Pick<Sample, 'at' | 'value' | 'increase'>;

export function rollUpOf({ value, increase }: Measured): RollUp {
  return { count: 1, sum: value, min: value, max: value, last: value, increase };
}

/** Adds what came later. */
export function addRollUp(into: RollUp, later: RollUp): void {
  into.count += later.count;
  into.sum += later.sum;
  into.min = Math.min(into.min, later.min);
  into.max = Math.max(into.max, later.max);
  into.last = later.last;
  into.increase += later.increase;
}

export const stepOf = (at: number, stepMs: number): number => Math.floor(at / stepMs) * stepMs;

/** The query over whole stretches: those that its range touches. */
export function wholeSteps(query: MetricsQuery): MetricsQuery {
  const { stepMs, fromMs, toMs } = query;
  return stepMs === null
    ? query
    : { ...query, fromMs: stepOf(fromMs, stepMs), toMs: stepOf(toMs - 1, stepMs) + stepMs };
}

/** Parts in order of time as stretches of `stepMs`, those without any left out. */
export function rolledUp<Part extends RollUp & { readonly at: number }>(parts: Iterable<Part>, stepMs: number): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const at = stepOf(part.at, stepMs);
    const before = all.at(-1);
    if (before?.at === at) addRollUp(before, part);
    else all.push({ ...part, at });
  }
  return all;
}

/** A sample as a point of its own. */
export const pointOf = (series: MetricSeries, sample: Measured): Point => ({
  ...rollUpOf(sample),
  ...{ series, at: sample.at, stepMs: 0 },
});

const SAMPLES_WINDOW_MS = 6 * HOUR_MS;

/**
 * The range of a query in parts that another store is asked for one by one, since its answers are bounded.
 * @param reachMs nothing older is asked for · @param stepsMax stretches of one part
 */
export function* windowsOf(
  query: MetricsQuery,
  { reachMs, stepsMax }: { readonly reachMs: number; readonly stepsMax: number },
): Generator<{ readonly start: number; readonly end: number }> {
  const { stepMs } = query;
  const from = Math.max(query.fromMs, wholeSteps({ ...query, fromMs: now() - reachMs }).fromMs);
  const to = Math.min(query.toMs, now() + 2 * HOUR_MS + (stepMs ?? 0));
  const window = stepMs === null ? SAMPLES_WINDOW_MS : stepMs * stepsMax;
  for (let start = from; start < to; start += window) yield { start, end: Math.min(start + window, to) };
}
