/** Rounds of samples into hours of series. */
import type { Database } from '../../base/index.ts';
import { packColumns, unpackColumns } from './columns.ts';
import { rolledUp, rollUpOf, stepOf } from './roll-up.ts';
import { HOUR_MS, MINUTE_MS, type RollUp } from './types.ts';

export interface Measured {
  readonly at: number;
  readonly value: number;
  readonly increase: number;
}

export type Stretch = RollUp & { at: number };

/** Samples of one round, a write; and of a series and hour: a write may hold as many of one series. */
export const ROUND_ROWS_MAX = 1_000_000;
const HOUR_ROWS_MAX = 3_600_000;
/** Rounds folded at a time: memory goes with their samples. */
const FOLD_ROUNDS = 500;

const ROLL_UP_COLUMNS = ['at', 'count', 'sum', 'min', 'max', 'last', 'increase'] as const;

export const packSamples = (samples: readonly Measured[]): Buffer =>
  packColumns((['at', 'value', 'increase'] as const).map((name) => Float64Array.from(samples, (one) => one[name])));

export function unpackSamples(packed: Uint8Array): Measured[] {
  const [at, values, increases] = unpackColumns(packed, 3, HOUR_ROWS_MAX);
  return Array.from(at, (time, i) => ({ at: time, value: values[i], increase: increases[i] }));
}

export const packStretches = (stretches: readonly Stretch[]): Buffer =>
  packColumns(ROLL_UP_COLUMNS.map((name) => Float64Array.from(stretches, (one) => one[name])));

export function unpackStretches(packed: Uint8Array): Stretch[] {
  const [at, count, sum, min, max, last, increase] = unpackColumns(packed, 7, HOUR_MS / MINUTE_MS);
  return Array.from(at, (time, i) => {
    return { at: time, count: count[i], sum: sum[i], min: min[i], max: max[i], last: last[i], increase: increase[i] };
  });
}

/** Ids of the series in a round. */
export const idsOf = (round: Uint8Array): Float64Array => unpackColumns(round, 4, ROUND_ROWS_MAX)[0];

/** In order of time; of several of one time the last counts. */
export function inOrder(samples: Iterable<Measured>): Measured[] {
  const byTime = new Map<number, Measured>();
  for (const sample of samples) byTime.set(sample.at, sample);
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}

export const stretchesOf = (samples: readonly Measured[], stepMs: number): Stretch[] =>
  rolledUp(
    samples.map((sample) => ({ ...rollUpOf(sample), at: sample.at })),
    stepMs,
  );

/** Folds rounds all of which is before `before`, in the caller's transaction. */
export function fold(database: Database, before: number): void {
  const next = database.prepare('SELECT id, samples FROM rounds WHERE last_ms < ? ORDER BY id LIMIT ?');
  for (;;) {
    const rounds = next.all(before, FOLD_ROUNDS);
    if (rounds.length === 0) return;
    const hours = new Map<string, { series: number; hour: number; samples: Measured[] }>();
    for (const round of rounds) {
      const [ids, at, values, increases] = unpackColumns(round['samples'] as Uint8Array, 4, ROUND_ROWS_MAX);
      ids.forEach((series, i) => {
        const hour = stepOf(at[i], HOUR_MS);
        const key = `${series} ${hour}`;
        const into = hours.get(key) ?? { series, hour, samples: [] };
        hours.set(key, into);
        into.samples.push({ at: at[i], value: values[i], increase: increases[i] });
      });
    }
    for (const { series, hour, samples } of hours.values()) foldHour(database, series, hour, samples);
    const drop = database.prepare('DELETE FROM rounds WHERE id = ?');
    for (const { id } of rounds) drop.run(Number(id));
  }
}

function foldHour(database: Database, series: number, hour: number, late: readonly Measured[]): void {
  const known = database.prepare('SELECT samples FROM hours WHERE series = ? AND hour = ?').get(series, hour);
  // Samples are taken only while those of their hour are kept, so roll-ups can always be made of all of them.
  const before = known?.['samples'] == null ? [] : unpackSamples(known['samples'] as Uint8Array);
  const samples = inOrder([...before, ...late]);
  database
    .prepare('INSERT OR REPLACE INTO hours (series, hour, total, minutes, samples) VALUES (?, ?, ?, ?, ?)')
    .run(
      series,
      hour,
      packStretches(stretchesOf(samples, HOUR_MS)),
      packStretches(stretchesOf(samples, MINUTE_MS)),
      packSamples(samples),
    );
}
