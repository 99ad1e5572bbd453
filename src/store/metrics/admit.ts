/** Which samples are kept: what comes from events is as hostile as they are. */
import { limits } from '../../base/index.ts';
import { HOUR_MS, type MetricSeries, type Refusal, type Refused, type Sample } from './types.ts';

/** What every store here takes as a name. A colon stands in names of weir's own making (`prometheus.ts`). */
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that stores use themselves, and that a tenant must not be able to give. */
const RESERVED = new Set(['weir_tenant', '__name__', 'time', 'value', 'increase']);

/** Clocks differ; what is further ahead would be in nobody's range. */
const AHEAD_MS = HOUR_MS;

/** Why a sample cannot be kept by any store; null: it can. */
export function refusalOf({ series, at, value, increase }: Sample, fromMs: number, nowMs: number): Refusal | null {
  if (!Number.isFinite(value) || !Number.isFinite(increase) || !Number.isSafeInteger(at)) return 'not_finite';
  if (at < fromMs) return 'too_old';
  if (at > nowMs + AHEAD_MS) return 'too_far_ahead';
  return seriesFault(series);
}

export function seriesFault({ name, labels }: MetricSeries): Refusal | null {
  if (!NAME.test(name) || name.length > limits.metricNameCharactersMax) return 'not_named';
  let many = 0;
  for (const [label, value] of Object.entries(labels)) {
    if (!NAME.test(label) || label.length > limits.metricNameCharactersMax || RESERVED.has(label)) return 'not_named';
    if (value.length > limits.metricLabelCharactersMax) return 'label_too_long';
    many++;
  }
  return many > limits.metricLabelsMax ? 'too_many_labels' : null;
}

/** The same series, whoever names it: labels in order, none empty, and no character that a line of text could be split at. */
export function normalSeries({ tenant, name, labels }: MetricSeries): MetricSeries {
  const kept = Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([label, value]) => [label, plain(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { tenant, name, labels: Object.fromEntries(kept) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const plain = (value: string): string => value.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, '\ufffd');

/** Of normal series: equal keys are one series. */
export const seriesKey = ({ tenant, name, labels }: MetricSeries): string => JSON.stringify([tenant, name, labels]);

/** Parts samples into those that are kept, their series made normal, and counts of the others. */
export function admitted(
  samples: readonly Sample[],
  fromMs: number,
  nowMs: number,
): { readonly kept: Sample[]; readonly refused: Partial<Record<Refusal, number>> } {
  const kept: Sample[] = [];
  const refused: Partial<Record<Refusal, number>> = {};
  for (const sample of samples) {
    const refusal = refusalOf(sample, fromMs, nowMs);
    if (refusal === null) kept.push({ ...sample, series: normalSeries(sample.series) });
    else refused[refusal] = (refused[refusal] ?? 0) + 1;
  }
  return { kept, refused };
}

export function refusedCount(refused: Refused): number {
  return Object.values(refused).reduce((sum, n) => sum + n, 0);
}
