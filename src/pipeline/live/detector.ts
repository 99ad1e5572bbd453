/**
 * From evaluated units to stored hits, in journal order. Doors evaluate while the journal syncs, so results and positions arrive
 * apart and are joined here. What was evaluated under another rule set than the journal says, or not at all, is evaluated again
 * from its frames. Hits and the position up to which everything is evaluated are stored in one transaction.
 */
import { elapsedMs, limits } from '../../base/index.ts';
import { LEVELS, type VersionedRule } from '../../detect/index.ts';
import type { Commit, CommitResult, CorrelationHit, Hit, LedgerRange, RuleRef } from '../../store/index.ts';
import type { Control } from './control.ts';
import type { Correlations } from './correlations.ts';
import { storedLetters } from './dead-letters.ts';
import { type Excluded, Exclusions, excludedFrom, type SetLimits } from './exclusions.ts';
import { LaneArrivals } from './lane-arrivals.ts';
import { RowPlaces } from './row-places.ts';
import type { LeftOutRule, LiveRule } from './rule-set.ts';
import { type Stage, type StageSwitch, Stages } from './stages.ts';
import type { DurableUnit, Evaluated, EvaluatedBatch } from './types.ts';

/** Rules as hits name them. */
export interface RuleNames {
  readonly set: string;
  readonly detections: readonly LiveRule[];
  readonly correlations: readonly VersionedRule[];
  readonly leftOut: readonly LeftOutRule[];
}

/** Where a detector begins. */
export interface DetectorStart {
  /** `<log id>/<partition>`. */
  readonly log: string;
  /** Last position whose results are stored, −1 for none. */
  readonly checkpoint: number;
  /**
   * Last position that is part of the correlations' state, at most the checkpoint. What stands between is evaluated again for the
   * correlations alone.
   */
  readonly position: number;
  /** Rule set in force behind `position`; null when the journal has yet to name one. */
  readonly set: string | null;
  readonly correlations: Correlations;
  readonly latenessMs: number;
  /** As of `position`. */
  readonly stages: readonly StageSwitch[];
}

/** What the checkpoint holds beside the position. */
export interface DetectorState {
  /** As of the last snapshot of the correlations. */
  readonly position: number;
  readonly set: string | null;
  /** How late events may come and still be in order. */
  readonly latenessMs: number;
  /** Switches of stages. */
  readonly stages?: readonly StageSwitch[];
}

/** What the detector asks of the thread around it. */
export interface DetectorHost {
  /** Has the unit's frames evaluated under the rules of `epoch`; the answer comes by `evaluated`. */
  evaluate(unit: DurableUnit, epoch: number): void;
  /** Has the rule set loaded; its epoch comes by `rules`. */
  load(set: string): void;
  /** Payload of an entry of the journal. */
  payload(position: number): ArrayBuffer;
  commit(commit: Commit): CommitResult;
  committed(stored: Stored): void;
}

/** Everything up to `position` is evaluated and stored. */
export interface Stored {
  readonly position: number;
  readonly result: CommitResult;
  /** Hits by level, in the order of `LEVELS`; those of correlations among them. */
  readonly levels: readonly number[];
  /** Of positions with hits: position, index of the highest level, hits; flat. */
  readonly found: readonly number[];
  readonly tookMs: number;
}

/** Bytes of hit lines after which a transaction is closed, however much is ready behind it. */
const COMMIT_BYTES = 8 * 1024 * 1024;
/** Units whose frames are out for evaluation at a time: enough for every door, few enough to hold. */
const EVALUATIONS_OUT = 16;
/** Units looked at for what is missing: more are not out at a time anyway. */
const LOOK_AHEAD = 256;

interface Queued {
  readonly unit: DurableUnit;
  /** Rules that apply; null while the journal has not named them. */
  set: string | null;
  /** Stages that are off for its tenant. */
  readonly off: ReadonlySet<Stage> | null;
  /** A door is at it; an answer that it cannot, since it has other rules, ends that. */
  asked: boolean;
}

export class Detector {
  readonly #host: DetectorHost;
  readonly #log: string;
  readonly #queue: Queued[] = [];
  #head = 0;
  readonly #results = new Map<number, Evaluated>();
  readonly #refused = new Set<number>();
  readonly #epochs = new Map<
    string,
    { epoch: number; names: RuleNames; refs: readonly RuleRef[]; limits: SetLimits }
  >();
  readonly #loading = new Set<string>();
  /** In force behind the last unit of the queue. */
  #set: string | null;
  /** In force behind the last unit taken. */
  #takenSet: string | null;
  /** As of the last unit of the queue, and of the last one taken. */
  readonly #stages: Stages;
  readonly #takenStages: Stages;
  readonly #exclusions = new Exclusions();
  #out = 0;
  #position: number;
  #received = 0;
  #committed: number;
  #hits: Hit[] = [];
  #hitBytes = 0;
  #fired: CorrelationHit[] = [];
  #ranges: LedgerRange[] = [];
  #deadLetters: NonNullable<Commit['deadLetters']>[number][] = [];
  readonly #arrivals = new LaneArrivals();
  /** Up to here everything was stored by an earlier process. */
  readonly #stored: number;
  readonly #correlations: Correlations;
  /** The rule set that the correlations run. */
  #correlated: string | null;
  #state: DetectorState;

  constructor(host: DetectorHost, start: DetectorStart) {
    this.#host = host;
    this.#log = start.log;
    this.#position = start.position;
    this.#committed = start.position;
    this.#stored = start.checkpoint;
    this.#set = start.set;
    this.#takenSet = start.set;
    this.#stages = new Stages(start.stages);
    this.#takenStages = new Stages(start.stages);
    this.#correlated = start.set;
    this.#correlations = start.correlations;
    const { position, set, latenessMs, stages } = start;
    this.#state = { position, set, latenessMs, stages };
  }

  /** Positions taken but not stored, and units that wait. */
  get lag(): { readonly units: number; readonly results: number } {
    return { units: this.#queue.length - this.#head, results: this.#results.size };
  }

  get position(): number {
    return this.#position;
  }

  /** Switches of stages as of the last unit that is known. */
  get stages(): readonly StageSwitch[] {
    return this.#stages.all;
  }

  /** The rules of an epoch, before any unit evaluated under it. */
  rules(epoch: number, names: RuleNames): void {
    const refs = names.detections.map(({ id, version, level }) => ({ id, version, level }));
    const limits = { correlations: names.correlations.map(({ rule }) => rule.id), leftOut: names.leftOut };
    this.#epochs.set(names.set, { epoch, names, refs, limits });
    this.#loading.delete(names.set);
  }

  /** Units that are on disk, in order of their positions. */
  durable(unit: DurableUnit): void {
    this.#queue.push({ unit, set: this.#set, off: this.#stages.offOf(unit.tenant), asked: unit.evaluating });
    const { control } = unit;
    this.#stages.control(control);
    if (control?.kind === 'start') this.#set = null;
    if (control?.kind === 'rules') this.#rulesNamed(control);
  }

  /** What was taken before the rules were loaded belongs to the first that are. */
  #rulesNamed(control: Extract<Control, { kind: 'rules' }>): void {
    if (this.#set === null) {
      for (let i = this.#head; i < this.#queue.length; i++) this.#queue[i].set ??= control.set;
    }
    this.#set = control.set;
  }

  /** A unit that the journal did not take: its result, which may be still to come, is of no use. */
  refused(unit: number): void {
    if (!this.#results.delete(unit)) this.#refused.add(unit);
  }

  evaluated(result: Evaluated): void {
    if (this.#refused.delete(result.unit)) return;
    if (result.replayed === true) this.#out--;
    this.#arrivals.told(result);
    this.#results.set(result.unit, result);
  }

  /** Takes what is ready, stores it, and asks for what is missing. */
  advance(): void {
    for (;;) {
      const queued = this.#queue[this.#head];
      if (queued === undefined || !this.#take(queued)) break;
      this.#queue[this.#head++] = undefined as unknown as Queued;
      if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#head);
        this.#head = 0;
      }
      if (this.#hitBytes >= COMMIT_BYTES) this.commit();
    }
    if (this.#hits.length > 0 || this.#deadLetters.length > 0) this.commit();
    this.#askAhead();
  }

  /**
   * Stores how far evaluation has come, and what was found.
   * @param isLast the correlations' state too, whether that is due or not: the next start goes on from there
   */
  commit(isLast = false): void {
    if (this.#position === this.#committed) return;
    if (this.#position <= this.#stored) {
      // An earlier process stored all this, what fired included.
      this.#committed = this.#position;
      this.#fired = [];
      return;
    }
    const snapshot = this.#correlations.snapshot(this.#received, isLast);
    const { position } = this;
    const state =
      snapshot === null
        ? this.#state
        : { ...this.#state, position, set: this.#takenSet, stages: this.#takenStages.all };
    const from = elapsedMs();
    let result: CommitResult;
    try {
      result = this.#host.commit({
        log: this.#log,
        checkpoint: {
          position,
          received: this.#received,
          ruleSet: this.#takenSet ?? '',
          state: JSON.stringify(state),
        },
        hits: this.#hits,
        correlationHits: this.#fired,
        ledger: { ranges: this.#ranges, exceptions: this.#exclusions.gathered },
        deadLetters: this.#deadLetters,
        arrivals: this.#arrivals.gathered,
        ...(snapshot === null ? {} : { snapshot }),
      });
    } catch (error) {
      // Nothing of it is stored: all of it goes with the next try.
      if (snapshot !== null) this.#correlations.snapshotLost();
      throw error;
    }
    this.#state = state;
    this.#exclusions.stored();
    const levels = levelsOf(this.#hits, this.#fired);
    const found = foundAt(this.#hits);
    this.#committed = this.#position;
    this.#hits = [];
    this.#hitBytes = 0;
    this.#fired = [];
    this.#ranges = [];
    this.#deadLetters = [];
    this.#arrivals.stored();
    this.#host.committed({ position, result, levels, found, tookMs: elapsedMs() - from });
  }

  /** Whether the unit could be taken. */
  #take({ unit, set, off }: Queued): boolean {
    const { control } = unit;
    if (control?.kind === 'rules' && !this.#correlate(control.set)) return false;
    const events = unit.entries.some(({ kind }) => kind === 'events');
    if (events && off?.has('detect') === true) {
      // The door may have run the rules before it knew.
      if (unit.evaluating) this.refused(unit.unit);
      this.#frames(unit);
      this.#exclude(unit, excludedFrom(unit.tenant, off, null));
    } else if (events) {
      const known = set === null ? undefined : this.#epochs.get(set);
      if (set === null || known === undefined || !this.#correlate(set)) return false;
      const result = this.#results.get(unit.unit);
      if (result === undefined || result.epoch !== known.epoch) return false;
      this.#results.delete(unit.unit);
      this.#takeEvents(unit, set, known.refs, result.batches, off);
      this.#exclude(unit, excludedFrom(unit.tenant, off, known.limits));
    }
    if (unit.first > this.#stored) {
      unit.entries.forEach(({ kind }, i) => {
        if (kind === 'dead') this.#takeDead(unit, unit.first + i);
      });
    }
    if (control?.kind === 'start') this.#takenSet = null;
    if (control?.kind === 'rules') this.#takenSet = control.set;
    this.#takenStages.control(control);
    if (control?.kind === 'tick') {
      this.#correlations.tick(unit.first, control.at);
      this.#takeFired(unit.first, unit.receivedAt);
    }
    this.#position = unit.first + unit.entries.length - 1;
    this.#received = unit.receivedAt;
    return true;
  }

  /** Has the correlations run a rule set; false while it is not known. */
  #correlate(set: string): boolean {
    if (this.#correlated === set) return true;
    const known = this.#epochs.get(set);
    if (known === undefined) return false;
    this.#correlations.setRules(known.names.correlations);
    this.#correlated = set;
    return true;
  }

  /** Time passes for the correlations, whatever is run over the events. */
  #frames({ tenant, source, receivedAt, first, entries }: DurableUnit): void {
    entries.forEach(({ kind, latest }, i) => {
      if (kind !== 'events') return;
      this.#correlations.frame({ tenant, source, receivedAt, position: first + i, latest });
      this.#takeFired(first + i, receivedAt);
    });
  }

  #exclude(unit: DurableUnit, excluded: readonly Excluded[]): void {
    if (unit.first <= this.#stored) return;
    this.#exclusions.endAllBut(unit.tenant, excluded);
    const events = unit.entries.reduce((sum, { rows }) => sum + rows, 0);
    const to = unit.first + unit.entries.length - 1;
    for (const each of excluded)
      this.#exclusions.add(each, { from: unit.first, to, events, receivedAt: unit.receivedAt });
  }

  #takeEvents(
    unit: DurableUnit,
    set: string,
    refs: readonly RuleRef[],
    batches: readonly EvaluatedBatch[],
    off: ReadonlySet<Stage> | null,
  ): void {
    const rows = new RowPlaces(unit);
    let events = 0;
    let evaluations = 0;
    const stored = unit.first <= this.#stored;
    const place = { tenant: unit.tenant, source: unit.source, receivedAt: unit.receivedAt };
    for (const batch of batches) {
      if (!stored) this.#takeHits(unit, rows, refs, batch, off?.has('notify') !== true);
      if (batch.base !== null && off?.has('correlate') !== true)
        this.#correlations.matches(batch.base, (row) => rows.of(row), { ...place, position: 0, latest: null });
      rows.pass(batch.rows);
      events += batch.rows;
      evaluations += batch.evaluations;
    }
    rows.end();
    this.#frames(unit);
    if (stored) return;
    this.#arrivals.add(unit, batches);
    const { tenant, receivedAt } = unit;
    const to = unit.first + unit.entries.length - 1;
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.tenant === tenant && last.ruleSet === set && last.to === unit.first - 1) {
      this.#ranges[this.#ranges.length - 1] = {
        ...last,
        to,
        events: last.events + events,
        evaluations: last.evaluations + evaluations,
        // A request is received when it begins, and may come to the journal behind later ones.
        receivedFrom: Math.min(last.receivedFrom, receivedAt),
        receivedTo: Math.max(last.receivedTo, receivedAt),
      };
      return;
    }
    const received = { receivedFrom: receivedAt, receivedTo: receivedAt };
    this.#ranges.push({ tenant, ruleSet: set, from: unit.first, to, events, evaluations, ...received });
  }

  /** Entry by entry, so that what is stored of a firing does not hang on how commits are cut. */
  #takeFired(position: number, received: number): void {
    for (const hit of this.#correlations.take(position, received, true)) {
      this.#fired.push(this.#takenStages.isOff(hit.tenant, 'notify') ? { ...hit, live: false } : hit);
    }
  }

  #takeHits(
    { tenant, source, receivedAt }: DurableUnit,
    rows: RowPlaces,
    refs: readonly RuleRef[],
    { hitRows, hitRules, hitEnds, hitTimes, lines }: EvaluatedBatch,
    live: boolean,
  ): void {
    for (let i = 0; i < hitRows.length; i++) {
      const { position, row } = rows.of(hitRows[i]);
      const time = hitTimes[i];
      this.#hits.push({
        tenant,
        rule: refs[hitRules[i]],
        source,
        position,
        row,
        time: Number.isNaN(time) ? null : time,
        received: receivedAt,
        live,
        // A line is `{…}` and a newline; the store adds what identifies it.
        body: lines.subarray((i === 0 ? 0 : hitEnds[i - 1]) + 1, hitEnds[i] - 2),
      });
    }
    this.#hitBytes += lines.length;
  }

  #takeDead({ tenant, source, receivedAt, door }: DurableUnit, position: number): void {
    const place = { tenant, source, door, position, received: receivedAt };
    this.#deadLetters.push(...storedLetters(this.#host.payload(position), place));
  }

  #load(set: string): void {
    if (!this.#loading.has(set)) this.#host.load(set);
    this.#loading.add(set);
  }

  /** Asks for results of the units at the head that have none, in order. */
  #askAhead(): void {
    const end = Math.min(this.#queue.length, this.#head + LOOK_AHEAD);
    for (let i = this.#head; i < end && this.#out < EVALUATIONS_OUT; i++) {
      const queued = this.#queue[i];
      const { unit, set, off } = queued;
      const { control } = unit;
      if (control?.kind === 'rules' && !this.#epochs.has(control.set)) {
        this.#load(control.set);
        return;
      }
      if (!unit.entries.some(({ kind }) => kind === 'events') || off?.has('detect') === true) continue;
      if (set === null) return;
      const known = this.#epochs.get(set);
      if (known === undefined) {
        this.#load(set);
        return;
      }
      const result = this.#results.get(unit.unit);
      // One under way is waited for: doors answer for every unit they take, and for every one they are asked about.
      if (result === undefined ? queued.asked : result.epoch === known.epoch) continue;
      this.#results.delete(unit.unit);
      if (result?.replayed === true) {
        // The doors have let go of these rules.
        this.#epochs.delete(set);
        queued.asked = false;
        i--;
        continue;
      }
      queued.asked = true;
      this.#out++;
      this.#host.evaluate(unit, known.epoch);
    }
  }
}

const levelOf = ({ level }: RuleRef): number => (LEVELS as readonly string[]).indexOf(level);

function levelsOf(...all: (readonly { readonly rule: RuleRef }[])[]): number[] {
  const counts = LEVELS.map(() => 0);
  for (const hits of all) for (const { rule } of hits) counts[levelOf(rule)]++;
  return counts;
}

/** By position, in whose order hits are; positions beyond what latency remembers are left out. */
function foundAt(hits: readonly Hit[]): number[] {
  const found: number[] = [];
  for (const { position, rule } of hits) {
    const level = levelOf(rule);
    const last = found.length - 3;
    if (found[last] === position) {
      found[last + 1] = Math.max(found[last + 1], level);
      found[last + 2]++;
    } else if (found.length < 3 * limits.latencyEntriesMax) found.push(position, level, 1);
  }
  return found;
}
