/** A hunt or forecast at work, in a process of its own, and what the server and it tell each other. */
import { errorOf, forkProgram, limits, programBeside, type ToldError, WeirError } from '../../base/index.ts';
import type { Level } from '../../detect/index.ts';
import type { Forecast } from '../hunt/forecast.ts';
import type { HuntSummary } from '../hunt/hunt.ts';
import type { Span } from '../hunt/places.ts';
import type { FetchCopy, HuntCopy, HuntView } from '../hunt/view.ts';
import type { PrepareOptions } from '../prepare.ts';
import type { HuntProgress, HuntRules } from './asked.ts';

export interface HuntJob {
  readonly data: string;
  /** Where its hits go, and how far it has come; null: a forecast, of which nothing is kept. */
  readonly folder: string | null;
  /** Of a forecast; those of a hunt are in its folder. */
  readonly rules: HuntRules | null;
  readonly deployment: PrepareOptions;
  readonly minLevel: Level | null;
  readonly tenant: string;
  readonly view: HuntView;
  readonly span: Span;
  readonly threads: number;
  readonly limits: Readonly<Record<string, number>>;
}

export type ToJob =
  | { readonly kind: 'start'; readonly job: HuntJob }
  | { readonly kind: 'cancel' }
  /** What was asked for is on disk, or why it is not. */
  | { readonly kind: 'fetched'; readonly call: number; readonly away: string | null };

export type FromJob =
  | { readonly kind: 'rules'; readonly loaded: number; readonly refused: number }
  | { readonly kind: 'progress'; readonly progress: HuntProgress; readonly byRule: Readonly<Record<string, number>> }
  /** A segment of the object store is needed; and, by the same number, no more. */
  | { readonly kind: 'fetch'; readonly call: number; readonly file: string }
  | { readonly kind: 'fetched'; readonly call: number }
  | { readonly kind: 'hunted'; readonly summary: HuntSummary }
  | { readonly kind: 'forecast'; readonly forecast: Forecast }
  | ({ readonly kind: 'failed' } & ToldError);

type News = Extract<FromJob, { kind: 'rules' | 'progress' }>;
type Result = Extract<FromJob, { kind: 'hunted' | 'forecast' }>;

export interface RunningJob {
  /** Resolves with what it came to; rejects with a WeirError where it failed, or died. */
  readonly done: Promise<Result>;
  /** Ends it soon; what it has till then is its result. */
  cancel(): void;
  /** Ends it at once. */
  kill(): void;
}

/** V8's heap in that process: hit lines on their way, places of what correlations count. */
const HEAP_MB = 768;

export function startJob(job: Omit<HuntJob, 'limits'>, fetch: FetchCopy, onNews: (news: News) => void): RunningJob {
  const program = programBeside(import.meta.url, 'job-process');
  const { child, lastWords, send } = forkProgram(program, { heapMb: HEAP_MB, variables: ['TMPDIR'] });
  const tell = (message: ToJob): void => send(message);
  const { promise: done, resolve, reject } = Promise.withResolvers<Result>();
  const kill = (): void => void child.kill('SIGKILL');
  const copies = new Map<number, HuntCopy>();
  let isOver = false;
  const fetched = async (call: number, file: string): Promise<void> => {
    const copy = await fetch(file).catch((error: unknown): HuntCopy => {
      if (!(error instanceof WeirError)) throw error;
      return { away: error.message, release: () => {} };
    });
    if (isOver) return copy.release();
    copies.set(call, copy);
    tell({ kind: 'fetched', call, away: copy.away });
  };
  const drop = (call: number): void => {
    copies.get(call)?.release();
    copies.delete(call);
  };
  child.on('message', (message: FromJob) => {
    if (message.kind === 'rules' || message.kind === 'progress') return onNews(message);
    if (message.kind === 'fetch') return void fetched(message.call, message.file);
    if (message.kind === 'fetched') return drop(message.call);
    if (message.kind === 'failed') reject(errorOf(message));
    else resolve(message);
    kill();
  });
  child.on('error', (cause) => {
    reject(new WeirError('hunt.died', `its process cannot be started: ${cause.message}`, { cause }));
    kill();
  });
  child.once('close', (code, signal) => {
    isOver = true;
    for (const call of copies.keys()) drop(call);
    const words = lastWords().split('\n').at(-1) ?? '';
    reject(
      new WeirError('hunt.died', `its process ended (${signal ?? `exit ${code}`})${words === '' ? '' : `: ${words}`}`),
    );
  });
  tell({ kind: 'start', job: { ...job, limits: { ...limits } } });
  return { done, cancel: () => tell({ kind: 'cancel' }), kill };
}
