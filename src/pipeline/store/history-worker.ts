/**
 * The thread that owns the history of a running server: cuts the journal into segments, has them merged by another thread, and says
 * what a query may read. What fails here holds up nobody who sends events: the journal has them, and they are cut later.
 */
import { parentPort, type Worker, workerData } from 'node:worker_threads';
import { elapsedMs, every, now, WeirError } from '../../base/index.ts';
import type { StoredSegment } from '../../store/index.ts';
import { SMALL_HEAP, workerOf } from '../live/real-machine.ts';
import type { Fetched } from './cold-store.ts';
import { FieldCounter } from './field-counts.ts';
import { History } from './history.ts';
import type {
  FromHistory,
  FromMerger,
  HistoryAnswer,
  HistoryState,
  HistoryWorkerData,
  ToHistory,
  ToMerger,
} from './history-messages.ts';
import { HistoryViews } from './history-views.ts';
import { ReleaseLoop } from './release-loop.ts';
import { BROUGHT_MAX, bring, tier } from './tiering.ts';

/** A flush is due after so long, or so many bytes of the journal (contract: 10 s or 32 MB). */
const FLUSH_MS = 10_000;
const FLUSH_BYTES = 32 << 20;
const TICK_MS = 500;
/** Of a backlog so much is cut between two looks at what else there is to do. */
const FLUSH_SHARE_MS = 400;
/** So long merging waits for memory: a query reads small segments slowly. */
const MERGE_WAIT_MS = 600_000;
/** So long segments are moved between two looks at which are to be. */
const TIER_SHARE_MS = 30_000;
/** After a failure so long nothing is tried again. */
const RETRY_MS = 5000;

const port = parentPort;
if (port === null) throw new Error('history-worker.ts runs as a worker thread');
const tell = (message: FromHistory): void => port.postMessage(message);

const { folder, keyPath, continuously, retention, tiers, warm, release } = workerData as HistoryWorkerData;
const history = new History(folder, { keyPath, place: tiers?.place ?? null, warm, environment: process.env });
const views = new HistoryViews(history);
const fields = new FieldCounter(history.store);
let durable = { position: history.position, bytes: 0, canMerge: true };
/** As of the last flush. */
let flushedBytes = 0;
let flushedMs = elapsedMs();
const counts = { flushed: 0, merged: 0 };
let failed: { readonly why: string; readonly atMs: number } | null = null;

/** @param withinMs after so long what is left waits for another time: whoever asks meanwhile is answered in between */
function flush(to: number, withinMs = Number.POSITIVE_INFINITY): void {
  if (history.position < to) counts.flushed += history.flush(to, false, elapsedMs() + withinMs);
  failed = null;
  if (history.position < to) return;
  flushedBytes = durable.bytes;
  flushedMs = elapsedMs();
}

/** Work that nobody waits for: what the disk or a damaged file refuses is told, and tried again later. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    failed = { why: error.message, atMs: elapsedMs() };
  }
}

/** While there is something to merge: it takes a hundred megabytes. */
let merger: Worker | null = null;
/** When something was merged last, or there was nothing to merge. */
let mergedMs = elapsedMs();
let merging: readonly StoredSegment[] | null = null;

function merged(message: FromMerger): void {
  const inputs = merging;
  merging = null;
  attempt(() => {
    if (inputs === null) return;
    if (message.kind === 'failed') throw new WeirError('store.damaged', message.message);
    history.merged(inputs, message.segment);
    counts.merged++;
    mergedMs = elapsedMs();
    mergeNext();
  });
  if (merging !== null) return;
  void merger?.terminate();
  merger = null;
}

function mergeNext(): void {
  if (merging !== null) return;
  const inputs = history.nextMerge();
  if (inputs === null) {
    mergedMs = elapsedMs();
    return;
  }
  if (merger === null && !durable.canMerge && elapsedMs() - mergedMs < MERGE_WAIT_MS) return;
  merging = inputs;
  if (merger === null) {
    merger = workerOf('../store/merge-worker', undefined, SMALL_HEAP);
    merger.on('message', merged);
    merger.on('error', (error: Error) => {
      merger = null;
      merged({ kind: 'failed', message: error.message });
    });
  }
  const named = inputs.map(({ tenant, source, log, first, last, file }) => ({
    tenant,
    source,
    log,
    first,
    last,
    file,
  }));
  const message: ToMerger = {
    folder: history.folder,
    inputs: named,
    level: history.store.levelAbove(inputs),
    zstd: history.zstdOf(inputs),
  };
  merger.postMessage(message);
}

/** When retention is looked at next, by the clock that never goes back. */
let retainAtMs = elapsedMs();
let retained: HistoryState['retention'] = null;

/** Not while something is merged, which would then be of events that are gone. */
function retain(): void {
  if (retention === null || merging !== null || elapsedMs() < retainAtMs) return;
  const at = now();
  const done = history.retention.run(retention, at, elapsedMs() + FLUSH_SHARE_MS);
  retained = { ...done, at };
  brought?.release();
  brought = null;
  if (done.later === 0) retainAtMs = elapsedMs() + retention.everyMs;
  if (done.away.length > 0) void bringNext(done.away.slice(0, BROUGHT_MAX));
}

/** What retention is to change of what is in the object store; it looks again when that is here. */
let brought: Fetched | null = null;

async function bringNext(files: readonly string[]): Promise<void> {
  const fetched = await bring(history, files);
  const [why] = fetched.away.values();
  if (why !== undefined) failed = { why, atMs: elapsedMs() };
  if (fetched.away.size === files.length) {
    fetched.release();
    return;
  }
  brought = fetched;
  retainAtMs = elapsedMs();
}

/** When tiers are looked at next, by the clock that never goes back; while they are, never. */
let tierAtMs = elapsedMs();
let tiered: HistoryState['tiered'] = null;

async function tierNext(): Promise<void> {
  if (tiers === null || elapsedMs() < tierAtMs) return;
  tierAtMs = Number.POSITIVE_INFINITY;
  const at = now();
  const done = await tier(history, tiers, at, elapsedMs() + TIER_SHARE_MS);
  tiered = { ...done, at };
  tierAtMs = elapsedMs() + (done.later > 0 && done.failed.length === 0 ? 0 : tiers.everyMs);
}

const releases =
  release === null ? null : new ReleaseLoop(release, folder, history, (entry) => tell({ kind: 'release', entry }));

/** Not while segments are merged: both take a hundred megabytes. */
function releaseNext(): void {
  if (releases === null || merging !== null || !(durable.canMerge || releases.isBusy)) return;
  void releases.look(durable.bytes);
}

function state(): HistoryState {
  let [segments, rows, bytes] = [0, 0, 0];
  for (const level of history.store.catalogue.levels()) {
    segments += level.segments;
    rows += level.rows;
    bytes += level.bytes;
  }
  return {
    position: history.position,
    segments,
    rows,
    bytes,
    ...counts,
    signed: history.signed,
    retention: retained,
    tiered,
    released: releases?.state ?? null,
    failed: failed?.why ?? null,
  };
}

function tick(): void {
  if (failed !== null && elapsedMs() - failed.atMs < RETRY_MS) return;
  const waits = history.position < durable.position;
  const due = durable.bytes - flushedBytes >= FLUSH_BYTES || elapsedMs() - flushedMs >= FLUSH_MS;
  attempt(() => {
    if (waits && due && continuously) flush(durable.position, FLUSH_SHARE_MS);
    else if (!waits) flushedMs = elapsedMs();
    history.store.collect();
    retain();
    history.cold.trim();
    void tierNext();
    if (continuously && releases?.isBusy !== true) mergeNext();
    releaseNext();
  });
  tell({ kind: 'state', state: state() });
}

const stop = every(TICK_MS, tick);

type Call = Exclude<Extract<ToHistory, { call: number }>, { kind: 'fetch' | 'copy' }>;

/** What a call comes to; that of closing comes later. */
function answerTo(message: Exclude<Call, { kind: 'close' }>): HistoryAnswer {
  const { retention: holding } = history;
  switch (message.kind) {
    case 'view':
      flush(message.position);
      return views.view(message.query, message.position);
    case 'hunt-view':
      flush(message.position);
      return views.huntView(message.query, message.position);
    case 'backup':
      return views.copyTo(message.file);
    case 'narrow':
      return views.narrow(message.files, message.needs);
    case 'stats':
      return history.stats();
    case 'fields':
      return fields.of(message.tenant);
    case 'holds':
      return holding.holds();
    case 'hold':
      holding.hold({ ...message.hold, at: now() });
      return null;
    case 'unhold':
      holding.unhold(message.name, message.by, now());
      return null;
  }
}

async function fetch(message: Extract<ToHistory, { kind: 'fetch' | 'copy' }>): Promise<void> {
  const { call } = message;
  try {
    const answer = await (message.kind === 'copy'
      ? views.copyOf(message.file)
      : views.fetch(message.lease, message.files));
    tell({ kind: 'answer', call, answer });
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    tell({ kind: 'failed', call, code: error.code, message: error.message });
  }
}

function close(call: number): void {
  stop();
  releases?.close();
  void Promise.resolve(merger?.terminate()).then(() => {
    history.close();
    tell({ kind: 'answer', call, answer: null });
  });
}

function takeDurable(message: typeof durable): void {
  durable = message;
  // The journal grows smaller by what is released of it.
  flushedBytes = Math.min(flushedBytes, durable.bytes);
}

port.on('message', (message: ToHistory) => {
  if (message.kind === 'durable') takeDurable(message);
  else if (message.kind === 'release') views.release(message.lease);
  else if (message.kind === 'fetch' || message.kind === 'copy') void fetch(message);
  else if (message.kind === 'close') close(message.call);
  else {
    const { call } = message;
    try {
      tell({ kind: 'answer', call, answer: answerTo(message) });
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      tell({ kind: 'failed', call, code: error.code, message: error.message });
    }
  }
});
