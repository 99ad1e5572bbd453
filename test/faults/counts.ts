/** How often each fault is made: in CI, and on demand (`npm run faults -- --full`). The only place to tune. */
const FULL = process.env['FAULTS'] === 'full';

const pick = (ci: number, full: number): number => (FULL ? full : ci);

const MINUTE = 60_000;

export const counts = {
  /** kill -9 at random times under load; each labelled point is met once besides (in the full run as often as fits in it). */
  kills: pick(Number(process.env['K'] ?? 20), 1000),
  /** Times each labelled point is met. */
  pointRounds: pick(1, 10),
  /** Kills on one data folder before the next begins with an empty one, so that judging stays quick. */
  killsPerFolder: 50,
  powerCuts: pick(5, 300),
  /** fsync and commit that fail, in turn of kind. */
  diskErrors: pick(20, 20),
  /** A disk is filled and given room again. */
  diskFull: pick(10, 10),
  overloadMs: pick(60_000, 5 * MINUTE),
  overloadRounds: pick(1, 10),
  clockJumps: pick(30, 30),
  hostileRequests: pick(1000, 100_000),
  soakMs: pick(30_000, 120 * MINUTE),
  /** Part of the soak that is warm-up: its memory is not part of the slope. */
  soakWarmUpMs: pick(6_000, 10 * MINUTE),
  restartJournalBytes: pick(200, 1000) * 1e6,
  senders: 8,
} as const;

export const isFull: boolean = FULL;

/** Coverage is of this process; a child that is killed leaves none, and the faults take minutes. */
export const skipFaults: string | false =
  process.env['NODE_V8_COVERAGE'] === undefined ? false : 'processes that are killed leave no coverage';
