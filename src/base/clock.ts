/** The clock and timers; the only place that asks the machine for time. */
import { setTimeout as delay } from 'node:timers/promises';

/** Wall-clock time, Unix milliseconds. */
export function now(): number {
  return Date.now();
}

/** Milliseconds since the process (or worker) started, never going back; for durations. */
export function elapsedMs(): number {
  return performance.now();
}

/** CPU time this process has used in all its threads, milliseconds, user and system. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Resolves after `ms` milliseconds. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
}

/** Resolves after what waits to be done, messages of other threads for one, has had its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Calls `work` every `ms` milliseconds until the returned function is called; does not keep the process alive. */
export function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms);
  timer.unref();
  return () => clearInterval(timer);
}
