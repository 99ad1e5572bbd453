/** How loaded the machine is: what admission's pressure is made of. */
import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cpuMs, elapsedMs } from './clock.ts';

export interface Load {
  /** CPU time used since the last sample over what all cores could give, 0 … 1. */
  readonly cpuShare: number;
  /** Resident memory of the process, bytes. */
  readonly memoryBytes: number;
  /** The longest the event loop of this thread was held up since the last sample, ms. */
  readonly eventLoopDelayMs: number;
  /** Bytes free for this user on the file system of the folder, and its size. */
  readonly diskFreeBytes: number;
  readonly diskBytes: number;
}

/** Bytes free for this user on the file system that holds `path`, and its size. */
export function diskSpace(path: string): { readonly freeBytes: number; readonly totalBytes: number } {
  const { bsize, bavail, blocks } = statfsSync(path);
  return { freeBytes: bsize * bavail, totalBytes: bsize * blocks };
}

/** Memory of the process that is there, not only promised. */
export const residentBytes = (): number => process.memoryUsage.rss();

/** What one thread has used. */
export interface ThreadLoad {
  /** CPU time since it started, milliseconds. */
  readonly cpuMs: number;
  /** Of its own heap, and of buffers outside of it. */
  readonly heapBytes: number;
  readonly externalBytes: number;
}

/** Of the thread that asks. */
export function threadLoad(): ThreadLoad {
  const { user, system } = process.threadCpuUsage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { cpuMs: (user + system) / 1000, heapBytes: heapUsed, externalBytes: external + arrayBuffers };
}

export interface LoadSampler extends Disposable {
  /** The load since the last call. */
  sample(): Load;
}

const RESOLUTION_MS = 10;

/** Watches this thread's event loop until it is disposed; `folder` is where the journal is. */
export function loadSampler(folder: string): LoadSampler {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let cpu = cpuMs();
  let at = elapsedMs();
  return {
    sample() {
      const [cpuNow, atNow] = [cpuMs(), elapsedMs()];
      const cpuShare = Math.min(1, (cpuNow - cpu) / (Math.max(1, atNow - at) * availableParallelism()));
      [cpu, at] = [cpuNow, atNow];
      // The histogram counts the timer's own interval; before its first tick it says 0.
      const eventLoopDelayMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
      delay.reset();
      const { freeBytes, totalBytes } = diskSpace(folder);
      const memoryBytes = residentBytes();
      return { cpuShare, memoryBytes, eventLoopDelayMs, diskFreeBytes: freeBytes, diskBytes: totalBytes };
    },
    [Symbol.dispose]: () => delay.disable(),
  };
}
