/** All notifiers of a configuration, over one store and one database of cursors. */
import { now, randomSeed, seededRandom, sleep, WeirError } from '../../base/index.ts';
import type { HitFeed } from './batch.ts';
import { Cursors, type Parked } from './cursors.ts';
import { createSender } from './kinds.ts';
import { Notifier, type NotifierStatus } from './notifier.ts';
import type { NotifierConfig, NotifyClock, Outcome } from './types.ts';

export interface NotifiersOptions {
  /** Where the cursors are kept, e.g. `notify.db`. */
  readonly path: string;
  /** `hits` of a `DetectionsReader`. */
  readonly feed: HitFeed;
  readonly configs: readonly NotifierConfig[];
  /** The machine's, where nothing is given. */
  readonly clock?: NotifyClock;
}

const NAME_CHARACTERS_MAX = 128;

export class Notifiers {
  readonly #cursors: Cursors;
  readonly #notifiers = new Map<string, Notifier>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  /** Checks the configuration: throws `notify.name`, `notify.url`, `notify.header`, `notify.secret`, `notify.network`; `database.open`. */
  constructor({ path, feed, configs, clock = machineClock() }: NotifiersOptions) {
    const senders = new Map(configs.map((config) => [config.name, createSender(config, clock)]));
    for (const { name } of configs) {
      if (name !== '' && name.length <= NAME_CHARACTERS_MAX) continue;
      throw new WeirError(
        'notify.name',
        `a notifier's name has 1 to ${NAME_CHARACTERS_MAX} characters, not ${name.length}`,
      );
    }
    if (senders.size < configs.length) throw new WeirError('notify.name', 'two notifiers have the same name');
    this.#cursors = new Cursors(path);
    for (const config of configs) {
      const sender = senders.get(config.name);
      if (sender === undefined) continue;
      this.#notifiers.set(config.name, new Notifier(config, sender, this.#cursors, feed, clock));
    }
  }

  /** Resolves when all have stopped; rejects for a mistake in weir. */
  start(): Promise<void> {
    const all = Promise.all([...this.#notifiers.values()].map((notifier) => notifier.run(this.#stop.signal)));
    this.#running = all;
    return all.then(() => {});
  }

  /** New hits are committed. Without it they are found within `notifyPollMs`. */
  wake(): void {
    for (const notifier of this.#notifiers.values()) notifier.wake();
  }

  status(): NotifierStatus[] {
    return [...this.#notifiers.values()].map((notifier) => notifier.status());
  }

  /** Refused deliveries of one notifier, oldest first. */
  parked(name: string, after?: number, limit?: number): Parked[] {
    return this.#cursors.parked(name, after, limit);
  }

  /** Sends a refused delivery once more; it is no longer parked if it is delivered. Null where there is none such. */
  async sendParked(name: string, n: number): Promise<Outcome | null> {
    return (await this.#notifiers.get(name)?.sendParked(n, this.#stop.signal)) ?? null;
  }

  /** Deliveries under way are cut off and made again at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#cursors.close();
  }
}

function machineClock(): NotifyClock {
  const random = seededRandom(randomSeed());
  return {
    now,
    random: () => random.uint32() / 2 ** 32,
    async sleep(ms, signal) {
      try {
        await sleep(ms, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
