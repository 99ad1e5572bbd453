import { type LimitName, limits, WeirError } from '../../../base/index.ts';
import type { CorrelationRule } from '../../sigma/model.ts';
import { type FieldNeeds, fieldNeeds } from '../hits.ts';
import { SnapshotReader, SnapshotWriter } from './codec.ts';
import { type Compiled, compileCorrelations, type VersionedRule } from './compiled.ts';
import type { TimeUsed } from './events.ts';
import type { FiringRecord } from './records.ts';
import type { RuleCounts } from './rule.ts';
import { Tenant, type TenantBounds, type TenantCounts } from './tenant.ts';

export interface LiveOptions {
  /** `<log id>/<partition>`: what event ids begin with. */
  readonly log: string;
  /** How late an event of a source may come and still be in order, in ms; 5 s by default. A firing waits as long. */
  readonly latenessMs?: (tenant: string, source: string) => number;
  /** A source silent for longer is idle, in ms of the receive clock; 5 s by default. */
  readonly idleMs?: number;
}

/** Where a match comes from. Times are epoch milliseconds, microseconds as fraction. */
export interface LiveMatch {
  readonly tenant: string;
  readonly source: string;
  /** Number of the journal entry, and of the row in its frame, both from 0. */
  readonly position: number;
  readonly row: number;
  /** Event time; null when the event has none. */
  readonly time: number | null;
  readonly receiveTime: number;
}

/** A journal entry with events, all of whose matches were given before. */
export interface LiveFrame {
  readonly tenant: string;
  readonly source: string;
  readonly position: number;
  readonly receiveTime: number;
  /** The largest event time in it; what lies more than 5 min ahead of its receipt should be left out. Null: there is none. */
  readonly maxEventTime: number | null;
}

/** A revision of a correlation hit. The one with the highest revision is what holds. */
export interface LiveFiring {
  /** 32 hexadecimal digits: H(rule id, version, group key, first event id when it was first put out). */
  readonly id: string;
  /** From 1. */
  readonly revision: number;
  /** Late events showed that it did not fire after all. It keeps the parts it last had, and lists no events. */
  readonly withdrawn: boolean;
  readonly rule: CorrelationRule;
  readonly version: string;
  readonly tenant: string;
  /** Group-by field (or alias) → value as its last event spells it. */
  readonly group: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of the event it fired on; where the condition is judged at a window's end, of the last event in it. Epoch milliseconds. */
  readonly time: number;
  readonly timeUsed: TimeUsed;
  readonly source: string;
  /** Id of that event: `<log id>/<partition>/<position>/<row>`. */
  readonly event: string;
  readonly firstEvent: string;
  /** Ids in order: all, or the first `correlationEventsShown − 1` and the last. See `Firing.events`. */
  readonly events: readonly string[];
  readonly eventCount: number;
}

/** What became of the correlations when the rule set changed, by id. */
export interface RuleChange {
  readonly kept: readonly string[];
  /** New, or of another version: they know nothing of events before this position. */
  readonly started: readonly string[];
  readonly ended: readonly string[];
}

export interface LiveCounts {
  readonly tenant: string;
  readonly bytes: number;
  /** Event time up to which correlations have come; null before the first frame. */
  readonly watermark: number | null;
  readonly skewed: number;
  readonly receiveTimed: number;
  readonly pushed: number;
  /** Frames of sources that share one watermark, beyond `correlationSourcesMax`. */
  readonly folded: number;
  readonly rules: Readonly<Record<string, RuleCounts>>;
}

type Bounds = TenantBounds &
  Readonly<
    Pick<
      Record<LimitName, number>,
      'correlationLiveBytesMax' | 'correlationTickMsMax' | 'correlationRetentionMsMin' | 'correlationRetentionMsMax'
    >
  >;

const LATENESS_MS = 5000;
const IDLE_MS = 5000;

interface SavedHead {
  readonly log: string;
  readonly position: number;
  readonly clock: number;
  readonly received: number | null;
  readonly rules: readonly VersionedRule[];
  readonly tenants: readonly string[];
}

/**
 * Correlations over a journal, entry by entry: `match` for each base match of a frame, then `frame`; `tick` for each
 * journaled tick; `take` whenever firings are wanted. Everything it knows comes from these calls, so the same journal gives
 * the same firings, revisions included, however it is cut into batches and wherever it went through `snapshot` and `restore`.
 *
 * Events wait until the watermark has passed them (watermarks.ts), then run through each correlation in order of (time,
 * source, position, row), as offline. Those that come behind the watermark are merged into their groups, which are judged
 * again from there; what changed is put out as the next revision.
 */
export class LiveCorrelator {
  readonly #options: LiveOptions;
  readonly #bounds: Bounds;
  readonly #tenants = new Map<string, Tenant>();
  #rules: readonly Compiled[] = [];
  #needs: FieldNeeds = new Map();
  #out: LiveFiring[] = [];
  #position = -1;
  #bytes = 0;
  /** The receive clock as far as it is believed: it never goes back and makes no leaps. */
  #clock = 0;
  #received: number | null = null;

  constructor(rules: readonly VersionedRule[], options: LiveOptions, bounds: Bounds = limits) {
    this.#options = options;
    this.#bounds = bounds;
    this.setRules(rules);
  }

  /** The last journal entry that is part of the state; −1: none. After `restore` go on behind it. */
  get position(): number {
    return this.#position;
  }

  /** Rule id → fields that its matches must supply; other rules' matches need not be given. */
  get needs(): FieldNeeds {
    return this.#needs;
  }

  /** Bytes of state, as of the last entry. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A rule set takes effect, at its place in the journal. */
  setRules(rules: readonly VersionedRule[]): RuleChange {
    const before = new Map(this.#rules.map(({ rule, version }) => [rule.id, version]));
    this.#rules = compileCorrelations(rules, this.#bounds);
    this.#needs = fieldNeeds(rules.map(({ rule }) => rule));
    for (const tenant of this.#tenants.values()) {
      tenant.setRules(this.#rules);
      this.#account(tenant);
    }
    const kept = rules.filter(({ rule, version }) => before.get(rule.id) === version).map(({ rule }) => rule.id);
    const now = new Set(rules.map(({ rule }) => rule.id));
    return {
      kept,
      started: [...now].filter((id) => !kept.includes(id)),
      ended: [...before.keys()].filter((id) => !now.has(id)),
    };
  }

  /** A base match. `field` gives all values of a field of the event, empty when it is absent, null for JSON null. */
  match(rule: string, at: LiveMatch, field: (name: string) => readonly (string | null)[]): void {
    if (!this.#needs.has(rule)) return;
    this.#tenant(at.tenant).match(rule, at, this.#needs, field);
  }

  /** The end of an entry with events. Entries come in order of position. */
  frame(frame: LiveFrame): void {
    this.#moveTo(frame.position, frame.receiveTime);
    if (this.#rules.length === 0) return;
    const tenant = this.#tenant(frame.tenant);
    tenant.frame(frame.source, frame.receiveTime, frame.maxEventTime, this.#clock);
    this.#account(tenant);
    this.#bound();
  }

  /** A journaled tick: the receive clock goes on for sources that send nothing. */
  tick(tick: { readonly position: number; readonly receiveTime: number }): void {
    this.#moveTo(tick.position, tick.receiveTime);
    for (const tenant of this.#tenants.values()) {
      tenant.tick(this.#clock);
      this.#account(tenant);
    }
    this.#bound();
  }

  /** What fired or changed since the last call, in the order it did. */
  take(): readonly LiveFiring[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  counts(): readonly LiveCounts[] {
    return [...this.#tenants].map(([name, tenant]) => {
      const counts: TenantCounts = tenant.counts;
      const rules = tenant.ruleCounts().map(({ rule, counts }) => [rule, counts] as const);
      const watermark = Number.isFinite(tenant.watermark) ? tenant.watermark : null;
      const { folded } = tenant.watermarks;
      return { tenant: name, bytes: tenant.bytes, watermark, folded, ...counts, rules: Object.fromEntries(rules) };
    });
  }

  /** The whole state, rules included, between two entries. What `take` has not fetched yet is not part of it. */
  snapshot(): Uint8Array {
    const out = new SnapshotWriter(this.bytes);
    const head: SavedHead = {
      log: this.#options.log,
      position: this.#position,
      clock: this.#clock,
      received: this.#received,
      rules: this.#rules.map(({ rule, version }) => ({ rule, version })),
      tenants: [...this.#tenants.keys()],
    };
    out.json(head);
    for (const tenant of this.#tenants.values()) tenant.save(out);
    return out.finish();
  }

  /**
   * A correlator as it was at a snapshot, under the rules of then.
   * Throws `detect.snapshot_damaged`, `detect.snapshot_version`, `detect.snapshot_of_another`: then begin anew and replay the journal.
   */
  static restore(snapshot: Uint8Array, options: LiveOptions, bounds: Bounds = limits): LiveCorrelator {
    const from = new SnapshotReader(snapshot);
    const head = from.json<SavedHead>();
    if (head.log !== options.log) {
      throw new WeirError(
        'detect.snapshot_of_another',
        `the snapshot of the correlations belongs to journal ${head.log}, not to ${options.log}`,
        { hint: 'Leave it out: the journal gives the same state again.' },
      );
    }
    const correlator = new LiveCorrelator(head.rules, options, bounds);
    correlator.#position = head.position;
    correlator.#clock = head.clock;
    correlator.#received = head.received;
    for (const name of head.tenants) {
      const tenant = correlator.#tenant(name);
      tenant.load(from);
      correlator.#account(tenant);
    }
    return correlator;
  }

  #tenant(name: string): Tenant {
    let tenant = this.#tenants.get(name);
    if (tenant !== undefined) return tenant;
    const { latenessMs, idleMs } = this.#options;
    const watermarks = {
      latenessMs: (source: string): number => latenessMs?.(name, source) ?? LATENESS_MS,
      idleMs: idleMs ?? IDLE_MS,
    };
    tenant = new Tenant(
      this.#rules,
      watermarks,
      (compiled, record, listed) => this.#out.push(this.#firing(name, compiled, record, listed)),
      this.#bounds,
    );
    this.#tenants.set(name, tenant);
    return tenant;
  }

  #firing(tenant: string, { rule, version }: Compiled, record: FiringRecord, listed: readonly string[]): LiveFiring {
    const { log } = this.#options;
    const { id, revision, withdrawn, value, at, eventCount } = record;
    return {
      id,
      revision,
      withdrawn,
      rule,
      version,
      tenant,
      group: Object.fromEntries(rule.groupBy.map((name, i) => [name, record.group[i]])),
      value,
      time: at.time,
      timeUsed: at.timeUsed,
      source: at.source,
      event: `${log}/${at.position}/${at.row}`,
      firstEvent: `${log}/${record.first}`,
      events: listed.map((event) => `${log}/${event}`),
      eventCount,
    };
  }

  #moveTo(position: number, receiveTime: number): void {
    if (position <= this.#position) throw new Error(`entry ${position} after entry ${this.#position}`);
    this.#position = position;
    const passed = this.#received === null ? 0 : receiveTime - this.#received;
    this.#clock += Math.min(Math.max(passed, 0), this.#bounds.correlationTickMsMax);
    this.#received = receiveTime;
  }

  #account(tenant: Tenant): void {
    const { bytes } = tenant;
    this.#bytes += bytes - tenant.accounted;
    tenant.accounted = bytes;
  }

  /** Who holds most gives up first, so that one tenant's flood does not cost another its state. */
  #bound(): void {
    while (this.#bytes > this.#bounds.correlationLiveBytesMax) {
      const [largest] = [...this.#tenants.values()].sort((a, b) => b.accounted - a.accounted);
      const before = this.#bytes;
      largest.shed(largest.accounted - (this.#bytes - this.#bounds.correlationLiveBytesMax));
      this.#account(largest);
      if (this.#bytes >= before) return;
    }
  }
}
