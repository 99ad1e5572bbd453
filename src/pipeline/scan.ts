/** `weir scan`: inputs to workers, results in order to whoever asked, correlations at the end. */
import { elapsedMs, openRandom, type RandomReader, WeirError } from '../base/index.ts';
import { type CorrelationResult, type Firing, formatTime, LEVELS, type Level } from '../detect/index.ts';
import {
  discover,
  type EventFormat,
  eventFormat,
  type Found,
  type InputReport,
  inputReport,
  type LineRange,
  openInput,
  splitAtNewline,
  tooLongReason,
  type Unparsed,
} from '../formats/index.ts';
import { firingMatches, Gathered, pickCounts } from './gathered.ts';
import { isPlainLines } from './plain-lines.ts';
import { type NewJob, type PieceFailure, ScanPool } from './pool.ts';
import type { PreparedRules, RuleReport, StartedRules } from './prepare.ts';
import type { PieceResult } from './scanner.ts';
import type { Summary } from './types.ts';

export interface Progress {
  /** Bytes read of the inputs as they lie on disk. */
  readonly bytes: number;
  /** Of all inputs; null when standard input or a pipe is among them. */
  readonly bytesTotal: number | null;
  readonly events: number;
  readonly hits: number;
}

/** Compiled rules, or ones that are compiled while the scan runs. */
type Rules = PreparedRules | StartedRules;

export interface ScanOptions {
  readonly paths: readonly string[];
  /** Events to scan after the paths, one a line; their path is `text`. */
  readonly text?: Uint8Array;
  readonly rules: Rules | Promise<Rules>;
  readonly threads: number;
  readonly inputFormat?: string | undefined;
  /** Files the caller writes to: left out where they lie in a folder that is scanned. */
  readonly outputs?: readonly string[];
  /** Also reads EVTX records from free space. */
  readonly recover: boolean;
  readonly minLevel?: Level | undefined;
  readonly signal?: AbortSignal | undefined;
  /** When the start began, on the clock of `elapsedMs`; now, if not given. */
  readonly startedMs?: number;
  /** Complete NDJSON hit lines, in order of inputs and records; correlations last. */
  onHits(lines: Uint8Array): void | Promise<void>;
  onProgress?(progress: Progress): void;
  /** Called when the rules are in every worker: what comes before is start, what follows is scanning. */
  onReady?(): void;
}

/** What the main thread must remember of a job until its result comes. */
interface Pending {
  readonly path: string;
  /** Number of the input: one path may be given twice. */
  readonly input: number;
  /** Bytes of a range; others are counted as they are read. */
  readonly bytes: number;
  readonly carved?: boolean;
  /** Records before it that no worker sees. */
  readonly tooLong?: readonly LineRange[];
  /** True where record numbers are known only by counting results. */
  readonly counted: boolean;
}

export async function scan(options: ScanOptions): Promise<Summary> {
  const run = new Scan(options);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class Scan {
  readonly #options: ScanOptions;
  readonly #started: number;
  #ready: number | null = null;
  readonly #pool: ScanPool;
  readonly #pending = new Map<number, Pending>();
  readonly #unparsed: Unparsed[] = [];
  readonly #report = (unparsed: Unparsed): void => {
    this.#unparsed.push(unparsed);
  };
  /** The input whose results are coming in. */
  #current: { input: number; records: number; report: InputReport };
  #inputs = 0;
  readonly #leftOut: { path: string; reason: string }[] = [];
  #rules: StartedRules | null = null;
  #completing: Promise<unknown> | null = null;
  #gathered: Gathered | null = null;
  /** Those of what is gathered that are carved. */
  readonly #carvedEvents = new Set<number>();
  #bytes = 0;
  #bytesTotal: number | null = 0;
  #scanned = 0;
  #events = 0;
  #carved = 0;
  #hits = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#started = options.startedMs ?? elapsedMs();
    this.#current = { input: 0, records: 0, report: inputReport('', this.#report) };
    this.#pool = new ScanPool(Math.max(1, options.threads), (id, result) => this.#take(id, result));
  }

  async run(): Promise<Summary> {
    const options = this.#options;
    const preparing = Promise.resolve(options.rules);
    // It may fail before it is asked for, when something else fails first.
    preparing.catch(() => {});
    const format = options.inputFormat === undefined ? undefined : eventFormat(options.inputFormat);
    const onSkip = (path: string, reason: string): void => {
      this.#leftOut.push({ path, reason });
    };
    const found = [...discover(options.paths, { outputs: options.outputs ?? [], onSkip }, this.#report)];
    this.#bytesTotal = found.some((input) => input.kind === 'stream')
      ? null
      : found.reduce((sum, input) => sum + input.size, 0);
    const prepared = await preparing;
    const { report: rules, rules: pack } = prepared;
    if (rules.correlations.length > 0) this.#gathered = new Gathered(rules.correlations);
    this.#rules = 'complete' in prepared ? prepared : null;
    const onReady = (): void => {
      this.#ready = elapsedMs();
      options.onReady?.();
    };
    await this.#pool.start(pack, onReady, this.#rules?.lanes ?? undefined);
    for (const input of found) {
      if (this.#stopped) break;
      await this.#feed(input, format);
    }
    if (options.text !== undefined) await this.#feedText(options.text);
    this.#completeRules();
    const totals = await this.#pool.finish();
    await this.#completing;
    this.#current.report.finish();
    // Ids are the rules' own words: `__proto__` is one too.
    const counts = new Map<string, number>();
    const lanes: Record<string, number> = {};
    for (const total of totals) {
      total.counts.forEach((count, index) => {
        const { id } = rules.detections[index];
        if (count > 0) counts.set(id, (counts.get(id) ?? 0) + count);
      });
      for (const [lane, rows] of Object.entries(total.lanes)) lanes[lane] = (lanes[lane] ?? 0) + rows;
    }
    const correlated = await this.#correlate(rules, counts);
    const ended = elapsedMs();
    const ready = this.#ready ?? ended;
    return {
      events: this.#events,
      carved: this.#carved,
      bytes: this.#scanned,
      seconds: Math.round(ended - ready) / 1000,
      start_seconds: Math.round(ready - this.#started) / 1000,
      rules: {
        loaded: rules.detections.length + rules.correlations.length,
        refused: rules.refused.map(({ path, id, reason, line }) => ({
          path,
          id,
          reason: line === undefined ? reason : `line ${line}: ${reason}`,
        })),
        not_a_rule: rules.notARule,
        silenced_by: rules.silencedBy,
      },
      hits: Object.fromEntries(counts),
      unparsed: [...rules.unreadable, ...this.#unparsed],
      left_out: this.#leftOut,
      lanes,
      ungrouped: correlated?.ungrouped ?? {},
      correlation: correlated === null ? null : pickCounts(correlated),
      complete: !this.#stopped,
    };
  }

  async close(): Promise<void> {
    this.#gathered?.close();
    await this.#pool.stop();
  }

  /** Has the rest of the rules compiled: not before the first hit is out, which would come later for it. */
  #completeRules(): void {
    this.#completing ??= this.#rules?.complete() ?? null;
    // Awaited at the end; a failure before that must not count as unhandled.
    this.#completing?.catch(() => {});
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  async #give(job: NewJob, pending: Pending): Promise<void> {
    // Remembered before a result can come: numbers are given in the order of calls, and calls are awaited one by one.
    await this.#pool.give(job, (id) => this.#pending.set(id, pending));
  }

  async #feed(input: Found, format: EventFormat | undefined): Promise<void> {
    if (input.kind === 'file' && (format === undefined || format === 'ndjson') && isPlainLines(input.path)) {
      await this.#feedRanges(input);
      return;
    }
    const onBytes = (bytes: number) => {
      this.#bytes += bytes;
    };
    for await (const { path, chunks } of openInput(
      input.path,
      { format, recover: this.#options.recover, onBytes },
      this.#report,
    )) {
      const number = ++this.#inputs;
      for await (const chunk of chunks()) {
        if (this.#stopped) return;
        const { bytes, firstRecord, records, position, carved } = chunk;
        await this.#give(
          {
            kind: 'lines',
            path,
            bytes: ownBuffer(bytes),
            firstRecord,
            records: records ?? null,
            position,
            carved: carved ?? false,
          },
          { path, input: number, bytes: 0, carved: carved ?? false, counted: false },
        );
      }
    }
  }

  async #feedText(text: Uint8Array): Promise<void> {
    const reader = { size: text.length, readAt: (into: Uint8Array, at: number) => copyFrom(text, into, at) };
    await this.#feedLines('text', reader, ({ start, end }) =>
      linesJob('text', Uint8Array.from(text.subarray(start, end)), start),
    );
  }

  /** Ranges of lines, each as the job `jobOf` makes of it. */
  async #feedLines(
    path: string,
    reader: Pick<RandomReader, 'size' | 'readAt'>,
    jobOf: (range: LineRange) => NewJob,
  ): Promise<void> {
    const input = ++this.#inputs;
    let tooLong: LineRange[] = [];
    const give = async (range: LineRange | null): Promise<void> => {
      const last = range ?? { start: reader.size, end: reader.size, tooLong: 0 };
      const bytes = [...tooLong, last].reduce((sum, { start, end }) => sum + end - start, 0);
      const job = range === null ? linesJob(path, new Uint8Array(0), reader.size) : jobOf(range);
      await this.#give(job, { path, input, bytes, tooLong, counted: true });
      tooLong = [];
    };
    for (const range of splitAtNewline(reader)) {
      if (this.#stopped) return;
      if (range.tooLong > 0) tooLong.push(range);
      else await give(range);
    }
    // Too long lines at the end come with a job of no lines: they are named in their turn, with their numbers.
    if (tooLong.length > 0) await give(null);
  }

  async #feedRanges({ path }: Found): Promise<void> {
    try {
      using reader = openRandom(path);
      await this.#feedLines(path, reader, ({ start, end }) => ({ kind: 'range', path, from: start, to: end }));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#unparsed.push({ path, position: '', reason: error.message });
    }
  }

  async #take(id: number, result: PieceResult | PieceFailure): Promise<void> {
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new Error(`a result for job ${id}, which was never given`);
    this.#pending.delete(id);
    this.#bytes += pending.bytes;
    if ('error' in result) {
      this.#unparsed.push({ path: pending.path, position: '', reason: result.error.message });
      return;
    }
    const { path, input, carved = false } = pending;
    if (this.#current.input !== input) {
      this.#current.report.finish();
      this.#current = { input, records: 0, report: inputReport(path, this.#report) };
    }
    for (const { start, tooLong } of pending.tooLong ?? []) {
      this.#current.report.add(`record ${++this.#current.records}, byte ${start}`, tooLongReason(tooLong));
    }
    // Where records are counted here, the piece's own numbers start from 0.
    const add = pending.counted ? this.#current.records + 1 : 0;
    this.#events += result.events;
    if (carved) this.#carved += result.events;
    this.#hits += result.hits;
    this.#scanned += result.bytes;
    for (const { record, byte, reason } of result.bad) {
      this.#current.report.add(
        byte === null ? `record ${record + add}` : `record ${record + add}, byte ${byte}`,
        reason,
      );
    }
    this.#current.records += result.records;
    if (this.#gathered !== null && result.base !== null && result.baseEvents !== null) {
      const first = this.#gathered.events;
      this.#gathered.append(result.base, result.baseEvents, add);
      if (carved) for (let event = first; event < this.#gathered.events; event++) this.#carvedEvents.add(event);
    }
    if (result.lines.length > 0) {
      await this.#options.onHits(numbered(result.lines, result.marks, add, carved));
      this.#completeRules();
    }
    this.#options.onProgress?.({
      bytes: this.#bytes,
      bytesTotal: this.#bytesTotal,
      events: this.#events,
      hits: this.#hits,
    });
  }

  async #correlate(rules: RuleReport, counts: Map<string, number>): Promise<CorrelationResult | null> {
    const gathered = this.#gathered;
    if (gathered === null) return null;
    const floor = this.#options.minLevel === undefined ? 0 : LEVELS.indexOf(this.#options.minLevel);
    const result = gathered.correlate();
    for (const firing of result.firings) {
      const { id, level } = firing.rule;
      if (Object.hasOwn(rules.silencedBy, id) || LEVELS.indexOf(level) < floor) continue;
      counts.set(id, (counts.get(id) ?? 0) + 1);
      this.#hits++;
      await this.#options.onHits(encoder.encode(`${this.#firingLine(gathered, firing)}\n`));
    }
    return result;
  }

  #firingLine(gathered: Gathered, firing: Firing): string {
    const { id, title, level, tags } = firing.rule;
    const events = firing.events.map((event) => gathered.eventText(event));
    const carved = firing.events.some((event) => this.#carvedEvents.has(event));
    const head = {
      rule: { id, title, level, tags, logsource: null },
      time: formatTime(firing.time),
      source: { path: firing.path, record: firing.record, ...(carved ? { carved } : {}) },
      host: null,
      matches: firingMatches(firing),
      correlation: { type: firing.rule.type, group: firing.group, value: firing.value, events: firing.eventCount },
    };
    // The events are JSON already, as they came in.
    return `${JSON.stringify(head).slice(0, -1)},"events":[${events.join(',')}]}`;
  }
}

const encoder = new TextEncoder();

/** The lines with record numbers put in where they were left out, and with the mark of carved events behind them. */
function numbered(lines: Uint8Array, marks: readonly number[], add: number, carved: boolean): Uint8Array {
  if (marks.length === 0) return lines;
  const pieces: Uint8Array[] = [];
  const mark = carved ? ',"carved":true' : '';
  let from = 0;
  for (let i = 0; i < marks.length; i += 2) {
    pieces.push(lines.subarray(from, marks[i]), encoder.encode(`${marks[i + 1] + add}${mark}`));
    from = marks[i];
  }
  pieces.push(lines.subarray(from));
  return Buffer.concat(pieces);
}

/** Lines of one input whose records are counted where results come in. */
function linesJob(path: string, bytes: Uint8Array<ArrayBuffer>, position: number): NewJob {
  return { kind: 'lines', path, bytes, firstRecord: null, records: null, position, carved: false };
}

function copyFrom(text: Uint8Array, into: Uint8Array, at: number): number {
  const piece = text.subarray(at, at + into.length);
  into.set(piece);
  return piece.length;
}

/** The bytes in a buffer of their own, which may be given away. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole =
    bytes.byteOffset === 0 && bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength < 2 * bytes.length;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes);
}
