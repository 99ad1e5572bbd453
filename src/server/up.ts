/**
 * `weir up`: everything that runs, started in the order in which it depends on each other and stopped the other way round. The
 * port answers first, so that whoever asks learns what is missing; events are taken once the journal is open, and the rules load
 * behind that.
 */
import path from 'node:path';
import { every, type FolderLock, type Logger, limits, loadSampler, lockFolder, now, WeirError } from '../base/index.ts';
import { type Gateway, type Health, healthRegistry, openGateway } from '../gateway/index.ts';
import { Admission, Pressure } from '../ingest/index.ts';
import { type Credentials, openMeta } from '../meta/index.ts';
import { Audit, Deliveries, LiveNode } from '../pipeline/index.ts';
import { openDetectionsReader } from '../store/index.ts';
import { type BackendParts, HitNews, liveBackend } from './backend/index.ts';
import { bulkDoors } from './bulk-door.ts';
import type { Config } from './config/index.ts';
import { type EventsDoorOptions, eventsDoor } from './events-door.ts';
import { type FramesDoor, type FramesDoorOptions, openFramesDoor } from './frames-door.ts';
import { configuredPolicies } from './policies.ts';

export interface UpOptions {
  readonly config: Config;
  readonly version: string;
  /** Rules to use where none are configured. */
  readonly shippedRules: string;
  /** Folder for compiled rules; null for none. */
  readonly cache: string | null;
  readonly threads: number;
  readonly log: Logger;
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

const SAMPLE_MS = 250;
const BOOKS_MS = 5000;

export async function startServer(options: UpOptions): Promise<Server> {
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
  const { config, log } = options;
  const health = healthRegistry();
  health.set('journal', 'starting', 'being read and verified', { required: true });
  health.set('rules', 'loading');
  health.set('detection', 'starting');
  const meta = openMeta(folder);
  const news = new HitNews();
  const pressure = new Pressure();
  const admission = new Admission({
    pressure: () => pressure.state,
    queuedBytes: () => parts?.node.inFlightBytes ?? 0,
  });
  const answers = new Answers();
  const policyOf = configuredPolicies(config);
  let parts: BackendParts | null = null;
  let deliveries: Deliveries | null = null;
  const onBroken = (error: WeirError): void => {
    health.set('journal', 'failed', error.message);
    admission.close('broken', error.message);
    options.onFatal(error);
  };

  const door: EventsDoorOptions = {
    deliveries: () => deliveries,
    admission,
    onAnswer: (took) => answers.add(took),
  };
  const gateway = await openGateway({
    listen: { host: config.listen.host, port: config.listen.port },
    tls: tlsOf(config, folder),
    insecureHttp: config.listen.insecure_http,
    meta,
    health,
    backend: liveBackend(() => parts),
    doors: [eventsDoor(door), ...bulkDoors({ ...door, log: () => parts?.node.log ?? null, version: options.version })],
    corsOrigins: config.listen.cors_origins,
    onAccess: (record) => log.debug('request', { ...record }),
    onError: (error, requestId) => log.error('a request failed', { request_id: requestId, error: textOf(error) }),
  });
  const stops: (() => void)[] = [];
  let frames: FramesDoor | null = null;
  try {
    frames = await framesDoor(config, health, {
      path: path.join(folder, 'ingest.sock'),
      deliveries: () => deliveries,
      admission,
      authenticate: (header) => gateway.authenticate(header),
      log: () => parts?.node.log ?? null,
      onError: (error) => log.error('a request failed', { error: textOf(error) }),
    });
    const credentials = meta.firstStart(gateway.url);
    lock.announce(gateway.url);
    const node = await LiveNode.open({
      folder,
      threads: options.threads,
      version: options.version,
      segmentBytes: config.journal.segment_bytes,
      latenessMs: config.detect.lateness,
      policyOf,
      onHits: () => news.tell(),
      onStalled: (reason) => {
        health.set('detection', reason === null ? 'ready' : 'degraded', reason);
        if (reason === null) log.info('detection goes on');
        else log.warn('detection waits; what was acknowledged is kept, and evaluated later', { reason });
      },
      onBroken,
    });
    reportRecovery(node, log);
    const audit = new Audit(`${folder}/journal`, () => node.progress.durable, folder);
    stops.push(() => void audit.close());
    deliveries = new Deliveries(node, audit);
    deliveries.known.catch((error: unknown) =>
      log.error('idempotency keys could not be read back', { error: textOf(error) }),
    );
    const reader = openDetectionsReader(`${folder}/detect.db`);
    parts = { node, reader, audit, news, policyOf };
    health.set('journal', 'ready', null);
    health.set('detection', 'ready', null);
    const paths = config.rules.paths.length > 0 ? config.rules.paths : [options.shippedRules];
    const rules = loadRules(node, options, paths, health);
    rules.catch(() => {});
    stops.push(watchLoad({ folder, pressure, answers, node, admission, health }), watchBooks(audit, health));
    return {
      url: gateway.url,
      folder,
      health,
      credentials,
      gateway,
      node,
      rules,
      close: async (withinMs) => {
        admission.close('draining', 'the server is stopping');
        await Promise.all([gateway.close(withinMs), frames?.close(withinMs)]);
        for (const stop of stops) stop();
        await node.close();
        parts = null;
        deliveries = null;
        reader.close();
        meta.close();
        lock.release();
      },
    };
  } catch (error) {
    for (const stop of stops) stop();
    await Promise.all([gateway.close(0), frames?.close(0)]);
    meta.close();
    throw error;
  }
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

async function loadRules(
  node: LiveNode,
  options: UpOptions,
  paths: readonly string[],
  health: Health,
): Promise<number> {
  try {
    const { pipelines, min_level, placeholders } = options.config.rules;
    const rules = await node.loadRules({
      paths,
      pipelines,
      minLevel: min_level === 'informational' ? undefined : min_level,
      placeholders,
      cache: options.cache,
    });
    const count = rules.detections.length + rules.correlations.length;
    const refused = rules.report.refused.length;
    health.set('rules', 'ready', `${count} in force${refused > 0 ? `, ${refused} refused` : ''}`);
    return count;
  } catch (error) {
    health.set('rules', 'failed', error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** Answers since the last look: how long they took and how many failed. */
class Answers {
  #times: number[] = [];
  #failed = 0;

  add({ ms, status }: { readonly ms: number; readonly status: number }): void {
    if (this.#times.length < 10_000) this.#times.push(ms);
    if (status >= 500) this.#failed++;
  }

  take(): { readonly responseMs: number; readonly errors: number } {
    const times = this.#times.sort((a, b) => a - b);
    const taken = {
      responseMs: times[Math.floor(times.length * 0.99)] ?? 0,
      errors: times.length === 0 ? 0 : this.#failed / times.length,
    };
    this.#times = [];
    this.#failed = 0;
    return taken;
  }
}

function watchLoad(watched: {
  readonly folder: string;
  readonly pressure: Pressure;
  readonly answers: Answers;
  readonly node: LiveNode;
  readonly admission: Admission;
  readonly health: Health;
}): () => void {
  const { pressure, answers, node } = watched;
  const sampler = loadSampler(watched.folder);
  const stop = every(SAMPLE_MS, () => {
    const load = sampler.sample();
    pressure.observe(
      {
        queue: node.inFlightBytes / limits.inFlightBytesMax,
        cpu: load.cpuShare,
        memory: load.memoryBytes / limits.serverMemoryBytes,
        diskFree: load.diskFreeBytes / load.diskBytes,
        journal: 0,
        eventLoopMs: load.eventLoopDelayMs,
        ...answers.take(),
      },
      now(),
    );
  });
  return () => {
    stop();
    sampler[Symbol.dispose]();
  };
}

/** Adds the books up all the time, so that what does not add up is known before somebody asks. */
function watchBooks(audit: Audit, health: Health): () => void {
  let asking = false;
  return every(BOOKS_MS, () => {
    if (asking) return;
    asking = true;
    audit
      .imbalances()
      .then((found) => {
        if (found.length === 0) health.set('books', 'ready', null);
        else health.set('books', 'failed', `${found.length} minutes do not add up`);
      })
      .catch((error: unknown) => health.set('books', 'failed', textOf(error)))
      .finally(() => {
        asking = false;
      });
  });
}
