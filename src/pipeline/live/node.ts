/**
 * The live server without its network: threads that take bodies, keep them and run the rules over them. What resolves here is on
 * disk; what is refused says why; what the rules find is in the store, which others read.
 */
import { setUpV8, WeirError } from '../../base/index.ts';
import { compileKernelModule } from '../../batch/index.ts';
import { type DeadLetterState, openDetectionsReader, type RuleVersion } from '../../store/index.ts';
import type { PrepareOptions } from '../prepare.ts';
import { type Control, encodeControl } from './control.ts';
import type { Machine, Port, Thread } from './machine.ts';
import type { FromDetect, FromDoor, FromJournal, Opened, ToDetect, ToDoor, ToJournal } from './messages.ts';
import type { Ack, LiveOptions, NewDelivery, RulesState, Threads } from './node-options.ts';
import { PoliciesInForce } from './policy.ts';
import { realMachine, workerOf, YOUNG_HEAP_MB } from './real-machine.ts';
import type { LiveRules } from './rule-set.ts';
import { loadRuleSet, saveRuleSet } from './rule-sets.ts';
import { rulesFrom } from './rules-thread.ts';
import { Tallies } from './tallies.ts';
import type { Outcome, ReceiptValidation } from './types.ts';

interface Waiting {
  readonly delivery: NewDelivery;
  readonly door: DoorThread | null;
  readonly bytes: number;
  resolve(ack: Ack): void;
  reject(error: WeirError): void;
  taken: {
    accepted: number;
    dead: number;
    received: number;
    outcome: Outcome | null;
    validation: ReceiptValidation | null;
  } | null;
  position: number | null;
}

interface DoorThread {
  readonly worker: Thread;
  /** Bytes of bodies it has been given and not answered for. */
  bytes: number;
}

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
  readonly #doors: DoorThread[] = [];
  #journal: Thread | null = null;
  #detect: Thread | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #nextUnit = 1;
  /** Number of each rule set that threads were given. */
  readonly #epochs = new Map<string, number>();
  readonly #policies: PoliciesInForce;
  #rules: RulesState = { state: 'none' };
  #broken: WeirError | null = null;
  #opened: Opened | null = null;
  #durable = 0;
  #signed: { readonly upTo: number; readonly head: string | null } = { upTo: 0, head: null };
  #committed = -1;
  /** Sizes of groups not evaluated and stored yet, with the position behind each. */
  readonly #lagging: { next: number; bytes: number }[] = [];
  #lagBytes = 0;
  readonly #tallies = new Tallies();
  #quietTicks = TICKS_AFTER;
  #stopTicks: () => void = () => {};
  #closing: (() => void) | null = null;
  readonly #calls = new Map<number, (value: number) => void>();
  readonly #waiters: { position: number; resolve: () => void; reject: (error: WeirError) => void }[] = [];

  static async open(options: LiveOptions): Promise<LiveNode> {
    const node = new LiveNode(options);
    await node.#start();
    return node;
  }

  private constructor(options: LiveOptions) {
    this.#options = options;
    this.#machine = options.machine ?? { ...realMachine, ...realThreads };
    this.#policies = new PoliciesInForce(
      options.folder,
      (id, policy) => this.#tellDoors({ kind: 'policy', id, policy }),
      (id) => this.#control({ kind: 'policy', id }),
    );
  }

  get log(): string {
    return this.#opened?.log ?? '';
  }

  /** What recovery did when the journal was opened. */
  get recovered(): Opened {
    if (this.#opened === null) throw new Error('the node is not open');
    return this.#opened;
  }

  get rules(): RulesState {
    return this.#rules;
  }

  /** Position behind the last durable entry, and of the last whose results are stored. */
  get progress(): { readonly durable: number; readonly committed: number; readonly lagBytes: number } {
    return { durable: this.#durable, committed: this.#committed, lagBytes: this.#lagBytes };
  }

  /** Up to which position the journal is signed, and the head of the ledger: to be kept where this machine's owner cannot reach. */
  get signed(): { readonly upTo: number; readonly head: string | null } {
    return this.#signed;
  }

  /** Bytes of bodies in the threads. */
  get inFlightBytes(): number {
    return this.#doors.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async #start(): Promise<void> {
    const { folder, threads, latenessMs = LATENESS_MS } = this.#options;
    const machine = this.#machine;
    const pair = (): [Port, Port] => machine.channel();
    machine.files.makeDirectory(folder);
    setUpV8();
    const compiling = machine.compileKernel();
    // It may fail before it is waited for.
    compiling.catch(() => {});
    const [journalSide, detectSide] = pair();
    const doorsJournal = Array.from({ length: threads }, pair);
    const doorsDetect = Array.from({ length: threads }, pair);
    const journal = machine.thread('journal');
    this.#journal = journal;
    this.#opened = await new Promise<Opened>((resolve, reject) => {
      journal.on('message', (message: FromJournal) => {
        if (message.kind === 'opened') resolve(message.opened);
        else if (message.kind === 'broken') reject(new WeirError(message.code, message.message, hinted(message.hint)));
        this.#fromJournal(message);
      });
      journal.on('error', (error) => this.#fail('journal', error));
      const options = {
        folder: `${folder}/journal`,
        chain: `${folder}/chain`,
        keyPath: this.#options.chainKeyPath ?? null,
        segmentBytes: this.#options.segmentBytes ?? null,
        bytesMax: this.#options.journalBytesMax ?? null,
      };
      const doors = doorsJournal.map(([, theirs]) => theirs);
      post<ToJournal>(journal, { kind: 'open', options, doors, detect: journalSide }, [...doors, journalSide]);
    });
    const { log, next } = this.#opened;
    this.#durable = next;
    const detect = machine.thread('detect');
    this.#detect = detect;
    await new Promise<void>((resolve, reject) => {
      detect.on('message', (message: FromDetect) => {
        if (message.kind === 'opened') {
          this.#committed = message.checkpoint;
          resolve();
        } else this.#fromDetect(message);
      });
      detect.on('error', (error) => {
        this.#fail('detect', error);
        reject(error);
      });
      const doors = doorsDetect.map(([, theirs]) => theirs);
      post<ToDetect>(
        detect,
        { kind: 'open', folder, journal: `${folder}/journal`, log, next, journalPort: detectSide, doors, latenessMs },
        [...doors, detectSide],
      );
    });
    const module = await compiling;
    for (let i = 0; i < threads; i++) {
      const worker = machine.thread('door');
      const door: DoorThread = { worker, bytes: 0 };
      worker.on('message', (message: FromDoor) => this.#fromDoor(door, message));
      worker.on('error', (error) => this.#fail('door', error));
      const [toJournal] = doorsJournal[i];
      const [toDetect] = doorsDetect[i];
      post<ToDoor>(worker, { kind: 'start', module, journal: toJournal, detect: toDetect }, [toJournal, toDetect]);
      this.#doors.push(door);
    }
    await this.#control({ kind: 'start', version: this.#options.version, at: machine.now() });
    this.#stopTicks = machine.every(TICK_MS, () => this.#tick());
  }

  /** Keeps the events of a body; resolves once they are on disk. Throws what refuses them: `ingest.…`, `disk.full`, `journal.…`. */
  async ingest(delivery: NewDelivery): Promise<Ack> {
    const held = this.#options.policyOf?.(delivery.tenant, delivery.source) ?? null;
    const policy = held === null ? null : await this.#policies.idOf(held);
    if (this.#broken !== null) throw this.#broken;
    const door = this.#doors.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    const unit = this.#nextUnit++;
    const bytes = delivery.body.length;
    door.bytes += bytes;
    const { promise, resolve, reject } = Promise.withResolvers<Ack>();
    this.#waiting.set(unit, { delivery, door, bytes, resolve, reject, taken: null, position: null });
    const evaluate = this.#lagBytes < EVALUATION_LAG_BYTES;
    post<ToDoor>(door.worker, { kind: 'deliver', delivery: { ...delivery, unit, evaluate, policy } }, [
      delivery.body.buffer,
    ]);
    const ack = await promise;
    if (ack.position !== null) this.#tallies.add(delivery, { sent: delivery.sent?.bytes ?? 0 });
    return ack;
  }

  /** Loads rules on a thread of their own and changes to them; resolves when they are in force. */
  async loadRules(options: PrepareOptions): Promise<LiveRules> {
    if (this.#rules.state === 'none') this.#rules = { state: 'loading' };
    try {
      const { rules, texts } = await rulesFrom(options);
      await this.changeRules(rules, texts);
      return rules;
    } catch (error) {
      if (error instanceof WeirError) this.#rules = { ...this.#rules, error };
      throw error;
    }
  }

  /** Has those rules in force that were so when the last process ended; false where there were none. */
  async resumeRules(): Promise<boolean> {
    const reader = openDetectionsReader(`${this.#options.folder}/detect.db`);
    const set = reader.checkpoint(`${this.log}/0`)?.ruleSet ?? '';
    reader.close();
    const rules = set === '' ? null : this.#machine.loadRuleSet(this.#options.folder, set, this.#machine.files);
    if (rules !== null) await this.changeRules(rules, null);
    return rules !== null;
  }

  /** Puts compiled rules in force; resolves when they are. `texts`: every rule as it was written; null where they are known. */
  async changeRules(rules: LiveRules, texts: readonly RuleVersion[] | null): Promise<void> {
    saveRuleSet(this.#options.folder, rules, this.#machine.files);
    this.#giveRules(rules, true, texts);
    // From where this stands in the journal they are in force; doors may be ahead of it or behind, which the detector sees.
    const count = rules.detections.length + rules.correlations.length;
    await this.#control({ kind: 'rules', set: rules.set, count });
    this.#rules = { state: 'ready', rules };
  }

  #giveRules(rules: LiveRules, current: boolean, texts: readonly RuleVersion[] | null): void {
    const epoch = this.#epochs.get(rules.set) ?? this.#epochs.size + 1;
    this.#epochs.set(rules.set, epoch);
    this.#tellDoors({ kind: 'rules', epoch, rules: rules.rules, current });
    const { set, detections } = rules;
    const correlations = rules.correlations.map(({ rule, version }) => ({ rule, version }));
    if (this.#detect !== null)
      post<ToDetect>(this.#detect, { kind: 'rules', epoch, names: { set, detections, correlations }, texts });
  }

  #tellDoors(message: ToDoor): void {
    for (const { worker } of this.#doors) post<ToDoor>(worker, message);
  }

  /** Changes the state of a tenant's dead letters; resolves with how many changed. */
  async markDeadLetters(tenant: string, ids: readonly string[], state: DeadLetterState): Promise<number> {
    if (this.#detect === null) return 0;
    const call = this.#nextUnit++;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#calls.set(call, resolve);
    post<ToDetect>(this.#detect, { kind: 'letters', call, tenant, ids, state });
    return promise;
  }

  /** Resolves when everything up to `position` is evaluated and stored; rejects where the node breaks before that. */
  async evaluated(position: number): Promise<void> {
    if (position <= this.#committed) return;
    if (this.#broken !== null) throw this.#broken;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ position, resolve, reject }));
  }

  /**
   * Takes nothing more, keeps and evaluates what was taken, and ends the threads; in `withinMs`, what is still under way then is
   * not answered.
   */
  async close(withinMs: number = CLOSE_MS): Promise<void> {
    this.#stopTicks();
    const end = this.#machine.elapsedMs() + withinMs;
    const soon = (): Promise<void> => new Promise((resolve) => this.#machine.soon(resolve));
    const under = (work: () => boolean): boolean => work() && this.#broken === null && this.#machine.elapsedMs() < end;
    while (under(() => this.#waiting.size > 0)) await soon();
    this.#giveUp();
    if (this.#broken === null) {
      const set = this.#rules.state === 'ready' ? this.#rules.rules.set : null;
      const tallies = this.#tallies.take(Number.POSITIVE_INFINITY);
      await this.#control({ kind: 'stop', at: this.#machine.now(), tallies, set });
      await this.#ended(this.#journal);
      const last = this.#rules.state === 'ready' ? this.#durable - 1 : -1;
      while (under(() => this.#committed < last)) await soon();
      await this.#ended(this.#detect);
    }
    await this.#terminate();
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
    await this.#terminate();
  }

  async #terminate(): Promise<void> {
    const threads = [...this.#doors.map(({ worker }) => worker), this.#journal, this.#detect];
    await Promise.all(threads.map((thread) => thread?.terminate()));
  }

  async #ended(worker: Thread | null): Promise<void> {
    if (worker === null || this.#broken !== null) return;
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
    const taken = { accepted: 0, dead: 0, received: 0, outcome: null, validation: null };
    const delivery = OWN;
    this.#waiting.set(unit, { delivery, door: null, bytes: 0, resolve, reject, taken, position: null });
    const payload = encodeControl(control);
    const draft = {
      unit,
      receivedAt: this.#machine.now(),
      entries: [{ kind: 'control' as const, payload, rows: 0 }],
      receipt: null,
    };
    if (this.#journal === null) throw new Error('the node is not open');
    post<ToJournal>(this.#journal, { kind: 'append', unit: { draft, control, evaluating: false } }, [payload]);
    return (await promise).position ?? -1;
  }

  #tick(): void {
    const at = this.#machine.now();
    const tallies = this.#tallies.take(Math.floor(at / 60_000));
    if (tallies.length === 0 && this.#quietTicks >= TICKS_AFTER) return;
    this.#quietTicks++;
    // What a full disk did not take goes with a later tick, or the books would never add up.
    this.#control({ kind: 'tick', at, tallies }).catch(() => this.#tallies.giveBack(tallies));
  }

  #fromDoor(door: DoorThread, message: FromDoor): void {
    const unit = message.kind === 'taken' ? message.unit : message.refused.unit;
    const waiting = this.#waiting.get(unit);
    if (waiting === undefined) return;
    door.bytes -= waiting.bytes;
    if (message.kind === 'refused') {
      this.#waiting.delete(unit);
      const { code, message: text, hint } = message.refused;
      waiting.reject(new WeirError(code, text, hinted(hint)));
      return;
    }
    waiting.taken = message;
    this.#settle(unit, waiting);
  }

  #settle(unit: number, waiting: Waiting): void {
    const { taken, position } = waiting;
    if (taken === null) return;
    const empty = waiting.door !== null && taken.accepted + taken.dead === 0;
    if (position === null && !empty) return;
    this.#waiting.delete(unit);
    if (waiting.door !== null) {
      this.#quietTicks = 0;
      this.#tallies.add(waiting.delivery, taken);
      const { tenant, source } = waiting.delivery;
      if (taken.validation !== null) this.#options.onValidated?.(tenant, source, taken.validation);
    }
    const { accepted, dead, outcome } = taken;
    waiting.resolve({ accepted, dead, position, ...(outcome === null ? {} : { outcome }) });
  }

  #fromJournal(message: FromJournal): void {
    switch (message.kind) {
      case 'durable': {
        this.#durable = message.next;
        this.#lagging.push({ next: message.next, bytes: message.bytes });
        this.#lagBytes += message.bytes;
        for (let i = 0; i < message.units.length; i += 2) {
          const waiting = this.#waiting.get(message.units[i]);
          if (waiting === undefined) continue;
          waiting.position = message.units[i + 1];
          this.#settle(message.units[i], waiting);
        }
        return;
      }
      case 'refused':
        for (const { unit, code, message: text, hint } of message.refused) {
          const waiting = this.#waiting.get(unit);
          this.#waiting.delete(unit);
          waiting?.reject(new WeirError(code, text, hinted(hint)));
        }
        return;
      case 'signed':
        this.#signed = message;
        return;
      case 'broken':
        this.#break(new WeirError(message.code, message.message, hinted(message.hint)));
        return;
      case 'closed':
        this.#closing?.();
    }
  }

  #fromDetect(message: FromDetect): void {
    switch (message.kind) {
      case 'committed': {
        this.#committed = message.position;
        while (this.#lagging.length > 0 && this.#lagging[0].next <= message.position + 1) {
          this.#lagBytes -= this.#lagging.shift()?.bytes ?? 0;
        }
        for (let i = this.#waiters.length - 1; i >= 0; i--) {
          if (this.#waiters[i].position <= message.position) this.#waiters.splice(i, 1)[0].resolve();
        }
        if (message.hits > 0) this.#options.onHits?.(message.sequence);
        return;
      }
      case 'load': {
        const rules = this.#machine.loadRuleSet(this.#options.folder, message.set, this.#machine.files);
        if (rules !== null) this.#giveRules(rules, false, null);
        else
          this.#break(
            new WeirError('detect.no_rules', `the rule set ${message.set}, in force in the journal, is not kept`),
          );
        return;
      }
      case 'stalled':
        this.#options.onStalled?.(message.reason);
        return;
      case 'called':
        this.#calls.get(message.call)?.(message.value);
        this.#calls.delete(message.call);
        return;
      case 'closed':
        this.#closing?.();
    }
  }

  #fail(which: string, error: Error): void {
    this.#break(new WeirError('server.thread', `the ${which} thread ended: ${error.message}`, { cause: error }));
  }

  #break(error: WeirError): void {
    if (this.#broken !== null) return;
    this.#broken = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    this.#closing?.();
    this.#options.onBroken?.(error);
  }
}

const OWN: NewDelivery = {
  tenant: '',
  source: '',
  door: '',
  credential: '',
  request: '',
  receivedAt: 0,
  format: 'ndjson',
  encoding: 'identity',
  body: new Uint8Array(0),
  key: null,
};

const realThreads: Threads = {
  thread: (name) => workerOf(`${name}-worker`, undefined, YOUNG_HEAP_MB),
  compileKernel: compileKernelModule,
  loadRuleSet,
};

function post<T>(worker: Thread, message: T, transfer: readonly object[] = []): void {
  worker.postMessage(message, transfer);
}

function hinted(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}
