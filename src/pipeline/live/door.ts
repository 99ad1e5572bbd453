/**
 * What a door worker does with a request: body to rows, rows to frames for the journal, and on the same rows, while they are in the
 * cache, the rules. What is no event becomes a dead letter; a body that is broken as a whole is refused as a whole.
 */
import { crc32 } from 'node:zlib';
import { limits, release, stampMs, WeirError } from '../../base/index.ts';
import { encodeBatch, type Kernel } from '../../batch/index.ts';
import { RowTimes, type RuleCosts } from '../../detect/index.ts';
import { tooLongReason } from '../../formats/index.ts';
import { decodeBody, Refused } from '../../ingest/index.ts';
import { type RulePackage, type ScannedBatch, Scanner } from '../scanner.ts';
import { Arrivals } from './arrivals.ts';
import { DeadLetters, noEvents } from './dead-letters.ts';
import { takeFrames } from './frames.ts';
import { withoutRows } from './left-out.ts';
import { DoorMasks, type MaskPolicy } from './masking.ts';
import type { ValidationPolicy } from './policy.ts';
import { leaveOut } from './shed.ts';
import { splitJson } from './split-json.ts';
import { type Kept, type Survey, surveyJson, surveyLines } from './survey.ts';
import { evaluatedBatch, receiptOf, saidOf, type Taken, type TakenAt, type Watch } from './taken.ts';
import {
  type Delivery,
  type EntryDraft,
  type EvaluatedBatch,
  frameHead,
  type Measure,
  type ReceiptMask,
} from './types.ts';
import { DoorValidation, type Held, type Rejected } from './validation.ts';

/** The current rule set and the one before. */
const SETS_KEPT = 2;
const NONE: readonly Rejected[] = [];

interface Masked {
  /** Decompressed, before anything was masked. */
  readonly bytes: number;
  readonly masked: ReceiptMask;
}

/** What the rules of an epoch cost a door; rules by their numbers. */
export interface DoorCosts extends RuleCosts {
  readonly epoch: number;
}

/** One per worker. */
export class Door {
  readonly #scannerOf: (rules: RulePackage) => Scanner;
  /** Rule sets by epoch; what the journal has from before a change is evaluated under the old ones. */
  readonly #scanners = new Map<number, Scanner>();
  #scanner: Scanner;
  #times: RowTimes;
  #epoch = 0;
  readonly #validation = new DoorValidation();
  readonly #masks = new DoorMasks();
  readonly #arrivals = new Arrivals();

  /** @param scannerOf makes what scans with a rule set; several doors may take turns with the same */
  constructor(
    module: WebAssembly.Module,
    rules: RulePackage,
    scannerOf: (rules: RulePackage) => Scanner = (own) =>
      new Scanner(own, limits.readChunkBytes, module, undefined, { metered: true }),
  ) {
    this.#scannerOf = scannerOf;
    this.#scanner = scannerOf(rules);
    this.#times = new RowTimes(this.#scanner.engine);
  }

  /**
   * Takes in a rule set. Epochs number those of a process; 0 is none.
   * @param current whether requests are evaluated under it from the next one on
   */
  setRules(epoch: number, rules: RulePackage, current: boolean): void {
    const scanner = this.#scannerOf(rules);
    for (const known of this.#scanners.keys()) if (this.#scanners.size >= SETS_KEPT) this.#scanners.delete(known);
    this.#scanners.set(epoch, scanner);
    if (!current) return;
    this.#scanner = scanner;
    this.#times = new RowTimes(scanner.engine);
    this.#epoch = epoch;
  }

  /** What the rules in force have cost since the last call, and how often they failed; null: nothing to tell. */
  takeCosts(): DoorCosts | null {
    const costs = this.#scanner.meter?.take() ?? null;
    return costs === null ? null : { epoch: this.#epoch, ...costs };
  }

  /** Takes in a policy that deliveries may name. */
  setPolicy(id: string, policy: ValidationPolicy): void {
    this.#validation.add(id, policy);
  }

  /** Takes in what is masked where deliveries name it. */
  setMask(mask: MaskPolicy): void {
    this.#masks.add(mask);
  }

  /** What the rules of an epoch find in a frame of the journal; null when they are not here any more. */
  evaluate(
    epoch: number,
    frame: ArrayBuffer,
    of: { tenant: string; at: number } | null = null,
  ): EvaluatedBatch[] | null {
    const scanner = this.#scanners.get(epoch);
    if (scanner === undefined) return null;
    const found: EvaluatedBatch[] = [];
    const { kernel } = scanner.engine;
    const arrived = () => this.#arrivals.take(scanner, [], of?.tenant ?? null, of?.at ?? 0);
    arrived();
    scanner.scanFrame(new Uint8Array(frame), {
      path: null,
      firstRecord: null,
      records: null,
      position: null,
      carved: false,
      onBatch: (scanned) => found.push(evaluatedBatch(kernel.get('rowCount'), arrived(), scanned)),
    });
    return found;
  }

  /** @throws Refused `body.…`, WeirError `batch.…` when the whole body is refused */
  take(delivery: Delivery): TakenAt {
    const { sent, shed } = delivery;
    const taken = sent === undefined ? null : { bytes: delivery.body.length, crc: crc32(delivery.body) };
    const body = decodeBody(delivery.body, delivery.encoding);
    const decodedMs = stampMs();
    try {
      if (typeof shed === 'string') return { ...leaveOut(delivery, shed, body, taken), decodedMs };
      const masked = this.#masks.apply(delivery, withoutMark(body));
      if (masked === null) return { ...this.#takeBody(delivery, body, taken), decodedMs };
      const { mask, ...rest } = delivery;
      // What came is seen no further than here.
      const lines: Delivery = { ...rest, format: 'ndjson', encoding: 'identity', body: masked.lines };
      const { values, withheld } = masked;
      const told = { policy: mask ?? '', values, withheld };
      return { ...this.#takeBody(lines, masked.lines, taken, { bytes: body.length, masked: told }), decodedMs };
    } catch (error) {
      // What was told of a request that is not kept is to be told again.
      this.#arrivals.forget();
      throw error;
    } finally {
      if (body !== delivery.body) release(body.buffer);
    }
  }

  #takeBody(delivery: Delivery, body: Uint8Array, taken: Measure | null, masked: Masked | null = null): Taken {
    const epoch = delivery.evaluate ? this.#epoch : 0;
    const held = this.#validation.hold(delivery, this.#scanner.engine);
    const watch = { held, arrivals: this.#arrivals, tenant: epoch === 0 ? null : delivery.tenant };
    if (delivery.format === 'frames') return takeFrames(this.#scanner, this.#times, delivery, body, epoch, watch);
    const request = new Request(this.#scanner, this.#times, delivery, watch);
    let survey: Survey;
    if (delivery.format === 'ndjson') {
      this.#takeLines(body, request);
      // What came uncompressed is looked at as it came.
      survey = surveyLines(delivery.encoding === 'identity' ? delivery.body : body, request.kept);
    } else survey = this.#takeJson(body, request) ?? surveyJson(body, request.kept);
    return request.finish(survey, masked ?? { bytes: body.length }, taken, epoch);
  }

  #takeLines(body: Uint8Array, request: Request): void {
    let rest = withoutMark(body);
    for (;;) {
      const long = rest.length > limits.lineBytesMax ? longLine(rest) : null;
      if (long === null) {
        request.scan(rest);
        return;
      }
      request.scan(rest.subarray(0, long.from));
      request.tooLong(rest.subarray(long.from, long.to));
      rest = rest.subarray(long.to + 1);
    }
  }

  /** Where events came out of envelopes, which admission cannot see into, what came out; else null. */
  #takeJson(body: Uint8Array, request: Request): Survey | null {
    const { pieces, unwrapped } = splitJson(body);
    for (const piece of pieces) request.scan(piece);
    if (!unwrapped) return null;
    let survey: Survey = { events: 0, crc: 0 };
    for (const piece of pieces) survey = surveyLines(piece, request.kept, survey);
    return survey;
  }
}

function withoutMark(body: Uint8Array): Uint8Array {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** The first line that is longer than an event may be. */
function longLine(bytes: Uint8Array): { from: number; to: number } | null {
  let from = 0;
  while (bytes.length - from > limits.lineBytesMax) {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline < 0 ? bytes.length : newline;
    if (to - from > limits.lineBytesMax) return { from, to };
    from = to + 1;
  }
  return null;
}

/** One request on its way through a door. */
class Request {
  readonly #scanner: Scanner;
  readonly #kernel: Kernel;
  readonly #times: RowTimes;
  readonly #delivery: Delivery;
  readonly #held: Held | null;
  readonly #watch: Watch;
  readonly #entries: EntryDraft[] = [];
  readonly #dead: DeadLetters;
  readonly #batches: EvaluatedBatch[] = [];
  #input: Uint8Array = new Uint8Array();
  #form: Kept['form'] = 'lines';
  #accepted = 0;
  /** Lines so far, bad ones among them. */
  #lines = 0;

  constructor(scanner: Scanner, times: RowTimes, delivery: Delivery, watch: Watch) {
    this.#scanner = scanner;
    this.#kernel = scanner.engine.kernel;
    this.#times = times;
    this.#delivery = delivery;
    this.#held = watch.held;
    this.#watch = watch;
    scanner.takeRows();
    this.#dead = new DeadLetters(delivery.itemized === true);
    if (delivery.format === 'json') this.#form = 'compact';
  }

  /** How events were kept. */
  get kept(): Kept {
    return { form: this.#form, cut: this.#dead.cut };
  }

  scan(lines: Uint8Array): void {
    if (lines.length === 0) return;
    this.#input = lines;
    this.#kernel.load(lines);
    this.#scanner.scan({
      path: null,
      firstRecord: null,
      records: null,
      position: null,
      carved: false,
      onBatch: (batch) => this.#batch(batch),
    });
  }

  tooLong(line: Uint8Array): void {
    if (this.#form === 'lines') this.#form = 'tokens';
    this.#dead.add(this.#lines++, 'event.too_long', tooLongReason(line.length, limits.lineBytesMax), line);
  }

  #batch(batch: ScannedBatch): void {
    const { errors } = batch;
    const kernel = this.#kernel;
    const { tenant, source, receivedAt } = this.#delivery;
    const rows = kernel.get('rowCount');
    const rejected = this.#held?.check() ?? NONE;
    this.#setAside(errors, rejected);
    if (kernel.spacing === 'spaced') this.#form = 'compact';
    else if (kernel.spacing === 'tokens' && this.#form === 'lines') this.#form = 'tokens';
    const leaveOut = rejected.map(({ row }) => row);
    const arrived = this.#watch.arrivals.take(this.#scanner, leaveOut, this.#watch.tenant, receivedAt);
    const kept = rows - leaveOut.length;
    if (kept > 0) {
      const timeOf = (row: number) => this.#times.timeOf(row);
      const frames = encodeBatch(kernel, { tenant, source, mapping: '', timeOf, leaveOut });
      for (const payload of frames) {
        this.#entries.push({ kind: 'events', payload, rows: frameHead(payload).rows });
      }
      const found = leaveOut.length === 0 ? batch : withoutRows(batch, leaveOut, rows);
      this.#batches.push(evaluatedBatch(kept, arrived, found));
    }
    this.#accepted += kept;
    this.#lines += rows + errors.length;
  }

  /** Dead letters of a batch, in the order of their lines. */
  #setAside(errors: ScannedBatch['errors'], rejected: readonly Rejected[]): void {
    let next = 0;
    const rejectedBefore = (row: number, passed: number): void => {
      for (; next < rejected.length && rejected[next].row < row; next++) {
        const { row: own, code, reason } = rejected[next];
        this.#dead.add(this.#lines + own + passed, code, reason, this.#kernel.line(own), limits.lineBytesMax);
      }
    };
    errors.forEach(({ line, length, reason, row }, i) => {
      rejectedBefore(row, i);
      this.#dead.add(this.#lines + row + i, 'event.not_json', reason, this.#input.subarray(line, line + length));
    });
    rejectedBefore(Number.POSITIVE_INFINITY, errors.length);
  }

  /** @param came decompressed bytes of the body as it came, and what was masked in it */
  finish(
    { events, crc }: Survey,
    came: Partial<Masked> & { bytes: number },
    taken: Measure | null,
    epoch: number,
  ): Taken {
    const { unit, receivedAt, sent } = this.#delivery;
    const receipt = receiptOf(this.#delivery, {
      received: events,
      dead: this.#dead.count,
      ...came,
      crc,
      ...(this.#form === 'compact' ? { compact: true as const } : {}),
      ...(sent === undefined || taken === null ? {} : { sent, taken }),
      ...(this.#held === null ? {} : { validation: this.#held.receipt() }),
    });
    this.#demandEvents();
    const entries = [...this.#entries, ...this.#dead.entries()];
    // Of a body without events nothing is kept that verify could look at: there must be none in what came.
    if (entries.length === 0 && (events > 0 || sent?.crc !== taken?.crc)) {
      throw new Refused('body.damaged', 'what was read of the body is not what came off the wire');
    }
    return {
      draft: { unit, receivedAt, entries, receipt },
      accepted: this.#accepted,
      dead: this.#dead.count,
      filtered: 0,
      ...saidOf(this.#delivery, this.#entries, this.#dead),
      evaluated: { unit, epoch, batches: epoch === 0 ? [] : this.#batches },
    };
  }

  /** A few bad lines are dead letters; many, and not one event among them, are no body of events. Who asked for each is told of each. */
  #demandEvents(): void {
    const { count, notEvents, told } = this.#dead;
    if (this.#delivery.whole === true && count > 0) throw new WeirError(told[0].code, told[0].reason);
    const none = count === this.#lines && notEvents === count;
    if (none && count > limits.requestBadLinesMax && this.#delivery.itemized !== true) throw noEvents(this.#dead);
  }
}
