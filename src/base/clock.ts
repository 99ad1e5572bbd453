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

/** Unix milliseconds with fractions, the same in all threads of a process; for how long things take from one to another. */
export function stampMs(): number {
  return performance.timeOrigin + performance.now();
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

/** CPU time that this thread has taken so far, milliseconds. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
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

/** Whether `work` is done within `ms` milliseconds; it goes on where it is not. Rejects as it does. */
export async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  // Timers hold 2³¹ ms at most; an infinite one is none.
  if (ms > 2 ** 31 - 1) return work.then(() => true);
  const timer = new AbortController();
  const late = delay(Math.max(0, ms), false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
