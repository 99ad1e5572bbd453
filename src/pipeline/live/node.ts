/**
 * The live server without its network: threads that take bodies, keep them and run the rules over them. What resolves here is on
 * disk; what is refused says why; what the rules find is in the store, which others read.
 */
import { errorOf, RecentMap, setUpLongLived, stampMs, type ThreadLoad, WeirError } from '../../base/index.ts';
import type { ReleaseEntry } from '../../journal/index.ts';
import type { RuleVersion } from '../../store/index.ts';
import type { PrepareOptions } from '../prepare.ts';
import { type Control, encodeControl } from './control.ts';
import { Crew, post } from './crew.ts';
import { DoorLoads } from './door-loads.ts';
import { JournalStanding } from './journal-standing.ts';
import type { Machine, Thread } from './machine.ts';
import { MasksInForce } from './masking.ts';
import {
  type DoorStats,
  type FromDetect,
  type FromDoor,
  type FromJournal,
  isSmall,
  type Opened,
  type ToDetect,
  type ToDoor,
  type ToJournal,
} from './messages.ts';
import type { Ack, LiveOptions, NewDelivery, RetryOutcome, RulesState, Threads } from './node-options.ts';
import { ackOf } from './node-options.ts';
import type { LiveStats } from './observer.ts';
import { NOTHING, OWN } from './own.ts';
import { PoliciesInForce } from './policy.ts';
import { LiveProgress } from './progress.ts';
import { realMachine } from './real-machine.ts';
import { realThreads } from './real-threads.ts';
import type { LiveRules } from './rule-set.ts';
import { RulesInForce } from './rules-in-force.ts';
import { type Stage, type StageSwitch, Stages } from './stages.ts';
import { Tallies } from './tallies.ts';
import type { Delivery } from './types.ts';
import type { Waiting } from './waiting.ts';

/** Bytes on disk whose results are not stored yet, above which doors stop evaluating: the journal holds what waits. */
const EVALUATION_LAG_BYTES = 64 * 1024 * 1024;
const LATENESS_MS = 5000;
const TICK_MS = 1000;
/** Ticks go on this long after the last event, so that idle sources move on. */
const TICKS_AFTER = 30;
/** How long a stop waits for what is under way: as long as a full journal thread may take. */
const CLOSE_MS = 30_000;

export class LiveNode {
  readonly #options: LiveOptions;
  readonly #machine: Machine & Threads;
  #crew: Crew | null = null;
  readonly #held: DoorLoads;
  readonly #waiting = new RecentMap<Waiting>();
  #nextUnit = 1;
  readonly #policies: PoliciesInForce;
  readonly #masks: MasksInForce;
  readonly #rules: RulesInForce;
  #broken: WeirError | null = null;
  readonly #progress: LiveProgress;
  #stages = new Stages();
  readonly #threads = new Map<string, ThreadLoad>();
  #detectStats: LiveStats['detect'] = null;
  readonly #journal = new JournalStanding();
  /** No hits can be stored for now. */
  #stalled = false;
  readonly #tallies = new Tallies();
  #quietTicks = TICKS_AFTER;
  #ticking = false;
  #stopping = false;
  #stopTicks: () => void = () => {};
  #closing: (() => void) | null = null;
  readonly #calls = new Map<number, () => void>();

  static async open(options: LiveOptions): Promise<LiveNode> {
    const node = new LiveNode(options);
    await node.#start();
    return node;
  }

  private constructor(options: LiveOptions) {
    this.#options = options;
    this.#machine = options.machine ?? { ...realMachine, ...realThreads };
    this.#held = new DoorLoads(options.threads);
    this.#progress = new LiveProgress(() => this.#machine.elapsedMs());
    this.#rules = new RulesInForce({
      folder: options.folder,
      machine: this.#machine,
      toDoors: (message) => this.#tellDoors(message),
      toDetect: (message) => post(this.#open().detect, message),
      control: (control) => this.#control(control),
    });
    this.#masks = new MasksInForce(options, (mask) => this.#tellDoors({ kind: 'mask', mask }));
    this.#policies = new PoliciesInForce(
      options.folder,
      (id, policy) => this.#tellDoors({ kind: 'policy', id, policy }),
      (id) => this.#control({ kind: 'policy', id }),
    );
  }

  get log(): string {
    return this.#crew?.opened.log ?? '';
  }

  /** What recovery did when the journal was opened. */
  get recovered(): Opened {
    return this.#open().opened;
  }

  get rules(): RulesState {
    return this.#rules.state;
  }

  /** Position behind the last durable entry, and of the last whose results are stored. */
  get progress(): Readonly<Pick<LiveProgress, 'durable' | 'committed' | 'lagBytes'>> {
    return this.#progress;
  }

  /** Stages that were switched, as of now. */
  get stages(): Stages {
    return this.#stages;
  }

  /** Of all files of the journal. */
  get journalBytes(): number {
    return this.#journal.bytes;
  }

  /** The events of everything below this position are released from the journal. */
  get releasedUpTo(): number {
    return this.#journal.releasedUpTo;
  }

  /** A released file is written: the journal takes it in place of its oldest whole one. */
  release(entry: ReleaseEntry): void {
    if (this.#broken === null) post<ToJournal>(this.#open().journal, { kind: 'release', entry });
  }

  /** How the threads are. */
  get stats(): LiveStats {
    return { threads: this.#threads, journal: this.#journal.stats, detect: this.#detectStats };
  }

  /** How far evaluation is behind what is on disk. */
  get lag(): LiveProgress['lag'] {
    return this.#progress.lag;
  }

  /** Up to which position the journal is signed, and the head of the ledger: to be kept where this machine's owner cannot reach. */
  get signed(): { readonly upTo: number; readonly head: string | null } {
    return this.#journal.signed;
  }

  /** Bytes of bodies in the threads. */
  get inFlightBytes(): number {
    return this.#held.bytes;
  }

  async #start(): Promise<void> {
    const { folder, threads, latenessMs = LATENESS_MS, segmentBytes, journalBytesMax, chainKeyPath } = this.#options;
    setUpLongLived();
    const bounds = { segmentBytes: segmentBytes ?? null, journalBytesMax: journalBytesMax ?? null };
    this.#crew = await Crew.open(
      this.#machine,
      { folder, threads, latenessMs, chainKeyPath: chainKeyPath ?? null, ...bounds },
      {
        fromJournal: (message) => this.#fromJournal(message),
        fromDetect: (message) => this.#fromDetect(message),
        fromDoor: (door, message) => {
          if (message.kind === 'stats') this.#doorStats(door, message.stats);
          else this.#answered(door, message);
        },
        failed: (which, error) => {
          this.#break(new WeirError('server.thread', `the ${which} thread ended: ${error.message}`, { cause: error }));
        },
      },
    );
    const { opened, evaluated } = this.#crew;
    this.#progress.begin(opened.next, evaluated.checkpoint);
    this.#journal.opened(opened);
    this.#stages = new Stages(evaluated.stages);
    this.#crew.begin();
    const { committed } = this.#progress;
    const { version } = this.#options;
    await this.#control({ kind: 'start', version, at: this.#machine.now(), evaluated: committed });
    this.#stopTicks = this.#machine.every(TICK_MS, () => this.#tick());
  }

  /** Keeps the events of a body; resolves once they are on disk. Throws what refuses them: `ingest.…`, `disk.full`, `journal.…`. */
  async ingest(delivery: NewDelivery): Promise<Ack> {
    const { tenant, source } = delivery;
    const held = this.#stages.isOff(tenant, 'validate') ? null : (this.#options.policyOf?.(tenant, source) ?? null);
    const policy = held === null ? null : await this.#policies.idOf(held);
    const mask = this.#masks.idOf(tenant, source);
    if (this.#broken !== null) throw this.#broken;
    if (this.#stopping) throw new WeirError('server.stopping', 'the server is stopping and takes nothing more');
    const unit = this.#nextUnit++;
    const bytes = delivery.body.length;
    const door = this.#held.pick(bytes);
    this.#held.hold(door, bytes, 1);
    const { promise, resolve, reject } = Promise.withResolvers<Ack>();
    this.#waiting.set(unit, { delivery, door, bytes, resolve, reject, taken: null, position: null, journaledMs: 0 });
    const evaluate = !this.#stages.isOff(tenant, 'detect') && this.#progress.lagBytes < EVALUATION_LAG_BYTES;
    this.#give(door, { ...delivery, unit, evaluate, policy, mask });
    const ack = await promise;
    if (ack.position !== null) this.#tallies.add(delivery, { sent: delivery.sent?.bytes ?? 0 });
    return ack;
  }

  #give(door: number, delivery: Delivery): void {
    const { doors, large } = this.#open();
    const transfer = [delivery.body.buffer];
    if (isSmall(delivery.body.length)) post<ToDoor>(doors[door], { kind: 'deliver', delivery }, transfer);
    else post<Delivery>(large[door], delivery, transfer);
  }

  /**
   * Loads rules on a thread of their own and changes to them, whole or not at all; resolves when they are in force. One load at a
   * time: a later one waits.
   */
  loadRules(options: PrepareOptions): Promise<LiveRules> {
    return this.#rules.load(options);
  }

  /** Has those rules in force that were so when the last process ended; false where there were none. */
  resumeRules(): Promise<boolean> {
    return this.#rules.resume(`${this.log}/0`);
  }

  /** Puts compiled rules in force; resolves when they are. `texts`: every rule as it was written; null where they are known. */
  changeRules(rules: LiveRules, texts: readonly RuleVersion[] | null): Promise<void> {
    return this.#rules.change(rules, texts);
  }

  #tellDoors(message: ToDoor): void {
    for (const door of this.#open().doors) post<ToDoor>(door, message);
  }

  /** Keeps what another try with a tenant's dead letter came to: taken, it is open no more; else it is, with why. */
  async retried(tenant: string, id: string, outcome: RetryOutcome): Promise<void> {
    const { detect } = this.#open();
    const call = this.#nextUnit++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#calls.set(call, resolve);
    post<ToDetect>(detect, { kind: 'letter', call, tenant, id, outcome });
    return promise;
  }

  /** Switches a stage for a tenant from here on; resolves when that is on disk. */
  async switchStage(tenant: string, stage: Stage, on: boolean, by: string): Promise<StageSwitch> {
    const change: StageSwitch = { tenant, stage, on, by, at: this.#machine.now() };
    await this.#control({ kind: 'stage', ...change });
    this.#stages.apply(change);
    return change;
  }

  /** Resolves when everything up to `position` is evaluated and stored; rejects where the node breaks before that. */
  async evaluated(position: number): Promise<void> {
    if (position > this.#progress.committed && this.#broken !== null) throw this.#broken;
    await this.#progress.evaluated(position);
  }

  /**
   * Takes nothing more, keeps and evaluates what was taken, and ends the threads; what is still under way after `withinMs` is not
   * answered, and what is not evaluated by then the next start evaluates. Resolves with whether all was.
   */
  async close(withinMs: number = CLOSE_MS): Promise<boolean> {
    this.#stopping = true;
    this.#stopTicks();
    const end = this.#machine.elapsedMs() + withinMs;
    const soon = (): Promise<void> => new Promise((resolve) => this.#machine.soon(resolve));
    const under = (work: () => boolean): boolean => work() && this.#broken === null && this.#machine.elapsedMs() < end;
    while (under(() => this.#waiting.size > 0)) await soon();
    let all = this.#waiting.size === 0;
    this.#giveUp();
    const behind = (): boolean => this.rules.state === 'ready' && this.#progress.committed < this.#progress.durable - 1;
    // That it stopped in good order is said when everything is evaluated, not before, for it may still be killed.
    while (under(behind)) await soon();
    all &&= !behind();
    if (this.#broken === null && this.#crew !== null) {
      const { journal, detect } = this.#crew;
      await this.#stop();
      await this.#ended(journal);
      await this.#ended(detect);
    }
    await this.#crew?.terminate();
    return all && this.#broken === null;
  }

  async #stop(): Promise<void> {
    // Where no hits can be stored, and on a full disk, the next start finds no clean stop, and forgives what was not tallied.
    if (this.#stalled) return;
    const { rules } = this;
    const set = rules.state === 'ready' ? rules.rules.set : null;
    const tallies = this.#tallies.take(Number.POSITIVE_INFINITY);
    try {
      const { committed } = this.#progress;
      const segments = this.#options.segmentHead?.() ?? null;
      await this.#control({ kind: 'stop', at: this.#machine.now(), tallies, set, evaluated: committed, segments });
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
    }
  }

  /** Units that a door has read and the journal did not answer for are lost between them: the books shall not add up. */
  #giveUp(): void {
    for (const { door, taken, delivery, reject } of this.#waiting.values()) {
      if (door !== null && taken !== null) this.#tallies.add(delivery, taken);
      reject(new WeirError('server.closed', 'the server stopped before it could answer'));
    }
    this.#waiting.clear();
  }

  /** Ends the threads where they are, as a crash would: what was acknowledged is on disk all the same. */
  async abandon(): Promise<void> {
    this.#stopTicks();
    this.#broken ??= new WeirError('server.closed', 'the node was abandoned');
    await this.#crew?.terminate();
  }

  #open(): Crew {
    if (this.#crew === null) throw new Error('the node is not open');
    return this.#crew;
  }

  async #ended(worker: Thread): Promise<void> {
    if (this.#broken !== null) return;
    const done = new Promise<void>((resolve) => {
      this.#closing = resolve;
    });
    post<ToJournal | ToDetect>(worker, { kind: 'close' });
    await done;
  }

  /** Writes an entry of the server's own; resolves with its position. */
  async #control(control: Control): Promise<number> {
    if (this.#broken !== null) throw this.#broken;
    const unit = this.#nextUnit++;
    const { promise, resolve, reject } = Promise.withResolvers<Ack>();
    const [taken, delivery] = [NOTHING, OWN];
    this.#waiting.set(unit, { delivery, door: null, bytes: 0, resolve, reject, taken, position: null, journaledMs: 0 });
    const payload = encodeControl(control);
    const draft = {
      unit,
      receivedAt: this.#machine.now(),
      entries: [{ kind: 'control' as const, payload, rows: 0 }],
      receipt: null,
    };
    post<ToJournal>(this.#open().journal, { kind: 'append', unit: { draft, control, evaluating: false } }, [payload]);
    return (await promise).position ?? -1;
  }

  #tick(): void {
    // On a slow disk one at a time.
    if (this.#ticking) return;
    const at = this.#machine.now();
    const tallies = this.#tallies.take(Math.floor(at / 60_000));
    if (tallies.length === 0 && this.#quietTicks >= TICKS_AFTER) return;
    this.#quietTicks++;
    this.#ticking = true;
    const segments = this.#options.segmentHead?.() ?? null;
    this.#control({ kind: 'tick', at, tallies, evaluated: this.#progress.committed, segments })
      // What a full disk did not take goes with a later tick, or the books would never add up.
      .catch(() => this.#tallies.giveBack(tallies))
      .finally(() => {
        this.#ticking = false;
      });
  }

  #doorStats(door: number, { load, costs }: DoorStats): void {
    this.#threads.set(`door-${door}`, load);
    // Doors may still tell of rules that have been replaced since.
    const rules = costs === null ? null : this.#rules.ofEpoch(costs.epoch);
    if (costs !== null && rules !== null) this.#options.onCosts?.(rules, costs);
  }

  #answered(door: number, { taken, refused }: Extract<FromDoor, { kind: 'answers' }>): void {
    for (const one of taken) {
      const waiting = this.#answeredFor(door, one.unit);
      if (waiting === undefined) continue;
      waiting.taken = one;
      this.#settle(one.unit, waiting);
    }
    for (const one of refused) {
      const waiting = this.#answeredFor(door, one.unit);
      this.#waiting.delete(one.unit);
      waiting?.reject(errorOf(one));
    }
  }

  #answeredFor(door: number, unit: number): Waiting | undefined {
    const waiting = this.#waiting.get(unit);
    if (waiting !== undefined) this.#held.hold(door, waiting.bytes, -1);
    return waiting;
  }

  #settle(unit: number, waiting: Waiting): void {
    const { taken, position } = waiting;
    if (taken === null) return;
    const empty = waiting.door !== null && taken.accepted + taken.dead + taken.filtered === 0;
    if (position === null && !empty) return;
    this.#waiting.delete(unit);
    const ack = ackOf(taken, position);
    if (waiting.door !== null) this.#acked(waiting, taken, ack);
    waiting.resolve(ack);
  }

  #acked({ delivery, journaledMs }: Waiting, taken: NonNullable<Waiting['taken']>, ack: Ack): void {
    this.#quietTicks = 0;
    this.#tallies.add(delivery, taken);
    const { tenant, source, receivedMs = delivery.receivedAt } = delivery;
    if (taken.validation !== null) this.#options.onValidated?.(tenant, source, taken.validation);
    const { entries, decodedMs, evaluatedMs } = taken;
    const stamps = { entries, receivedMs, decodedMs, evaluatedMs, journaledMs, ackedMs: stampMs() };
    this.#options.observer?.acked?.(delivery, ack, stamps);
  }

  #fromJournal(message: FromJournal): void {
    switch (message.kind) {
      case 'durable': {
        this.#progress.wrote(message.next, message.bytes);
        this.#journal.bytes = message.journalBytes;
        for (let i = 0; i < message.units.length; i += 2) {
          const waiting = this.#waiting.get(message.units[i]);
          if (waiting === undefined) continue;
          waiting.position = message.units[i + 1];
          waiting.journaledMs = message.journaledMs;
          this.#settle(message.units[i], waiting);
        }
        this.#options.observer?.durable?.({ requests: message.units.length / 2, ...message });
        return;
      }
      case 'stats':
        this.#threads.set('journal', message.stats.load);
        this.#journal.take(message);
        return;
      case 'signed':
      case 'released':
        this.#journal.take(message);
        return;
      case 'refused':
        for (const refused of message.refused) {
          const { unit } = refused;
          const waiting = this.#waiting.get(unit);
          this.#waiting.delete(unit);
          // The door may say later that it was done with it; nobody waits for that any more.
          if (waiting?.door != null && waiting.taken === null) this.#held.hold(waiting.door, waiting.bytes, -1);
          waiting?.reject(errorOf(refused));
        }
        return;
      case 'broken':
        this.#break(errorOf(message));
        return;
      case 'closed':
        this.#closing?.();
    }
  }

  #fromDetect(message: FromDetect): void {
    switch (message.kind) {
      case 'committed': {
        this.#progress.stored(message.position);
        this.#options.observer?.stored?.(message);
        if (message.hits > 0) this.#options.onHits?.(message.sequence);
        return;
      }
      case 'stats':
        this.#detectStats = message.stats;
        this.#threads.set('detect', message.stats.load);
        return;
      case 'load': {
        const error = this.#rules.giveAgain(message.set);
        if (error !== null) this.#break(error);
        return;
      }
      case 'stalled':
        this.#stalled = message.reason !== null;
        this.#options.onStalled?.(message.reason);
        return;
      case 'called':
        this.#calls.get(message.call)?.();
        this.#calls.delete(message.call);
        return;
      case 'closed':
        this.#closing?.();
    }
  }

  #break(error: WeirError): void {
    if (this.#broken !== null) return;
    this.#broken = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#progress.broke(error);
    this.#closing?.();
    this.#options.onBroken?.(error);
  }
}
