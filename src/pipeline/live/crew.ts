/** The threads of the live server, started together and bound to each other by ports. */
import { errorOf } from '../../base/index.ts';
import type { Machine, Port, Thread } from './machine.ts';
import type { FromDetect, FromDoor, FromJournal, Opened, ToDetect, ToDoor, ToJournal } from './messages.ts';
import type { Threads } from './node-options.ts';

export interface CrewOptions {
  readonly folder: string;
  /** Door threads. */
  readonly threads: number;
  readonly segmentBytes: number | null;
  readonly journalBytesMax: number | null;
  readonly chainKeyPath: string | null;
  readonly latenessMs: number;
}

export interface CrewListener {
  fromJournal(message: FromJournal): void;
  fromDetect(message: FromDetect): void;
  fromDoor(door: number, message: FromDoor): void;
  /** A thread ended by an error that it did not expect. */
  failed(which: string, error: Error): void;
}

export class Crew {
  readonly journal: Thread;
  readonly detect: Thread;
  readonly doors: readonly Thread[];
  /** To each door, for large bodies. */
  readonly large: readonly Port[];
  readonly opened: Opened;
  readonly evaluated: Evaluating;
  /** To be called once: what the threads say comes from then on, what they have said by then first. */
  readonly begin: () => void;

  private constructor(threads: Members, { opened, evaluated, large, begin }: Started) {
    this.journal = threads.journal;
    this.detect = threads.detect;
    this.doors = threads.doors;
    this.large = large;
    this.opened = opened;
    this.evaluated = evaluated;
    this.begin = begin;
  }

  /** Rejects with `journal.…` and `disk.…` of the journal's recovery, and what opening the store says; no thread is left then. */
  static async open(machine: Machine & Threads, options: CrewOptions, listener: CrewListener): Promise<Crew> {
    machine.files.makeDirectory(options.folder);
    machine.files.makeDirectory(`${options.folder}/journal`);
    // All load their code at the same time; what each has to wait for comes as its first message.
    const journal = machine.thread('journal');
    const detect = machine.thread('detect');
    const doors = Array.from({ length: options.threads }, () => machine.thread('door'));
    try {
      const threads = { journal, detect, doors };
      return new Crew(threads, await start(machine, threads, options, listener));
    } catch (error) {
      await Promise.all([journal, detect, ...doors].map((worker) => worker.terminate()));
      throw error;
    }
  }

  async terminate(): Promise<void> {
    await Promise.all([...this.doors, this.journal, this.detect].map((worker) => worker.terminate()));
  }
}

type Members = Pick<Crew, 'journal' | 'detect' | 'doors'>;
type Started = Pick<Crew, 'opened' | 'evaluated' | 'large' | 'begin'>;
type Evaluating = Extract<FromDetect, { kind: 'opened' }>;

async function start(
  machine: Machine & Threads,
  { journal, detect, doors }: Members,
  { folder, segmentBytes, journalBytesMax, chainKeyPath, latenessMs }: CrewOptions,
  listener: CrewListener,
): Promise<Started> {
  const compiling = machine.compileKernel();
  const pair = (): [Port, Port] => machine.channel();
  // It may fail before it is waited for.
  compiling.catch(() => {});
  const [journalSide, detectSide] = pair();
  const doorsJournal = doors.map(pair);
  const doorsDetect = doors.map(pair);
  const opening = Promise.withResolvers<Opened>();
  const evaluating = Promise.withResolvers<Evaluating>();
  evaluating.promise.catch(() => {});
  let early: FromDetect[] | null = [];
  const failed = (which: string) => (error: Error) => {
    opening.reject(error);
    evaluating.reject(error);
    listener.failed(which, error);
  };
  journal.on('error', failed('journal'));
  detect.on('error', failed('detect'));
  for (const door of doors) door.on('error', failed('door'));
  journal.on('message', (message: FromJournal) => {
    if (message.kind === 'opened') opening.resolve(message.opened);
    else if (message.kind === 'broken') {
      opening.reject(errorOf(message));
    }
    listener.fromJournal(message);
  });
  detect.on('message', (message: FromDetect) => {
    if (message.kind === 'opened') evaluating.resolve(message);
    else if (early === null) listener.fromDetect(message);
    else early.push(message);
  });
  const journalFolder = `${folder}/journal`;
  const toJournal = doorsJournal.map(([, theirs]) => theirs);
  const journalOptions = {
    folder: journalFolder,
    chain: `${folder}/chain`,
    keyPath: chainKeyPath,
    segmentBytes,
    bytesMax: journalBytesMax,
  };
  post<ToJournal>(journal, { kind: 'open', options: journalOptions, doors: toJournal, detect: journalSide }, [
    ...toJournal,
    journalSide,
  ]);
  const opened = await opening.promise;
  const module = await compiling;
  const toDetect = doorsDetect.map(([, theirs]) => theirs);
  const { log, next } = opened;
  post<ToDetect>(
    detect,
    { kind: 'open', folder, journal: journalFolder, log, next, journalPort: detectSide, doors: toDetect, latenessMs },
    [...toDetect, detectSide],
  );
  const large = doors.map((worker, i) => {
    worker.on('message', (message: FromDoor) => listener.fromDoor(i, message));
    const [journalPort] = doorsJournal[i];
    const [detectPort] = doorsDetect[i];
    const [ours, theirs] = pair();
    const ports = { large: theirs, journal: journalPort, detect: detectPort };
    post<ToDoor>(worker, { kind: 'start', module, ...ports }, Object.values(ports));
    return ours;
  });
  const evaluated = await evaluating.promise;
  const begin = (): void => {
    const said = early ?? [];
    early = null;
    for (const message of said) listener.fromDetect(message);
  };
  return { opened, evaluated, large, begin };
}

export function post<T>(thread: Pick<Thread, 'postMessage'>, message: T, transfer: readonly object[] = []): void {
  thread.postMessage(message, transfer);
}
