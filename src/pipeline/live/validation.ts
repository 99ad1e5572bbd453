/**
 * Validation at the door: the events of a batch held to the policy of their source, while the kernel has them. What fails is counted
 * by check; under `enforce` it goes to the dead letters. What a check says hangs on the event, the policy and the time of receipt
 * alone, so nothing is written beside events that are kept: asked for an event's marks, it is checked again.
 */
import { limits } from '../../base/index.ts';
import { type Engine, parseTime, RowColumns } from '../../detect/index.ts';
import { type Finding, SourceFields, type SourceType, type ValidationSettings, Validator } from '../../schema/index.ts';
import { settingsOf, type ValidationPolicy } from './policy.ts';
import type { Delivery, ReceiptValidation } from './types.ts';

/** A row that is not kept. */
export interface Rejected {
  /** Its number in the batch. */
  readonly row: number;
  /** `validation.<check>` of the first check it does not pass. */
  readonly code: string;
  readonly reason: string;
}

/** What a batch came to. */
export interface Verdict {
  readonly rows: number;
  /** In order of rows. */
  readonly rejected: readonly Rejected[];
  /** Events that are kept although they do not pass. */
  readonly warned: number;
  /** Check → events that do not pass it, those not kept among them. */
  readonly counts: ReadonlyMap<string, number>;
}

const TOOLS = { parseTime };
/** Source types of which is remembered what their paths mean. */
const SOURCE_TYPES_MAX = 32;
/** Findings that a reason names. */
const REASONS_MAX = 5;
const REASON_CHARACTERS_MAX = 1000;

/** The batches of one engine, held to policies. */
export class BatchValidation {
  readonly #columns: RowColumns;
  /** What is known of source types, those met last kept. */
  readonly #fields = new Map<SourceType | null, SourceFields>();

  constructor(engine: Engine) {
    this.#columns = new RowColumns(engine);
  }

  /**
   * Checks the rows of the batch at hand, which the engine must have evaluated.
   * @param received when they were received, Unix milliseconds
   */
  check(settings: ValidationSettings, received: number): Verdict {
    const rejected: Rejected[] = [];
    const counts = new Map<string, number>();
    let rows = 0;
    let warned = 0;
    for (const { source, rows: numbers, view } of this.#columns.bySource()) {
      const result = this.#validator(source, settings).validate(view, received);
      rows += numbers.length;
      warned += result.warned;
      for (const [code, count] of result.counts) counts.set(code, (counts.get(code) ?? 0) + count);
      for (const own of result.rejected) rejected.push(rejection(numbers[own], result.findings(own)));
    }
    return { rows, rejected: rejected.sort((a, b) => a.row - b.row), warned, counts };
  }

  /** What one row of the batch at hand does not pass; empty where it passes all. */
  findings(settings: ValidationSettings, row: number, received: number): readonly Finding[] {
    for (const { source, rows, view } of this.#columns.bySource()) {
      const own = rows.indexOf(row);
      if (own >= 0) return this.#validator(source, settings).validate(view, received).findings(own);
    }
    return [];
  }

  #validator(source: SourceType | null, settings: ValidationSettings): Validator {
    const fields = this.#fields.get(source) ?? new SourceFields(source);
    if (!this.#fields.has(source)) {
      for (const [oldest] of this.#fields) if (this.#fields.size >= SOURCE_TYPES_MAX) this.#fields.delete(oldest);
      this.#fields.set(source, fields);
    }
    return new Validator(source, settings, TOOLS, fields);
  }
}

function rejection(row: number, findings: readonly Finding[]): Rejected {
  const enforced = findings.filter((finding) => finding.enforced);
  const named = enforced.slice(0, REASONS_MAX).map(({ path, value, reason }) => {
    if (path === null) return reason;
    return `${reason}, not ${JSON.stringify(value)} (${path})`;
  });
  if (enforced.length > REASONS_MAX) named.push(`and ${enforced.length - REASONS_MAX} more`);
  const reason = named.join('; ');
  const cut = reason.length > REASON_CHARACTERS_MAX ? `${reason.slice(0, REASON_CHARACTERS_MAX)}…` : reason;
  return { row, code: `validation.${enforced[0].code}`, reason: cut.toWellFormed() };
}

/** A door's policies by id. */
export class DoorValidation {
  readonly #policies = new Map<string, ValidationSettings>();
  readonly #engines = new WeakMap<Engine, BatchValidation>();

  /** Throws `validation.check` where an expression of the policy cannot be used. */
  add(id: string, policy: ValidationPolicy): void {
    if (!this.#policies.has(id)) this.#policies.set(id, settingsOf(policy));
  }

  /** Holds a request that the engine is to read to its policy; null where it has none. */
  hold({ policy, receivedAt }: Pick<Delivery, 'policy' | 'receivedAt'>, engine: Engine): Held | null {
    if (policy === null) return null;
    const settings = this.#policies.get(policy);
    if (settings === undefined) throw new Error(`the door has not been given the policy ${policy}`);
    let batches = this.#engines.get(engine);
    if (batches === undefined) {
      batches = new BatchValidation(engine);
      this.#engines.set(engine, batches);
    }
    return new Held(policy, settings, batches, receivedAt);
  }
}

/** One request held to its policy, batch by batch. */
export class Held {
  readonly #policy: string;
  readonly #settings: ValidationSettings;
  readonly #batches: BatchValidation;
  readonly #received: number;
  readonly #counts = new Map<string, number>();
  #checked = 0;
  #rejected = 0;
  #warned = 0;

  constructor(policy: string, settings: ValidationSettings, batches: BatchValidation, received: number) {
    this.#policy = policy;
    this.#settings = settings;
    this.#batches = batches;
    this.#received = received;
  }

  /** Checks the batch at hand, which must have been evaluated; rows that are not to be kept, in order. */
  check(): readonly Rejected[] {
    const { rows, rejected, warned, counts } = this.#batches.check(this.#settings, this.#received);
    this.#checked += rows;
    this.#rejected += rejected.length;
    this.#warned += warned;
    for (const [code, count] of counts) this.#counts.set(code, (this.#counts.get(code) ?? 0) + count);
    return rejected;
  }

  /** As the receipt has it: what has no room there by name is counted as `other`. */
  receipt(): ReceiptValidation {
    const sorted = [...this.#counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const named = sorted.slice(0, limits.receiptChecksMax);
    const other = sorted.slice(limits.receiptChecksMax).reduce((sum, [, count]) => sum + count, 0);
    const counts = Object.fromEntries(other > 0 ? [...named, ['other', other] as const] : named);
    return { policy: this.#policy, checked: this.#checked, rejected: this.#rejected, warned: this.#warned, counts };
  }
}
