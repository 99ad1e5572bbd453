/** The history of a running server, as the rest of it asks for it. */
import type { Worker } from 'node:worker_threads';
import { Calls, every, limits, residentBytes, WeirError } from '../../base/index.ts';
import type { HoldEntry, ReleaseEntry } from '../../journal/index.ts';
import type { ColumnNeed, Narrowed, SegmentQuery, StoreStats } from '../../store/index.ts';
import { SMALL_HEAP, workerOf } from '../live/real-machine.ts';
import type { Fields } from './field-counts.ts';
import type {
  AwayFiles,
  BackupView,
  CopyAnswer,
  FromHistory,
  HistoryAnswer,
  HistoryState,
  HistoryWorkerData,
  HoldRequest,
  HuntThreadView,
  ThreadView,
  ToHistory,
} from './history-messages.ts';

/** What is durable: position behind the last entry, and bytes of the journal. */
export interface Durable {
  readonly position: number;
  readonly bytes: number;
}

const TELL_MS = 500;

export class HistoryThread {
  readonly #worker: Worker;
  readonly #durable: () => Durable;
  readonly #calls = new Calls<HistoryAnswer>();
  readonly #stop: () => void;
  #state: HistoryState | null = null;

  /**
   * @param data the data folder, and where the key of its ledgers is
   * @param onState told every half second, and with null when the thread has ended although nobody closed it
   * @param onRelease has the journal take a released file, unless somebody reads its files just then
   */
  constructor(
    data: HistoryWorkerData,
    durable: () => Durable,
    onState: (state: HistoryState | null) => void,
    onRelease: (entry: ReleaseEntry) => void = () => {},
  ) {
    this.#worker = workerOf('../store/history-worker', data, SMALL_HEAP);
    this.#durable = durable;
    this.#worker.on('message', (message: FromHistory) => {
      if (message.kind === 'state') {
        this.#state = message.state;
        onState(message.state);
        return;
      }
      if (message.kind === 'release') {
        onRelease(message.entry);
        return;
      }
      if (message.kind === 'failed') this.#calls.refuse(message.call, new WeirError(message.code, message.message));
      else this.#calls.answer(message.call, message.answer);
    });
    const ended = (why: string, cause?: unknown): void => {
      if (this.#calls.failed !== null) return;
      this.#calls.fail(new WeirError('server.thread', `the history’s thread ended: ${why}`, { cause }));
      onState(null);
    };
    this.#worker.on('error', (error: Error) => ended(error.message, error));
    this.#worker.on('exit', () => ended('it was stopped'));
    this.#stop = every(TELL_MS, () => {
      const canMerge = limits.serverMemoryBytes - residentBytes() >= limits.mergeMemoryBytes;
      this.#post({ kind: 'durable', ...this.#durable(), canMerge });
    });
  }

  /** As of half a second ago; null: not known yet. */
  get state(): HistoryState | null {
    return this.#state;
  }

  /** What a query may read: complete up to what was acknowledged before it was asked. To be released. */
  view(query: SegmentQuery): Promise<ThreadView> {
    const { position } = this.#durable();
    return this.#ask((call) => ({ kind: 'view', call, query, position })) as Promise<ThreadView>;
  }

  narrow(files: readonly string[], needs: readonly ColumnNeed[]): Promise<Narrowed> {
    return this.#ask((call) => ({ kind: 'narrow', call, files, needs })) as Promise<Narrowed>;
  }

  /** The same for a hunt. */
  huntView(query: SegmentQuery): Promise<HuntThreadView> {
    const { position } = this.#durable();
    return this.#ask((call) => ({ kind: 'hunt-view', call, query, position })) as Promise<HuntThreadView>;
  }

  /**
   * The catalogue as a file, whose segments stay until they are released. All of it lies below the position that is durable when this is called, and
   * heads that entries below it name are in the ledger of segments.
   */
  async copyTo(file: string): Promise<BackupView & { readonly position: number }> {
    const { position } = this.#durable();
    const view = (await this.#ask((call) => ({ kind: 'backup', call, file }))) as BackupView;
    return { ...view, position };
  }

  fetch(view: Pick<ThreadView, 'lease'>, files: readonly string[]): Promise<AwayFiles> {
    return this.#ask((call) => ({ kind: 'fetch', call, lease: view.lease, files })) as Promise<AwayFiles>;
  }

  copyOf(file: string): Promise<CopyAnswer> {
    return this.#ask((call) => ({ kind: 'copy', call, file })) as Promise<CopyAnswer>;
  }

  release(view: Pick<ThreadView, 'lease'>): void {
    this.#post({ kind: 'release', lease: view.lease });
  }

  stats(): Promise<StoreStats> {
    return this.#ask((call) => ({ kind: 'stats', call })) as Promise<StoreStats>;
  }

  fields(tenant: string): Promise<Fields> {
    return this.#ask((call) => ({ kind: 'fields', call, tenant })) as Promise<Fields>;
  }

  holds(): Promise<readonly HoldEntry[]> {
    return this.#ask((call) => ({ kind: 'holds', call })) as Promise<readonly HoldEntry[]>;
  }

  /** Rejects with `store.hold` where there is one of this name. */
  async hold(hold: HoldRequest): Promise<void> {
    await this.#ask((call) => ({ kind: 'hold', call, hold }));
  }

  /** Rejects with `store.hold` where there is none of this name. */
  async unhold(name: string, by: string): Promise<void> {
    await this.#ask((call) => ({ kind: 'unhold', call, name, by }));
  }

  async close(): Promise<void> {
    this.#stop();
    if (this.#calls.failed === null) {
      await this.#ask((call) => ({ kind: 'close', call })).catch(() => null);
      this.#calls.fail(new WeirError('server.closed', 'the server is stopping'));
    }
    await this.#worker.terminate();
  }

  #post(message: ToHistory): void {
    this.#worker.postMessage(message);
  }

  #ask(message: (call: number) => ToHistory): Promise<HistoryAnswer> {
    return this.#calls.make((call) => this.#post(message(call)));
  }
}
