/** The progress bar: one line on standard error, rewritten at most ten times a second, gone when the scan is. */
import { elapsedMs } from '../../base/index.ts';
import { bytes, count, duration } from './numbers.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './width.ts';

const UPDATE_MS = 100;
/** Seconds over which the rate is smoothed, so that the time left does not jump. */
const SMOOTHING_S = 2;
const BAR_COLUMNS = 24;
const ERASE = '\r\x1b[2K';

export interface Progress {
  readonly bytes: number;
  /** Null where the size is not known (standard input, pipes). */
  readonly bytesTotal: number | null;
  readonly events: number;
  /** Null where nothing is looked for. */
  readonly hits: number | null;
}

export interface ProgressBar {
  /** Starts the clock: what came before is no part of any rate. */
  begin(): void;
  update(progress: Progress): void;
  /** Wipes the line. */
  erase(): void;
}

interface Rates {
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** The line itself; the bar gives way first where the terminal is narrow. */
export function progressLine(progress: Progress, rates: Rates, terminal: Terminal): string {
  const { bytes: done, bytesTotal: total } = progress;
  const share = total === null || total === 0 ? null : Math.min(1, done / total);
  const parts: string[] = [];
  if (share !== null) {
    const full = Math.round(share * BAR_COLUMNS);
    const [on, off] = terminal.unicode ? ['█', '░'] : ['#', '.'];
    if (terminal.columns >= 72) parts.push(on.repeat(full) + off.repeat(BAR_COLUMNS - full));
    parts.push(`${Math.floor(share * 100)}%`);
  } else parts.push(bytes(done));
  if (progress.hits !== null) parts.push(`${count(progress.hits)} hits`);
  parts.push(`${count(rates.eventsPerSecond)} events/s`, `${bytes(rates.bytesPerSecond)}/s`);
  if (share !== null && total !== null && rates.bytesPerSecond > 0 && share < 1) {
    parts.push(`${duration((total - done) / rates.bytesPerSecond)} left`);
  }
  return truncate(parts.join('  '), terminal.columns - 1, terminal.unicode ? '…' : '...');
}

/** `write` gets the bytes for standard error; `clock` gives milliseconds. Does nothing on what is no terminal. */
export function progressBar(
  terminal: Terminal,
  write: (text: string) => void,
  clock: () => number = elapsedMs,
): ProgressBar {
  if (!terminal.cursor) return { begin: () => {}, update: () => {}, erase: () => {} };
  let started = clock();
  let drawn = Number.NEGATIVE_INFINITY;
  let shown = false;
  let last: { at: number; bytes: number; events: number } = { at: started, bytes: 0, events: 0 };
  let rates: Rates = { eventsPerSecond: 0, bytesPerSecond: 0 };

  const measure = (progress: Progress, at: number): void => {
    const seconds = (at - last.at) / 1000;
    if (seconds <= 0) return;
    // The first moments count fully, later ones fade in over SMOOTHING_S.
    const weight = Math.max(1 - Math.exp(-seconds / SMOOTHING_S), seconds / ((at - started) / 1000));
    const blend = (before: number, change: number): number => before + weight * (change / seconds - before);
    rates = {
      eventsPerSecond: blend(rates.eventsPerSecond, progress.events - last.events),
      bytesPerSecond: blend(rates.bytesPerSecond, progress.bytes - last.bytes),
    };
    last = { at, bytes: progress.bytes, events: progress.events };
  };

  return {
    begin() {
      started = clock();
      last = { ...last, at: started };
    },
    update(progress) {
      const at = clock();
      if (at - drawn < UPDATE_MS) return;
      drawn = at;
      measure(progress, at);
      write(`${ERASE}${progressLine(progress, rates, terminal)}`);
      shown = true;
    },
    erase() {
      if (shown) write(ERASE);
      shown = false;
    },
  };
}
