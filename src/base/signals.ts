/** Requests to stop: Ctrl-C, SIGTERM, SIGHUP. */
import { elapsedMs } from './clock.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * In a terminal Ctrl-C reaches the launcher and the program, and the launcher passes its own on: one key, two signals.
 * They arrive within a few milliseconds; nobody presses a key twice in this time.
 */
const SAME_REQUEST_MS = 250;

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

let kept: StopSignal | null = null;
const keep = (signal: StopSignal): void => {
  kept ??= signal;
};

/**
 * Keeps a request to stop for whoever calls {@link onStopSignal} next, instead of ending at once: a program that loads
 * for half a second still ends as it should. Call {@link releaseStopSignals} where nobody is going to listen.
 */
export function keepStopSignals(): void {
  for (const signal of SIGNALS) process.on(signal, keep);
}

/** Ends {@link keepStopSignals}: a request that was kept, and those to come, end the process at once. */
export function releaseStopSignals(): void {
  for (const signal of SIGNALS) process.off(signal, keep);
  const signal = kept;
  kept = null;
  if (signal !== null) process.kill(process.pid, signal);
}

/**
 * Calls `handler` for each request to stop; `again` is true from the second on, when the user means "now". One that was
 * kept comes at once, before this returns.
 * Returns a function that restores the default, which is to end at once.
 */
export function onStopSignal(handler: (signal: StopSignal, again: boolean) => void): () => void {
  let last: number | null = null;
  const listen = (signal: StopSignal): void => {
    const at = elapsedMs();
    if (last !== null && at - last < SAME_REQUEST_MS) return;
    const again = last !== null;
    last = at;
    handler(signal, again);
  };
  for (const signal of SIGNALS) process.on(signal, listen);
  for (const signal of SIGNALS) process.off(signal, keep);
  if (kept !== null) listen(kept);
  kept = null;
  return () => {
    for (const signal of SIGNALS) process.off(signal, listen);
  };
}
