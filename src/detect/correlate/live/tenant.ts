/** All correlations of one tenant: its events, its watermark, its rules. Tenants share nothing but the limit of bytes. */
import { type LimitName, limits } from '../../../base/index.ts';
import type { FieldNeeds } from '../hits.ts';
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import type { Compiled } from './compiled.ts';
import { LiveEvents, type LivePosition, type TimeUsed } from './events.ts';
import type { FiringRecord, RecordsContext } from './records.ts';
import { type Credit, type LiveBounds, LiveRule, type RuleCounts } from './rule.ts';
import { type WatermarkOptions, type WatermarkState, Watermarks } from './watermarks.ts';

export interface TenantCounts {
  /** Matches with an event time more than 5 min ahead of their receipt, correlated at receive time + 5 min. */
  skewed: number;
  /** Matches without event time, correlated at receive time. */
  receiveTimed: number;
  /** Times the watermark was pushed on because too much waited for it. */
  pushed: number;
}

export type TenantBounds = LiveBounds &
  Readonly<
    Pick<
      Record<LimitName, number>,
      | 'correlationWaitingBytesMax'
      | 'correlationSkewMsMax'
      | 'correlationHoldMsMax'
      | 'correlationSourcesMax'
      | 'correlationAmendedMax'
    >
  >;

export type PutOut = (compiled: Compiled, record: FiringRecord, listed: readonly string[]) => void;

/** Entries judged again that one match earns; a frame and a tick earn some whatever they hold. */
const CREDIT_PER_MATCH = 64;
const CREDIT_PER_FRAME = 1000;
const CREDIT_PER_TICK = 100_000;
/** A place in what waits, and with it about what the event there costs. */
const PLACE_BYTES = 16;
const WAITING_BYTES = 100;
/** Beyond the time of an event: microseconds are the finest that event times tell. */
const JUST_AFTER_MS = 0.001;
/** The same for times so large that a double does not tell microseconds apart. */
const JUST_AFTER = 2 ** -48;
/** Steps of giving up state before what it freed is counted again. */
const SHED_STEPS = 64;

interface SavedTenant {
  readonly watermarks: WatermarkState;
  readonly pushedTo: number | null;
  readonly counts: TenantCounts;
  readonly credit: number;
  readonly rules: readonly string[];
}

export class Tenant {
  readonly events = new LiveEvents();
  readonly watermarks: Watermarks;
  readonly #bounds: TenantBounds;
  readonly #context: RecordsContext;
  #rules: LiveRule[] = [];
  #byReference = new Map<string, LiveRule[]>();
  /** Of base matches, by rule id, under the rules as they are. */
  readonly #layouts = new Map<string, number>();
  readonly #credit: Credit = { left: 0 };
  #pushedTo = Number.NEGATIVE_INFINITY;
  /** Bytes as the correlator last added them up. */
  accounted = 0;
  counts: TenantCounts = { skewed: 0, receiveTimed: 0, pushed: 0 };

  constructor(rules: readonly Compiled[], options: WatermarkOptions, put: PutOut, bounds: TenantBounds = limits) {
    this.#bounds = bounds;
    this.watermarks = new Watermarks(options, bounds);
    this.#context = {
      events: this.events,
      put,
      fired: (rule, ref) => {
        for (const above of this.#byReference.get(rule) ?? []) above.offer(ref);
      },
      retracted: (rule, ref) => {
        for (const above of this.#byReference.get(rule) ?? []) above.retract(ref);
      },
    };
    this.setRules(rules);
  }

  get watermark(): number {
    return Math.max(this.watermarks.value, this.#pushedTo);
  }

  /** Depends on what is held alone. */
  get bytes(): number {
    let bytes = this.events.bytes + PLACE_BYTES * this.#waitingCount;
    for (const rule of this.#rules) bytes += rule.bytes;
    return bytes;
  }

  ruleCounts(): { rule: string; counts: RuleCounts }[] {
    return this.#rules.map(({ compiled, counts }) => ({ rule: compiled.rule.id, counts }));
  }

  /** Correlations of a known id and version keep their state, the others begin anew. */
  setRules(rules: readonly Compiled[]): void {
    const known = new Map(this.#rules.map((rule) => [rule.compiled.rule.id, rule]));
    this.#rules = rules.map((compiled) => {
      const kept = known.get(compiled.rule.id);
      if (kept?.compiled.version !== compiled.version) return new LiveRule(compiled, this.#context, this.#bounds);
      known.delete(compiled.rule.id);
      kept.compiled = compiled;
      return kept;
    });
    for (const dropped of known.values()) dropped.dispose();
    this.#layouts.clear();
    this.#byReference = new Map();
    for (const rule of this.#rules) {
      for (const id of rule.compiled.places.keys()) {
        this.#byReference.set(id, [...(this.#byReference.get(id) ?? []), rule]);
      }
    }
  }

  /** A base match, with the values of the fields that correlations need of it. */
  match(
    rule: string,
    at: Omit<LivePosition, 'time'> & { readonly time: number | null; readonly receiveTime: number },
    needs: FieldNeeds,
    field: (name: string) => readonly (string | null)[],
  ): void {
    const fields = needs.get(rule);
    if (fields === undefined) return;
    const values = fields.map((name) => field(name).filter((value) => value !== null));
    const latest = at.receiveTime + this.#bounds.correlationSkewMsMax;
    const own = at.time === null || !Number.isFinite(at.time) ? null : at.time;
    const used: TimeUsed = own === null ? 'receive' : own > latest ? 'skewed' : 'event';
    if (used === 'skewed') this.counts.skewed++;
    if (used === 'receive') this.counts.receiveTimed++;
    const ref = this.events.add(
      this.#layout(rule, fields),
      { ...at, time: Math.min(own ?? at.receiveTime, latest) },
      used,
      values,
    );
    for (const above of this.#byReference.get(rule) ?? []) above.offer(ref);
    this.events.release(ref);
    this.#earn(CREDIT_PER_MATCH);
  }

  frame(source: string, receiveTime: number, maxEventTime: number | null, clock: number): void {
    const latest = receiveTime + this.#bounds.correlationSkewMsMax;
    const own = maxEventTime === null || !Number.isFinite(maxEventTime) ? receiveTime : maxEventTime;
    this.watermarks.frame(source, Math.min(own, latest), clock);
    this.#earn(CREDIT_PER_FRAME);
    this.#advance();
  }

  tick(clock: number): void {
    this.watermarks.tick(clock);
    this.#earn(CREDIT_PER_TICK);
    this.#advance();
  }

  /** Gives up state until the tenant holds no more than `bytes`; what waits is taken first where it is most of it. */
  shed(bytes: number): void {
    while (this.bytes > bytes) {
      const largest = this.#rules.toSorted((a, b) => b.bytes - a.bytes).find((rule) => rule.bytes > 0);
      const waiting = WAITING_BYTES * this.#waitingCount;
      if (waiting > 0 && (largest === undefined || 2 * waiting > bytes)) this.#push();
      else if (largest === undefined) return;
      else for (let step = 0; step < SHED_STEPS && this.bytes > bytes && largest.shed(); step++);
    }
  }

  save(out: SnapshotWriter): void {
    const saved: SavedTenant = {
      watermarks: this.watermarks.save(),
      pushedTo: Number.isFinite(this.#pushedTo) ? this.#pushedTo : null,
      counts: this.counts,
      credit: this.#credit.left,
      rules: this.#rules.map(({ compiled }) => compiled.rule.id),
    };
    out.json(saved);
    const numbers = this.events.save(out);
    for (const rule of this.#rules) rule.save(out, numbers);
  }

  /** Into a new tenant with the same rules. */
  load(from: SnapshotReader): void {
    const saved = from.json<SavedTenant>();
    this.watermarks.load(saved.watermarks);
    this.#pushedTo = saved.pushedTo ?? Number.NEGATIVE_INFINITY;
    this.counts = saved.counts;
    this.#credit.left = saved.credit;
    const count = this.events.load(from);
    for (const rule of this.#rules) rule.load(from);
    for (let ref = 0; ref < count; ref++) this.events.release(ref);
  }

  #layout(rule: string, fields: readonly string[]): number {
    const known = this.#layouts.get(rule);
    if (known !== undefined) return known;
    const layout = this.events.layout(rule, fields, false);
    this.#layouts.set(rule, layout);
    return layout;
  }

  get #waitingCount(): number {
    let count = 0;
    for (const rule of this.#rules) count += rule.waitingCount;
    return count;
  }

  #earn(credit: number): void {
    this.#credit.left = Math.min(this.#credit.left + credit, this.#bounds.correlationAmendedMax);
  }

  #advance(): void {
    for (const rule of this.#rules) rule.advance(this.watermark, this.#credit);
    while (WAITING_BYTES * this.#waitingCount > this.#bounds.correlationWaitingBytesMax) this.#push();
  }

  /** Takes what waits first, watermark or not: what comes before it then counts as late. */
  #push(): void {
    this.counts.pushed++;
    const next = Math.min(...this.#rules.map(({ waitsFor }) => waitsFor));
    this.#pushedTo = next + Math.max(JUST_AFTER_MS, Math.abs(next) * JUST_AFTER);
    for (const rule of this.#rules) rule.advance(this.watermark, this.#credit);
  }
}
