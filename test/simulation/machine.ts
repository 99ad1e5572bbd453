/**
 * A machine played in one thread: its threads, ports, timers and clock are here, and one step after the other is taken, of those
 * that could come next whichever the director likes. Messages of one port stay in their order, as real ones do; all else is open.
 */
import type { Files } from '../../src/base/index.ts';
import type { Machine, Port, Thread } from '../../src/pipeline/live/machine.ts';
import type { Threads } from '../../src/pipeline/live/node-options.ts';

type Listener = (message: unknown) => void;

/** What runs in a thread may begin, and ends with it; null is the main thread. */
interface Actor {
  readonly name: string;
  ended: boolean;
  fail(error: Error): void;
}

/** Work of one actor that comes in order. */
interface Lane {
  owner: Actor | null;
  readonly queue: (() => void)[];
}

class PlayedPort implements Port {
  readonly lane: Lane = { owner: null, queue: [] };
  readonly inbox: unknown[] = [];
  other: PlayedPort | null = null;
  readonly #stage: Stage;
  #listener: Listener | null = null;
  #closed = false;

  constructor(stage: Stage) {
    this.#stage = stage;
    stage.lanes.add(this.lane);
  }

  postMessage(message: unknown, transfer: readonly object[] = []): void {
    this.other?.deliver(this.#stage.copied(message, transfer));
  }

  deliver(message: unknown): void {
    if (this.#closed) return;
    this.inbox.push(message);
    if (this.#listener !== null) this.#await();
  }

  #await(): void {
    this.lane.queue.push(() => {
      // Somebody may have received it meanwhile.
      if (this.inbox.length > 0 && !this.#closed) this.#listener?.(this.inbox.shift());
    });
  }

  on<T>(event: string, listener: (message: T) => void): void {
    if (event !== 'message') return;
    this.lane.owner = this.#stage.actor;
    this.#listener = listener as Listener;
    for (let i = 0; i < this.inbox.length; i++) this.#await();
  }

  close(): void {
    this.#closed = true;
    this.inbox.length = 0;
    this.#stage.lanes.delete(this.lane);
  }
}

interface Timer {
  readonly owner: Actor | null;
  readonly ms: number;
  readonly work: () => void;
  due: number;
}

/** What starts a thread: given the thread's own end of its port. */
export type Start = (main: Port, machine: Machine) => void;

export interface StageOptions {
  readonly files: Files;
  /** Unix milliseconds at the beginning. */
  readonly now: number;
  readonly start: Readonly<Record<'journal' | 'detect' | 'door', Start>>;
  readonly module: WebAssembly.Module;
  readonly loadRuleSet: Threads['loadRuleSet'];
  /** Messages are copied and what is transferred is gone, as between threads; else the receiver gets the sender's own. */
  readonly copies: boolean;
}

export class Stage implements Machine, Threads {
  readonly files: Files;
  readonly loadRuleSet: Threads['loadRuleSet'];
  readonly lanes = new Set<Lane>();
  actor: Actor | null = null;
  readonly #options: StageOptions;
  readonly #timers = new Set<Timer>();
  readonly #soon = new Map<Actor | null, Lane>();
  #elapsed = 0;
  #wall: number;
  readonly #errors: Error[] = [];

  constructor(options: StageOptions) {
    this.#options = options;
    this.files = options.files;
    this.loadRuleSet = options.loadRuleSet;
    this.#wall = options.now;
  }

  now(): number {
    return Math.floor(this.#wall);
  }

  elapsedMs(): number {
    return this.#elapsed;
  }

  every(ms: number, work: () => void): () => void {
    const timer: Timer = { owner: this.actor, ms, work, due: this.#elapsed + ms };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  soon(work: () => void): void {
    let lane = this.#soon.get(this.actor);
    if (lane === undefined) {
      lane = { owner: this.actor, queue: [] };
      this.#soon.set(this.actor, lane);
      this.lanes.add(lane);
    }
    lane.queue.push(work);
  }

  channel(): [Port, Port] {
    const [a, b] = [new PlayedPort(this), new PlayedPort(this)];
    [a.other, b.other] = [b, a];
    return [a, b];
  }

  receive(port: Port): unknown {
    return (port as PlayedPort).inbox.shift();
  }

  compileKernel(): Promise<WebAssembly.Module> {
    return Promise.resolve(this.#options.module);
  }

  thread(name: 'journal' | 'detect' | 'door'): Thread {
    const [here, there] = this.channel() as [PlayedPort, PlayedPort];
    let onError: ((error: Error) => void) | null = null;
    const actor: Actor = {
      name,
      ended: false,
      fail: (error) => {
        end();
        this.actor = null;
        this.soon(() => onError?.(error));
      },
    };
    const end = (): void => {
      actor.ended = true;
      for (const lane of this.lanes) if (lane.owner === actor) this.lanes.delete(lane);
      for (const timer of this.#timers) if (timer.owner === actor) this.#timers.delete(timer);
    };
    this.#as(actor, () => this.#options.start[name](there, this));
    return {
      postMessage: (message, transfer) => here.postMessage(message, transfer),
      on: (event: string, listener: (value: never) => void) => {
        if (event === 'error') onError = listener as (error: Error) => void;
        else here.on(event, listener);
      },
      terminate: () => {
        end();
        return Promise.resolve();
      },
    };
  }

  copied(message: unknown, transfer: readonly object[]): unknown {
    if (!this.#options.copies || transfer.some((thing) => thing instanceof PlayedPort)) return message;
    return structuredClone(message, { transfer: transfer as ArrayBuffer[] });
  }

  #as(actor: Actor | null, work: () => void): void {
    if (actor?.ended === true) return;
    this.actor = actor;
    try {
      work();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (actor === null) this.#errors.push(failure);
      else actor.fail(failure);
    } finally {
      this.actor = null;
    }
  }

  /** Steps that could come next. */
  get ready(): Lane[] {
    return [...this.lanes].filter(({ queue }) => queue.length > 0);
  }

  /** Takes the next step of one of `ready`. Throws what the main thread threw. */
  step(lane: Lane): void {
    const work = lane.queue.shift();
    if (work !== undefined) this.#as(lane.owner, work);
    const [error] = this.#errors.splice(0);
    if (error !== undefined) throw error;
  }

  /** Lets time pass, and what is due be done; `leap`: the clock on the wall goes on by something else. */
  pass(ms: number, leap: number = ms): void {
    this.#elapsed += ms;
    this.#wall += leap;
    for (const timer of [...this.#timers]) {
      if (timer.due > this.#elapsed) continue;
      timer.due = this.#elapsed + timer.ms;
      this.#as(timer.owner, timer.work);
    }
  }
}
