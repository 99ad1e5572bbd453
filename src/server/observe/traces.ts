/**
 * Traces of sampled requests from door to hit (OpenTelemetry). Spans are made of the stamps that requests have anyway, when they are
 * answered and when what was found in them is stored; nobody waits for them, and without a collector nothing is made.
 */
import {
  every,
  parseTraceparent,
  type SpanRecord,
  spanSource,
  stampMs,
  type TraceContext,
  Tracer,
} from '../../base/index.ts';
import type { Health } from '../../gateway/index.ts';
import type { LiveObserver } from '../../pipeline/index.ts';
import { type Config, revealSecret } from '../config/index.ts';

/** Answered requests whose results are waited for; beyond, the oldest have no span of detection. */
const PENDING_MAX = 4096;
const LOOK_MS = 5000;

interface Pending {
  readonly context: TraceContext;
  readonly entries: number;
  readonly journaledMs: number;
}

export interface LiveTraces {
  readonly observer: LiveObserver;
  /** Spans by what became of them. */
  readonly counts: Tracer['counts'];
  /** Sends what waits, as far as it can within the bounds of one export. */
  close(): Promise<void>;
}

/** Null where no collector is configured. Throws `config.secret` where a header's secret is not there. */
export function liveTraces(
  { tracing }: Pick<Config, 'tracing'>,
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
  health: Health,
): LiveTraces | null {
  if (tracing.otlp_url === undefined) return null;
  const headers = Object.fromEntries(
    Object.entries(tracing.headers).map(([name, value]) => [name, revealSecret(value, environment)]),
  );
  const resource = { 'service.name': 'weir', 'service.version': version };
  const tracer = new Tracer({ endpoint: tracing.otlp_url, headers, resource });
  const stop = every(LOOK_MS, () => {
    if (tracer.lastError === null) health.remove('tracing');
    else health.set('tracing', 'degraded', tracer.lastError);
  });
  const observer = traceObserver(tracing.sample, (span) => tracer.add(span));
  return {
    observer,
    counts: tracer.counts,
    close: () => {
      stop();
      return tracer.close();
    },
  };
}

/** @param share of requests without a `traceparent`; the sender's own decision holds where there is one */
export function traceObserver(share: number, add: (span: SpanRecord) => void): LiveObserver {
  const start = spanSource({ sampleShare: share, add });
  const pending = new Map<number, Pending>();
  const span = (
    parent: TraceContext,
    name: string,
    startMs: number,
    endMs: number,
    found: number | null = null,
  ): void => start(name, { parent, startMs, attributes: found === null ? {} : { 'weir.hits': found } }).end({ endMs });
  return {
    acked(delivery, { accepted, dead, position }, stamps) {
      const { receivedMs, decodedMs, evaluatedMs, journaledMs, ackedMs, entries } = stamps;
      const { door, tenant, source, request, traceparent } = delivery;
      const root = start(`ingest ${door}`, {
        parent: parseTraceparent(traceparent),
        kind: 'server',
        startMs: receivedMs,
        attributes: {
          'weir.request_id': request,
          'weir.tenant': tenant,
          'weir.source': source,
          'weir.events': accepted,
          'weir.dead_letters': dead,
          'weir.position': position ?? -1,
        },
      });
      const { context } = root;
      if (!context.sampled) return;
      root.end({ endMs: ackedMs });
      span(context, 'decode', receivedMs, decodedMs);
      if (evaluatedMs !== null) span(context, 'evaluate', decodedMs, evaluatedMs);
      if (position === null) return;
      span(context, 'journal', evaluatedMs ?? decodedMs, journaledMs);
      if (accepted === 0) return;
      pending.set(position, { context, entries, journaledMs });
      for (const [oldest] of pending) if (pending.size > PENDING_MAX) pending.delete(oldest);
    },
    stored({ position, committedMs, found }) {
      for (const [first, { context, entries, journaledMs }] of pending) {
        if (first + entries - 1 > position) continue;
        pending.delete(first);
        let hits = 0;
        for (let i = 0; i < found.length; i += 3) {
          if (found[i] >= first && found[i] < first + entries) hits += found[i + 2];
        }
        span(context, 'detect', journaledMs, committedMs, hits);
        if (hits > 0) span(context, 'publish', committedMs, stampMs(), hits);
      }
    },
  };
}
