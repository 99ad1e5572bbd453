/** A door thread: bodies come from the main thread, units go to the journal thread, what rules found goes to the detect thread. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { WeirError } from '../../base/index.ts';
import { Door } from './door.ts';
import type { AppendUnit, FromDoor, ReplayRequest, ToDoor } from './messages.ts';
import { NO_RULES } from './rule-set.ts';
import type { Delivery, Evaluated, EvaluatedBatch } from './types.ts';

const port = parentPort;
if (port === null) throw new Error('door-worker.ts runs as a worker thread');

const tell = (message: FromDoor): void => port.postMessage(message);

let threads: { readonly door: Door; readonly journal: MessagePort; readonly detect: MessagePort } | null = null;

function started(): NonNullable<typeof threads> {
  if (threads === null) throw new Error('a door got work before it was started');
  return threads;
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

function deliver(delivery: Delivery): void {
  const { door, journal, detect } = started();
  try {
    const { draft, accepted, dead, outcome, evaluated } = door.take(delivery);
    const { unit } = delivery;
    const received = draft.receipt?.received ?? 0;
    const validation = draft.receipt?.validation ?? null;
    // Before the journal can answer for it.
    tell({ kind: 'taken', unit, accepted, dead, received, outcome, validation });
    if (draft.entries.length === 0) return;
    const append: AppendUnit = { draft, control: null, evaluating: true };
    journal.postMessage(
      append,
      draft.entries.map(({ payload }) => payload),
    );
    detect.postMessage(evaluated, buffersOf(evaluated.batches));
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const { code, message, hint } = error;
    tell({ kind: 'refused', refused: { unit: delivery.unit, code, message, hint } });
  }
}

function replay({ unit, epoch, frames }: ReplayRequest): void {
  const { door, detect } = started();
  const batches: EvaluatedBatch[] = [];
  let known = true;
  for (const frame of frames) {
    const found = door.evaluate(epoch, frame);
    if (found === null) known = false;
    else batches.push(...found);
  }
  // Rules that have been replaced meanwhile: the detector asks again.
  const answer: Evaluated = { unit, epoch: known ? epoch : 0, batches: known ? batches : [], replayed: true };
  detect.postMessage(answer, buffersOf(batches));
}

port.on('message', (message: ToDoor) => {
  switch (message.kind) {
    case 'start':
      threads = { door: new Door(message.module, NO_RULES), journal: message.journal, detect: message.detect };
      message.detect.on('message', replay);
      return;
    case 'rules':
      started().door.setRules(message.epoch, message.rules, message.current);
      return;
    case 'policy':
      started().door.setPolicy(message.id, message.policy);
      return;
    case 'deliver':
      deliver(message.delivery);
  }
});
