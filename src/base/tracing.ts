/**
 * Traces: spans of sampled requests and batches, from door to hit, sent as OTLP/HTTP JSON (OpenTelemetry protocol 1.x, `POST
 * …/v1/traces`). Context crosses threads and machines as a W3C `traceparent` string.
 *
 * Nothing waits for a trace: spans go to a bounded queue, and what finds it full or cannot be sent is dropped and counted.
 */
import { every, now, sleep } from './clock.ts';
import { limits } from './limits.ts';
import { randomBytes } from './random.ts';

export interface TraceContext {
  /** 32 and 16 small hexadecimal digits, not all zero. */
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A finished span, structured-clonable: other threads post theirs to the one that exports. */
export interface SpanRecord {
  readonly context: TraceContext;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  /** Unix milliseconds, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** What went wrong; null when nothing. */
  readonly error: string | null;
}

/** Version 00 and, as the W3C asks, what is known of later versions. Null when it is not valid: a new trace starts then. */
export function parseTraceparent(header: string | undefined): TraceContext | null {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header?.trim() ?? '');
  if (match === null) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

export interface SpanOptions {
  readonly parent?: TraceContext | null;
  readonly kind?: SpanKind;
  readonly startMs?: number;
  readonly attributes?: Attributes;
}

/** A span in work. Where it is not sampled `end` does nothing, and the context still travels. */
export interface Span {
  readonly context: TraceContext;
  set(name: string, value: AttributeValue): void;
  end(options?: { readonly endMs?: number; readonly error?: string }): void;
}

export interface SpanSourceOptions {
  /** Share of traces begun here that are sampled, 0 … 1, decided by the trace id. */
  readonly sampleShare: number;
  /** Where finished sampled spans go: a tracer's `add`, or a message to its thread. */
  readonly add: (span: SpanRecord) => void;
  readonly random?: (length: number) => Uint8Array;
  readonly now?: () => number;
}

/** Starts spans; one per thread. A parent's decision holds: whoever sends `sampled` may fill the queue, never more. */
export function spanSource(options: SpanSourceOptions): (name: string, span?: SpanOptions) => Span {
  const random = options.random ?? randomBytes;
  const clock = options.now ?? now;
  return (name, { parent = null, kind = 'internal', startMs = clock(), attributes = {} } = {}) => {
    const traceId = parent?.traceId ?? hexId(16, random);
    const sampled = parent?.sampled ?? Number.parseInt(traceId.slice(-8), 16) < options.sampleShare * 2 ** 32;
    const context = { traceId, spanId: hexId(8, random), sampled };
    if (!sampled) return { context, set: () => {}, end: () => {} };
    const all: Record<string, AttributeValue> = { ...attributes };
    let ended = false;
    return {
      context,
      set(key, value) {
        if (key in all || Object.keys(all).length < limits.traceAttributesMax) all[key] = value;
      },
      end({ endMs = clock(), error } = {}) {
        if (ended) return;
        ended = true;
        // The wall clock may have been set back in between.
        const record = { context, parentSpanId: parent?.spanId ?? null, name, kind, attributes: all };
        options.add({ ...record, startMs, endMs: Math.max(startMs, endMs), error: error ?? null });
      },
    };
  };
}

function hexId(length: number, random: (length: number) => Uint8Array): string {
  const id = Buffer.from(random(length));
  if (id.every((byte) => byte === 0)) id[length - 1] = 1;
  return id.toString('hex');
}

export interface TracerOptions {
  /** Full URL, e.g. `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `service.name` and what else describes this process. */
  readonly resource: Attributes;
  readonly spansMax?: number;
  readonly exportMs?: number;
  /** Tries of one batch, where the collector says that another may do. */
  readonly triesMax?: number;
  readonly flushEveryMs?: number;
  readonly wait?: (ms: number) => Promise<void>;
}

export interface TracerCounts {
  exported: number;
  /** The queue was full. */
  droppedFull: number;
  /** The collector did not take them, or not in time. */
  droppedRefused: number;
}

const BATCH_SPANS_MAX = 512;
const RETRY_MS = 500;
/** OTLP specification, "Failures": these may succeed later, all others must not be tried again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class Tracer {
  readonly counts: TracerCounts = { exported: 0, droppedFull: 0, droppedRefused: 0 };
  /** What the last failed export said; null when the last one succeeded. */
  lastError: string | null = null;
  readonly #options: Required<TracerOptions>;
  #queue: SpanRecord[] = [];
  #running: Promise<void> | null = null;
  readonly #stop: () => void;

  constructor(options: TracerOptions) {
    this.#options = {
      headers: {},
      spansMax: limits.traceSpansMax,
      exportMs: limits.traceExportMs,
      triesMax: 3,
      flushEveryMs: 2_000,
      wait: sleep,
      ...options,
    };
    this.#stop = every(this.#options.flushEveryMs, () => void this.flush());
  }

  add(span: SpanRecord): void {
    if (this.#queue.length >= this.#options.spansMax) this.counts.droppedFull++;
    else this.#queue.push(span);
    if (this.#queue.length >= BATCH_SPANS_MAX && this.#running === null) void this.flush();
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Sends all that is queued; resolves when it is sent or dropped. Never rejects. */
  flush(): Promise<void> {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.flush();
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_SPANS_MAX);
      this.#queue = this.#queue.slice(BATCH_SPANS_MAX);
      const refused = await this.#send(batch);
      this.counts.exported += batch.length - refused;
      this.counts.droppedRefused += refused;
    }
  }

  /** Spans of the batch that the collector did not take. */
  async #send(batch: readonly SpanRecord[]): Promise<number> {
    const { endpoint, headers, exportMs, triesMax, resource, wait } = this.#options;
    const body = JSON.stringify(otlp(batch, resource));
    for (let attempt = 1; ; attempt++) {
      let waitMs = RETRY_MS * 2 ** (attempt - 1);
      try {
        const answer = await fetch(endpoint, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(exportMs),
        });
        const text = (await answer.text()).slice(0, 1 << 16);
        if (answer.ok) {
          this.lastError = null;
          return refusedIn(text, batch.length);
        }
        this.lastError = `${endpoint} answered ${answer.status}`;
        if (!RETRYABLE.has(answer.status)) return batch.length;
        const after = Number(answer.headers.get('retry-after'));
        if (after > 0) waitMs = Math.min(after * 1000, limits.retryAfterMsMax);
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        this.lastError = `${endpoint}: ${cause instanceof Error ? cause.message : String(cause)}`;
      }
      if (attempt >= triesMax) return batch.length;
      await wait(waitMs);
    }
  }
}

/** `partialSuccess.rejectedSpans` of an answer; numbers of 64 bits are strings in OTLP's JSON. */
function refusedIn(text: string, most: number): number {
  try {
    const answer = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: unknown } } | null;
    const refused = Number(answer?.partialSuccess?.rejectedSpans ?? 0);
    return Number.isFinite(refused) ? Math.min(most, Math.max(0, refused)) : 0;
  } catch {
    // A collector may answer 200 with nothing.
    return 0;
  }
}

/** opentelemetry.proto.trace.v1.Span.SpanKind */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

/** ExportTraceServiceRequest in the JSON mapping of OTLP: ids in hexadecimal, 64-bit numbers as strings. */
export function otlp(spans: readonly SpanRecord[], resource: Attributes): unknown {
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: { name: 'weir' }, spans: spans.map(spanJson) }],
      },
    ],
  };
}

function spanJson(span: SpanRecord): unknown {
  return {
    traceId: span.context.traceId,
    spanId: span.context.spanId,
    ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.endMs),
    attributes: keyValues(span.attributes),
    status: span.error === null ? {} : { code: 2, message: span.error.slice(0, limits.traceAttributeCharactersMax) },
  };
}

/** Unix nanoseconds do not fit a double: whole milliseconds and the fraction apart. */
function nanos(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}

function keyValues(attributes: Attributes): unknown[] {
  return Object.entries(attributes)
    .slice(0, limits.traceAttributesMax)
    .map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): unknown {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value.slice(0, limits.traceAttributeCharactersMax) };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
