/**
 * weir on itself: gathers a sample of all parts once a second, has the alerts judged by it, and says in log, metrics and API what
 * fired and what is over.
 */
import { elapsedMs, every, type Logger, type Metrics, now } from '../../base/index.ts';
import type { LiveNode, LiveObserver, SelfAlert, SelfSample } from '../../pipeline/index.ts';
import { type ActiveAlert, SELF_ALERTS, SelfAlerts, SourceWatch } from '../../pipeline/index.ts';
import type { SourcePolicy } from '../config/index.ts';

/** The parts as they are now. */
export interface SelfParts {
  readonly node: () => LiveNode | null;
  readonly pressure: () => number;
  /** Free over all bytes of the disk, and the journal's over what it may have; null before they are known. */
  readonly space: () => { readonly diskFreeShare: number; readonly journalShare: number } | null;
  readonly notifiers: () => SelfSample['notifiers'];
  /** Minutes of the books that do not add up. */
  readonly booksOff: () => number;
  /** What was dropped since the start: traces, log lines, streams of slow readers. */
  readonly dropped: () => number;
}

export interface SelfWatchOptions {
  readonly parts: SelfParts;
  readonly policyOf: (tenant: string, source: string) => SourcePolicy;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** For tests. */
  readonly alerts?: readonly SelfAlert[];
  readonly everyMs?: number;
}

const EVERY_MS = 1000;
/** Alerts whose subjects are sources: for the tenant itself. */
const OF_TENANTS = new Set(['source-silent']);
/** Alerts that may name what is another's business, such as addresses of receivers: for the operator. */
const OF_OPERATOR = new Set(['notifier-failing', 'dead-letters', 'shedding', 'books']);

export class SelfWatch {
  readonly observer: LiveObserver;
  readonly #parts: SelfParts;
  readonly #log: Logger;
  readonly #alerts: SelfAlerts;
  readonly #sources: SourceWatch;
  readonly #fired: { add(by: number, labels: { alert: string }): void };
  readonly #totals = { received: 0, dead: 0, filtered: 0 };
  #last: { totals: { received: number; dead: number; filtered: number }; dropped: number; at: number; wall: number };
  readonly #stop: () => void;

  constructor({ parts, policyOf, metrics, log, alerts = SELF_ALERTS, everyMs = EVERY_MS }: SelfWatchOptions) {
    this.#parts = parts;
    this.#log = log;
    this.#alerts = new SelfAlerts(alerts);
    this.#sources = new SourceWatch((tenant, source) => {
      const { silent_after } = policyOf(tenant, source);
      // Never silent enough; or learnt.
      return silent_after === 'off' ? Number.POSITIVE_INFINITY : silent_after === 'auto' ? null : silent_after;
    });
    this.observer = {
      acked: ({ tenant, source }, { received, dead, filtered }) => {
        this.#totals.received += received;
        this.#totals.dead += dead;
        this.#totals.filtered += filtered;
        if (received > 0) this.#sources.heard(tenant, source, elapsedMs());
      },
    };
    this.#fired = metrics.counter({
      name: 'weir_self_alerts_fired_total',
      help: 'Alerts of weir on itself that fired',
      labels: { alert: alerts.map(({ id }) => id) },
    });
    const active = metrics.gauge({
      name: 'weir_self_alerts',
      help: 'Subjects of alerts of weir on itself, by state',
      labels: { alert: alerts.map(({ id }) => id), state: ['pending', 'firing'] },
    });
    metrics.onCollect(() => {
      const { active: all } = this.#alerts;
      for (const { id } of alerts) {
        for (const state of ['pending', 'firing'] as const) {
          const count = all.filter((each) => each.alert.id === id && each.state === state).length;
          active.set(count, { alert: id, state });
        }
      }
    });
    this.#last = { totals: { ...this.#totals }, dropped: 0, at: elapsedMs(), wall: now() };
    this.#stop = every(everyMs, () => this.#tick());
  }

  /** A source that was heard before this start, or is configured: it should come. */
  expect(tenant: string, source: string): void {
    this.#sources.expect(tenant, source, elapsedMs());
  }

  /** Pending and firing, as far as they concern the tenant. */
  activeFor(tenant: string, operator: boolean): readonly ActiveAlert[] {
    return this.#alerts.active.filter(({ alert, subject }) => {
      if (OF_TENANTS.has(alert.id)) return subject.startsWith(`${tenant}/`);
      return operator || !OF_OPERATOR.has(alert.id);
    });
  }

  stop(): void {
    this.#stop();
  }

  #tick(): void {
    const at = elapsedMs();
    for (const { kind, active } of this.#alerts.observe(this.#sample(at), at)) {
      const { alert, subject, detail } = active;
      if (kind === 'fired') {
        this.#fired.add(1, { alert: alert.id });
        this.#log.warn('alert', { alert: alert.id, severity: alert.severity, subject, detail, todo: alert.todo });
      } else this.#log.info('alert is over', { alert: alert.id, subject });
    }
  }

  #sample(at: number): SelfSample {
    const { node, pressure, space, notifiers, booksOff, dropped } = this.#parts;
    const live = node();
    const before = this.#last;
    this.#last = { totals: { ...this.#totals }, dropped: dropped(), at, wall: now() };
    const seconds = Math.max(0.001, (at - before.at) / 1000);
    const rate = (of: keyof typeof before.totals): number => (this.#totals[of] - before.totals[of]) / seconds;
    const room = space();
    return {
      sources: this.#sources.signs(),
      // Without rules nothing is behind them.
      detectLagMs: live?.rules.state === 'ready' ? live.lag.ms : 0,
      receivedPerSecond: rate('received'),
      deadLetteredPerSecond: rate('dead'),
      filteredPerSecond: rate('filtered'),
      droppedPerSecond: (this.#last.dropped - before.dropped) / seconds,
      diskFreeShare: room?.diskFreeShare ?? 1,
      journalShare: room?.journalShare ?? 0,
      quarantinedRules: live?.rules.state === 'ready' ? live.rules.rules.leftOut : [],
      notifiers: notifiers(),
      clockJumpMs: this.#last.wall - before.wall - (at - before.at),
      pressure: pressure(),
      booksOff: booksOff(),
    };
  }
}
