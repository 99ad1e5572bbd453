/** One data folder through many lives of a server: disk and store survive crashes, as far as they would; all else does not. */
import assert from 'node:assert/strict';
import { type SeededRandom, type SimulatedDisk, simulatedDisk, WeirError } from '../../src/base/index.ts';
import { type JournalEntry, JournalReader, verifyJournal } from '../../src/journal/index.ts';
import { decodeControl } from '../../src/pipeline/live/control.ts';
import { Deliveries } from '../../src/pipeline/live/deliveries.ts';
import { DetectThread } from '../../src/pipeline/live/detect-thread.ts';
import { DoorThread } from '../../src/pipeline/live/door-thread.ts';
import { letterNotes } from '../../src/pipeline/live/journal-event.ts';
import { JournalThread } from '../../src/pipeline/live/journal-thread.ts';
import { keptKeys } from '../../src/pipeline/live/kept-keys.ts';
import { LiveNode } from '../../src/pipeline/live/node.ts';
import type { Ack } from '../../src/pipeline/live/node-options.ts';
import type { LiveRules } from '../../src/pipeline/live/rule-set.ts';
import { loadRuleSet } from '../../src/pipeline/live/rule-sets.ts';
import { type VerifyFinding, verifyFolder } from '../../src/pipeline/live/verify.ts';
import { Detections } from '../../src/store/index.ts';
import { Stage } from './machine.ts';
import { kernelModule, newDoor, SETS } from './rules.ts';
import type { Body } from './traffic.ts';

export const FOLDER = '/data';
const WRITES: ReadonlySet<string | symbol> = new Set(['commit', 'putRuleSet', 'setDeadLetterState']);
/** More steps than any life takes: whoever needs them is stuck. */
const STEPS_MAX = 20_000;

export interface Sent {
  readonly events: readonly number[];
  readonly bad: number;
  readonly request: string;
  /** `unknown`: the server went before it answered. */
  outcome: 'waiting' | 'unknown' | 'refused' | { readonly ack: Ack };
}

/** Kept rule sets are looked for on the disk, but not unpacked and compiled each time. */
const loadKept: typeof loadRuleSet = (folder, set, files) => {
  if (files?.size(`${folder}/rules/${set}.json.zst`) === null) return null;
  return SETS.find((known) => known.set === set) ?? loadRuleSet(folder, set, files);
};

export class World {
  disk: SimulatedDisk = simulatedDisk();
  store: Detections = new Detections(':memory:');
  /** Position behind the last entry when the store was lost last; none where it never was. */
  #storeLostAt = Number.NEGATIVE_INFINITY;
  storeFull = false;
  /** Which thread gets on slowly. */
  slow: 'journal' | 'detect' | 'door' | null = null;
  readonly sent: Sent[] = [];
  now: number;
  /** Taken so far. */
  steps = 0;
  node: LiveNode | null = null;
  broken: WeirError | null = null;
  readonly #random: SeededRandom;
  readonly #latenessMs: number;
  #stage: Stage | null = null;
  #deliveries: Deliveries | null = null;

  constructor(random: SeededRandom, latenessMs: number) {
    this.#random = random;
    this.#latenessMs = latenessMs;
    this.now = Date.UTC(2026, 0, 2, 3, 4, 5);
    this.disk.files.makeDirectory(FOLDER);
  }

  get log(): string {
    return this.#reader.log;
  }

  get #reader(): JournalReader {
    return new JournalReader(`${FOLDER}/journal`, this.disk.files);
  }

  /** All entries that are whole: HEAD may be behind by a group. */
  *entries(): Generator<JournalEntry> {
    const { files } = this.disk;
    if (files.size(`${FOLDER}/journal/ID`) === null) return;
    yield* this.#reader.read(0, verifyJournal(`${FOLDER}/journal`, { files }).next);
  }

  #newStage(store: Detections): Stage {
    // What a thread has of the store ends with it; the store does not.
    const open = new Proxy(store, {
      get: (target, name) => {
        if (name === 'close') return () => {};
        if (this.storeFull && WRITES.has(name)) throw new WeirError('store.full', 'the disk is full');
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return new Stage({
      files: this.disk.files,
      now: this.now,
      module: kernelModule,
      loadRuleSet: loadKept,
      copies: false,
      start: {
        journal: (main, machine) => void new JournalThread(main, machine),
        detect: (main, machine) => void new DetectThread(main, machine, () => open),
        door: (main, machine) => void new DoorThread(main, machine, newDoor),
      },
    });
  }

  /** Starts a server; null where it could not, or something happened before it had. */
  async open(threads: number, segmentBytes: number): Promise<LiveNode | null> {
    this.broken = null;
    this.#stage = this.#newStage(this.store);
    const opening = LiveNode.open({
      folder: FOLDER,
      threads,
      version: 'simulated',
      segmentBytes,
      latenessMs: this.#latenessMs,
      machine: this.#stage,
      onBroken: (error) => {
        this.broken = error;
      },
    });
    const node = await this.settled(opening.catch(expected));
    this.node = node;
    if (node === null) return null;
    const keys = (since: number) => Promise.try(() => keptKeys(this.#reader, since, node.progress.durable));
    const notes = (unit: number) => Promise.try(() => letterNotes(this.#reader, unit, node.progress.durable));
    this.#deliveries = new Deliveries(node, { keys, notes }, Number.POSITIVE_INFINITY);
    return node;
  }

  /** Sends a body; what becomes of it is noted. */
  send({ delivery, events, bad }: Body): void {
    assert.ok(this.#deliveries !== null);
    const sent: Sent = { events, bad, request: delivery.request, outcome: 'waiting' };
    this.sent.push(sent);
    this.#deliveries.ingest(delivery).then(
      (ack) => {
        sent.outcome = { ack };
      },
      (error: WeirError) => {
        expected(error);
        // What breaks or closes a server says nothing of single requests.
        sent.outcome = this.broken !== null || error.code === 'server.closed' ? 'unknown' : 'refused';
      },
    );
  }

  changeRules(rules: LiveRules): void {
    this.node?.changeRules(rules, []).catch(expected);
  }

  /** Some steps, in any order; false where nothing is left to do. */
  async step(count: number): Promise<boolean> {
    const stage = this.#stage;
    for (let i = 0; i < count && stage !== null; i++) {
      const { ready } = stage;
      if (ready.length === 0) return false;
      const others = ready.filter(({ owner }) => owner?.name !== this.slow);
      const waits = this.slow !== null && others.length > 0 && this.#random.integer(10) > 0;
      stage.step(this.#random.pick(waits ? others : ready));
      this.steps++;
      await turn();
    }
    return true;
  }

  /** Time goes by, for the clock on the wall by something else where `leap` is given. */
  pass(ms: number, leap: number = ms): void {
    this.#stage?.pass(ms, leap);
    this.now += leap;
  }

  /** Steps until a promise is settled; null where that never comes to be. */
  async settled<T>(promise: Promise<T>): Promise<T | null> {
    let value: T | null = null;
    let done = false;
    const settle = (result: T | null): void => {
      value = result;
      done = true;
    };
    promise.then(settle, (error: unknown) => settle(expected(error)));
    for (let steps = 0; steps < STEPS_MAX; steps += 20) {
      await turn();
      if (done) return value;
      if (this.broken !== null) return null;
      // What takes that long waits for its time to be over.
      if (!(await this.step(20)) || steps % 100 === 80) this.pass(steps < 3000 ? 50 : 1000);
    }
    throw new Error(`it is stuck: ${JSON.stringify(this.node?.progress)} of ${this.node?.inFlightBytes} bytes`);
  }

  /** A stop in good order, if it comes to one. */
  async close(): Promise<void> {
    if (this.node !== null) await this.settled(this.node.close());
  }

  /** The process ends where it is. `power`: what was not synced may be lost, too. */
  async end(power: boolean): Promise<void> {
    await turn();
    this.#stage = null;
    this.#deliveries = null;
    this.node = null;
    for (const sent of this.sent) if (sent.outcome === 'waiting') sent.outcome = 'unknown';
    this.disk.heal();
    this.disk.capacity = Number.POSITIVE_INFINITY;
    this.storeFull = false;
    this.slow = null;
    if (power) this.disk = this.disk.crash(this.#random);
  }

  /** Loses the database of hits, where the last server did not stop in good order: else verify has every reason to miss it. */
  loseStore(): void {
    const last = [...this.entries()].at(-1);
    if (last?.kind === 'control' && decodeControl(last.payload).kind === 'stop') return;
    this.store = new Detections(':memory:');
    this.#storeLostAt = last === undefined ? 0 : last.position + 1;
  }

  /** A server that begins writes down how much it finds evaluated: until one does, the journal tells of the store that is lost. */
  #missesStore({ where, what }: VerifyFinding): boolean {
    if (where !== 'detect.db' || !what.includes('everything up to here was evaluated')) return false;
    return ![...this.entries()].some(({ position, kind, payload }) => {
      return position >= this.#storeLostAt && kind === 'control' && decodeControl(payload).kind === 'start';
    });
  }

  /** What verify has to say, books and all. */
  findings(): VerifyFinding[] {
    const { files } = this.disk;
    if (files.size(`${FOLDER}/journal/ID`) === null) return [];
    const report = verifyFolder({
      folder: FOLDER,
      detection: true,
      place: {
        files,
        store: () => new Proxy(this.store.read, { get: readOnly }),
        loadRuleSet: loadKept,
        doorOf: ({ rules }) => {
          const door = newDoor();
          door.setRules(1, rules, false);
          return door;
        },
      },
    });
    return report.findings.filter((finding) => !this.#missesStore(finding));
  }

  /** Evaluates the journal as it is, in a life without any disturbance, into a store of its own. */
  async undisturbed(): Promise<Detections> {
    const store = new Detections(':memory:');
    const { next } = this.#reader.head();
    const disk = this.disk;
    this.disk = disk.crash(this.#random);
    this.#stage = this.#newStage(store);
    const options = { folder: FOLDER, threads: 1, version: 'undisturbed', latenessMs: this.#latenessMs };
    const node = await this.settled(LiveNode.open({ ...options, machine: this.#stage }));
    assert.ok(node !== null);
    await this.settled(node.evaluated(next - 2));
    this.#stage = null;
    this.disk = disk;
    return store;
  }
}

function readOnly(target: Detections['read'], name: string | symbol): unknown {
  if (name === 'close') return () => {};
  const value = Reflect.get(target, name, target) as unknown;
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}

/** Errors that a server may have. */
function expected(error: unknown): null {
  if (error instanceof WeirError && /^(disk|journal|server|body|idempotency|detect)\./.test(error.code)) return null;
  throw error;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
