/** The detect thread: joins what doors found with what the journal kept, and stores hits. */
import { stampMs, threadLoad, WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import type { Detections, DetectionsReader } from '../../store/index.ts';
import { durableUnits } from './catch-up.ts';
import { Correlations } from './correlations.ts';
import { Detector, type DetectorStart, type DetectorState } from './detector.ts';
import type { Machine, Port } from './machine.ts';
import {
  type DurableUnits,
  type EvaluatedUnits,
  type FromDetect,
  type ReplayRequest,
  STATS_MS,
  type ToDetect,
} from './messages.ts';
import type { DurableUnit } from './types.ts';

/** How long the checkpoint may lag while nothing is found. */
const CHECKPOINT_MS = 250;

interface Open {
  readonly detector: Detector;
  readonly store: Detections;
}

export class DetectThread {
  readonly #main: Port;
  readonly #machine: Machine;
  readonly #storeOf: (folder: string) => Detections;
  #open: Open | null = null;
  #scheduled = false;
  #full = false;
  /** What could not be written since then. */
  readonly #postponed: ((open: Open) => void)[] = [];

  constructor(main: Port, machine: Machine, storeOf: (folder: string) => Detections) {
    this.#main = main;
    this.#machine = machine;
    this.#storeOf = storeOf;
    main.on('message', (message: ToDetect) => this.#take(message));
  }

  #take(message: ToDetect): void {
    if (message.kind === 'open') this.#start(message);
    else if (message.kind === 'rules') {
      const { epoch, names, texts } = message;
      if (texts !== null) this.#write(({ store }) => store.putRuleSet({ hash: names.set, rules: texts }));
      this.#open?.detector.rules(epoch, names);
      this.#soon();
    } else if (message.kind === 'letter') {
      const { call, tenant, id, outcome } = message;
      this.#write(({ store }) => {
        if (outcome === 'taken') store.setDeadLetterState(tenant, [id], 'replayed');
        else store.setDeadLetterTried(tenant, id, outcome);
        this.#tell({ kind: 'called', call });
      });
    } else this.#close();
  }

  #tell(message: FromDetect): void {
    this.#main.postMessage(message);
  }

  #start(message: Extract<ToDetect, { kind: 'open' }>): void {
    const store = this.#storeOf(message.folder);
    const reader = new JournalReader(message.journal, this.#machine.files);
    const first = Math.max(reader.head().first, reader.releasedUpTo());
    const begin = startOf(store.read, `${message.log}/0`, message.latenessMs, first);
    let door = 0;
    const detector = new Detector(
      {
        evaluate: (unit, epoch) => {
          const request: ReplayRequest = {
            unit: unit.unit,
            epoch,
            tenant: unit.tenant,
            at: unit.receivedAt,
            frames: framesOf(reader, unit),
          };
          message.doors[door++ % message.doors.length].postMessage(request, request.frames);
        },
        load: (set) => this.#tell({ kind: 'load', set }),
        payload: (position) => reader.payload(position),
        commit: (commit) => store.commit(commit),
        committed: ({ position, result, levels, found, tookMs }) => {
          const { sequence, hits, correlationHits, revisedCorrelationHits } = result;
          const all = hits + correlationHits + revisedCorrelationHits;
          const committedMs = stampMs();
          this.#tell({ kind: 'committed', position, sequence, hits: all, levels, found, tookMs, committedMs });
        },
      },
      begin,
    );
    this.#open = { detector, store };
    for (const port of message.doors) {
      port.on('message', (results: EvaluatedUnits) => {
        for (const result of results) detector.evaluated(result);
        this.#soon();
      });
    }
    // What the last process left unevaluated; what this one takes comes behind it.
    for (const unit of durableUnits(reader, detector.position + 1, message.next)) detector.durable(unit);
    message.journalPort.on('message', ({ units, refused }: DurableUnits) => {
      for (const unit of refused) detector.refused(unit);
      for (const unit of units) detector.durable(unit);
      this.#soon();
    });
    this.#machine.every(CHECKPOINT_MS, () => this.#unlessFull(({ detector }) => detector.commit()));
    this.#machine.every(STATS_MS, () => {
      const { units: waiting, results } = detector.lag;
      const correlations = begin.correlations.counts();
      this.#tell({ kind: 'stats', stats: { load: threadLoad(), waiting, results, correlations } });
    });
    const { checkpoint } = begin;
    this.#tell({ kind: 'opened', checkpoint, sequence: store.read.hits.sequence(), stages: detector.stages });
    this.#soon();
  }

  /** One pass over all messages that have come, not one for each. */
  #soon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#machine.soon(() => {
      this.#scheduled = false;
      if (!this.#full) this.#unlessFull(({ detector }) => detector.advance());
    });
  }

  /** Writes to the store; on a full disk, later, in order. */
  #write(work: (open: Open) => void): void {
    this.#postponed.push(work);
    this.#unlessFull(() => {});
  }

  /**
   * On a full disk what was to be stored stays where it is, and nothing more is taken until a later checkpoint has stored it: the
   * journal has what waits.
   */
  #unlessFull(work: (open: Open) => void): void {
    const open = this.#open;
    if (open === null) return;
    const wasFull = this.#full;
    try {
      for (; this.#postponed.length > 0; this.#postponed.shift()) this.#postponed[0](open);
      work(open);
      this.#full = false;
    } catch (error) {
      if (!(error instanceof WeirError) || error.code !== 'store.full') throw error;
      this.#full = true;
      if (!wasFull) this.#tell({ kind: 'stalled', reason: error.message });
    }
    if (!wasFull || this.#full) return;
    this.#tell({ kind: 'stalled', reason: null });
    this.#soon();
  }

  #close(): void {
    this.#unlessFull(({ detector }) => {
      detector.advance();
      detector.commit(true);
    });
    this.#open?.store.close();
    this.#tell({ kind: 'closed' });
    this.#main.close();
  }
}

function framesOf(reader: JournalReader, unit: DurableUnit): ArrayBuffer[] {
  const frames: ArrayBuffer[] = [];
  for (const { kind, payload } of reader.read(unit.first, unit.first + unit.entries.length)) {
    if (kind === 'events') frames.push(payload);
  }
  return frames;
}

/**
 * Where to go on: behind the last snapshot of the correlations, under the rules of then; from where the journal has events where there
 * is none that is whole.
 */
function startOf(store: DetectionsReader, log: string, latenessMs: number, first: number): DetectorStart {
  const checkpoint = store.checkpoint(log);
  const anew = { log, checkpoint: checkpoint?.position ?? -1, position: first - 1, set: null, latenessMs, stages: [] };
  if (checkpoint?.state === undefined) return { ...anew, correlations: new Correlations(log, latenessMs, null) };
  const state = JSON.parse(checkpoint.state) as DetectorState;
  try {
    const snapshot = store.snapshot(log);
    if (snapshot?.position === state.position) {
      const correlations = new Correlations(log, latenessMs, snapshot.bytes);
      return { log, checkpoint: checkpoint.position, stages: [], ...state, latenessMs, correlations };
    }
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    // Damaged, or of another version: the journal has all that it was made of.
  }
  return { ...anew, correlations: new Correlations(log, latenessMs, null) };
}
