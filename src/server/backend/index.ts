/** What the API asks of the running server, from the threads' store and journal. */
import { LOG_ROOMS, type Log } from '../../base/index.ts';
import { type Backend, Problem } from '../../gateway/index.ts';
import type { Pressure } from '../../ingest/index.ts';
import type { Audit, HistoryThread, Hunts, LiveNode } from '../../pipeline/index.ts';
import type { DuckPool } from '../../query/index.ts';
import type { DetectionsReader } from '../../store/index.ts';
import type { Backups } from '../backups.ts';
import type { MetricsThread } from '../metrics/index.ts';
import type { LiveLatency } from '../observe/latency.ts';
import type { SelfWatch } from '../observe/self-watch.ts';
import type { PolicyOf } from '../policies.ts';
import type { RuleKeeper } from '../rule-keeper.ts';
import type { Trail } from '../trail/index.ts';
import { alertsBackend } from './alerts.ts';
import { booksBackend } from './books.ts';
import { deadLettersBackend } from './dead-letters.ts';
import { eventsBackend } from './events.ts';
import { type HitNews, hitsBackend } from './hits.ts';
import { holdsBackend } from './holds.ts';
import { huntsBackend } from './hunts.ts';
import { pressureBackend } from './pressure.ts';
import { queryBackend } from './query.ts';
import { rulesBackend } from './rules.ts';
import { stagesBackend } from './stages.ts';
import { validationBackend } from './validation.ts';

export { HitNews } from './hits.ts';
export { liveTables } from './tables.ts';

export interface BackendParts {
  readonly node: LiveNode;
  readonly reader: DetectionsReader;
  readonly audit: Audit;
  readonly history: HistoryThread;
  /** Processes that run queries. */
  readonly pool: DuckPool;
  readonly hunts: Hunts;
  readonly trail: Trail;
  readonly backups: Backups;
  readonly news: HitNews;
  readonly policyOf: PolicyOf;
  readonly pressure: Pressure;
  readonly rules: RuleKeeper;
  readonly self: SelfWatch;
  readonly latency: LiveLatency;
  /** Null where none are kept. */
  readonly metrics: Pick<MetricsThread, 'reader'> | null;
  /** Folder of the log, with all lines of before in it; null where it is not kept. */
  readonly logs: () => string | null;
  /** A stage was switched. */
  readonly onStages: () => void;
}

/** `parts` is null until the journal is open. */
export function liveBackend(parts: () => BackendParts | null, log: Log): Backend {
  const open = (): BackendParts => {
    const known = parts();
    if (known === null) throw new Problem('http.unavailable', 'the server is still opening its journal');
    return known;
  };
  return {
    get hits() {
      const { reader, news } = open();
      return hitsBackend(() => reader, news);
    },
    get query() {
      return queryBackend(open());
    },
    audit: {
      list: async (query) => {
        const page = await open().trail.page(query);
        if (page === null) return null;
        const items = page.items.map(({ at, ...record }) => ({ time: new Date(at).toISOString(), ...record }));
        return { items, next: page.next };
      },
    },
    get backups() {
      return open().backups;
    },
    get holds() {
      return holdsBackend(open());
    },
    get hunts() {
      return huntsBackend(open());
    },
    get books() {
      const { audit, node, reader } = open();
      return booksBackend(audit, node, () => reader);
    },
    get deadLetters() {
      return deadLettersBackend(open());
    },
    get rules() {
      return rulesBackend(open());
    },
    get events() {
      return eventsBackend(open());
    },
    get validation() {
      return validationBackend(open());
    },
    get pressure() {
      return pressureBackend(open().pressure);
    },
    get alerts() {
      return alertsBackend(open().self);
    },
    log: {
      levels: () => LOG_ROOMS.map((room) => ({ room, level: log.level(room) })),
      setLevel: (room, level) => log.setLevel(room, level),
    },
    get stages() {
      return stagesBackend(open());
    },
  };
}
