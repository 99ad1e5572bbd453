/**
 * Alerts on weir itself: a state machine over injected samples. A subject of an alert is pending while its condition holds, firing
 * when it has held long enough, resolved when the clear condition has. The same samples give the same transitions.
 */
import { limits } from '../../base/index.ts';
import { type Finding, SELF_ALERTS, type SelfAlert, type SelfSample } from './conditions.ts';

export type AlertState = 'pending' | 'firing';

export interface ActiveAlert {
  readonly alert: SelfAlert;
  readonly subject: string;
  readonly state: AlertState;
  /** When its condition began to hold, and when it fired (null while pending). Monotonic ms. */
  readonly sinceMs: number;
  readonly firedMs: number | null;
  /** Value and words at the last sample. */
  readonly value: number;
  readonly detail: string;
}

export interface Transition {
  readonly kind: 'fired' | 'resolved';
  readonly atMs: number;
  readonly active: ActiveAlert;
}

interface Watched {
  active: ActiveAlert;
  /** Since when the clear condition holds; null when it does not. */
  clearSinceMs: number | null;
}

export class SelfAlerts {
  readonly #alerts: readonly SelfAlert[];
  readonly #subjectsMax: number;
  readonly #watched = new Map<string, Map<string, Watched>>();
  /** Subjects beyond the bound that would have been watched, over all samples. */
  unwatched = 0;

  constructor(alerts: readonly SelfAlert[] = SELF_ALERTS, subjectsMax: number = limits.alertSubjectsMax) {
    this.#alerts = alerts;
    this.#subjectsMax = subjectsMax;
  }

  /** Takes in a sample; what fired and what is over by it. `nowMs` monotonic. */
  observe(sample: SelfSample, nowMs: number): Transition[] {
    return this.#alerts.flatMap((alert) => this.#judge(alert, alert.measure(sample, nowMs), nowMs));
  }

  /** Pending and firing, in the order of the table. */
  get active(): ActiveAlert[] {
    return this.#alerts.flatMap(({ id }) => [...(this.#watched.get(id)?.values() ?? [])].map(({ active }) => active));
  }

  #judge(alert: SelfAlert, findings: readonly Finding[], nowMs: number): Transition[] {
    const watched = this.#watched.get(alert.id) ?? new Map<string, Watched>();
    this.#watched.set(alert.id, watched);
    const transitions: Transition[] = [];
    const now = new Map(findings.map((finding) => [finding.subject, finding]));
    for (const [subject, entry] of watched) {
      const finding = now.get(subject);
      now.delete(subject);
      const over = this.#follow(alert, entry, finding, nowMs);
      if (over) {
        watched.delete(subject);
        if (entry.active.state === 'firing') transitions.push({ kind: 'resolved', atMs: nowMs, active: entry.active });
      } else if (entry.active.state === 'pending' && nowMs - entry.active.sinceMs >= alert.holdMs) {
        transitions.push(fire(entry, nowMs));
      }
    }
    for (const { subject, value, detail } of now.values()) {
      if (!alert.fires(value)) continue;
      if (watched.size >= this.#subjectsMax) {
        this.unwatched++;
        continue;
      }
      const entry: Watched = {
        active: { alert, subject, state: 'pending', sinceMs: nowMs, firedMs: null, value, detail },
        clearSinceMs: null,
      };
      watched.set(subject, entry);
      if (alert.holdMs === 0) transitions.push(fire(entry, nowMs));
    }
    return transitions;
  }

  /** Brings an entry up to date; true when it is over. */
  #follow(alert: SelfAlert, entry: Watched, finding: Finding | undefined, nowMs: number): boolean {
    if (finding === undefined) return true;
    const { value, detail } = finding;
    const fires = alert.fires(value);
    // While firing the worst words stay: what it says at its end would be that nothing is wrong.
    if (fires) entry.active = { ...entry.active, value, detail };
    if (entry.active.state === 'pending') return !fires;
    if (!alert.clears(value)) {
      entry.clearSinceMs = null;
      return false;
    }
    entry.clearSinceMs ??= nowMs;
    return nowMs - entry.clearSinceMs >= alert.clearMs;
  }
}

function fire(entry: Watched, nowMs: number): Transition {
  entry.active = { ...entry.active, state: 'firing', firedMs: nowMs };
  return { kind: 'fired', atMs: nowMs, active: entry.active };
}
