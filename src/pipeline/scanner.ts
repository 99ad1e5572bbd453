/** What one worker does with a piece of input: scan, evaluate, write hit lines, gather base matches for correlations. */
import { elapsedMs, limits, WeirError } from '../base/index.ts';
import { loadKernelModule, type ScanError } from '../batch/index.ts';
import { BaseHits, type FieldNeeds, fieldNeeds, type HitColumns } from '../detect/correlate/index.ts';
import {
  Engine,
  type EngineHit,
  evaluateRule,
  HitLines,
  type Image,
  type LaneSource,
  lanesOf,
  openImage,
  type Plan,
  RuleMeter,
  viewFor,
} from '../detect/engine/index.ts';
import type { CorrelationRule } from '../detect/index.ts';
import { eventXmlToJson } from '../formats/index.ts';
import { isEventXml, xmlColumns } from '../schema/index.ts';

/** A rule set as workers get it. */
export interface RulePackage {
  readonly image: SharedArrayBuffer;
  /** 1 for rules whose hits are not put out: referenced by a correlation only, or below the level asked for. */
  readonly quiet: Uint8Array;
  readonly correlations: readonly CorrelationRule[];
}

/** Lines that stand in the kernel's input buffer, and where they come from. */
export interface Piece {
  /** Null where events have ids: hit lines then name no source. */
  readonly path: string | null;
  /** Number of the first record; null when only the main thread will know. */
  readonly firstRecord: number | null;
  readonly records: Float64Array | null;
  /** Byte of the input at which the lines start; null when lines have been rewritten on the way. */
  readonly position: number | null;
  readonly carved: boolean;
  /** Called for each batch, its rows evaluated, with what was found in it; the kernel still holds it. The piece's result has no hits then. */
  readonly onBatch?: ((batch: ScannedBatch) => void) | undefined;
}

/** What one batch of a piece came to. */
export interface ScannedBatch {
  /** Lines of the batch that are no events, as `Engine.errors` has them. */
  readonly errors: readonly ScanError[];
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Hits put out: the row, the rule's number, and where its line ends in `lines`; in order of lines. */
  readonly hitRows: readonly number[];
  readonly hitRules: readonly number[];
  readonly hitEnds: readonly number[];
  /** Event time of each; NaN for none. */
  readonly hitTimes: readonly number[];
  /** Base matches for correlations; `record` is the row in the batch. */
  readonly base: HitColumns | null;
}

/** A line that is no event. */
export interface BadLine {
  /** Its number; from 0 within the piece where the piece's `firstRecord` is null. */
  readonly record: number;
  readonly byte: number | null;
  readonly reason: string;
}

export interface PieceResult {
  readonly records: number;
  readonly events: number;
  readonly bytes: number;
  readonly lines: Uint8Array<ArrayBuffer>;
  /** (offset in `lines`, record as in BadLine) where a record number is to be put in. */
  readonly marks: readonly number[];
  readonly hits: number;
  readonly bad: readonly BadLine[];
  /** Base matches for correlations; `record` as in BadLine, `event` numbers `baseEvents`. */
  readonly base: HitColumns | null;
  /** JSON of the events of base matches, one after the other, and where each ends. */
  readonly baseEvents: { readonly bytes: Uint8Array<ArrayBuffer>; readonly ends: readonly number[] } | null;
}

/** Totals of a worker, asked for at its end. */
export interface WorkerTotals {
  /** Events per rule. */
  readonly counts: Uint32Array;
  readonly lanes: Readonly<Record<string, number>>;
  readonly kernelBytes: number;
}

export class Scanner {
  readonly engine: Engine;
  readonly #image: Image;
  readonly #module: WebAssembly.Module;
  readonly #lanes: LaneSource;
  readonly #quiet: Uint8Array;
  readonly #counts: Uint32Array;
  readonly #needs: FieldNeeds | null;
  /** Null: what a rule throws ends the scan. */
  readonly meter: RuleMeter | null;
  #base: BaseHits | null = null;
  #baseEvents = new ByteList();
  #lastBase = -1;
  readonly #lines: HitLines;
  #reporting: Engine | null = null;
  /** Reads what was unwrapped from XML columns; made when first needed. */
  #plain: Engine | null = null;
  #hits = 0;
  #hitRows: number[] = [];
  #hitRules: number[] = [];
  #hitEnds: number[] = [];
  #hitTimes: number[] = [];

  /**
   * @param lanes gives the lanes that the rules lack; without it they are compiled here
   * @param options `metered`: rules are timed, and one that fails on an event does not match it
   */
  constructor(
    rules: RulePackage,
    inputBytes: number,
    module: WebAssembly.Module = loadKernelModule(),
    lanes?: LaneSource,
    options: { readonly metered?: boolean } = {},
  ) {
    const image = openImage(rules.image);
    if (image === null) throw new Error('the compiled rules are not of this version');
    this.#image = image;
    this.#module = module;
    this.#quiet = rules.quiet;
    this.#counts = new Uint32Array(rules.quiet.length);
    this.#needs = rules.correlations.length === 0 ? null : fieldNeeds(rules.correlations);
    this.#lanes = lanes ?? lanesOf(image);
    this.engine = new Engine(module, image, { inputBytes, lanes: this.#lanes });
    this.#lines = new HitLines(this.engine);
    this.meter = options.metered === true ? new RuleMeter(rules.quiet.length, image.header.residuals) : null;
    this.engine.meter = this.meter;
    this.engine.verifies = (hit) => this.#verifies(this.engine, hit);
  }

  /** Scans what `engine.kernel` was given with `load` or `begin`. */
  scan(piece: Piece): PieceResult {
    return this.#read(piece, () => this.engine.kernel.scan());
  }

  /**
   * The same for the events of a frame, numbered as its rows; there are no bad lines among them. In hits they stand without white
   * space between their tokens.
   * @throws WeirError `batch.damaged`, `batch.version`
   */
  scanFrame(frame: Uint8Array, piece: Piece): PieceResult {
    this.engine.kernel.openFrame(frame);
    let batches = 1;
    return this.#read(piece, () => batches-- > 0);
  }

  /** @param next makes the next batch of rows; false when there is none */
  #read(piece: Piece, next: () => boolean): PieceResult {
    const { engine } = this;
    const { kernel } = engine;
    let records = 0;
    let events = 0;
    const bad: BadLine[] = [];
    this.#hits = 0;
    this.#lastBase = -1;
    this.#base = this.#baseHits(piece);
    let from = elapsedMs();
    while (next()) {
      const errors = engine.errors();
      const batchRecords = records;
      const local = recordCounter(errors.map((error) => error.row));
      for (let i = 0; i < errors.length; i++) {
        const { line, at, reason, row } = errors[i];
        bad.push({
          record: numberOf(piece, batchRecords + row + i) ?? batchRecords + row + i,
          byte: piece.position === null ? null : piece.position + line + at,
          reason,
        });
      }
      this.#lines.nextBatch();
      const hits: EngineHit[] = [];
      const unwraps = engine.evaluate((more) => {
        for (const hit of more) hits.push(hit);
      });
      const recordOf = (row: number): number => batchRecords + local(row);
      let reported = 0;
      const reportBefore = (row: number): void => {
        for (; reported < hits.length && hits[reported].row < row; reported++) {
          const hit = hits[reported];
          this.#report(engine, hit, piece, recordOf(hit.row), hit.row);
        }
      };
      if (unwraps.length > 0) this.#unwrap(unwraps, piece, recordOf, bad, reportBefore);
      reportBefore(Number.POSITIVE_INFINITY);
      events += kernel.get('rowCount');
      records += kernel.get('rowCount') + errors.length;
      this.meter?.evaluated(elapsedMs() - from);
      if (piece.onBatch !== undefined) this.#handBatch(piece, piece.onBatch, errors);
      from = elapsedMs();
    }
    const { bytes, marks } = this.#lines.take();
    const base = this.#base?.columns() ?? null;
    const baseEvents = base === null ? null : this.#baseEvents.take();
    return { records, events, bytes: kernel.length, lines: bytes, marks, hits: this.#hits, bad, base, baseEvents };
  }

  /** Where events have ids they have a time of receipt as well, so none is left out for the lack of its own. */
  #baseHits({ path }: Piece): BaseHits | null {
    return this.#needs === null ? null : new BaseHits(this.#needs, limits, { untimedKept: path === null });
  }

  #handBatch(piece: Piece, onBatch: (batch: ScannedBatch) => void, errors: readonly ScanError[]): void {
    const base = this.#base?.columns() ?? null;
    this.#base = this.#baseHits(piece);
    const lines = this.#lines.take().bytes;
    const [hitRows, hitRules, hitEnds, hitTimes] = [this.#hitRows, this.#hitRules, this.#hitEnds, this.#hitTimes];
    [this.#hitRows, this.#hitRules, this.#hitEnds, this.#hitTimes] = [[], [], [], []];
    onBatch({ errors, lines, hitRows, hitRules, hitEnds, hitTimes, base });
  }

  /** Rows by their plans, since the last call (none at the first); apart from them events that stood as XML in a column. */
  takeRows(): { readonly rows: Map<Plan, number>; readonly unwrapped: ReadonlyMap<Plan, number> } {
    return { rows: this.engine.takeRows(), unwrapped: this.#plain?.takeRows() ?? new Map<Plan, number>() };
  }

  totals(): WorkerTotals {
    const lanes: Record<string, number> = Object.fromEntries(this.engine.laneRows());
    for (const [name, rows] of this.#plain?.laneRows() ?? []) lanes[name] = (lanes[name] ?? 0) + rows;
    if (this.#plain !== null) delete lanes.xml;
    return {
      counts: this.#counts,
      lanes,
      kernelBytes: this.engine.kernel.bytes.length + (this.#plain?.kernel.bytes.length ?? 0),
    };
  }

  #verifies(engine: Engine, hit: EngineHit): boolean {
    const { meter } = this;
    if (meter === null) return matches(engine, hit);
    try {
      const from = meter.verifyBegins(hit.rule);
      const verified = matches(engine, hit);
      meter.verifyEnds(hit.rule, from);
      return verified;
    } catch (error) {
      meter.failed(hit.rule, error);
      return false;
    }
  }

  /** @param row its number in `this.engine`, which has the event as it came in */
  #report(engine: Engine, hit: EngineHit, piece: Piece, record: number, row: number): void {
    const { meter } = this;
    if (meter === null) {
      this.#putOut(engine, hit, piece, record, row);
      return;
    }
    const { length } = this.#lines;
    try {
      const from = meter.reportBegins(hit.rule);
      this.#putOut(engine, hit, piece, record, row);
      meter.reportEnds(hit.rule, from);
    } catch (error) {
      // Half a line is none.
      this.#lines.cut(length);
      meter.failed(hit.rule, error);
    }
  }

  #putOut(engine: Engine, hit: EngineHit, piece: Piece, record: number, row: number): void {
    const { kernel } = this.engine;
    const rule = engine.rule(hit.rule);
    const view = viewFor(engine, hit.row, rule, hit.facts);
    const number = numberOf(piece, record);
    const time = view.time();
    if (this.#quiet[hit.rule] !== 1) {
      // Codes of values, by which lines keep what they have explained, are those of one engine.
      if (this.#reporting !== engine) this.#lines.nextBatch();
      this.#reporting = engine;
      // Of carved events the main thread puts in the number, and with it that they are carved.
      const known = piece.carved ? null : number;
      const origin = piece.path === null ? null : { path: piece.path, record: known };
      this.#lines.add(hit.rule, view, origin, number ?? record, kernel.line(row));
    }
    if (this.#base?.wants(rule.id)) {
      // An event that several rules matched is kept once.
      if (this.#lastBase !== record && piece.path !== null) this.#baseEvents.add(kernel.line(row));
      this.#lastBase = record;
      const at =
        piece.path === null
          ? { time, path: '', record: row, event: row }
          : { time, path: piece.path, record: number ?? record, event: this.#baseEvents.count - 1 };
      this.#base.add(rule.id, at, (name) =>
        view.values(name).map((value) => (value.kind === 'null' ? null : value.text)),
      );
    }
    if (this.#quiet[hit.rule] === 1) return;
    this.#counts[hit.rule]++;
    this.#hits++;
    if (piece.onBatch === undefined) return;
    this.#hitRows.push(row);
    this.#hitRules.push(hit.rule);
    this.#hitEnds.push(this.#lines.length);
    this.#hitTimes.push(time ?? Number.NaN);
  }

  /**
   * Rows that may hold their event as XML in a column: unwrapped, they are scanned again by an engine of their own.
   * `reportBefore` puts out the hits of the rows in between, so that lines stay in order of records.
   */
  #unwrap(
    rows: readonly number[],
    piece: Piece,
    recordOf: (row: number) => number,
    bad: BadLine[],
    reportBefore: (row: number) => void,
  ): void {
    const { kernel } = this.engine;
    const engine = this.#plain ?? this.#makePlain();
    // What is no event after all is read as the record it stands in.
    const asItStands = (row: number, reason: string): Uint8Array => {
      const record = recordOf(row);
      bad.push({ record: numberOf(piece, record) ?? record, byte: null, reason: `event XML in a field: ${reason}` });
      return kernel.line(row);
    };
    const events = rows.map((row) => {
      try {
        return this.#unwrapped(row) ?? kernel.line(row);
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        return asItStands(row, error.message);
      }
    });
    let done = 0;
    while (done < events.length) {
      engine.kernel.load(joinLines(events.slice(done)));
      while (engine.kernel.scan()) {
        // JSON made of XML may nest a little deeper than the XML did, and be too deep for an event.
        const errors = engine.errors();
        errors.forEach(({ row, reason }, i) => {
          const at = done + row + i;
          events[at] = asItStands(rows[at], reason);
        });
        if (errors.length > 0) break;
        this.#lines.nextBatch();
        engine.evaluate((hits) => {
          for (const hit of hits) {
            const row = rows[done + hit.row];
            reportBefore(row);
            this.#report(engine, hit, piece, recordOf(row), row);
          }
        });
        done += engine.kernel.get('rowCount');
      }
    }
  }

  #makePlain(): Engine {
    const engine = new Engine(this.#module, this.#image, {
      inputBytes: 1 << 16,
      unwrapXml: false,
      lanes: this.#lanes,
    });
    engine.meter = this.meter;
    engine.verifies = (hit) => this.#verifies(engine, hit);
    engine.takeRows();
    this.#plain = engine;
    return engine;
  }

  /** The event that a row holds as XML, as JSON; null when it holds none after all. */
  #unwrapped(row: number): Uint8Array | null {
    const { engine } = this;
    const paths = new Map([...engine.shapeOf(row).pathAt].map(([position, path]) => [path, position]));
    for (const path of xmlColumns(new Set(paths.keys()))) {
      const position = paths.get(path);
      if (position === undefined) continue;
      for (const value of engine.valuesOf(engine.codeAt(row, position))) {
        if (value.kind === 'string' && isEventXml(value.text)) return encoder.encode(eventXmlToJson(value.text));
      }
    }
    return null;
  }
}

/** By the plain evaluator. */
function matches(engine: Engine, hit: EngineHit): boolean {
  const rule = engine.rule(hit.rule);
  return evaluateRule(rule, viewFor(engine, hit.row, rule, hit.facts));
}

/** The number of a record that is `record` from 0 within the piece; null when only the main thread will know. */
function numberOf(piece: Piece, record: number): number | null {
  return piece.records?.[record] ?? (piece.firstRecord === null ? null : piece.firstRecord + record);
}

const encoder = new TextEncoder();

/** Number of a row's line within its batch, given how many rows stood before each bad line; rows must come in order. */
function recordCounter(before: readonly number[]): (row: number) => number {
  let passed = 0;
  let last = -1;
  return (row) => {
    if (row < last) passed = 0;
    last = row;
    while (passed < before.length && before[passed] <= row) passed++;
    return row + passed;
  };
}

function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(lines.reduce((size, line) => size + line.length + 1, 0));
  let at = 0;
  for (const line of lines) {
    joined.set(line, at);
    at += line.length;
    joined[at++] = 0x0a;
  }
  return joined;
}

/** Copies of byte strings in one buffer. */
class ByteList {
  #bytes = new Uint8Array(0);
  #used = 0;
  #ends: number[] = [];

  get count(): number {
    return this.#ends.length;
  }

  add(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + bytes.length, 4096));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#ends.push(this.#used);
  }

  take(): { bytes: Uint8Array<ArrayBuffer>; ends: number[] } {
    const taken = { bytes: this.#bytes.slice(0, this.#used), ends: this.#ends };
    this.#used = 0;
    this.#ends = [];
    return taken;
  }
}
