/** What the server and the thread of the metrics store tell each other. */
import type { MetricsPlace, MetricsRetention, Refused, Sample } from '../../store/index.ts';

/** Where samples go: into the data folder, or to another server. */
export type MetricsTarget =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'influxdb' | 'prometheus';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
      readonly database: string;
    };

export interface MetricsSetup {
  readonly folder: string;
  readonly target: MetricsTarget;
  readonly retention: MetricsRetention;
}

export type ToMetrics =
  /** Answered when they are kept, with the place in one transaction. */
  | {
      readonly kind: 'write';
      readonly call: number;
      readonly samples: readonly Sample[];
      readonly place: MetricsPlace | null;
    }
  | { readonly kind: 'places'; readonly call: number }
  | { readonly kind: 'close'; readonly call: number };

export type FromMetrics =
  | { readonly kind: 'done'; readonly call: number }
  | { readonly kind: 'places'; readonly call: number; readonly places: readonly MetricsPlace[] }
  | { readonly kind: 'failed'; readonly call: number; readonly message: string }
  | { readonly kind: 'state'; readonly state: MetricsState };

export interface MetricsState {
  readonly waitingBytes: number;
  readonly dropped: number;
  readonly refused: Refused & { readonly other_store?: number };
  /** Why samples are not kept, or wait; null: they are. */
  readonly failed: string | null;
}
