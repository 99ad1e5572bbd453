/** Levels of rooms, in memory that all threads share: a level that is changed holds everywhere with the next line. */

/** Least first; `off` writes nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The parts of weir whose level can be set on its own. */
export const LOG_ROOMS = [
  'admission',
  'alerts',
  'auth',
  'config',
  'correlate',
  'detect',
  'gateway',
  'hits',
  'journal',
  'notify',
  'pipeline',
  'rules',
  'schema',
  'server',
] as const;
export type LogRoom = (typeof LOG_ROOMS)[number];

/** Words of the shared memory: records on their way from other threads, records dropped there, then one level a room. */
const WAITING = 0;
const DROPPED = 1;
const LEVELS = 2;

export class LogLevels {
  readonly shared: SharedArrayBuffer;
  private readonly words: Int32Array;

  /** `shared`: that of the main thread; without it, fresh memory with every room at `info`. */
  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(4 * (LEVELS + LOG_ROOMS.length));
    this.words = new Int32Array(this.shared);
    if (shared === undefined) this.words.fill(LOG_LEVELS.indexOf('info'), LEVELS);
  }

  get(room: LogRoom): LogLevel {
    return LOG_LEVELS[Atomics.load(this.words, LEVELS + LOG_ROOMS.indexOf(room))];
  }

  set(room: LogRoom, level: LogLevel): void {
    Atomics.store(this.words, LEVELS + LOG_ROOMS.indexOf(room), LOG_LEVELS.indexOf(level));
  }

  /** Whether a room, by its place in {@link LOG_ROOMS}, writes lines of a level, by its place in {@link LOG_LEVELS}. */
  writes(room: number, level: number): boolean {
    return Atomics.load(this.words, LEVELS + room) <= level;
  }

  /** A thread wants to send a record: false, and counted as dropped, when `max` are on their way already. */
  send(max: number): boolean {
    if (Atomics.add(this.words, WAITING, 1) < max) return true;
    Atomics.sub(this.words, WAITING, 1);
    Atomics.add(this.words, DROPPED, 1);
    return false;
  }

  /** A record of another thread has arrived. Returns how many were dropped since the last that did. */
  arrived(): number {
    Atomics.sub(this.words, WAITING, 1);
    return Atomics.exchange(this.words, DROPPED, 0);
  }
}
