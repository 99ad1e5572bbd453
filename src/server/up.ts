/**
 * `weir up`: everything that runs, started in the order in which it depends on each other and stopped the other way round. The
 * port answers first, so that whoever asks learns what is missing; events are taken once the journal is open, and the rules load
 * behind that.
 */
import path from 'node:path';
import {
  diskSpace,
  elapsedMs,
  type FolderLock,
  KeptLog,
  type LoadSampler,
  type Log,
  type Logger,
  lockFolder,
  now,
  overrideLimits,
  WeirError,
  within,
} from '../base/index.ts';
import { type Gateway, type Health, healthRegistry, openGateway } from '../gateway/index.ts';
import { Pressure } from '../ingest/index.ts';
import { type Credentials, openMeta } from '../meta/index.ts';
import {
  Audit,
  Deliveries,
  type HistoryThread,
  Hunts,
  LiveNode,
  observers,
  type PrepareOptions,
} from '../pipeline/index.ts';
import { DuckPool } from '../query/index.ts';
import { openDetectionsReader } from '../store/index.ts';
import { admissionOf } from './admission.ts';
import { type BackendParts, HitNews, liveBackend, liveTables } from './backend/index.ts';
import { Backups } from './backups.ts';
import { BooksWatch } from './books-watch.ts';
import { bulkDoors } from './bulk-door.ts';
import { type Config, configuredLimits, sourcePolicies } from './config/index.ts';
import { type EventsDoorOptions, eventsDoor } from './events-door.ts';
import { type FramesDoor, type FramesDoorOptions, openFramesDoor } from './frames-door.ts';
import { onHistory } from './history-health.ts';
import { startHistory } from './history-setup.ts';
import { tokenIssuers } from './issuers.ts';
import { JournalSpace, journalBytesMax } from './journal-space.ts';
import { Answers, type LoadWatch, watchLoad } from './load-watch.ts';
import { maskPolicies } from './masks.ts';
import { DerivedSeries, MetricsThread, metricsSetup, seriesRules } from './metrics/index.ts';
import { NewRuleHunts } from './new-rule-hunts.ts';
import { NotifyThread, notifierConfigs } from './notify/index.ts';
import { LiveLatency } from './observe/latency.ts';
import { serverMetrics } from './observe/metrics.ts';
import { metricsDoor } from './observe/metrics-door.ts';
import { SelfWatch, type SelfWatchOptions } from './observe/self-watch.ts';
import { liveTraces } from './observe/traces.ts';
import { validationPolicies } from './policies.ts';
import { Readiness } from './readiness.ts';
import { RuleKeeper } from './rule-keeper.ts';
import { Trail } from './trail/index.ts';

export interface UpOptions {
  readonly config: Config;
  readonly version: string;
  /** Rules to use where none are configured. */
  readonly shippedRules: string;
  /** Folder for compiled rules; null for none. */
  readonly cache: string | null;
  readonly threads: number;
  readonly log: Log;
  /** Where secrets of the configuration are found. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Alerts on weir itself other than usual; for tests. */
  readonly self?: Pick<SelfWatchOptions, 'alerts' | 'everyMs'>;
  /** How loaded the machine is; for tests. */
  readonly sampler?: (folder: string) => LoadSampler;
  /** The server can go on no more and has stopped taking events: end the process. */
  onFatal(error: WeirError): void;
}

export interface Server {
  readonly url: string;
  readonly folder: string;
  readonly health: Health;
  /** What was made at the first start; null at later ones. */
  readonly credentials: Credentials | null;
  readonly gateway: Gateway;
  readonly node: LiveNode;
  /** Resolves when the rules are in force; rejects where they cannot be loaded. */
  readonly rules: Promise<number>;
  /** Takes nothing more, finishes what was taken within `withinMs`, and lets the folder go. */
  close(withinMs: number): Promise<void>;
}

/** Sources that were heard within so long before the start are expected again. */
const HEARD_MS = 24 * 3_600_000;
/** Of the threads that take events in, so many has a hunt: it runs in a process that gives way to them. */
const HUNT_SHARE = 0.25;
/** Of the time a stop may take, for requests under way and evaluation; of the rest, for notifiers. */
const EVALUATION_SHARE = 0.7;
const NOTIFY_SHARE = 0.7;

export async function startServer(options: UpOptions): Promise<Server> {
  overrideLimits(configuredLimits(options.config.limits));
  const folder = path.resolve(options.config.data);
  const lock = lockFolder(folder);
  try {
    return await start(options, folder, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(options: UpOptions, folder: string, lock: FolderLock): Promise<Server> {
  const { config } = options;
  const log = options.log.room('server');
  const health = healthRegistry();
  health.set('journal', 'starting', 'being read and verified', { required: true });
  health.set('rules', 'loading');
  health.set('detection', 'starting');
  const meta = openMeta(folder);
  const news = new HitNews();
  const pressure = new Pressure();
  const sourceOf = sourcePolicies(config);
  const admission = admissionOf({
    config,
    policyOf: sourceOf,
    pressure,
    queuedBytes: () => parts?.node.inFlightBytes ?? 0,
  });
  const space = new JournalSpace(admission, health, config.journal.max_bytes);
  const readiness = new Readiness(admission, health);
  const answers = new Answers();
  const policyOf = validationPolicies(sourceOf);
  const maskOf = maskPolicies(sourceOf, folder);
  let parts: BackendParts | null = null;
  let taking: Pick<Deliveries, 'ingest'> | null = null;
  let opened: Gateway | null = null;
  let frames: FramesDoor | null = null;
  let audit: Audit | null = null;
  let history: HistoryThread | null = null;
  let trail: Trail | null = null;
  let books: BooksWatch | null = null;
  let load: LoadWatch | null = null;
  let notifiers: NotifyThread | null = null;
  let metricsThread: MetricsThread | null = null;
  let derived: DerivedSeries | null = null;
  const onBroken = (error: WeirError): void => {
    health.set('journal', 'failed', error.message);
    admission.close('broken', error.message);
    options.onFatal(error);
  };
  const keptLog = keepLog(config.log, folder, options.log);
  const traces = liveTraces(config, options.environment ?? {}, options.version, health);
  const { metrics, observer, access } = serverMetrics({
    version: options.version,
    health,
    admission,
    pressure,
    gateway: () => opened,
    frames: () => frames,
    node: () => parts?.node ?? null,
    imbalances: () => books?.wrong ?? 0,
    notifiers: () => notifiers?.status ?? [],
    history: () => history?.state ?? null,
    traces: () => traces?.counts ?? null,
    keptLog: () => keptLog?.counts ?? null,
  });
  const latency = new LiveLatency(metrics);
  const self = new SelfWatch({
    parts: {
      node: () => parts?.node ?? null,
      pressure: () => pressure.state.pressure,
      space: () => load?.space ?? null,
      notifiers: () =>
        (notifiers?.status ?? []).map(({ name, failuresInRow, error }) => {
          return { id: name, failuresInRow, lastError: error?.reason ?? '' };
        }),
      booksOff: () => books?.wrong ?? 0,
      dropped: () => opened?.counts().streamsEnded.slow_reader ?? 0,
    },
    policyOf: sourceOf,
    metrics,
    log: options.log.room('alerts'),
    ...options.self,
  });
  const configs = notifierConfigs(config, options.environment ?? {});
  const bytesMax = journalBytesMax(config.journal.max_bytes, diskSpace(folder).totalBytes);
  // The threads load their code and the journal is read while the port is opened.
  const opening = LiveNode.open({
    folder,
    threads: options.threads,
    version: options.version,
    segmentBytes: config.journal.segment_bytes,
    chainKeyPath: config.journal.chain_key,
    segmentHead: () => history?.state?.signed ?? null,
    journalBytesMax: bytesMax,
    latenessMs: config.detect.lateness,
    policyOf,
    maskOf,
    onCosts: (rules, costs) => parts?.rules.observe(rules, costs),
    observer: observers(observer, self.observer, latency.observer, traces?.observer ?? {}),
    onHits: () => {
      news.tell();
      notifiers?.wake();
    },
    onStalled: (reason) => {
      health.set('detection', reason === null ? 'ready' : 'degraded', reason);
      if (reason === null) log.info('detection goes on');
      else log.warn('detection waits; what was acknowledged is kept, and evaluated later', { reason });
    },
    onBroken,
  });
  const abandon = async (): Promise<void> => {
    const node = await opening.catch(() => null);
    await node?.abandon();
    meta.close();
  };
  const door: EventsDoorOptions = {
    deliveries: () => taking,
    admission,
    worthOf: sourceOf,
    onAnswer: (took) => answers.add(took),
  };
  const gateway = await openGateway({
    listen: { host: config.listen.host, port: config.listen.port },
    tls: tlsOf(config, folder),
    insecureHttp: config.listen.insecure_http,
    jwt: tokenIssuers(config),
    meta,
    health,
    backend: liveBackend(() => parts, options.log),
    doors: [
      eventsDoor(door),
      ...bulkDoors({ ...door, log: () => parts?.node.log ?? null, version: options.version }),
      metricsDoor(metrics),
    ],
    corsOrigins: config.listen.cors_origins,
    onAccess: (record) => {
      access(record);
      trail?.take(record);
      log.debug('request', { ...record });
    },
    onError: (error, requestId) => log.error('a request failed', { request_id: requestId, error: textOf(error) }),
  }).catch(async (error: unknown) => {
    await abandon();
    throw error;
  });
  opened = gateway;
  const stops: (() => void)[] = [];
  try {
    frames = await framesDoor(config, health, {
      path: path.join(folder, 'ingest.sock'),
      deliveries: () => taking,
      admission,
      worthOf: sourceOf,
      authenticate: (header) => gateway.authenticate(header),
      log: () => parts?.node.log ?? null,
      onError: (error) => log.error('a request failed', { error: textOf(error) }),
    });
    const credentials = meta.firstStart(gateway.url);
    lock.announce(gateway.url);
    const node = await opening;
    reportRecovery(node, log);
    const reading = new Audit(`${folder}/journal`, () => node.progress.durable, folder);
    audit = reading;
    const deliveries = new Deliveries(node, reading);
    deliveries.known.catch((error: unknown) =>
      log.error('idempotency keys could not be read back', { error: textOf(error) }),
    );
    taking = space.watched(deliveries);
    const reader = openDetectionsReader(`${folder}/detect.db`);
    const { budget, window: windowMs, failures } = config.detect.quarantine;
    const onStages = (): void => {
      const { offCount } = node.stages;
      if (offCount === 0) health.remove('stages');
      else health.set('stages', 'degraded', `${offCount} switched off for tenants; GET /v1/stages names them`);
    };
    const isRead = (): boolean => backups.isRunning;
    const stored = startHistory({ folder, config, bytesMax, node, onState: onHistory(health, log), isRead });
    history = stored;
    const hunts = new Hunts({
      folder,
      history: stored,
      deployment: prepareOptions(options),
      threads: Math.max(1, Math.floor(options.threads * HUNT_SHARE)),
      log: options.log.room('pipeline'),
    });
    stops.push(() => hunts.close());
    const { hunt_new_rules: spanMs } = config.detect;
    const newRules = new NewRuleHunts({
      folder,
      spanMs: spanMs === 'off' ? null : spanMs,
      hunts,
      history: stored,
      tenants: meta.tenants,
      log: options.log.room('rules'),
    });
    const rules = new RuleKeeper({
      node,
      prepare: prepareOptions(options),
      everyMs: config.rules.reload === 'off' ? null : config.rules.reload,
      folder,
      quarantine: { budget, windowMs, failures },
      health,
      log: options.log.room('rules'),
      onRules: (rules) => newRules.loaded(rules),
    });
    const auditing = new Trail(
      { chain: path.join(folder, 'chain'), keyPath: config.journal.chain_key ?? null, log: node.log },
      health,
    );
    trail = auditing;
    const backups = new Backups({
      ...{ folder, history: stored, keyPath: config.journal.chain_key ?? null, log: options.log.room('server') },
      node,
    });
    stops.push(() => backups.close());
    const toMetrics = metricsSetup(config, folder, options.environment ?? {});
    if (toMetrics !== null) {
      metricsThread = new MetricsThread({ setup: toMetrics, metrics, everyMs: config.metrics.interval, health });
    }
    const pool = new DuckPool(path.join(folder, 'query'));
    stops.push(() => void pool.close());
    parts = {
      node,
      reader,
      audit: reading,
      history: stored,
      pool,
      hunts,
      trail: auditing,
      backups,
      news,
      policyOf,
      pressure,
      rules,
      self,
      latency,
      metrics: metricsThread,
      logs: () => keptLog?.flushed() ?? null,
      onStages,
    };
    const seriesOf = seriesRules(config);
    if (metricsThread !== null && seriesOf.length > 0) {
      const rulesNow = () => (node.rules.state === 'ready' ? node.rules.rules : null);
      derived = new DerivedSeries({
        rules: seriesOf,
        everyMs: config.metrics.derive_every,
        thread: metricsThread,
        sources: { history: stored, pool, tables: liveTables(parts), rules: rulesNow },
        tenants: meta.tenants,
        durable: () => node.progress.durable,
        health,
        log: options.log.room('pipeline'),
      });
      stops.push(() => void derived?.stop());
    }
    health.set('journal', 'ready', null);
    health.set('detection', 'ready', null);
    onStages();
    notifiers = NotifyThread.start({ folder, configs, health, log: options.log.room('notify') });
    const loaded = rules.first.then(({ detections, correlations }) => detections.length + correlations.length);
    // Health has it where nobody asks.
    loaded.catch(() => {});
    const { sampler } = options;
    const bound = config.journal.max_bytes;
    load = watchLoad({ folder, pressure, answers, node, space, readiness, budget: admission.budget, bound, sampler });
    books = new BooksWatch(reading, health);
    reading.heard(now() - HEARD_MS).then(
      (heard) => {
        for (const { tenant, source } of heard) self.expect(tenant, source);
      },
      (error: unknown) => log.error('the sources of the last day could not be read back', { error: textOf(error) }),
    );
    stops.push(
      () => rules.stop(),
      () => load?.stop(),
      () => books?.stop(),
      () => self.stop(),
    );
    /** In the order in which things depend on each other: what was acknowledged first, who only watches last. */
    const drain = async (withinMs: number): Promise<void> => {
      const end = elapsedMs() + withinMs;
      const left = (): number => Math.max(0, end - elapsedMs());
      // Doors refuse with Retry-After and probes say so, while whoever is connected is still answered.
      admission.close('draining', 'the server is stopping');
      health.set('doors', 'stopped', 'the server is stopping', { required: true });
      for (const stop of stops) stop();
      const evaluated = await node.close(left() * EVALUATION_SHARE);
      if (!evaluated) log.warn('stopped before all was evaluated; the next start goes on', { ...node.lag });
      await notifiers?.close(left() * NOTIFY_SHARE);
      const [cut] = await Promise.all([
        gateway.close(left()),
        frames?.close(left()),
        within(traces?.close() ?? Promise.resolve(), left()),
      ]);
      if (cut > 0) log.warn('requests were cut off', { requests: cut });
      await derived?.stop();
      parts = null;
      taking = null;
      await stored.close();
      await auditing.close();
      await metricsThread?.close();
      await reading.close();
      reader.close();
      meta.close();
      keptLog?.close();
      lock.release();
    };
    return {
      url: gateway.url,
      folder,
      health,
      credentials,
      gateway,
      node,
      rules: loaded,
      close: drain,
    };
  } catch (error) {
    for (const stop of stops) stop();
    await notifiers?.close(0);
    await history?.close();
    await trail?.close();
    await derived?.stop();
    await metricsThread?.close();
    await audit?.close();
    await Promise.all([gateway.close(0), frames?.close(0), within(traces?.close() ?? Promise.resolve(), 0)]);
    await abandon();
    keptLog?.close();
    throw error;
  }
}

/** Lines of the log in the data folder; null: none are to be kept. */
function keepLog({ keep, keep_bytes }: Config['log'], folder: string, log: Log): KeptLog | null {
  if (keep_bytes === 0) return null;
  const kept = new KeptLog(path.join(folder, 'logs'), { bytesMax: keep_bytes, ageMs: keep });
  log.keep(kept);
  return kept;
}

function prepareOptions({ config, shippedRules, cache }: UpOptions): PrepareOptions {
  const { paths, pipelines, min_level, placeholders } = config.rules;
  return {
    paths: paths.length > 0 ? paths : [shippedRules],
    pipelines,
    minLevel: min_level === 'informational' ? undefined : min_level,
    placeholders,
    cache,
  };
}

/** Where nobody asked for the socket by name, the server does without it when it cannot be had: a folder's path may be too long. */
async function framesDoor(
  { listen: { frames_socket: where } }: Config,
  health: Health,
  options: FramesDoorOptions,
): Promise<FramesDoor | null> {
  if (where === 'off') return null;
  try {
    const door = await openFramesDoor(where === 'auto' ? options : { ...options, path: where });
    health.set('frames', 'ready', `at ${door.path}`);
    return door;
  } catch (error) {
    if (where !== 'auto' || !(error instanceof WeirError)) throw error;
    health.set('frames', 'failed', error.message);
    return null;
  }
}

function tlsOf({ listen }: Config, folder: string) {
  const { cert, key, auto } = listen.tls;
  if (cert !== undefined && key !== undefined) return { cert, key };
  return auto ? { auto: path.join(folder, 'tls'), hosts: [listen.host] } : null;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function reportRecovery(node: LiveNode, log: Logger): void {
  const { recovery, next } = node.recovered;
  if (recovery.created) return;
  if (recovery.tail.entries > 0) log.info('journal: tail made durable again', { ...recovery.tail });
  if (recovery.cut !== null) log.warn('journal: a torn end that was never acknowledged was cut', { ...recovery.cut });
  log.info('journal: open', { entries: next });
}
