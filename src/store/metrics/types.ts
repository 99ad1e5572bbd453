/**
 * The metrics store: numeric series over time, behind one interface. A series is a tenant, a name and labels; a sample of it is a value at a
 * moment and the increase since the one before.
 *
 * The increase is worked out by whoever samples, who knows when a counter began anew. So increases add up over any time, in any store, by
 * plain sums: nothing need be known of the sample before. Of what is no counter it is 0.
 */

export interface MetricSeries {
  readonly tenant: string;
  /** Letters, digits and underscores. */
  readonly name: string;
  /** Without those that are empty: to every store here an empty label is none. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Sample {
  readonly series: MetricSeries;
  /** Unix milliseconds, whole. A sample of the same series and time takes the place of the one before. */
  readonly at: number;
  readonly value: number;
  readonly increase: number;
}

/** What is known of a stretch of time of a series. */
export interface RollUp {
  /** Samples in it. */
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Value of the last sample. */
  last: number;
  /** By how much a counter has grown. */
  increase: number;
}

export interface Point extends RollUp {
  readonly series: MetricSeries;
  /** Where its time begins, Unix milliseconds. */
  readonly at: number;
  /** How long that is; 0: it is one sample. */
  readonly stepMs: number;
}

export interface MetricsQuery {
  readonly tenant: string;
  /** Null: every series of the tenant. */
  readonly name: string | null;
  /** Unix milliseconds; up to, without `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * Whole minutes: a point for each such stretch, counted from 1970, that has samples. Null: as fine as it is kept, which may be coarser the
   * longer ago; each point says how coarse.
   */
  readonly stepMs: number | null;
}

/** Samples that were not kept, by reason. */
export const REFUSALS = [
  'too_old',
  'too_far_ahead',
  'not_finite',
  'not_named',
  'too_many_labels',
  'label_too_long',
  'too_many_series',
] as const;
export type Refusal = (typeof REFUSALS)[number];
export type Refused = Readonly<Partial<Record<Refusal, number>>>;

export interface MetricsStore {
  /** Samples that are not kept are counted, by reason. Rejects where none were, for the whole. */
  write(samples: readonly Sample[]): Promise<Refused>;
  /** Points, in order of time within a series, page by page. */
  read(query: MetricsQuery): AsyncIterable<readonly Point[]>;
  series(tenant: string, name: string | null): Promise<readonly MetricSeries[]>;
  /** Removes all that a tenant has. */
  drop(tenant: string): Promise<void>;
  close(): void;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
