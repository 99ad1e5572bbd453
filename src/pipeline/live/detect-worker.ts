/** The detect thread: joins what doors found with what the journal kept, and stores hits. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { every, WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { Detections, type DetectionsReader } from '../../store/index.ts';
import { durableUnits } from './catch-up.ts';
import { Correlations } from './correlations.ts';
import { Detector, type DetectorStart, type DetectorState } from './detector.ts';
import type { DurableUnits, FromDetect, ReplayRequest, ToDetect } from './messages.ts';
import type { DurableUnit, Evaluated } from './types.ts';

const main = parentPort;
if (main === null) throw new Error('detect-worker.ts runs as a worker thread');

const tell = (message: FromDetect): void => main.postMessage(message);

/** How long the checkpoint may lag while nothing is found. */
const CHECKPOINT_MS = 250;

interface Open {
  readonly detector: Detector;
  readonly store: Detections;
  readonly journalPort: MessagePort;
}

let open: Open | null = null;

function start(message: Extract<ToDetect, { kind: 'open' }>): void {
  const store = new Detections(`${message.folder}/detect.db`);
  const reader = new JournalReader(message.journal);
  const log = `${message.log}/0`;
  const begin = startOf(store.read, log, message.latenessMs, reader.head().first);
  let door = 0;
  const payloads = (unit: DurableUnit): ArrayBuffer[] => {
    const frames: ArrayBuffer[] = [];
    for (const entry of reader.read(unit.first, unit.first + unit.entries.length)) {
      if (entry.kind === 'events') frames.push(entry.payload);
    }
    return frames;
  };
  const detector = new Detector(
    {
      evaluate(unit, epoch) {
        const request: ReplayRequest = { unit: unit.unit, epoch, frames: payloads(unit) };
        message.doors[door++ % message.doors.length].postMessage(request, [...request.frames]);
      },
      load: (name) => tell({ kind: 'load', set: name }),
      payload(position) {
        for (const { payload } of reader.read(position, position + 1)) return payload;
        throw new Error(`position ${position} is not in the journal`);
      },
      commit: (commit) => store.commit(commit),
      committed: (position, { sequence, hits, correlationHits, revisedCorrelationHits }) =>
        tell({ kind: 'committed', position, sequence, hits: hits + correlationHits + revisedCorrelationHits }),
    },
    begin,
  );
  open = { detector, store, journalPort: message.journalPort };
  for (const port of message.doors) {
    port.on('message', (result: Evaluated) => {
      detector.evaluated(result);
      soon();
    });
  }
  // What the last process left unevaluated; what this one takes comes behind it.
  for (const unit of durableUnits(reader, detector.position + 1, message.next)) detector.durable(unit);
  message.journalPort.on('message', ({ units }: DurableUnits) => {
    for (const unit of units) detector.durable(unit);
    soon();
  });
  every(CHECKPOINT_MS, () => detector.commit());
  tell({ kind: 'opened', checkpoint: begin.checkpoint, sequence: store.read.hits.sequence() });
  soon();
}

/**
 * Where to go on: behind the last snapshot of the correlations, under the rules of then; from the journal's beginning where there
 * is none that is whole.
 */
function startOf(store: DetectionsReader, log: string, latenessMs: number, first: number): DetectorStart {
  const checkpoint = store.checkpoint(log);
  const anew = { log, checkpoint: checkpoint?.position ?? -1, position: first - 1, set: null, latenessMs };
  if (checkpoint?.state === undefined) return { ...anew, correlations: new Correlations(log, latenessMs, null) };
  const state = JSON.parse(checkpoint.state) as DetectorState;
  try {
    const snapshot = store.snapshot(log);
    if (snapshot?.position === state.position) {
      const correlations = new Correlations(log, latenessMs, snapshot.bytes);
      return { log, checkpoint: checkpoint.position, ...state, latenessMs, correlations };
    }
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    // Damaged, or of another version: the journal has all that it was made of.
  }
  return { ...anew, correlations: new Correlations(log, latenessMs, null) };
}

let scheduled = false;

/** One pass over all messages that have come, not one for each. */
function soon(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    open?.detector.advance();
  });
}

main.on('message', (message: ToDetect) => {
  if (message.kind === 'open') start(message);
  else if (message.kind === 'rules') {
    if (message.texts !== null) open?.store.putRuleSet({ hash: message.names.set, rules: message.texts });
    open?.detector.rules(message.epoch, message.names);
    soon();
  } else if (message.kind === 'letters') {
    const value = open?.store.setDeadLetterState(message.tenant, message.ids, message.state) ?? 0;
    tell({ kind: 'called', call: message.call, value });
  } else {
    open?.detector.advance();
    open?.detector.commit();
    open?.store.close();
    tell({ kind: 'closed' });
    main.close();
  }
});
