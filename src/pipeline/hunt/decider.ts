/**
 * The last word on rows that some rule may match: they are read as the events they were, by what runs over new events. So a hit
 * is the same hit, with the same id, whether it is found live or here.
 */
import { limits } from '../../base/index.ts';
import { BaseHits, type FieldNeeds, fieldNeeds, type HitColumns, type LaneSource } from '../../detect/index.ts';
import { eventId, hitId, type Rebuilder, streamHash } from '../../store/index.ts';
import type { EventTexts } from '../gathered.ts';
import { detectionVersion } from '../rule-version.ts';
import { type RulePackage, type ScannedBatch, Scanner } from '../scanner.ts';
import type { GroupPlaces, Place } from './places.ts';

/** Rows of one row group, and what is known of them. */
export interface Candidates {
  readonly log: string;
  readonly source: string;
  readonly rebuilder: Rebuilder;
  readonly places: GroupPlaces;
  /** In the order of the journal. */
  readonly rows: readonly number[];
  /** Rows whose lane nobody knows yet: it is counted in `lanes`. */
  readonly isRead: (row: number) => boolean;
  readonly lanes: Record<string, number>;
}

/** What was found; made to be kept as JSON too. */
export interface Decided {
  /** Hit lines. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Of each: number of the rule, and Unix milliseconds of the event, of its receipt where it has no time. */
  readonly hitRules: readonly number[];
  readonly hitTimes: readonly number[];
  /** Base matches for correlations. */
  readonly base: HitColumns | null;
  readonly baseEvents: EventTexts | null;
}

/** Events that are decided at once. */
const PIECE_BYTES = 1 << 20;
/** How far ahead of its receipt an event's time is believed (contract: events, bytes, time). */
const SKEW_MS = 5 * 60_000;
/** Rows of a frame are fewer. */
const ROWS = 2 ** 16;
const NEWLINE = Buffer.from('\n');
const encoder = new TextEncoder();

/** A place as the one number by which correlations order events of a source. */
export const recordOf = ({ position, row }: Place): number => position * ROWS + row;

export const placeOfRecord = (record: number): Place => ({ position: Math.floor(record / ROWS), row: record % ROWS });

export class Decider {
  readonly #scanner: Scanner;
  readonly #needs: FieldNeeds | null;
  readonly #ids: (string | undefined)[] = [];
  /** By log, then rule. */
  readonly #streams = new Map<string, (string | undefined)[]>();

  constructor(rules: RulePackage, module: WebAssembly.Module, lanes: LaneSource) {
    this.#scanner = new Scanner(rules, PIECE_BYTES, module, lanes);
    this.#needs = rules.correlations.length === 0 ? null : fieldNeeds(rules.correlations);
  }

  /** Of no rows. */
  nothing(): Decided {
    return new Found(this.#needs).take();
  }

  decide({ log, source, rebuilder, places, rows, isRead, lanes }: Candidates): Decided {
    const { engine } = this.#scanner;
    const { kernel } = engine;
    const found = new Found(this.#needs);
    for (let i = 0; i < rows.length; ) {
      const lines: Uint8Array[] = [];
      const first = i;
      for (let bytes = 0; i < rows.length && bytes < PIECE_BYTES; i++) {
        const line = rebuilder.rowText(rows[i]);
        lines.push(line, NEWLINE);
        bytes += line.length + 1;
      }
      let base = first;
      const onBatch = (batch: ScannedBatch): void => {
        const from = base;
        const eventOf = (row: number) => ({ row: rows[from + row], text: lines[(from - first + row) * 2] });
        this.#takeHits(batch, { log, source, places, eventOf }, found);
        found.takeBase(batch.base, source, places, eventOf);
        const count = kernel.get('rowCount');
        for (let row = 0; row < count; row++) {
          const plan = isRead(rows[base + row]) ? engine.planOf(row) : undefined;
          if (plan !== undefined && !plan.wrapped) lanes[plan.lane] = (lanes[plan.lane] ?? 0) + 1;
        }
        base += count;
      };
      kernel.load(Buffer.concat(lines));
      this.#scanner.scan({ path: null, firstRecord: null, records: null, position: null, carved: false, onBatch });
    }
    // What was XML in a column is read as nothing else.
    for (const [{ lane }, count] of this.#scanner.takeRows().unwrapped) lanes[lane] = (lanes[lane] ?? 0) + count;
    return found.take();
  }

  #takeHits(
    { lines, hitRows, hitRules, hitEnds, hitTimes }: ScannedBatch,
    group: {
      readonly log: string;
      readonly source: string;
      readonly places: GroupPlaces;
      readonly eventOf: EventOf;
    },
    found: Found,
  ): void {
    const { log, source, places, eventOf } = group;
    for (let i = 0; i < hitRows.length; i++) {
      const { row } = eventOf(hitRows[i]);
      const place = places.placeOf(row);
      const head = {
        id: hitId(this.#streamOf(log, hitRules[i]), place.position, place.row),
        event_id: eventId(log, place.position, place.row),
        retrospective: true,
        received: new Date(places.receivedAt(row)).toISOString(),
        source: { path: source, record: place.position, row: place.row },
      };
      found.lines.push(
        encoder.encode(`${JSON.stringify(head).slice(0, -1)},`),
        // Behind its bracket.
        lines.subarray((i === 0 ? 0 : hitEnds[i - 1]) + 1, hitEnds[i]),
      );
      found.hitRules.push(hitRules[i]);
      found.hitTimes.push(Number.isNaN(hitTimes[i]) ? places.receivedAt(row) : hitTimes[i]);
    }
  }

  #streamOf(log: string, index: number): string {
    const streams = this.#streams.get(log) ?? [];
    this.#streams.set(log, streams);
    let stream = streams[index];
    if (stream === undefined) {
      const rule = this.#scanner.engine.rule(index);
      this.#ids[index] ??= detectionVersion(rule);
      stream = streamHash(rule.id, this.#ids[index], log);
      streams[index] = stream;
    }
    return stream;
  }
}

type EventOf = (row: number) => { readonly row: number; readonly text: Uint8Array };

class Found {
  readonly lines: Uint8Array[] = [];
  readonly hitRules: number[] = [];
  readonly hitTimes: number[] = [];
  readonly #base: BaseHits | null;
  readonly #events: Uint8Array[] = [];
  readonly #ends: number[] = [];
  #length = 0;
  #lastRow = -1;

  constructor(needs: FieldNeeds | null) {
    this.#base = needs === null ? null : new BaseHits(needs, limits, { untimedKept: true });
  }

  /** Base matches, at the times and places at which the live server correlates them. */
  takeBase(base: HitColumns | null, source: string, places: GroupPlaces, eventOf: EventOf): void {
    if (this.#base === null || base === null || base.count === 0) return;
    const time = new Float64Array(base.count);
    const record = new Float64Array(base.count);
    const event = new Float64Array(base.count);
    for (let hit = 0; hit < base.count; hit++) {
      const { row, text } = eventOf(base.record[hit]);
      const received = places.receivedAt(row);
      time[hit] = Number.isNaN(base.time[hit]) ? received : Math.min(base.time[hit], received + SKEW_MS);
      record[hit] = recordOf(places.placeOf(row));
      if (this.#lastRow !== row) {
        this.#lastRow = row;
        this.#length += text.length;
        this.#events.push(text);
        this.#ends.push(this.#length);
      }
      event[hit] = this.#ends.length - 1;
    }
    this.#base.append({ ...base, path: new Uint32Array(base.count), paths: [source], time, record, event });
  }

  take(): Decided {
    const { hitRules, hitTimes } = this;
    const lines = Uint8Array.from(Buffer.concat(this.lines));
    const base = this.#base?.columns() ?? null;
    const baseEvents = base === null ? null : { bytes: Uint8Array.from(Buffer.concat(this.#events)), ends: this.#ends };
    return { lines, hitRules, hitTimes, base, baseEvents };
  }
}
