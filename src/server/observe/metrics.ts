/**
 * Everything `/metrics` shows: one table of families, what is counted as it happens, and what is read off the parts when somebody
 * asks. Names of tenants and sources are labels, so all of it is for the operator alone.
 */
import type { NotifierStatus } from '../../alerts/index.ts';
import {
  elapsedMs,
  type KeptLogCounts,
  type Labels,
  type MetricSpec,
  Metrics,
  type TracerCounts,
} from '../../base/index.ts';
import { LEVELS } from '../../detect/index.ts';
import type { AccessRecord, Gateway, Health, HealthState } from '../../gateway/index.ts';
import { type Admission, type Pressure, SIGNALS } from '../../ingest/index.ts';
import { type HistoryState, type LiveNode, type LiveObserver, RELEASE_WAITS } from '../../pipeline/index.ts';
import type { FramesDoor } from '../frames-door.ts';

/** What is read when somebody asks. Parts that are not there yet show nothing. */
export interface Watched {
  readonly version: string;
  readonly health: Health;
  readonly admission: Admission;
  readonly pressure: Pressure;
  readonly gateway: () => Gateway | null;
  readonly frames: () => FramesDoor | null;
  readonly node: () => LiveNode | null;
  /** Minutes of the books that do not add up. */
  readonly imbalances: () => number;
  readonly notifiers: () => readonly NotifierStatus[];
  readonly history: () => Pick<HistoryState, 'signed' | 'released'> | null;
  /** Null where nothing is traced. */
  readonly traces: () => TracerCounts | null;
  /** Null where no log is kept. */
  readonly keptLog: () => KeptLogCounts | null;
}

const HEALTH: readonly HealthState[] = ['ready', 'loading', 'starting', 'degraded', 'stopped', 'failed'];
const SYNC_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const ANSWER_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const COMMIT_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];
const GROUP_BYTES = [1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

const OF_SOURCE = { tenant: 'open', source: 'open' } as const;

export interface ServerMetrics {
  readonly metrics: Metrics;
  readonly observer: LiveObserver;
  access(record: AccessRecord): void;
}

export function serverMetrics(watched: Watched): ServerMetrics {
  const metrics = new Metrics();
  const count = <L extends string = never>(spec: MetricSpec<L>) => metrics.counter(spec);
  const received = count({
    name: 'weir_events_received_total',
    help: 'Events in requests that were acknowledged, as admission counted them',
    labels: OF_SOURCE,
  });
  const accepted = count({
    name: 'weir_events_accepted_total',
    help: 'Events that are durable in the journal',
    labels: OF_SOURCE,
  });
  const dead = count({
    name: 'weir_events_dead_lettered_total',
    help: 'Events that became dead letters',
    labels: OF_SOURCE,
  });
  const filtered = count({
    name: 'weir_events_filtered_total',
    help: 'Events that a shedding policy left out',
    labels: { ...OF_SOURCE, policy: 'open' },
  });
  const masked = count({
    name: 'weir_values_masked_total',
    help: 'Values of events that were masked before they were kept',
    labels: OF_SOURCE,
  });
  const withheld = count({
    name: 'weir_lines_withheld_total',
    help: 'Lines of sources with a mask in which no fields could be told: dead letters without their text',
    labels: OF_SOURCE,
  });
  const bytes = count({
    name: 'weir_received_bytes_total',
    help: 'Bytes of acknowledged bodies, decompressed',
    labels: OF_SOURCE,
  });
  const groups = count({ name: 'weir_journal_groups_total', help: 'Groups of requests written and synced' });
  const requests = count({ name: 'weir_journal_requests_total', help: 'Requests and control entries in these groups' });
  const groupBytes = metrics.histogram({
    name: 'weir_journal_group_bytes',
    help: 'Payload of one group',
    bounds: GROUP_BYTES,
  });
  const syncSeconds = metrics.histogram({
    name: 'weir_journal_sync_seconds',
    help: 'Writing and syncing one group',
    bounds: SYNC_SECONDS,
  });
  const hits = count({
    name: 'weir_hits_total',
    help: 'Hits found since the start, those of correlations among them',
    labels: { level: LEVELS },
  });
  const commitSeconds = metrics.histogram({
    name: 'weir_detect_commit_seconds',
    help: 'One transaction of hits, ledger and checkpoint',
    bounds: COMMIT_SECONDS,
  });
  const answers = metrics.histogram({
    name: 'weir_http_answer_seconds',
    help: 'From a request to the end of its answer, by route and status',
    labels: { method: 'open', route: 'open', status: 'open' },
    bounds: ANSWER_SECONDS,
  });
  for (const level of LEVELS) hits.add(0, { level });
  readParts(metrics, watched);
  return {
    metrics,
    access({ method, route, status, tookMs }) {
      const labels = { method: route === null ? '' : method, route: route ?? 'none', status: String(status) };
      answers.observe(tookMs / 1000, 1, labels);
    },
    observer: {
      acked({ tenant, source, shed }, ack) {
        const of = { tenant, source };
        received.add(ack.received, of);
        accepted.add(ack.accepted, of);
        if (ack.dead > 0) dead.add(ack.dead, of);
        if (ack.filtered > 0) filtered.add(ack.filtered, { ...of, policy: shed ?? '' });
        bytes.add(ack.bytes, of);
        if (ack.masked !== undefined) masked.add(ack.masked.values, of);
        if (ack.masked !== undefined) withheld.add(ack.masked.withheld, of);
      },
      durable(group) {
        groups.add(1);
        requests.add(group.requests);
        groupBytes.observe(group.bytes, 1);
        syncSeconds.observe(group.syncMs / 1000, 1);
      },
      stored({ levels, tookMs }) {
        commitSeconds.observe(tookMs / 1000, 1);
        levels.forEach((found, i) => {
          if (found > 0) hits.add(found, { level: LEVELS[i] });
        });
      },
    },
  };
}

/** Counts that others keep, as counters: what they have grown by since the last look. */
function following<L extends string>(
  metrics: Metrics,
  spec: MetricSpec<L>,
): (total: number, labels: Labels<L>) => void {
  const counter = metrics.counter(spec);
  const last = new Map<string, number>();
  return (total, labels) => {
    const key = JSON.stringify(labels);
    const before = last.get(key) ?? 0;
    last.set(key, total);
    (counter.add as (by: number, labels: Labels<L>) => void)(Math.max(0, total - before), labels);
  };
}

function readParts(metrics: Metrics, watched: Watched): void {
  const { health, admission, pressure } = watched;
  const gauge = <L extends string = never>(name: string, help: string, labels?: MetricSpec<L>['labels']) =>
    metrics.gauge<L>({ name, help, ...(labels === undefined ? {} : { labels }) });
  const total = <L extends string>(name: string, help: string, labels: NonNullable<MetricSpec<L>['labels']>) =>
    following<L>(metrics, { name, help, labels });

  metrics.info({ name: 'weir_build', help: 'The version that runs', labels: { version: 'open' } }).set({
    version: watched.version,
  });
  const head = metrics.info({
    name: 'weir_journal_head',
    help: 'Head of the chain: log, position behind the last entry, SHA-256 of that entry',
    labels: { log: 'open', position: 'open', hash: 'open' },
  });
  const signed = metrics.info({
    name: 'weir_chain_head',
    help: 'Head of the ledger that signs the journal, and the position up to which it does: what weir verify --head is given',
    labels: { log: 'open', position: 'open', head: 'open' },
  });
  const segmentHead = metrics.info({
    name: 'weir_segment_chain_head',
    help: 'Head of the ledger that signs the segments, and its lines: what weir verify --segment-head is given',
    labels: { lines: 'open', head: 'open' },
  });
  const ruleSet = metrics.info({
    name: 'weir_rule_set',
    help: 'The rule set in force',
    labels: { set: 'open' },
  });
  const component = gauge('weir_component_health', 'State of each component: 1 for the one it is in', {
    component: 'open',
    state: HEALTH,
  });
  const outcomes = total('weir_admission_decisions_total', 'Requests by what admission decided', { outcome: 'open' });
  const held = gauge('weir_admission_held_bytes', 'Bytes of bodies in work');
  const pressureNow = gauge('weir_pressure_ratio', 'How near weir is to what it cannot take');
  const share = gauge('weir_admission_share_ratio', 'Share of requests that is admitted under pressure');
  const part = gauge('weir_pressure_part_ratio', 'What each signal gives of pressure', {
    signal: Object.keys(SIGNALS),
  });
  const connections = gauge('weir_http_connections', 'Open connections');
  const inWork = gauge('weir_http_requests', 'Requests in work');
  const streams = gauge('weir_http_event_streams', 'Open event streams');
  const turnedAway = total('weir_http_turned_away_total', 'Connections and requests the server did not serve', {
    reason: 'open',
  });
  const streamsEnded = total('weir_http_streams_ended_total', 'Event streams the server ended', { reason: 'open' });
  const framesConnections = gauge('weir_frames_connections', 'Open connections of the frames socket');
  const framesRequests = total('weir_frames_requests_total', 'Requests of frames by what became of them', {
    outcome: ['taken', 'refused'],
  });
  const position = gauge('weir_journal_position', 'Position behind the last durable entry');
  const journalBytes = gauge('weir_journal_bytes', 'Bytes of all journal files');
  const released = gauge('weir_journal_released_position', 'Position below which events are in segments alone');
  const releaseWaits = gauge(
    'weir_journal_release_waits',
    'What the oldest whole file of the journal waits for before it is released: 1 for that',
    { reason: RELEASE_WAITS },
  );
  const detected = gauge('weir_detect_position', 'Position behind the last entry whose results are stored');
  const lagEntries = gauge('weir_detect_lag_entries', 'Entries on disk whose results are not stored');
  const lagBytes = gauge('weir_detect_lag_bytes', 'Their bytes, of those taken since the start');
  const lagSeconds = gauge('weir_detect_lag_seconds', 'Age of the oldest of them');
  const waiting = gauge('weir_detect_waiting_units', 'Requests that wait to be joined with their results');
  const state = gauge('weir_correlation_state_bytes', 'State of live correlations', { tenant: 'open' });
  const watermark = gauge('weir_correlation_watermark_seconds', 'Event time up to which correlations have come', {
    tenant: 'open',
  });
  const correlated = total('weir_correlation_events_total', 'Events of correlations that were late, left out or cut', {
    tenant: 'open',
    outcome: ['late', 'too_late', 'evicted', 'shortened', 'ungrouped', 'skewed', 'pushed'],
  });
  const rules = gauge('weir_rules', 'Rules by state', { state: ['active', 'silenced', 'quarantined', 'refused'] });
  const cpu = total('weir_thread_cpu_seconds_total', 'CPU time of each thread', { thread: 'open' });
  const heap = gauge('weir_thread_heap_bytes', 'Heap of each thread', { thread: 'open' });
  const external = gauge('weir_thread_external_bytes', 'Buffers of each thread outside of its heap', {
    thread: 'open',
  });
  const books = gauge('weir_books_unbalanced', 'Minutes of the books that do not add up');
  const notified = total('weir_notifier_hits_total', 'Hits by what became of their delivery', {
    notifier: 'open',
    outcome: ['delivered', 'parked', 'dropped'],
  });
  const tries = total(
    'weir_notifier_failed_tries_total',
    'Deliveries that failed or were refused, and are tried again',
    {
      notifier: 'open',
      outcome: ['failed', 'refused'],
    },
  );
  const spans = total('weir_trace_spans_total', 'Spans of traces by what became of them', {
    outcome: ['exported', 'dropped_full', 'dropped_refused'],
  });
  const logLines = total('weir_log_lines_total', 'Lines of the log by whether the data folder has them', {
    outcome: ['kept', 'lost'],
  });
  const logFiles = total('weir_log_files_removed_total', 'Files of kept lines that were too old or too many', {});
  const backlog = gauge('weir_notifier_backlog_bytes', 'Bodies of hits that wait for a receiver', { notifier: 'open' });
  const breaker = gauge('weir_notifier_breaker', 'State of each notifier: 1 for the one it is in', {
    notifier: 'open',
    state: ['closed', 'half_open', 'open'],
  });
  const uptime = gauge('weir_uptime_seconds', 'Time since the process started');

  metrics.onCollect(() => {
    uptime.set(elapsedMs() / 1000);
    for (const { name, state: now } of health.report().components) {
      for (const each of HEALTH) component.set(each === now ? 1 : 0, { component: name, state: each });
    }
    for (const [outcome, requests] of Object.entries(admission.counts)) outcomes(requests, { outcome });
    held.set(admission.budget.heldBytes);
    pressureNow.set(pressure.state.pressure);
    share.set(pressure.state.share);
    for (const [signal, value] of Object.entries(pressure.state.parts)) part.set(value, { signal });
    books.set(watched.imbalances());

    const counts = watched.gateway()?.counts();
    if (counts !== undefined) {
      connections.set(counts.connections);
      inWork.set(counts.requests);
      streams.set(counts.eventStreams);
      turnedAway(counts.refusedConnections, { reason: 'connections' });
      turnedAway(counts.badHeads, { reason: 'head' });
      for (const [reason, dropped] of Object.entries(counts.slow)) turnedAway(dropped, { reason });
      for (const [reason, refused] of Object.entries(counts.streamsRefused)) turnedAway(refused, { reason });
      for (const [reason, ended] of Object.entries(counts.streamsEnded)) streamsEnded(ended, { reason });
    }
    const kept = watched.keptLog();
    if (kept !== null) {
      for (const outcome of ['kept', 'lost'] as const) logLines(kept[outcome], { outcome });
      logFiles(kept.removed, {});
    }
    const traced = watched.traces();
    if (traced !== null) {
      spans(traced.exported, { outcome: 'exported' });
      spans(traced.droppedFull, { outcome: 'dropped_full' });
      spans(traced.droppedRefused, { outcome: 'dropped_refused' });
    }
    const frames = watched.frames()?.counts();
    if (frames !== undefined) {
      framesConnections.set(frames.connections);
      framesRequests(frames.requests - frames.refusals, { outcome: 'taken' });
      framesRequests(frames.refusals, { outcome: 'refused' });
      turnedAway(frames.refusedConnections, { reason: 'frames_connections' });
    }
    for (const { name: notifier, counts: done, backlogBytes, breaker: now } of watched.notifiers()) {
      notified(done.deliveredHits, { notifier, outcome: 'delivered' });
      notified(done.parkedHits, { notifier, outcome: 'parked' });
      notified(done.droppedHits, { notifier, outcome: 'dropped' });
      tries(done.failedTries, { notifier, outcome: 'failed' });
      tries(done.refusedTries, { notifier, outcome: 'refused' });
      backlog.set(backlogBytes, { notifier });
      for (const each of ['closed', 'half_open', 'open'] as const) {
        breaker.set(each === now ? 1 : 0, { notifier, state: each });
      }
    }

    const node = watched.node();
    if (node === null) return;
    const { progress, lag, stats } = node;
    position.set(progress.durable);
    journalBytes.set(node.journalBytes);
    released.set(node.releasedUpTo);
    detected.set(progress.committed + 1);
    lagEntries.set(lag.entries);
    lagBytes.set(lag.bytes);
    lagSeconds.set(lag.ms / 1000);
    if (stats.journal !== null) {
      head.set({ log: node.log, position: String(stats.journal.next), hash: stats.journal.hash });
    }
    const { upTo, head: last } = node.signed;
    if (last !== null) signed.set({ log: node.log, position: String(upTo), head: last });
    const { signed: segments = null, released: release = null } = watched.history() ?? {};
    if (segments !== null) segmentHead.set({ lines: String(segments.lines), head: segments.head });
    for (const reason of RELEASE_WAITS) releaseWaits.set(release?.waits === reason ? 1 : 0, { reason });
    waiting.set(stats.detect?.waiting ?? 0);
    for (const { tenant, bytes, watermark: at, skewed, pushed, rules: each } of stats.detect?.correlations ?? []) {
      state.set(bytes, { tenant });
      if (at !== null) watermark.set(at / 1000, { tenant });
      const sum = (of: keyof (typeof each)[string]): number =>
        Object.values(each).reduce((all, counts) => all + counts[of], 0);
      correlated(sum('late'), { tenant, outcome: 'late' });
      correlated(sum('tooLate'), { tenant, outcome: 'too_late' });
      correlated(sum('evicted'), { tenant, outcome: 'evicted' });
      correlated(sum('shortened'), { tenant, outcome: 'shortened' });
      correlated(sum('ungrouped'), { tenant, outcome: 'ungrouped' });
      correlated(skewed, { tenant, outcome: 'skewed' });
      correlated(pushed, { tenant, outcome: 'pushed' });
    }
    if (node.rules.state === 'ready') {
      const { detections, correlations, leftOut, report, set } = node.rules.rules;
      const silenced = Object.keys(report.silencedBy).length;
      rules.set(detections.length + correlations.length - silenced, { state: 'active' });
      rules.set(silenced, { state: 'silenced' });
      rules.set(leftOut.length, { state: 'quarantined' });
      rules.set(report.refused.length, { state: 'refused' });
      ruleSet.set({ set });
    }
    for (const [thread, load] of stats.threads) {
      cpu(load.cpuMs / 1000, { thread });
      heap.set(load.heapBytes, { thread });
      external.set(load.externalBytes, { thread });
    }
  });
}
