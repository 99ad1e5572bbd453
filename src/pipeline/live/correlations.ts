/** Correlations over the journal: what doors found for them goes in, in journal order; correlation hits come out. */
import {
  formatTime,
  type HitColumns,
  LiveCorrelator,
  type LiveCounts,
  type LiveFiring,
  type VersionedRule,
} from '../../detect/index.ts';
import type { CorrelationHit } from '../../store/index.ts';

/** Where one entry of events stands. */
export interface FramePlace {
  readonly tenant: string;
  readonly source: string;
  readonly position: number;
  readonly receivedAt: number;
  /** Largest event time in it; null: there is none. */
  readonly latest: number | null;
}

const encoder = new TextEncoder();
/** How far ahead of its receipt an event's time is believed (contract: events, bytes, time). */
const SKEW_MS = 5 * 60_000;
/** How often the state is kept, in receive time: what a crash costs is a replay of that much. */
const SNAPSHOT_MS = 10_000;
/** A large state is kept less often: 100 MB take a second of this thread. */
const SNAPSHOT_MS_PER_BYTE = 1 / 4000;

export class Correlations {
  readonly #correlator: LiveCorrelator;
  /** Receive time of the last snapshot; 0: one is due. */
  #keptAt = 0;
  #changed = false;

  constructor(log: string, latenessMs: number, snapshot: Uint8Array | null) {
    const options = { log, latenessMs: () => latenessMs };
    this.#correlator = snapshot === null ? new LiveCorrelator([], options) : LiveCorrelator.restore(snapshot, options);
  }

  counts(): readonly LiveCounts[] {
    return this.#correlator.counts();
  }

  setRules(rules: readonly VersionedRule[]): void {
    this.#correlator.setRules(rules);
    this.#keptAt = 0;
    this.#changed = true;
  }

  /** Base matches in a batch; `placeOf` says where a row of it stands. */
  matches(base: HitColumns, placeOf: (row: number) => { position: number; row: number }, frame: FramePlace): void {
    const { needs } = this.#correlator;
    for (let hit = 0; hit < base.count; hit++) {
      const rule = base.ruleIds[base.rule[hit]];
      const fields = needs.get(rule) ?? [];
      const { position, row } = placeOf(base.record[hit]);
      const time = Number.isNaN(base.time[hit]) ? null : base.time[hit];
      const { tenant, source, receivedAt } = frame;
      this.#correlator.match(rule, { tenant, source, position, row, time, receiveTime: receivedAt }, (name) => {
        const code = base.values[base.start[hit] + fields.indexOf(name)];
        return code === 0 || code === undefined ? [] : base.texts[code - 1];
      });
    }
  }

  /** The end of an entry of events. */
  frame({ tenant, source, position, receivedAt, latest }: FramePlace): void {
    // An event from the future must not make late what comes at its time: such a frame moves nothing on.
    const maxEventTime = latest !== null && latest > receivedAt + SKEW_MS ? null : latest;
    this.#correlator.frame({ tenant, source, position, receiveTime: receivedAt, maxEventTime });
    this.#changed = true;
  }

  tick(position: number, at: number): void {
    this.#correlator.tick({ position, receiveTime: at });
    this.#changed = true;
  }

  /** What fired since, as the store takes it. */
  take(position: number, received: number, live: boolean): CorrelationHit[] {
    return this.#correlator.take().map((firing) => ({
      id: firing.id,
      tenant: firing.tenant,
      rule: { id: firing.rule.id, version: firing.version, level: firing.rule.level },
      source: firing.source,
      revision: firing.revision,
      position,
      time: firing.time,
      received,
      live,
      body: bodyOf(firing),
    }));
  }

  /** The state as it is, when one is due or `isLast`; null otherwise, and where nothing has changed. */
  snapshot(received: number, isLast = false): Uint8Array | null {
    const wait = SNAPSHOT_MS + this.#correlator.bytes * SNAPSHOT_MS_PER_BYTE;
    const passed = received - this.#keptAt;
    // A clock that was put back must not put off what a crash costs.
    if (!this.#changed || (!isLast && this.#keptAt > 0 && passed >= 0 && passed < wait)) return null;
    this.#keptAt = received;
    this.#changed = false;
    return this.#correlator.snapshot();
  }

  /** The last one could not be kept: the next is due at once. */
  snapshotLost(): void {
    this.#keptAt = 0;
    this.#changed = true;
  }
}

function bodyOf({ rule, group, value, time, events, eventCount, withdrawn, timeUsed }: LiveFiring): Uint8Array {
  const { id, title, level, tags, type } = rule;
  const text = JSON.stringify({
    rule: { id, title, level, tags, logsource: null },
    time: formatTime(time),
    ...(timeUsed === 'event' ? {} : { time_used: timeUsed }),
    host: null,
    matches: [],
    ...(withdrawn ? { withdrawn } : {}),
    correlation: { type, group, value, events: eventCount },
    events,
  });
  return encoder.encode(text.slice(1, -1));
}
