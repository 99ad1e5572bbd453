/** A door thread: bodies come from the main thread, units go to the journal thread, what rules found goes to the detect thread. */
import { release, stampMs, threadLoad, WeirError } from '../../base/index.ts';
import type { Door } from './door.ts';
import type { Machine, Port } from './machine.ts';
import { type AppendUnit, type FromDoor, type ReplayRequest, STATS_MS, type ToDoor } from './messages.ts';
import type { Delivery, Evaluated, EvaluatedBatch } from './types.ts';

export type DoorMaker = (
  module: WebAssembly.Module,
) => Pick<Door, 'setRules' | 'setPolicy' | 'take' | 'evaluate' | 'takeCosts'>;

interface Started {
  readonly door: ReturnType<DoorMaker>;
  readonly journal: Port;
  readonly detect: Port;
}

export class DoorThread {
  readonly #main: Pick<Port, 'postMessage' | 'on'>;
  readonly #machine: Pick<Machine, 'every'>;
  readonly #doorOf: DoorMaker;
  #threads: Started | null = null;

  constructor(main: Pick<Port, 'postMessage' | 'on'>, machine: Pick<Machine, 'every'>, doorOf: DoorMaker) {
    this.#main = main;
    this.#machine = machine;
    this.#doorOf = doorOf;
    main.on('message', (message: ToDoor) => this.#take(message));
  }

  #take(message: ToDoor): void {
    switch (message.kind) {
      case 'start': {
        const { module, journal, detect } = message;
        this.#threads = { door: this.#doorOf(module), journal, detect };
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
    const { door, journal, detect } = this.#started();
    try {
      const { draft, evaluated, decodedMs, ...taken } = door.take(delivery);
      const { unit } = delivery;
      const { received = 0, bytes = 0, validation = null } = draft.receipt ?? {};
      const entries = draft.entries.length;
      const evaluatedMs = evaluated.epoch === 0 ? null : stampMs();
      const counts = { ...taken, received, bytes, validation };
      // Before the journal can answer for it.
      this.#tell({ kind: 'taken', unit, ...counts, entries, decodedMs, evaluatedMs });
      if (entries === 0) return;
      const evaluating = draft.entries.some(({ kind }) => kind === 'events');
      const append: AppendUnit = { draft, control: null, evaluating };
      journal.postMessage(
        append,
        draft.entries.map(({ payload }) => payload),
      );
      // Of what has no events the detector asks nothing.
      if (evaluating) detect.postMessage(evaluated, buffersOf(evaluated.batches));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const { code, message, hint } = error;
      this.#tell({ kind: 'refused', refused: { unit: delivery.unit, code, message, hint } });
    } finally {
      release(delivery.body.buffer);
    }
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
    detect.postMessage(answer, buffersOf(batches));
  }
}

function buffersOf(batches: readonly EvaluatedBatch[]): ArrayBuffer[] {
  return batches.flatMap(({ hitRows, hitRules, hitEnds, hitTimes, lines }) => [
    hitRows.buffer,
    hitRules.buffer,
    hitEnds.buffer,
    hitTimes.buffer,
    lines.buffer,
  ]);
}
