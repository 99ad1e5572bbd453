/** Evaluation of a journal from its beginning, by rule sets as they were in force: what must have been stored. */
import { WeirError } from '../../base/index.ts';
import type { JournalReader } from '../../journal/index.ts';
import type { CorrelationHit, DeadLetter as StoredLetter } from '../../store/index.ts';
import { type Control, decodeControl } from './control.ts';
import { Correlations } from './correlations.ts';
import { storedLetters } from './dead-letters.ts';
import type { Door } from './door.ts';
import { type Excluded, excludedFrom } from './exclusions.ts';
import { type HeldEntry, heldEntries } from './held-entries.ts';
import { type LiveRules, setOf } from './rule-set.ts';
import { Stages } from './stages.ts';
import { type EvaluatedBatch, frameHead, type Receipt } from './types.ts';
import type { VerifyPlace } from './verify.ts';
import type { JournalEnd } from './verify-end.ts';

/** A hit that follows from the journal. */
export interface ExpectedHit {
  readonly tenant: string;
  readonly source: string;
  readonly position: number;
  readonly row: number;
  readonly rule: string;
  readonly version: string;
  readonly time: number | null;
  readonly received: number;
  readonly body: Uint8Array;
}

/** Evaluation of one unit; `evaluations` are null where its events are released. */
export interface ExpectedRange {
  readonly tenant: string;
  readonly set: string;
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly evaluations: number | null;
  readonly receivedAt: number;
}

export interface ReplaySink {
  hit(hit: ExpectedHit): void;
  /** The entry is done: all of its hits were given. */
  entry(position: number): void;
  letter(letter: StoredLetter): void;
  range(range: ExpectedRange): void;
  /** Events that were left unevaluated on purpose. */
  excluded(excluded: Excluded, events: number): void;
  fired(hit: CorrelationHit): void;
  wrong(position: number, what: string): void;
}

interface Frame {
  readonly position: number;
  readonly rows: number;
  readonly latest: number | null;
  /** Null: its events are released. */
  readonly batches: readonly EvaluatedBatch[] | null;
}

interface KnownSet {
  readonly door: Pick<Door, 'evaluate'>;
  readonly rules: LiveRules;
}

function longestSpan({ correlations }: LiveRules): number {
  const spans = new Map<string, number>();
  // A correlation may relate others, which stand before it.
  for (const { id, rule } of correlations) {
    spans.set(id, rule.timespanMs + Math.max(0, ...rule.rules.map((other) => spans.get(other) ?? 0)));
  }
  return Math.max(0, ...spans.values());
}

export class Replay {
  readonly #folder: string;
  readonly #sink: ReplaySink;
  readonly #place: VerifyPlace;
  readonly #end: JournalEnd;
  readonly #correlations: Correlations;
  readonly #stages = new Stages();
  readonly #sets = new Map<string, KnownSet | null>();
  #correlated: string | null = null;

  constructor(options: {
    readonly folder: string;
    /** `<log id>/<partition>`. */
    readonly log: string;
    readonly latenessMs: number;
    readonly end: JournalEnd;
    readonly place: VerifyPlace;
    readonly sink: ReplaySink;
  }) {
    this.#folder = options.folder;
    this.#sink = options.sink;
    this.#place = options.place;
    this.#end = options.end;
    this.#correlations = new Correlations(options.log, options.latenessMs, null);
  }

  /** How far back in time correlations of the rules that were in force may look: those of others with theirs. Milliseconds. */
  get spanMs(): number {
    const sets = [...this.#sets.values()].flatMap((known) => known ?? []);
    return Math.max(0, ...sets.map(({ rules }) => longestSpan(rules)));
  }

  /**
   * Entries from `from` up to, and including, `to`. Of those whose events are released only what was to be evaluated, under which rules, and
   * dead letters: what was found followed from the events.
   */
  run(reader: JournalReader, from: number, to: number): void {
    let first = from;
    let frames: HeldEntry[] = [];
    let dead: { position: number; payload: ArrayBuffer }[] = [];
    for (const entry of heldEntries(reader, from, to + 1)) {
      const { position, kind, payload, released, more, receipt, receivedAt } = entry;
      if (kind === 'events') frames.push(entry);
      if (kind === 'dead' && payload !== null) dead.push({ position, payload });
      if (kind === 'control' && payload !== null) {
        const control = decodeControl(payload);
        if (released) this.#stages.control(control);
        else this.#control(position, control);
      }
      if (more) continue;
      if (receipt !== null) {
        const told = JSON.parse(receipt) as Receipt;
        this.#unit(told, first, position, receivedAt, frames);
        for (const { position, payload } of dead) {
          storedLetters(payload, { ...told, position, received: receivedAt }).forEach(this.#sink.letter);
        }
      }
      for (const { position, released } of frames) if (!released) this.#sink.entry(position);
      first = position + 1;
      frames = [];
      dead = [];
    }
  }

  #evaluate({ position, payload, start }: HeldEntry, off: boolean): Frame {
    if (payload === null) return { position, ...frameHead(start.buffer, start.byteOffset), batches: null };
    const set = off ? null : this.#end.setAt(position);
    const known = set === null ? null : this.#set(set, position);
    if (known !== null) this.#setCorrelations(known.rules);
    const { rows, latest } = frameHead(payload);
    try {
      return { position, rows, latest, batches: known?.door.evaluate(1, payload) ?? [] };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#sink.wrong(position, error.message);
      return { position, rows, latest, batches: [] };
    }
  }

  #unit(
    { tenant, source }: Receipt,
    from: number,
    to: number,
    receivedAt: number,
    entries: readonly HeldEntry[],
  ): void {
    const off = this.#stages.offOf(tenant);
    const frames = entries.map((entry) => this.#evaluate(entry, off?.has('detect') === true));
    const known = this.#inForce(frames);
    for (const { position, batches, latest } of frames) {
      let passed = 0;
      for (const batch of batches ?? []) {
        const { rows, base } = batch;
        const hits = { tenant, source, position, received: receivedAt };
        if (known !== null) this.#hits(batch, passed, known.rules, hits);
        const place = { tenant, source, position, receivedAt, latest };
        const before = passed;
        if (base !== null && off?.has('correlate') !== true)
          this.#correlations.matches(base, (row) => ({ position, row: before + row }), place);
        passed += rows;
      }
    }
    // As the detector does it: all matches of a request, then its frames.
    for (const { position, latest, batches } of frames) {
      if (batches === null) continue;
      this.#correlations.frame({ tenant, source, position, receivedAt, latest });
      this.#fired(position, receivedAt);
    }
    this.#evaluated({ tenant, source }, from, to, receivedAt, frames);
  }

  #inForce(frames: readonly Frame[]): KnownSet | null {
    const set = frames.length === 0 ? null : this.#end.setAt(frames[0].position);
    return set === null ? null : this.#set(set, frames[0].position);
  }

  /** What the ledger must say of a request. */
  #evaluated(
    { tenant }: Pick<Receipt, 'tenant' | 'source'>,
    from: number,
    to: number,
    receivedAt: number,
    frames: readonly Frame[],
  ): void {
    if (frames.length === 0) return;
    const off = this.#stages.offOf(tenant);
    const known = this.#inForce(frames);
    const set = this.#end.setAt(frames[0].position);
    const isEvaluated = known !== null && off?.has('detect') !== true;
    let events = 0;
    let evaluations: number | null = 0;
    for (const { rows, batches } of frames) {
      if (batches === null) {
        events += isEvaluated ? rows : 0;
        evaluations = null;
      }
      for (const batch of batches ?? []) {
        events += batch.rows;
        if (evaluations !== null) evaluations += batch.evaluations;
      }
    }
    if (set !== null && events > 0) this.#sink.range({ tenant, set, from, to, events, evaluations, receivedAt });
    const rows = frames.reduce((sum, frame) => sum + frame.rows, 0);
    const limits = known && { ...known.rules, correlations: known.rules.correlations.map(({ id }) => id) };
    for (const excluded of excludedFrom(tenant, off, limits)) this.#sink.excluded(excluded, rows);
  }

  #hits(
    { hitRows, hitRules, hitEnds, hitTimes, lines }: EvaluatedBatch,
    passed: number,
    rules: LiveRules,
    place: Pick<ExpectedHit, 'tenant' | 'source' | 'position' | 'received'>,
  ): void {
    for (let i = 0; i < hitRows.length; i++) {
      const { id, version } = rules.detections[hitRules[i]];
      const time = Number.isNaN(hitTimes[i]) ? null : hitTimes[i];
      // A line is `{…}` and a newline.
      const body = lines.subarray((i === 0 ? 0 : hitEnds[i - 1]) + 1, hitEnds[i] - 2);
      this.#sink.hit({ ...place, row: passed + hitRows[i], rule: id, version, time, body });
    }
  }

  #control(position: number, control: Control): void {
    if (control.kind === 'rules') {
      const known = this.#set(control.set, position);
      if (known !== null) {
        this.#setCorrelations(known.rules);
        const count = known.rules.detections.length + known.rules.correlations.length;
        if (control.count !== count) {
          this.#sink.wrong(position, `it puts ${control.count} rules in force, the rule set has ${count}`);
        }
      }
    }
    this.#stages.control(control);
    if (control.kind !== 'tick') return;
    this.#correlations.tick(position, control.at);
    this.#fired(position, control.at);
  }

  #setCorrelations({ set, correlations }: LiveRules): void {
    if (this.#correlated === set) return;
    this.#correlations.setRules(correlations.map(({ rule, version }) => ({ rule, version })));
    this.#correlated = set;
  }

  #fired(position: number, receivedAt: number): void {
    this.#correlations.take(position, receivedAt, true).forEach(this.#sink.fired);
  }

  #set(name: string, position: number): KnownSet | null {
    let known = this.#sets.get(name);
    if (known === undefined) {
      const rules = this.#kept(name, position);
      known = null;
      if (rules !== null) {
        if (setOf(rules) !== name) {
          this.#sink.wrong(position, `the rule set kept as ${name}, in force from here, is not the one of that name`);
        }
        known = { door: this.#place.doorOf(rules), rules };
      }
      this.#sets.set(name, known);
    }
    return known;
  }

  #kept(name: string, position: number): LiveRules | null {
    try {
      const rules = this.#place.loadRuleSet(this.#folder, name, this.#place.files);
      if (rules === null) this.#sink.wrong(position, `the rule set ${name}, in force from here, is not kept`);
      return rules;
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#sink.wrong(position, error.message);
      return null;
    }
  }
}
