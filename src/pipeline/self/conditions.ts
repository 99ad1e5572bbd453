/** What weir says about itself when something is wrong: each alert is an entry with a condition, how long it must hold, when it is over, and what to do. */

export type SelfSeverity = 'warning' | 'critical';

/** One source's last sign of life. */
export interface SourceSign {
  readonly tenant: string;
  readonly source: string;
  /** Monotonic ms of its last event. */
  readonly lastMs: number;
  /** After which silence is a fault, ms; null where it is not known yet. */
  readonly intervalMs: number | null;
}

/** All that alerts look at, taken together about once a second. Rates are over the time since the sample before. */
export interface SelfSample {
  readonly sources: readonly SourceSign[];
  /** From receipt to evaluation of the oldest entry that is not evaluated, ms; 0 where all are. */
  readonly detectLagMs: number;
  readonly receivedPerSecond: number;
  readonly deadLetteredPerSecond: number;
  /** Events left out by shedding policies. */
  readonly filteredPerSecond: number;
  /** What was dropped without a policy: traces, log lines, event streams of slow readers. */
  readonly droppedPerSecond: number;
  readonly diskFreeShare: number;
  readonly journalShare: number;
  readonly quarantinedRules: readonly { readonly id: string; readonly reason: string }[];
  readonly notifiers: readonly { readonly id: string; readonly failuresInRow: number; readonly lastError: string }[];
  /** How much further the wall clock went than the monotonic one since the sample before, ms; 0 where they agree. */
  readonly clockJumpMs: number;
  readonly pressure: number;
  /** Conservation: events received less all that is accounted for, over all closed minutes. */
  readonly booksOff: number;
}

/** One thing the alert is about (a source, a rule); '' where there is only one. */
export interface Finding {
  readonly subject: string;
  /** How bad, in the alert's own unit: judged by `fires` and `clears`. */
  readonly value: number;
  /** What is the matter, in words. */
  readonly detail: string;
}

export interface SelfAlert {
  readonly id: string;
  readonly severity: SelfSeverity;
  /** Every subject with its value now. A subject that is gone is over. */
  readonly measure: (sample: SelfSample, nowMs: number) => readonly Finding[];
  readonly fires: (value: number) => boolean;
  /** Not merely the opposite of `fires`: between the two nothing changes. */
  readonly clears: (value: number) => boolean;
  /** How long `fires` must hold before it fires, and `clears` before it is over. */
  readonly holdMs: number;
  readonly clearMs: number;
  /** What whoever reads it should do: a full sentence. */
  readonly todo: string;
}

const one = (value: number, detail: string): readonly Finding[] => [{ subject: '', value, detail }];
const above = (bound: number) => (value: number) => value > bound;
const atMost = (bound: number) => (value: number) => value <= bound;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

export const SELF_ALERTS: readonly SelfAlert[] = [
  {
    id: 'source-silent',
    severity: 'warning',
    measure: ({ sources }, nowMs) =>
      sources.flatMap(({ tenant, source, lastMs, intervalMs }) =>
        intervalMs === null
          ? []
          : [
              {
                subject: `${tenant}/${source}`,
                value: (nowMs - lastMs) / intervalMs,
                detail: `nothing came from ${tenant}/${source} for ${seconds(nowMs - lastMs)}; expected every ${seconds(intervalMs)}`,
              },
            ],
      ),
    fires: above(1),
    clears: atMost(1),
    holdMs: 0,
    clearMs: 0,
    todo: 'Check that the sender runs and reaches weir, and that its key is still valid; set the interval of the source if such pauses are usual.',
  },
  {
    id: 'detect-lag',
    severity: 'critical',
    measure: ({ detectLagMs }) => one(detectLagMs, `detection is ${seconds(detectLagMs)} behind`),
    fires: above(5_000),
    clears: atMost(1_000),
    holdMs: 10_000,
    clearMs: 10_000,
    todo: 'Look for expensive rules with `weir books` and the rules page, give weir more cores, or send less.',
  },
  {
    id: 'dead-letters',
    severity: 'warning',
    measure: ({ receivedPerSecond, deadLetteredPerSecond }) => {
      const share = receivedPerSecond > 0 ? deadLetteredPerSecond / receivedPerSecond : 0;
      return one(
        share,
        `${percent(share)} of what comes goes to the dead letters (${deadLetteredPerSecond.toFixed(1)} a second)`,
      );
    },
    fires: above(0.01),
    clears: atMost(0.001),
    holdMs: 30_000,
    clearMs: 60_000,
    todo: 'List the dead letters with their reasons, mend the source or its mapping, then replay them.',
  },
  {
    id: 'shedding',
    severity: 'warning',
    measure: ({ filteredPerSecond }) =>
      one(filteredPerSecond, `${filteredPerSecond.toFixed(1)} events a second are left out by policy`),
    fires: above(0),
    clears: atMost(0),
    holdMs: 0,
    clearMs: 30_000,
    todo: 'The shedding policy is at work since pressure is high: see which signal gives it on the health page.',
  },
  {
    id: 'drops',
    severity: 'warning',
    measure: ({ droppedPerSecond }) =>
      one(droppedPerSecond, `${droppedPerSecond.toFixed(1)} traces, log lines or stream messages a second are dropped`),
    fires: above(0),
    clears: atMost(0),
    holdMs: 10_000,
    clearMs: 30_000,
    todo: 'No event is lost; check the trace collector, and that readers of the hit stream keep up.',
  },
  {
    id: 'disk',
    severity: 'critical',
    measure: ({ diskFreeShare }) => one(1 - diskFreeShare, `${percent(diskFreeShare)} of the disk is free`),
    fires: above(0.9),
    clears: atMost(0.88),
    holdMs: 5_000,
    clearMs: 5_000,
    todo: 'Free space, give weir a larger disk, or shorten retention; at the end doors answer 503 and nothing acknowledged is lost.',
  },
  {
    id: 'journal',
    severity: 'critical',
    measure: ({ journalShare }) => one(journalShare, `the journal is at ${percent(journalShare)} of journal.max_bytes`),
    fires: above(0.8),
    clears: atMost(0.75),
    holdMs: 5_000,
    clearMs: 5_000,
    todo: 'See what holds back its release, or raise journal.max_bytes; when it is full doors answer 503.',
  },
  {
    id: 'rule-quarantined',
    severity: 'warning',
    measure: ({ quarantinedRules }) =>
      quarantinedRules.map(({ id, reason }) => ({ subject: id, value: 1, detail: `rule ${id} is not run: ${reason}` })),
    fires: above(0),
    clears: atMost(0),
    holdMs: 0,
    clearMs: 0,
    todo: 'Mend the rule and reload; what it has not seen is in the evaluation ledger and can be hunted for.',
  },
  {
    id: 'notifier-failing',
    severity: 'critical',
    measure: ({ notifiers }) =>
      notifiers.map(({ id, failuresInRow, lastError }) => ({
        subject: id,
        value: failuresInRow,
        detail: `notifier ${id} failed ${failuresInRow} times in a row: ${lastError}`,
      })),
    fires: above(2),
    clears: atMost(0),
    holdMs: 0,
    clearMs: 0,
    todo: 'Check the address and secret of the notifier; hits wait and are delivered once it answers.',
  },
  {
    id: 'clock-jump',
    severity: 'warning',
    measure: ({ clockJumpMs }) =>
      one(Math.abs(clockJumpMs), `the wall clock jumped by ${(clockJumpMs / 1000).toFixed(1)} s`),
    fires: above(2_000),
    clears: atMost(500),
    holdMs: 0,
    clearMs: 60_000,
    todo: 'Check time synchronisation of the machine; receive times around the jump are not to be trusted, order and ids are.',
  },
  {
    id: 'pressure',
    severity: 'warning',
    measure: ({ pressure }) => one(pressure, `pressure is ${pressure.toFixed(2)}`),
    fires: above(0.8),
    clears: atMost(0.6),
    holdMs: 30_000,
    clearMs: 30_000,
    todo: 'See which signal gives it on the health page; senders are told to come back later, critical ones last.',
  },
  {
    id: 'books',
    severity: 'critical',
    measure: ({ booksOff }) => one(Math.abs(booksOff), `the books are off by ${booksOff} events`),
    fires: above(0),
    clears: atMost(0),
    holdMs: 0,
    clearMs: 0,
    todo: 'Run `weir verify` and keep its output: an event was lost or doubled, which must not happen.',
  },
];
