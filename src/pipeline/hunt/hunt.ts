/** `weir hunt`: row groups to workers, results in the order of sources and positions to whoever asked, correlations at the end. */
import { elapsedMs, fileInfo, openRandom, sha256, WeirError } from '../../base/index.ts';
import { type CorrelationResult, type Firing, formatTime, keyOf, LEVELS, type Level } from '../../detect/index.ts';
import { eventId, openSegment, readerOfFile, type SegmentReader } from '../../store/index.ts';
import { firingMatches, Gathered, pickCounts } from '../gathered.ts';
import { liveRules } from '../live/rule-set.ts';
import type { PieceFailure } from '../pool.ts';
import type { PreparedRules, StartedRules } from '../prepare.ts';
import type { Progress } from '../scan.ts';
import type { Summary } from '../types.ts';
import { Copies, type Copy } from './copies.ts';
import { placeOfRecord } from './decider.ts';
import type { GroupResult } from './hunter.ts';
import { ENDLESS, type Span } from './places.ts';
import { HuntPool } from './pool.ts';
import { type DoneGroup, type FailedGroup, HuntState } from './state.ts';
import type { FetchCopy, HuntSegment, HuntView } from './view.ts';

type Rules = PreparedRules | StartedRules;

export interface HuntOptions {
  /** What is hunted in; the caller holds it. */
  readonly view: HuntView;
  readonly tenant: string;
  readonly span: Span;
  readonly rules: Rules | Promise<Rules>;
  readonly threads: number;
  /** For segments of the object store; absent: they count as not to be read. */
  readonly fetch?: FetchCopy | undefined;
  readonly minLevel?: Level | undefined;
  /** File that says how far the hunt has come: from there it goes on. `asked` are the words in which its time was asked for ({@link keptSpan}). */
  readonly resume?: { readonly file: string; readonly asked: string } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** When the start began, on the clock of `elapsedMs`; now, if not given. */
  readonly startedMs?: number;
  /** Complete NDJSON hit lines, by source and position; correlations last. */
  onHits(lines: Uint8Array): void | Promise<void>;
  /** Hits of one row group: numbers of their rules, and the time of each, Unix milliseconds. */
  onGroup?(result: Pick<GroupResult, 'hitRules' | 'hitTimes' | 'lines'>): void;
  onProgress?(progress: Progress): void;
  onReady?(): void;
}

/** What was read of what was asked for. Times are RFC 3339. */
export interface HuntCoverage {
  /** Of events; null: no such end was set. */
  readonly from: string | null;
  readonly to: string | null;
  /** Everything before this position of the journal was there to be found. */
  readonly position: number;
  readonly segments: {
    readonly all: number;
    readonly read: number;
    /** Nothing in them is of that time. */
    readonly skipped: number;
    /** They, or parts of them, could not be read. */
    readonly failed: number;
  };
  /** Events in what could not be read. */
  readonly missing: number;
  /** The time of the earliest event there is; null: there is none. */
  readonly earliest: string | null;
}

export interface HuntSummary extends Summary {
  readonly hunt: HuntCoverage;
  /** CPU time that workers took to read and judge, milliseconds. */
  readonly cpu_ms: number;
}

export async function hunt(options: HuntOptions): Promise<HuntSummary> {
  const run = new Hunt(options);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

interface Pending {
  readonly name: string;
  readonly segment: HuntSegment;
  readonly bytes: number;
  readonly rows: number;
  /** It is read from; null: it is on disk anyway. */
  readonly copy: Copy | null;
}

const notFetched: FetchCopy = () => Promise.resolve({ away: 'it is in the object store', release: () => {} });

const encoder = new TextEncoder();

class Hunt {
  readonly #options: HuntOptions;
  readonly #started: number;
  #ready: number | null = null;
  readonly #pool: HuntPool;
  readonly #copies: Copies;
  readonly #pending = new Map<number, Pending>();
  #rules: Rules | null = null;
  #state: HuntState | null = null;
  #gathered: Gathered | null = null;
  #completing: Promise<unknown> | null = null;
  readonly #unparsed: Summary['unparsed'][number][] = [];
  readonly #counts = new Map<string, number>();
  readonly #lanes = new Map<string, number>();
  readonly #failed = new Set<string>();
  readonly #bytesTotal: number;
  #bytes = 0;
  #events = 0;
  #hits = 0;
  #missing = 0;
  /** Segments that were given out whole. */
  #given = 0;

  constructor(options: HuntOptions) {
    this.#options = options;
    this.#started = options.startedMs ?? elapsedMs();
    this.#bytesTotal = options.view.found.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#copies = new Copies(options.fetch ?? notFetched);
    this.#pool = new HuntPool(Math.max(1, options.threads), (id, result) => this.#take(id, result));
  }

  async run(): Promise<HuntSummary> {
    const { view, span, tenant, resume } = this.#options;
    const prepared = await this.#options.rules;
    this.#rules = prepared;
    const { report, rules } = prepared;
    if (report.correlations.length > 0) this.#gathered = new Gathered(report.correlations);
    if (resume !== undefined) {
      const [from, to] = [String(span.from), String(span.to)];
      const subject = { tenant, log: view.log, rules: liveRules(prepared).set, asked: resume.asked, from, to };
      this.#state = new HuntState(resume.file, subject);
    }
    const onReady = (): void => {
      this.#ready = elapsedMs();
      this.#options.onReady?.();
    };
    const lanes = 'complete' in prepared ? (prepared.lanes ?? undefined) : undefined;
    await this.#pool.start(rules, onReady, lanes);
    for (const group of this.#state?.done() ?? []) {
      if ('failed' in group) this.#takeFailed(group);
      else await this.#takeDone(group);
    }
    for (const segment of view.found.segments) {
      if (this.#stopped) break;
      await this.#feed(segment);
    }
    this.#completeRules();
    const totals = await this.#pool.finish();
    await this.#completing;
    const correlated = await this.#correlate();
    const ended = elapsedMs();
    const ready = this.#ready ?? ended;
    return {
      events: this.#events,
      carved: 0,
      bytes: this.#bytes,
      seconds: Math.round(ended - ready) / 1000,
      start_seconds: Math.round(ready - this.#started) / 1000,
      rules: {
        loaded: report.detections.length + report.correlations.length,
        refused: report.refused.map(({ path, id, reason, line }) => ({
          path,
          id,
          reason: line === undefined ? reason : `line ${line}: ${reason}`,
        })),
        not_a_rule: report.notARule,
        silenced_by: report.silencedBy,
      },
      hits: Object.fromEntries(this.#counts),
      unparsed: [...report.unreadable, ...this.#unparsed],
      left_out: [],
      lanes: Object.fromEntries(this.#lanes),
      ungrouped: correlated?.ungrouped ?? {},
      correlation: correlated === null ? null : pickCounts(correlated),
      complete: !this.#stopped,
      hunt: this.#coverage(),
      cpu_ms: Math.round(totals.reduce((sum, { cpuMs }) => sum + cpuMs, 0)),
    };
  }

  async close(): Promise<void> {
    this.#gathered?.close();
    for (const { copy } of this.#pending.values()) copy?.done();
    await this.#pool.stop();
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  /** Has the rest of the rules compiled: not before the first hit is out, which would come later for it. */
  #completeRules(): void {
    if (this.#rules !== null && 'complete' in this.#rules) this.#completing ??= this.#rules.complete();
    // Awaited at the end; a failure before that must not count as unhandled.
    this.#completing?.catch(() => {});
  }

  async #feed(stored: HuntSegment): Promise<void> {
    const file = `${this.#options.view.folder}/${stored.file}`;
    if (this.#state?.isDone(stored.file) === true) {
      this.#given++;
      return;
    }
    const copy = stored.object == null ? null : await this.#copies.of(stored.file);
    if (typeof copy === 'string') {
      this.#fail(stored, stored.file, stored.rows, new WeirError('store.object_away', copy));
      this.#given++;
      return;
    }
    try {
      await this.#give(stored, file, copy);
    } finally {
      copy?.done();
    }
  }

  async #give(stored: HuntSegment, file: string, copy: Copy | null): Promise<void> {
    const { span } = this.#options;
    const { log, source } = stored;
    const groups = this.#groupsOf(stored, file);
    for (const [group, { rows, bytes, last }] of groups.entries()) {
      if (this.#stopped) return;
      const after = this.#state?.doneUpTo(log, source) ?? null;
      if (after !== null && last < BigInt(after.position)) continue;
      const name = `${stored.file}#${group}`;
      if (this.#state?.isDone(name) === true) continue;
      const job = { kind: 'group', file, group, source, span, after, wantsLast: this.#state !== null } as const;
      await this.#pool.give(job, (id) => {
        copy?.begin();
        this.#pending.set(id, { name, segment: stored, bytes, rows, copy });
      });
    }
    this.#given++;
  }

  /** Rows, bytes and last position of its row groups; none where it cannot be read. */
  #groupsOf(stored: HuntSegment, file: string): { rows: number; bytes: number; last: bigint }[] {
    try {
      if (fileInfo(file) === null) throw new WeirError('store.gone', 'the file is not there');
      using reader = openRandom(file);
      return groupsOf(openSegment(readerOfFile(reader)));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#fail(stored, stored.file, stored.rows, error);
      return [];
    }
  }

  #fail({ file, minTime, maxTime }: HuntSegment, name: string, rows: number, { message }: WeirError): void {
    const times = `events of ${timeText(minTime)} to ${timeText(maxTime)}`;
    const group = { name, file, rows, times, failed: message };
    this.#takeFailed(group);
    this.#state?.keepFailed(group);
  }

  #takeFailed({ file, rows, times, failed }: FailedGroup): void {
    this.#failed.add(file);
    this.#missing += rows;
    this.#unparsed.push({ path: file, position: times, reason: failed });
  }

  async #take(id: number, result: GroupResult | PieceFailure): Promise<void> {
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new Error(`a result for job ${id}, which was never given`);
    this.#pending.delete(id);
    const { name, segment, bytes, rows, copy } = pending;
    copy?.done();
    if ('error' in result) {
      this.#fail(segment, name, rows, result.error);
      return;
    }
    const { log, source } = segment;
    const group = { name, log, source, bytes, result };
    await this.#takeDone(group);
    this.#state?.keep(group);
  }

  async #takeDone({ log, bytes, result }: DoneGroup): Promise<void> {
    const { events, lanes, lines, hitRules, base, baseEvents } = result;
    const detections = this.#rules?.report.detections ?? [];
    this.#bytes += bytes;
    this.#events += events;
    this.#hits += hitRules.length;
    for (const rule of hitRules) this.#count(detections[rule].id);
    for (const [lane, count] of Object.entries(lanes)) this.#lanes.set(lane, (this.#lanes.get(lane) ?? 0) + count);
    if (base !== null && baseEvents !== null) this.#gathered?.append(base, baseEvents, 0, log);
    this.#options.onGroup?.(result);
    if (lines.length > 0) {
      await this.#options.onHits(lines);
      this.#completeRules();
    }
    const [done, all] = [this.#bytes, this.#bytesTotal];
    this.#options.onProgress?.({ bytes: done, bytesTotal: all, events: this.#events, hits: this.#hits });
  }

  #count(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  async #correlate(): Promise<CorrelationResult | null> {
    const [gathered, rules] = [this.#gathered, this.#rules];
    if (gathered === null || rules === null) return null;
    const floor = this.#options.minLevel === undefined ? 0 : LEVELS.indexOf(this.#options.minLevel);
    const versions = new Map(liveRules(rules).correlations.map(({ id, version }) => [id, version]));
    const result = gathered.correlate();
    /** How many firings of a rule and group began with an event. */
    const begun = new Map<string, number>();
    for (const firing of result.firings) {
      const { id, level } = firing.rule;
      // As live correlations name theirs (contract: identity; correlate/live/records.ts).
      const anchor = placeOfRecord(gathered.recordOf(firing.firstEvent).record);
      const key = keyOf(Object.values(firing.group));
      const parts = [id, versions.get(id), key, `${anchor.position}/${anchor.row}`];
      const ordinal = begun.get(parts.join('\0')) ?? 0;
      begun.set(parts.join('\0'), ordinal + 1);
      if (Object.hasOwn(rules.report.silencedBy, id) || LEVELS.indexOf(level) < floor) continue;
      this.#count(id);
      this.#hits++;
      const hitId = sha256(JSON.stringify([...parts, ...(ordinal === 0 ? [] : [ordinal])])).slice(0, 32);
      await this.#options.onHits(encoder.encode(`${this.#firingLine(gathered, firing, hitId)}\n`));
    }
    return result;
  }

  #eventId(gathered: Gathered, event: number): string {
    const { log, record } = gathered.recordOf(event);
    const { position, row } = placeOfRecord(record);
    return eventId(log, position, row);
  }

  #firingLine(gathered: Gathered, firing: Firing, hitId: string): string {
    const { id, title, level, tags } = firing.rule;
    const { position, row } = placeOfRecord(firing.record);
    const event_ids = firing.events.map((event) => this.#eventId(gathered, event));
    const head = {
      id: hitId,
      event_id: event_ids.at(-1) ?? null,
      retrospective: true,
      source: { path: firing.path, record: position, row },
      rule: { id, title, level, tags, logsource: null },
      time: formatTime(firing.time),
      host: null,
      matches: firingMatches(firing),
      correlation: { type: firing.rule.type, group: firing.group, value: firing.value, events: firing.eventCount },
      event_ids,
    };
    const events = firing.events.map((event) => gathered.eventText(event));
    // The events are JSON already, as they came in.
    return `${JSON.stringify(head).slice(0, -1)},"events":[${events.join(',')}]}`;
  }

  #coverage(): HuntCoverage {
    const { view, span } = this.#options;
    const { found, position } = view;
    const { all, pruned } = found;
    const failed = this.#failed.size;
    return {
      from: span.from <= -ENDLESS ? null : timeText(span.from),
      to: span.to >= ENDLESS ? null : timeText(span.to),
      position,
      segments: { all: all.segments, read: Math.max(0, this.#given - failed), skipped: pruned.time.segments, failed },
      missing: this.#missing,
      earliest: view.earliest === null ? null : timeText(view.earliest),
    };
  }
}

function groupsOf(segment: SegmentReader): { rows: number; bytes: number; last: bigint }[] {
  return segment.groups.map(({ rows, chunks }, group) => {
    const { max } = segment.statistics(group, 'weir.position');
    const last = typeof max === 'bigint' ? max : 2n ** 62n;
    return { rows, bytes: chunks.reduce((sum, { compressed }) => sum + compressed, 0), last };
  });
}

const timeText = (micros: bigint): string => new Date(Number(micros / 1000n)).toISOString();
