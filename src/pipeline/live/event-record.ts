/**
 * One event with all that is known of it: as it came, by the names of the catalogue, where it came from, and what each stage did with it.
 * Nothing of this is kept beside the event: it follows from its frame, the receipt of its request, and what was in force there.
 */
import { WeirError } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { formatTime, openImage, RowColumns, RowTimes, ruleOf } from '../../detect/index.ts';
import type { JournalReader } from '../../journal/index.ts';
import { SourceFields, UNIFIED_VERSION, unifiedEvent } from '../../schema/index.ts';
import { type DetectionsReader, hitJson } from '../../store/index.ts';
import { Scanner } from '../scanner.ts';
import { eventIn, type WhyNot, whyNotOf } from '../why-not.ts';
import type { Controls } from './controls.ts';
import { keptEvent } from './journal-event.ts';
import { loadPolicy, settingsOf, type ValidationPolicy } from './policy.ts';
import { noRules } from './rule-set.ts';
import type { Receipt } from './types.ts';
import { BatchValidation } from './validation.ts';

export interface EventPlace {
  readonly tenant: string;
  readonly position: number;
  readonly row: number;
}

/** What one stage did. */
export interface Processing {
  readonly stage: 'receive' | 'validate' | 'journal' | 'detect';
  /** Of the program, policy, or rule set; null where there is none. */
  readonly version: string | null;
  readonly outcome: 'passed' | 'skipped' | 'failed';
  readonly reason: string | null;
  /** RFC 3339, where it is known. */
  readonly at: string | null;
}

export interface EventRecord {
  readonly id: string;
  /** JSON, its tokens as they came. */
  readonly event: string;
  /** By the names of the catalogue, weir's own among them. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly receipt: Pick<Receipt, 'door' | 'source' | 'credential' | 'request' | 'received' | 'dead'> & {
    /** RFC 3339. */
    readonly at: string;
  };
  readonly processing: readonly Processing[];
  /** What it does not pass of the checks its source was held to. */
  readonly validation: readonly { readonly check: string; readonly field: string; readonly reason: string }[];
  /** JSON texts, as `hitJson` makes them. */
  readonly hits: readonly string[];
  /** Asked of one rule. */
  readonly whyNot: WhyNot | null;
}

const time = (ms: number): string => new Date(ms).toISOString();

/** One per thread. */
export class EventRecords {
  readonly #reader: JournalReader;
  readonly #controls: Controls;
  /** Data folder. */
  readonly #folder: string;
  readonly #store: () => DetectionsReader;
  readonly #scanner = new Scanner(noRules(), 1 << 16, loadKernelModule());
  readonly #columns = new RowColumns(this.#scanner.engine);
  readonly #checks = new BatchValidation(this.#scanner.engine);
  readonly #times = new RowTimes(this.#scanner.engine);
  /** The rule that was asked last. */
  #asked: { readonly rule: string; readonly ask: (event: string) => WhyNot } | null = null;

  constructor(reader: JournalReader, controls: Controls, folder: string, store: () => DetectionsReader) {
    this.#reader = reader;
    this.#controls = controls;
    this.#folder = folder;
    this.#store = store;
  }

  /**
   * @param next position behind the last durable entry
   * @param whyNot a rule's place in an image, and its version
   * @returns null where there is no such event of the tenant
   */
  of(
    place: EventPlace,
    next: number,
    whyNot: { readonly image: SharedArrayBuffer; readonly index: number; readonly version: string } | null,
  ): EventRecord | null {
    const { tenant, position, row } = place;
    const kept = keptEvent(this.#reader, this.#folder, place, next);
    if (kept === null) return null;
    const { receipt, text: event, frameHash } = kept;
    const log = `${this.#reader.log}/0`;
    const id = `${log}/${position}/${row}`;
    const plain = eventIn(event);
    this.#open(plain);
    const [{ source, view }] = this.#columns.bySource();
    const unified = unifiedEvent(view, new SourceFields(source), 0);
    const own = this.#times.timeOf(0);
    const policyId = receipt.validation?.policy ?? null;
    const policy = policyId === null ? null : loadPolicy(this.#folder, policyId);
    const findings = policy === null ? [] : this.#checks.findings(settingsOf(policy), 0, receipt.at);
    const failed = [...new Set(findings.map(({ code }) => code))];
    const { door, source: sender, credential, request, received, dead } = receipt;
    const fields = {
      ...unified.fields,
      '@timestamp': own === null ? time(receipt.at) : formatTime(own),
      'weir.id': id,
      'weir.tenant': tenant,
      'weir.class': unified.class,
      'weir.received': time(receipt.at),
      'weir.source.id': sender,
      'weir.source.door': door,
      ...(source === null ? {} : { 'weir.source.type': source.id, 'weir.mapping.id': source.id }),
      'weir.mapping.version': UNIFIED_VERSION,
      ...(own === null ? { 'weir.time.source': 'received' } : {}),
      ...(frameHash === null ? {} : { 'weir.integrity.algorithm': 'sha256', 'weir.integrity.frame_hash': frameHash }),
      'weir.integrity.chain_position': position,
      'weir.validation.mode': policy?.mode ?? 'off',
      ...(failed.length === 0 ? {} : { 'weir.validation.failed': failed }),
    };
    return {
      id,
      event,
      fields,
      receipt: { door, source: sender, credential, request, received, dead, at: time(receipt.at) },
      processing: this.#processing(place, receipt, policy, failed),
      validation: findings.map(({ code, field, reason }) => ({ check: code, field, reason })),
      hits: this.#store()
        .hits.ofEvent(tenant, log, position, row)
        .map((hit) => hitJson(hit).toString()),
      whyNot: whyNot === null ? null : this.#whyNot(plain, whyNot),
    };
  }

  #open(event: string): void {
    const { engine } = this.#scanner;
    engine.kernel.load(new TextEncoder().encode(`${event}\n`));
    if (!engine.kernel.scan() || engine.kernel.get('rowCount') !== 1) {
      throw new WeirError('batch.damaged', 'what is kept is no event');
    }
    engine.evaluate(() => {});
  }

  #processing(
    { tenant, position }: EventPlace,
    receipt: Receipt,
    policy: ValidationPolicy | null,
    failed: readonly string[],
  ): Processing[] {
    const version = this.#controls.versionAt(position);
    const set = this.#controls.setAt(position);
    const checkpoint = this.#store().checkpoint(`${this.#reader.log}/0`);
    const evaluated = (checkpoint?.position ?? -1) >= position;
    const on = this.#controls.stageAt(tenant, 'detect', position);
    const at = time(receipt.at);
    const passed = { outcome: 'passed' as const, reason: null };
    const skipped = (reason: string) => ({ outcome: 'skipped' as const, reason });
    const checked = failed.length > 0 ? { outcome: 'failed' as const, reason: failed.join(', ') } : passed;
    return [
      { stage: 'receive', version, ...passed, at },
      {
        stage: 'validate',
        version: receipt.validation?.policy ?? null,
        ...(policy === null ? skipped('its source was not validated') : checked),
        at: null,
      },
      { stage: 'journal', version, ...passed, at: null },
      {
        stage: 'detect',
        version: set,
        ...(on ? (evaluated ? passed : skipped('not evaluated yet')) : skipped('the stage was switched off')),
        at: null,
      },
    ];
  }

  #whyNot(
    event: string,
    { image, index, version }: { image: SharedArrayBuffer; index: number; version: string },
  ): WhyNot {
    if (this.#asked?.rule !== version) {
      const opened = openImage(image);
      if (opened === null) throw new Error('the compiled rules are not of this version');
      this.#asked = { rule: version, ask: whyNotOf(ruleOf(opened, index)) };
    }
    return this.#asked.ask(event);
  }
}
