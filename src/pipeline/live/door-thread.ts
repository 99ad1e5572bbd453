/**
 * A door thread: bodies come from the main thread, units go to the journal thread, what rules found goes to the detect thread. Small
 * bodies that wait are taken together and handed on in one message each way: to wake a thread costs more than to read an event.
 */
import { release, stampMs, threadLoad, WeirError } from '../../base/index.ts';
import type { Door } from './door.ts';
import type { Machine, Port } from './machine.ts';
import {
  type AppendUnit,
  type FromDoor,
  type Refused,
  type ReplayRequest,
  STATS_MS,
  type TakenUnit,
  type ToDoor,
} from './messages.ts';
import type { Delivery, Evaluated, EvaluatedBatch } from './types.ts';

export type DoorMaker = (
  module: WebAssembly.Module,
) => Pick<Door, 'setRules' | 'setPolicy' | 'setMask' | 'take' | 'evaluate' | 'takeCosts'>;

interface Started {
  readonly door: ReturnType<DoorMaker>;
  readonly journal: Port;
  readonly detect: Port;
}

/** Small bodies taken before the first of them is handed on. */
const TOGETHER_MAX = 64;

export class DoorThread {
  readonly #main: Port;
  readonly #machine: Pick<Machine, 'every' | 'receive'>;
  readonly #doorOf: DoorMaker;
  #threads: Started | null = null;
  /** What is done and not handed on. */
  #taken: TakenUnit[] = [];
  #refused: Refused[] = [];
  #appends: AppendUnit[] = [];
  #evaluated: Evaluated[] = [];

  constructor(main: Port, machine: Pick<Machine, 'every' | 'receive'>, doorOf: DoorMaker) {
    this.#main = main;
    this.#machine = machine;
    this.#doorOf = doorOf;
    main.on('message', (message: ToDoor) => {
      this.#take(message);
      this.#takeWaiting();
      this.#handOn();
    });
  }

  /** What else waits in the port, in order: also before a large body, which may need it, and would keep it waiting. */
  #takeWaiting(): void {
    while (this.#taken.length + this.#refused.length < TOGETHER_MAX) {
      const message = this.#machine.receive(this.#main) as ToDoor | undefined;
      if (message === undefined) return;
      this.#take(message);
    }
  }

  #take(message: ToDoor): void {
    switch (message.kind) {
      case 'start': {
        const { module, large, journal, detect } = message;
        this.#threads = { door: this.#doorOf(module), journal, detect };
        large.on('message', (delivery: Delivery) => {
          this.#takeWaiting();
          this.#handOn();
          this.#deliver(delivery);
          this.#handOn();
        });
        detect.on('message', (request: ReplayRequest) => this.#replay(request));
        this.#machine.every(STATS_MS, () => {
          const costs = this.#started().door.takeCosts();
          this.#tell({ kind: 'stats', stats: { load: threadLoad(), costs } });
        });
        return;
      }
      case 'rules':
        this.#started().door.setRules(message.epoch, message.rules, message.current);
        return;
      case 'policy':
        this.#started().door.setPolicy(message.id, message.policy);
        return;
      case 'mask':
        this.#started().door.setMask(message.mask);
        return;
      case 'deliver':
        this.#deliver(message.delivery);
    }
  }

  #started(): Started {
    if (this.#threads === null) throw new Error('a door got work before it was started');
    return this.#threads;
  }

  #tell(message: FromDoor): void {
    this.#main.postMessage(message);
  }

  #deliver(delivery: Delivery): void {
    try {
      const { draft, evaluated, decodedMs, ...taken } = this.#started().door.take(delivery);
      const { unit } = delivery;
      const { received = 0, bytes = 0, validation = null, masked } = draft.receipt ?? {};
      const entries = draft.entries.length;
      const evaluatedMs = evaluated.epoch === 0 ? null : stampMs();
      this.#taken.push({
        unit,
        ...taken,
        received,
        bytes,
        validation,
        ...(masked === undefined ? {} : { masked }),
        entries,
        decodedMs,
        evaluatedMs,
      });
      if (entries === 0) return;
      const evaluating = draft.entries.some(({ kind }) => kind === 'events');
      this.#appends.push({ draft, control: null, evaluating });
      // Of what has no events the detector asks nothing.
      if (evaluating) this.#evaluated.push(evaluated);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const { code, message, hint } = error;
      this.#refused.push({ unit: delivery.unit, code, message, hint });
    } finally {
      release(delivery.body.buffer);
    }
  }

  #handOn(): void {
    const { journal, detect } = this.#started();
    const [taken, refused, appends, evaluated] = [this.#taken, this.#refused, this.#appends, this.#evaluated];
    // Before the journal can answer for it.
    if (taken.length + refused.length > 0) this.#tell({ kind: 'answers', taken, refused });
    if (appends.length > 0) {
      journal.postMessage(
        appends,
        appends.flatMap(({ draft }) => draft.entries.map(({ payload }) => payload)),
      );
    }
    if (evaluated.length > 0) detect.postMessage(evaluated, buffersOf(evaluated));
    [this.#taken, this.#refused, this.#appends, this.#evaluated] = [[], [], [], []];
  }

  #replay({ unit, epoch, tenant, at, frames }: ReplayRequest): void {
    const { door, detect } = this.#started();
    const batches: EvaluatedBatch[] = [];
    let known = true;
    for (const frame of frames) {
      const found = door.evaluate(epoch, frame, { tenant, at });
      release(frame);
      if (found === null) known = false;
      else batches.push(...found);
    }
    // Rules that have been replaced meanwhile: the detector asks again.
    const answer: Evaluated = { unit, epoch: known ? epoch : 0, batches: known ? batches : [], replayed: true };
    detect.postMessage([answer], buffersOf([answer]));
  }
}

function buffersOf(evaluated: readonly Evaluated[]): ArrayBuffer[] {
  return evaluated.flatMap(({ batches }) =>
    batches.flatMap(({ hitRows, hitRules, hitEnds, hitTimes, lines }) => [
      hitRows.buffer,
      hitRules.buffer,
      hitEnds.buffer,
      hitTimes.buffer,
      lines.buffer,
    ]),
  );
}
