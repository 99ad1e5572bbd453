/** One notifier at work: in order, one delivery at a time, each until it is delivered or parked. */
import { errorCode, limits, turn, WeirError } from '../../base/index.ts';
import { Backlog } from './backlog.ts';
import { batchId, type HitFeed, type Taken, takeBatch } from './batch.ts';
import type { Cursor, Cursors, NotifyCounts } from './cursors.ts';
import type { NotifierConfig, NotifyClock, Outcome, Sender } from './types.ts';

export interface NotifierStatus {
  readonly name: string;
  readonly kind: NotifierConfig['kind'];
  /**
   * `closed`: the receiver does its part. `open`: it failed `notifyBreakerFailuresMax` times in a row and is left alone for a while.
   * `half_open`: one delivery tries whether it is back.
   */
  readonly breaker: 'closed' | 'open' | 'half_open';
  readonly failuresInRow: number;
  /** Sequence up to which all is dealt with. */
  readonly cursor: number;
  /** Bodies of hits that wait, and whether they are more than they should be. */
  readonly backlogBytes: number;
  readonly overBacklog: boolean;
  readonly counts: NotifyCounts;
  /** What last went wrong, and when; null once a delivery has succeeded again. */
  readonly error: { readonly reason: string; readonly time: number } | null;
  /** When something was last delivered. */
  readonly lastDelivered: number | null;
}

/** A cursor over hits that did not pass the filter is written down this often: behind it they are only looked through again. */
const PASSED_OVER = 10_000;
const RETRY_AFTER_MS_MAX = 3_600_000;

export class Notifier {
  readonly config: NotifierConfig;
  readonly #sender: Sender;
  readonly #cursors: Cursors;
  readonly #feed: HitFeed;
  readonly #clock: NotifyClock;
  readonly #backlog: Backlog;
  /** As written down, but for `#cursor`, which may be ahead by hits that did not pass. */
  #state: Cursor;
  #cursor: number;
  #failures = 0;
  #probing = false;
  #error: NotifierStatus['error'] = null;
  #lastDelivered: number | null = null;
  #idle = new AbortController();

  constructor(config: NotifierConfig, sender: Sender, cursors: Cursors, feed: HitFeed, clock: NotifyClock) {
    this.config = config;
    this.#sender = sender;
    this.#cursors = cursors;
    this.#feed = feed;
    this.#clock = clock;
    this.#state = cursors.open(config.name, config.begin === 'start' ? 0 : feed.sequence());
    this.#cursor = this.#state.cursor;
    this.#backlog = new Backlog(feed, config.filter, this.#cursor);
  }

  /** There may be new hits. */
  wake(): void {
    this.#idle.abort();
  }

  /** Until the signal is aborted. Rejects only for a mistake in weir. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let waitMs = 0;
      try {
        waitMs = await this.#step(signal);
      } catch (error) {
        waitMs = this.#broken(error);
      }
      if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
      else if (waitMs < 0) await this.#rest(signal);
      else await turn();
    }
  }

  status(): NotifierStatus {
    const { name, kind } = this.config;
    const open = this.#failures >= limits.notifyBreakerFailuresMax;
    return {
      name,
      kind,
      failuresInRow: this.#failures,
      breaker: open ? (this.#probing ? 'half_open' : 'open') : 'closed',
      cursor: this.#cursor,
      backlogBytes: this.#backlog.bytes,
      overBacklog: this.#backlog.bytes > this.#backlogMax,
      counts: this.#state.counts,
      error: this.#error,
      lastDelivered: this.#lastDelivered,
    };
  }

  /** Sends a parked delivery once more, out of order. Null: there is none of this number. */
  async sendParked(n: number, signal: AbortSignal): Promise<Outcome | null> {
    const parked = this.#cursors.getParked(this.config.name, n);
    if (parked === null) return null;
    const { hits } = this.#take(parked.after, parked.upTo);
    const id = batchId(hits);
    const outcome = await this.#sender.deliver(
      { id, notifier: this.config.name, hits, attempt: parked.tries + 1 },
      signal,
    );
    if (outcome.kind === 'delivered') {
      this.#cursors.unpark(this.config.name, n, hits.length);
      this.#state = this.#cursors.get(this.config.name);
    }
    return outcome;
  }

  get #backlogMax(): number {
    return this.config.backlogBytes ?? limits.notifyBacklogBytesMax;
  }

  /** One try. Gives how long to wait before the next: 0 not at all, -1 until there is something to do. */
  async #step(signal: AbortSignal): Promise<number> {
    const counted = this.#backlog.count();
    if (this.#backlog.bytes > this.#backlogMax && this.config.backlogPolicy === 'drop_oldest') this.#dropOldest();
    const taken = this.#take(this.#cursor, this.#state.pendingTo);
    if (taken.hits.length === 0) {
      this.#passOver(taken.upTo);
      return taken.more || !counted ? 0 : -1;
    }
    const { name } = this.config;
    if (this.#state.pendingTo === null) {
      // The batch begins behind what did not pass, so that it comes out the same when it is taken again.
      if (this.#cursor > this.#state.cursor) this.#cursors.passedOver(name, this.#cursor);
      this.#cursors.begin(name, taken.upTo);
      this.#state = this.#cursors.get(name);
    }
    const id = batchId(taken.hits);
    this.#probing = this.#failures >= limits.notifyBreakerFailuresMax;
    const attempt = this.#state.tries + 1;
    const outcome = await this.#sender.deliver({ id, notifier: name, hits: taken.hits, attempt }, signal);
    this.#probing = false;
    // Cut off by the end of the program, it is no failure of the receiver.
    return signal.aborted && outcome.kind !== 'delivered' ? 0 : this.#judge(outcome, taken, id);
  }

  #judge(outcome: Outcome, taken: Taken, id: string): number {
    const { name } = this.config;
    if (outcome.kind === 'delivered') {
      this.#cursors.delivered(name, taken.upTo, taken.hits.length);
      this.#failures = 0;
      this.#error = null;
      this.#lastDelivered = this.#clock.now();
      this.#moved(taken.upTo, taken.bytes);
      return 0;
    }
    this.#error = { reason: outcome.reason, time: this.#clock.now() };
    this.#cursors.failed(name, outcome.kind === 'refused');
    this.#state = this.#cursors.get(name);
    if (outcome.kind === 'failed') {
      this.#failures += 1;
      const asked = Math.min(outcome.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
      return Math.max(asked, this.#backoffMs(this.#failures));
    }
    // It answers: it is not down.
    this.#failures = 0;
    const { tries, refusals } = this.#state;
    if (refusals < limits.notifyRefusedTriesMax) return this.#backoffMs(refusals);
    const { reason } = outcome;
    const time = this.#clock.now();
    const { upTo, hits, bytes } = taken;
    this.#cursors.park(name, { batch: id, after: this.#cursor, upTo, hits: hits.length, reason, tries, time });
    this.#moved(upTo, bytes);
    return 0;
  }

  #take(after: number, until: number | null): Taken {
    return takeBatch(this.#feed, this.config.filter, after, {
      hits: this.config.batchHits ?? limits.notifyBatchHitsMax,
      bytes: limits.notifyBatchBytesMax,
      ...(until === null ? {} : { until }),
    });
  }

  #moved(cursor: number, bytes: number): void {
    this.#cursor = cursor;
    this.#backlog.take(bytes, cursor);
    this.#state = this.#cursors.get(this.config.name);
  }

  #passOver(upTo: number): void {
    const begun = this.#state.pendingTo !== null;
    this.#cursor = upTo;
    this.#backlog.take(0, upTo);
    if (!begun && upTo - this.#state.cursor < PASSED_OVER) return;
    this.#cursors.passedOver(this.config.name, upTo);
    this.#state = this.#cursors.get(this.config.name);
  }

  #dropOldest(): void {
    const { upTo, hits, bytes } = this.#backlog.excess(this.#cursor, this.#backlogMax);
    this.#cursors.dropped(this.config.name, upTo, hits);
    this.#moved(upTo, bytes);
  }

  /** Doubles from failure to failure; the chance in it keeps many notifiers from coming back all at once. */
  #backoffMs(failures: number): number {
    const most = this.config.backoffMsMax ?? limits.notifyBackoffMsMax;
    const first = this.config.backoffMs ?? limits.notifyBackoffMs;
    const open = failures >= limits.notifyBreakerFailuresMax;
    const full = open ? most : Math.min(most, first * 2 ** (failures - 1));
    return Math.ceil(full / 2 + (full / 2) * this.#clock.random());
  }

  /** A database that cannot be read or written now (disk full, say): nothing is lost, it is tried again. */
  #broken(error: unknown): number {
    if (!(error instanceof WeirError) && errorCode(error) !== 'ERR_SQLITE_ERROR') throw error;
    this.#failures += 1;
    this.#error = { reason: error instanceof Error ? error.message : String(error), time: this.#clock.now() };
    return this.#backoffMs(this.#failures);
  }

  async #rest(signal: AbortSignal): Promise<void> {
    this.#idle = new AbortController();
    await this.#clock.sleep(limits.notifyPollMs, AbortSignal.any([signal, this.#idle.signal]));
  }
}
