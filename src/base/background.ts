/** What a process does that must never stand in the way of the one it works for. */
import fs from 'node:fs';
import os from 'node:os';

/** Of 19; below the server, above backups and the like. */
const NICE = 5;

/**
 * Lets others go first: for processors, and when the machine runs out of memory, where Linux ends this process instead of the
 * server. Elsewhere, or where it is not allowed, the process runs as before.
 */
export function stepBack(): void {
  attempt(() => os.setPriority(NICE));
  attempt(() => fs.writeFileSync('/proc/self/oom_score_adj', '1000'));
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // A courtesy; nothing rests on it.
  }
}

/** Ends this process at once, whatever its threads are at. */
export function endNow(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('not reached');
}
