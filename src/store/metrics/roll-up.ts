/** Arithmetic of roll-ups. */
import type { MetricsQuery, RollUp, Sample } from './types.ts';

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
