/** Notifiers of the running server, seen from the main thread. */
import { Worker } from 'node:worker_threads';
import type { NotifierConfig, NotifierStatus } from '../../alerts/index.ts';
import { errorOf, type Logger, programBeside, WeirError, within } from '../../base/index.ts';
import type { Health } from '../../gateway/index.ts';
import type { FromNotify, NotifySetup, ToNotify } from './messages.ts';

export { notifierConfigs } from './setup.ts';

export interface NotifyThreadOptions {
  readonly folder: string;
  readonly configs: readonly NotifierConfig[];
  readonly health: Health;
  readonly log: Logger;
}

/** How long deliveries under way have to be cut off and written down. */
const STOP_MS = 1000;

export class NotifyThread {
  readonly #worker: Worker;
  readonly #options: NotifyThreadOptions;
  readonly #exited: Promise<void>;
  #flushed: (() => void) | null = null;
  #status: readonly NotifierStatus[] = [];

  /** Null where none are configured. */
  static start(options: NotifyThreadOptions): NotifyThread | null {
    return options.configs.length === 0 ? null : new NotifyThread(options);
  }

  private constructor(options: NotifyThreadOptions) {
    this.#options = options;
    options.health.set('notifiers', 'starting');
    const { folder, configs } = options;
    const setup: NotifySetup = { folder, configs };
    this.#worker = new Worker(programBeside(import.meta.url, 'notify-worker'), { workerData: setup });
    this.#worker.on('message', (message: FromNotify) => this.#take(message));
    this.#worker.on('error', (error) => this.#failed(new WeirError('server.thread', error.message, { cause: error })));
    this.#exited = new Promise((resolve) => this.#worker.on('exit', () => resolve()));
  }

  /** As of the last second. */
  get status(): readonly NotifierStatus[] {
    return this.#status;
  }

  /** Hits were stored. */
  wake(): void {
    this.#send({ kind: 'wake' });
  }

  /** Delivers what can be delivered within `withinMs`, and ends. The rest waits for the next start. */
  async close(withinMs: number): Promise<void> {
    const flushed = new Promise<void>((resolve) => {
      this.#flushed = resolve;
    });
    this.#send({ kind: 'flush' });
    await within(Promise.race([flushed, this.#exited]), withinMs);
    this.#send({ kind: 'stop' });
    await within(this.#exited, STOP_MS);
    await this.#worker.terminate();
  }

  #send(message: ToNotify): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromNotify): void {
    if (message.kind === 'flushed') this.#flushed?.();
    else if (message.kind === 'status') this.#report(message.status);
    else this.#failed(errorOf(message));
  }

  #failed(error: WeirError): void {
    const { health, log } = this.#options;
    health.set('notifiers', 'failed', 'hits wait; the log says why');
    log.error('notifiers do not run', { error: error.message, hint: error.hint ?? '' });
  }

  /** What receivers say goes to the log alone: readers of health may be of any tenant. */
  #report(status: readonly NotifierStatus[]): void {
    const { health, log } = this.#options;
    const before = new Map(this.#status.map((each) => [each.name, each.error]));
    for (const { name, error, breaker } of status) {
      const known = before.get(name) ?? null;
      if (error !== null && known === null)
        log.warn('deliveries fail', { notifier: name, reason: error.reason, breaker });
      if (error === null && known !== null) log.info('deliveries succeed again', { notifier: name });
    }
    this.#status = status;
    const failing = status.filter(({ error }) => error !== null).map(({ name }) => name);
    if (failing.length === 0) health.set('notifiers', 'ready', null);
    else
      health.set('notifiers', 'degraded', `deliveries of ${failing.join(', ')} fail; hits wait, and the log says why`);
  }
}
