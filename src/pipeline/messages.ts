/** What the main thread and its scan workers tell each other. */
import type { LaneChannel } from './lane-channel.ts';
import type { PieceResult, RulePackage, WorkerTotals } from './scanner.ts';

export interface Start {
  readonly kind: 'start';
  readonly rules: RulePackage;
  readonly module: WebAssembly.Module;
  readonly lanes: LaneChannel;
}

/** Lines already in memory; the buffer is transferred. */
export interface LinesJob {
  readonly kind: 'lines';
  readonly id: number;
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null when records are counted where results come in. */
  readonly firstRecord: number | null;
  readonly records: Float64Array | null;
  readonly position: number;
  readonly carved: boolean;
}

/** Bytes `from` to `to` of an NDJSON file, whole lines; the worker reads them itself. */
export interface RangeJob {
  readonly kind: 'range';
  readonly id: number;
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export type Job = LinesJob | RangeJob;
export type ToWorker = Start | Job | { readonly kind: 'finish' };

export type FromWorker<R = PieceResult, T = WorkerTotals> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly result: R }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'totals'; readonly totals: T };
