/** Requests to stop: Ctrl-C, SIGTERM, SIGHUP. */
import { elapsedMs } from './clock.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * In a terminal Ctrl-C reaches the launcher and the program, and the launcher passes its own on: one key, two signals.
 * They arrive within a few milliseconds; nobody presses a key twice in this time.
 */
const SAME_REQUEST_MS = 250;

/**
 * Calls `handler` for each request to stop; `again` is true from the second on, when the user means "now".
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
  const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, listen);
  return () => {
    for (const signal of signals) process.off(signal, listen);
  };
}
