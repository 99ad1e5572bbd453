/** Looks at the machine and at the server's own queues a few times a second: what pressure is made of. */
import { elapsedMs, every, type LoadSampler, limits, loadSampler } from '../base/index.ts';
import type { ByteBudget, Pressure } from '../ingest/index.ts';
import type { LiveNode } from '../pipeline/index.ts';
import { type JournalSpace, journalBytesMax, type SpaceBound } from './journal-space.ts';
import type { Readiness } from './readiness.ts';

const SAMPLE_MS = 250;
const TIMES_MAX = 10_000;
/** Memory that a body in work may come to need beside itself: its frames, its hits, what is decompressed of it. */
const GROWTH = 2;

/** Answers since the last look: how long they took and how many failed. */
export class Answers {
  #times: number[] = [];
  #failed = 0;

  /** Refusals of admission are not among them, or refusing would feed itself. */
  add({ ms, status }: { readonly ms: number; readonly status: number }): void {
    if (this.#times.length < TIMES_MAX) this.#times.push(ms);
    if (status >= 500) this.#failed++;
  }

  take(): { readonly responseMs: number; readonly errors: number } {
    const times = this.#times.sort((a, b) => a - b);
    const taken = {
      responseMs: times[Math.floor(times.length * 0.99)] ?? 0,
      errors: times.length === 0 ? 0 : Math.min(1, this.#failed / times.length),
    };
    this.#times = [];
    this.#failed = 0;
    return taken;
  }
}

export interface Watched {
  readonly folder: string;
  readonly pressure: Pressure;
  readonly answers: Answers;
  readonly node: LiveNode;
  readonly space: JournalSpace;
  readonly readiness: Readiness;
  readonly budget: ByteBudget;
  readonly bound: SpaceBound;
  readonly sampler?: ((folder: string) => LoadSampler) | undefined;
}

export interface LoadWatch {
  /** Of the last sample; null before the first. */
  readonly space: { readonly diskFreeShare: number; readonly journalShare: number } | null;
  stop(): void;
}

export function watchLoad(watched: Watched): LoadWatch {
  const { pressure, answers, node, space, readiness, budget, bound } = watched;
  const sampler = (watched.sampler ?? loadSampler)(watched.folder);
  let room: LoadWatch['space'] = null;
  const stop = every(SAMPLE_MS, () => {
    const load = sampler.sample();
    const { diskFreeBytes, diskBytes } = load;
    const { journalBytes } = node;
    budget.limit((limits.serverMemoryBytes - load.memoryBytes) / GROWTH);
    space.observe({ journalBytes, diskFreeBytes, diskBytes });
    room = {
      diskFreeShare: diskFreeBytes / diskBytes,
      journalShare: journalBytes / journalBytesMax(bound, diskBytes),
    };
    const state = pressure.observe(
      {
        queue: node.inFlightBytes / limits.inFlightBytesMax,
        cpu: load.cpuShare,
        memory: load.memoryBytes / limits.serverMemoryBytes,
        diskFree: room.diskFreeShare,
        journal: room.journalShare,
        // Before there are rules what waits says nothing about speed.
        detect: node.rules.state === 'ready' ? node.progress.lagBytes / limits.detectLagBytesMax : 0,
        eventLoopMs: load.eventLoopDelayMs,
        ...answers.take(),
      },
      elapsedMs(),
    );
    readiness.observe(state);
  });
  return {
    get space() {
      return room;
    },
    stop() {
      stop();
      sampler[Symbol.dispose]();
    },
  };
}
