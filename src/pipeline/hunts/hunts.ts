/**
 * The hunts of a server: they wait for their turn, run in processes of their own, and are kept in folders, so that whoever asks later
 * finds them and a restart goes on where they were. Nobody is told of what they find.
 */
import { elapsedMs, every, type Logger, limits, now, randomBytes, sleep, WeirError } from '../../base/index.ts';
import type { Level } from '../../detect/index.ts';
import type { SegmentQuery } from '../../store/index.ts';
import type { HuntSummary } from '../hunt/hunt.ts';
import { ENDLESS, type Span } from '../hunt/places.ts';
import type { FetchCopy } from '../hunt/view.ts';
import type { PrepareOptions } from '../prepare.ts';
import type { CopyAnswer, HuntThreadView } from '../store/history-messages.ts';
import type { HuntCause, HuntDetail, HuntRetention, HuntRules, HuntStatus, ToldForecast } from './asked.ts';
import { filesOf, HuntFolders, type HuntKey, type HuntRecord } from './folder.ts';
import { toldForecast } from './forecasts.ts';
import { type HitLinesPage, readHits } from './hits-file.ts';
import { type RunningJob, startJob } from './job.ts';

export interface HuntsOptions {
  /** The data folder. */
  readonly folder: string;
  readonly history: {
    huntView(query: SegmentQuery): Promise<HuntThreadView>;
    copyOf(file: string): Promise<CopyAnswer>;
    release(view: { readonly lease: number }): void;
  };
  /** Where rules in force come from, and what is done to them. */
  readonly deployment: PrepareOptions;
  /** Of one hunt. */
  readonly threads: number;
  readonly log: Logger;
}

export interface NewHunt {
  readonly rules: HuntRules;
  readonly span: Span;
  readonly minLevel: Level | null;
  readonly cause: HuntCause;
  /** A request that comes again gets what the first got. */
  readonly key: HuntKey | null;
}

export interface NewForecast extends Pick<NewHunt, 'rules' | 'span' | 'minLevel'> {
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/** A hunt that has not ended, or is kept. */
interface Hunt {
  record: HuntRecord;
  byRule: Readonly<Record<string, number>>;
  job: RunningJob | null;
  /** It is to end without a result of its own. */
  isCancelled: boolean;
}

const NOTHING = { bytes: 0, bytes_total: 0, events: 0, hits: 0 };
const RETENTION_MS = 3_600_000;
/** What a forecast may take to end once its time is over: a row group, correlations, or the rules where they are not loaded yet. */
const FORECAST_END_MS = 30_000;

export class Hunts {
  readonly #options: HuntsOptions;
  readonly #folders: HuntFolders;
  /** In the order in which they were asked for. */
  readonly #hunts = new Map<string, Hunt>();
  /** Tenants of forecasts at work, and what they run in. */
  readonly #forecasts = new Map<string, RunningJob | null>();
  /** How many ended hunts of a tenant had to go since the start. */
  readonly #removed = new Map<string, number>();
  readonly #stop: () => void;
  #lastId = '';
  #isClosing = false;

  constructor(options: HuntsOptions) {
    this.#options = options;
    this.#folders = new HuntFolders(`${options.folder}/hunts`);
    const report = (folder: string, error: string): void =>
      options.log.warn('a hunt cannot be read and is left out', { folder, error });
    const records = [...this.#folders.all(report)].sort((a, b) => (a.status.id < b.status.id ? -1 : 1));
    for (const record of records) {
      // What was at work when the server ended goes on.
      const isCut = record.status.state === 'running';
      const status: HuntStatus = isCut ? { ...record.status, state: 'waiting' } : record.status;
      this.#hunts.set(status.id, { record: { ...record, status }, byRule: {}, job: null, isCancelled: false });
    }
    this.#expire();
    this.#stop = every(RETENTION_MS, () => this.#expire());
    this.#next();
  }

  /**
   * Takes a hunt; it is on disk when this returns, and begins when it is its turn.
   * @throws WeirError `hunt.busy`, `idempotency.conflict`, `disk.write`
   */
  create(tenant: string, { rules, span, minLevel, cause, key }: NewHunt): HuntStatus {
    const own = this.#of(tenant);
    const before = key === null ? undefined : own.find(({ record }) => record.key?.key === key.key);
    if (before !== undefined) {
      if (before.record.key?.hash === key?.hash) return before.record.status;
      throw new WeirError('idempotency.conflict', 'the Idempotency-Key was used for another hunt');
    }
    const waiting = own.filter(({ record }) => record.status.state === 'waiting').length;
    if (waiting >= limits.tenantHuntsWaitingMax) {
      throw new WeirError('hunt.busy', `${waiting} hunts of this tenant wait already`);
    }
    const status: HuntStatus = {
      id: this.#newId(),
      state: 'waiting',
      reason: null,
      cause,
      created: isoNow(),
      ...{ started: null, ended: null, expires: null },
      since: timeOf(span.from),
      until: timeOf(span.to),
      min_level: minLevel,
      rules: null,
      progress: NOTHING,
      coverage: null,
    };
    const between = { from: String(span.from), to: String(span.to) };
    const record: HuntRecord = { tenant, status, span: between, key, starts: 0, bytes: 0 };
    this.#folders.create(record, rules);
    this.#hunts.set(status.id, { record, byRule: {}, job: null, isCancelled: false });
    this.#next();
    return status;
  }

  /** Of a tenant, the newest first. */
  list(tenant: string): HuntStatus[] {
    return this.#of(tenant)
      .map(({ record }) => record.status)
      .reverse();
  }

  /** Null where the tenant has none of this id. */
  get(tenant: string, id: string): HuntDetail | null {
    const hunt = this.#find(tenant, id);
    if (hunt === null) return null;
    const { status } = hunt.record;
    const summary = status.ended === null ? null : this.#folders.summary(id);
    return { ...status, hits: summary?.hits ?? hunt.byRule, summary };
  }

  /** Null where the tenant has no such hunt, `'cursor'` where no line begins at `from`. */
  hits(
    tenant: string,
    id: string,
    { from, limit, rule }: { readonly from: number; readonly limit: number; readonly rule: string | null },
  ): { readonly items: readonly string[]; readonly next: number | null } | null | 'cursor' {
    const hunt = this.#find(tenant, id);
    if (hunt === null) return null;
    const hasEnded = hunt.record.status.ended !== null;
    const page: HitLinesPage | null = readHits(filesOf(this.#folders.of(id)).hits, from, limit, rule);
    if (page === null) return 'cursor';
    // More may come as long as it has not ended.
    return { items: page.items, next: page.isEnd && hasEnded ? null : page.next };
  }

  /** Ends a hunt, whose hits so far stay; removes one that has ended. False where the tenant has none of this id. */
  cancel(tenant: string, id: string): boolean {
    const hunt = this.#find(tenant, id);
    if (hunt === null) return false;
    if (hunt.record.status.ended !== null) {
      this.#remove(hunt);
      return true;
    }
    hunt.isCancelled = true;
    if (hunt.record.status.state === 'waiting') this.#end(hunt, 'cancelled', 'it was cancelled before it began', null);
    else hunt.job?.cancel();
    return true;
  }

  retention(tenant: string): HuntRetention {
    const kept = this.#of(tenant).reduce((sum, { record }) => sum + record.bytes, 0);
    return {
      hunts_max: limits.huntsKeptMax,
      bytes_max: limits.huntsKeptBytesMax,
      days: limits.huntKeptMs / 86_400_000,
      bytes: kept,
      removed: this.#removed.get(tenant) ?? 0,
    };
  }

  /** Hunts at work and waiting, of all tenants. */
  counts(): { readonly running: number; readonly waiting: number } {
    const states = [...this.#hunts.values()].map(({ record }) => record.status.state);
    const count = (state: string): number => states.filter((other) => other === state).length;
    return { running: count('running'), waiting: count('waiting') };
  }

  /** What rules would have found; what there is when the time is over, or nobody waits any more. @throws WeirError `hunt.…` */
  async forecast(tenant: string, { rules, span, minLevel, budgetMs, signal }: NewForecast): Promise<ToldForecast> {
    if (this.#forecasts.has(tenant) || this.#forecasts.size >= limits.forecastsRunningMax) {
      throw new WeirError('hunt.busy', 'another forecast is being made');
    }
    this.#forecasts.set(tenant, null);
    const started = elapsedMs();
    const over = new AbortController();
    let view: HuntThreadView | null = null;
    try {
      view = await this.#view(tenant, span);
      if (this.#isClosing) throw new WeirError('http.closing', 'the server is stopping');
      let done = 0;
      const { folder: data, deployment, threads } = this.#options;
      const asked = { data, folder: null, rules, deployment, minLevel, tenant, view, span, threads };
      const job = startJob(asked, this.#fetch, (news) => {
        if (news.kind === 'progress') done = news.progress.bytes / Math.max(1, news.progress.bytes_total);
      });
      this.#forecasts.set(tenant, job);
      const left = Math.max(0, budgetMs - (elapsedMs() - started));
      after(left, over.signal, () => job.cancel());
      after(left + FORECAST_END_MS, over.signal, () => job.kill());
      if (signal.aborted) job.kill();
      signal.addEventListener('abort', job.kill, { once: true });
      const result = await job.done;
      if (result.kind !== 'forecast') throw new Error('a forecast came to something else');
      return toldForecast(result.forecast, budgetMs, done);
    } catch (error) {
      if (signal.aborted) throw new WeirError('hunt.cancelled', 'nobody waits for the forecast any more');
      throw error;
    } finally {
      over.abort();
      if (view !== null) this.#options.history.release(view);
      this.#forecasts.delete(tenant);
    }
  }

  /** Ends all processes; hunts go on at the next start. */
  close(): void {
    this.#isClosing = true;
    this.#stop();
    for (const { job } of this.#hunts.values()) job?.kill();
    for (const job of this.#forecasts.values()) job?.kill();
  }

  #of(tenant: string): Hunt[] {
    return [...this.#hunts.values()].filter(({ record }) => record.tenant === tenant);
  }

  #find(tenant: string, id: string): Hunt | null {
    const hunt = this.#hunts.get(id);
    return hunt?.record.tenant === tenant ? hunt : null;
  }

  /** In the order of time, whatever the clock does. */
  #newId(): string {
    const time = now().toString(36).padStart(9, '0');
    const last = this.#lastId.slice(0, 9);
    const id = `${time < last ? last : time}-${Buffer.from(randomBytes(6)).toString('hex')}`;
    this.#lastId = id > this.#lastId ? id : this.#lastId;
    return id;
  }

  readonly #fetch: FetchCopy = async (file) => {
    const { history } = this.#options;
    const { lease, away } = await history.copyOf(file);
    return { away, release: () => history.release({ lease }) };
  };

  #view(tenant: string, { from, to }: Span): Promise<HuntThreadView> {
    return this.#options.history.huntView({ tenant, from, to });
  }

  /** Begins what has its turn. */
  #next(): void {
    if (this.#isClosing) return;
    const running = [...this.#hunts.values()].filter(({ record }) => record.status.state === 'running');
    const tenants = running.map(({ record }) => record.tenant);
    for (const hunt of this.#hunts.values()) {
      if (tenants.length >= limits.huntsRunningMax) return;
      const { tenant, status } = hunt.record;
      const own = tenants.filter((other) => other === tenant).length;
      if (status.state !== 'waiting' || own >= limits.tenantHuntsRunningMax) continue;
      tenants.push(tenant);
      void this.#run(hunt);
    }
  }

  async #run(hunt: Hunt): Promise<void> {
    const { record } = hunt;
    const { tenant, status } = record;
    const span = { from: BigInt(record.span.from), to: BigInt(record.span.to) };
    let view: HuntThreadView | null = null;
    const over = new AbortController();
    let isOver = false;
    try {
      const starts = record.starts + 1;
      if (starts > limits.huntStartsMax) {
        throw new WeirError('hunt.died', `it was begun ${record.starts} times, and the server stopped each time`);
      }
      this.#change(hunt, { state: 'running', started: isoNow(), reason: null }, { starts });
      view = await this.#view(tenant, span);
      // It may have been cancelled, or the server told to stop, meanwhile.
      if (this.#isClosing) return;
      const { folder: data, deployment, threads } = this.#options;
      const folder = this.#folders.of(status.id);
      const minLevel = status.min_level;
      const asked = { data, folder, rules: null, deployment, minLevel, tenant, view, span, threads };
      hunt.job = startJob(asked, this.#fetch, (news) => {
        const { record } = hunt;
        if (news.kind === 'rules') this.#change(hunt, { rules: { loaded: news.loaded, refused: news.refused } });
        else {
          hunt.byRule = news.byRule;
          hunt.record = { ...record, status: { ...record.status, progress: news.progress } };
        }
      });
      if (hunt.isCancelled) hunt.job.cancel();
      after(limits.huntMsMax, over.signal, () => {
        isOver = true;
        hunt.job?.cancel();
      });
      const result = await hunt.job.done;
      if (result.kind !== 'hunted') throw new Error('a hunt came to something else');
      const { summary } = result;
      if (summary.complete) this.#end(hunt, 'finished', null, summary);
      else if (hunt.isCancelled || !isOver) {
        this.#end(hunt, 'cancelled', 'it was cancelled; what it found before that is kept', summary);
      } else {
        const most = `${limits.huntMsMax / 60_000} min`;
        this.#end(hunt, 'failed', `it took more than ${most}; what it found before that is kept`, summary);
      }
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      // Killed with the server, it goes on with the next.
      if (!this.#isClosing) this.#end(hunt, 'failed', error.message, null);
    } finally {
      over.abort();
      hunt.job = null;
      if (view !== null) this.#options.history.release(view);
      this.#next();
    }
  }

  #change(hunt: Hunt, status: Partial<HuntStatus>, more: Partial<HuntRecord> = {}): void {
    hunt.record = { ...hunt.record, ...more, status: { ...hunt.record.status, ...status } };
    this.#folders.write(hunt.record);
  }

  #end(hunt: Hunt, state: HuntStatus['state'], reason: string | null, summary: HuntSummary | null): void {
    const { id } = hunt.record.status;
    const { log } = this.#options;
    try {
      const hits = summary === null ? {} : { progress: this.#progressOf(hunt, summary) };
      const ended = now();
      const expires = new Date(ended + limits.huntKeptMs).toISOString();
      const status = { state, reason, ended: new Date(ended).toISOString(), expires, coverage: summary?.hunt ?? null };
      this.#folders.ended(id, summary);
      this.#change(hunt, { ...status, ...hits }, { bytes: this.#folders.bytes(id) });
      log.info('hunt ended', { hunt: id, tenant: hunt.record.tenant, state, ...(reason === null ? {} : { reason }) });
      this.#expire();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      // The disk takes nothing: it stands as ended here, and is begun again at the next start.
      const why = `${reason === null ? '' : `${reason}; `}its end cannot be kept: ${error.message}`;
      hunt.record = {
        ...hunt.record,
        status: { ...hunt.record.status, state: 'failed', reason: why, ended: isoNow() },
      };
      log.error('the end of a hunt cannot be kept', { hunt: id, error: error.message });
    }
  }

  #progressOf({ record }: Hunt, { bytes, events, hits, complete }: HuntSummary): HuntStatus['progress'] {
    const found = Object.values(hits).reduce((sum, count) => sum + count, 0);
    const { bytes_total } = record.status.progress;
    return { bytes, bytes_total: complete ? bytes : Math.max(bytes, bytes_total), events, hits: found };
  }

  /** Removes ended hunts that are too old, too many or too large, the oldest first. */
  #expire(): void {
    for (const hunts of Map.groupBy(this.#hunts.values(), ({ record }) => record.tenant).values()) {
      const ended = hunts.filter(({ record }) => record.status.ended !== null);
      const endOf = ({ record }: Hunt): number => Date.parse(record.status.ended ?? '');
      ended.sort((a, b) => endOf(b) - endOf(a));
      let bytes = 0;
      ended.forEach((hunt, i) => {
        bytes += hunt.record.bytes;
        const isOld = endOf(hunt) + limits.huntKeptMs <= now();
        // The last one stays however large it is: somebody may be reading it.
        const isTooMuch = i > 0 && (i >= limits.huntsKeptMax || bytes > limits.huntsKeptBytesMax);
        if (isOld || isTooMuch) this.#drop(hunt);
      });
    }
  }

  #drop(hunt: Hunt): void {
    const { tenant } = hunt.record;
    this.#remove(hunt);
    this.#removed.set(tenant, (this.#removed.get(tenant) ?? 0) + 1);
  }

  #remove({ record }: Hunt): void {
    this.#hunts.delete(record.status.id);
    try {
      this.#folders.remove(record.status.id);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#options.log.warn('a hunt cannot be removed', { hunt: record.status.id, error: error.message });
    }
  }
}

/** Does something later, unless it is not to be done any more. */
function after(ms: number, signal: AbortSignal, work: () => void): void {
  void sleep(ms, signal).then(work, () => {});
}

const isoNow = (): string => new Date(now()).toISOString();

function timeOf(micros: bigint): string | null {
  return micros <= -ENDLESS || micros >= ENDLESS ? null : new Date(Number(micros / 1000n)).toISOString();
}
