/** What stands on disk of each request against its receipt, which admission wrote. */
import { crc32 } from 'node:zlib';
import { WeirError } from '../../base/index.ts';
import { frameColumns, type Kernel, kernelWithoutRules, labelsAtStart, openBatch } from '../../batch/index.ts';
import type { JournalReader } from '../../journal/index.ts';
import { decodeControl } from './control.ts';
import { readDeadLetters } from './dead-letters.ts';
import { type HeldEntry, heldEntries } from './held-entries.ts';
import type { Losses } from './losses.ts';
import { digestEvent } from './survey.ts';
import { type DeadLetter, frameHead, type Measure, type Receipt } from './types.ts';
import type { Find } from './verify.ts';

export interface RequestsOptions {
  readonly from: number;
  readonly to: number;
  readonly find: Find;
  /** What is left of requests that lost a part is not looked at. */
  readonly losses?: Losses;
  readonly onProgress?: ((position: number, next: number) => void) | undefined;
}

export interface RequestCounts {
  readonly events: number;
  readonly dead: number;
  /** Of the events, those that are released from the journal. */
  readonly released: number;
}

/** Says how many events and dead letters there are. */
export function verifyRequests(reader: JournalReader, options: RequestsOptions): RequestCounts {
  return new Requests(options).run(reader);
}

class Requests {
  readonly #options: RequestsOptions;
  #events = 0;
  #dead = 0;
  #released = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  run(reader: JournalReader): RequestCounts {
    const { from, to, onProgress } = this.#options;
    // A request is as large as a body may be, so its entries are held until its receipt, which the last one has, says how to read them.
    let unit: HeldEntry[] = [];
    for (const entry of heldEntries(reader, from, to)) {
      onProgress?.(entry.position, to);
      unit.push(entry);
      if (entry.more) continue;
      if (this.#options.losses?.touches(unit[0].position, entry.position) !== true) this.#request(unit, entry);
      unit = [];
    }
    return { events: this.#events, dead: this.#dead, released: this.#released };
  }

  #request(unit: readonly HeldEntry[], last: HeldEntry): void {
    const find = (what: string): void => this.#options.find(last.file, last.position, what);
    try {
      const letters = unit.flatMap(({ kind, payload }) =>
        kind === 'dead' && payload !== null ? readDeadLetters(payload) : [],
      );
      const told = last.receipt === null ? null : (JSON.parse(last.receipt) as Receipt);
      if (told === null) {
        if (letters.length > 0 || unit.some(({ kind }) => kind === 'events')) find('events without a receipt');
        return;
      }
      this.#compare(unit, letters, told, find);
    } catch (error) {
      if (!(error instanceof WeirError || error instanceof SyntaxError)) throw error;
      find(error.message);
    }
  }

  #compare(
    unit: readonly HeldEntry[],
    letters: readonly DeadLetter[],
    told: Receipt,
    find: (what: string) => void,
  ): void {
    const filtered = filteredIn(unit);
    const digest = new RecordDigest(letters, told.compact === true);
    let rows = 0;
    let columns = 0;
    let released = false;
    for (const { kind, payload, start, receivedAt } of unit) {
      if (receivedAt !== told.at) find(`an entry was received at ${receivedAt}, its receipt says ${told.at}`);
      if (kind !== 'events') continue;
      const batch = payload === null ? null : openBatch(payload);
      const { tenant, source } = batch?.header ?? labelsAtStart(start) ?? { tenant: '', source: '' };
      if (tenant !== told.tenant || source !== told.source) {
        find(`the events are ${tenant}'s, of ${source}; the receipt says ${told.tenant} and ${told.source}`);
      }
      if (payload === null || batch === null) {
        released = true;
        const own = frameHead(start.buffer, start.byteOffset).rows;
        this.#released += own;
        rows += own;
        continue;
      }
      if (told.frames === true) columns = crc32(frameColumns(new Uint8Array(payload)), columns);
      else batch.eachRowText((text) => digest.row(text));
      rows += batch.rows;
    }
    digest.end();
    const dead = letters.length;
    this.#events += rows;
    this.#dead += dead;
    const leftOut = Object.values(filtered).reduce((sum, events) => sum + events, 0);
    if (told.received !== rows + dead + leftOut) {
      find(`the request has ${rows + dead + leftOut} events on disk, admission received ${told.received}`);
    }
    if (JSON.stringify(told.filtered ?? {}) !== JSON.stringify(filtered)) {
      find('what a policy left out of the request is not what its receipt says');
    }
    if (told.dead !== dead) find(`the request has ${dead} dead letters on disk, its receipt says ${told.dead}`);
    // Events that are released were held against their segment when they were; it is signed.
    if (!released && told.crc !== (told.frames === true ? columns : digest.crc)) {
      find('the events on disk are not those that were received, or not in their order');
    }
    if (told.sent !== undefined && !equal(told.sent, told.taken)) {
      find(`the body that was read is not the one that came off the wire, of ${told.sent.bytes} bytes`);
    }
    const events = eventsAmong(letters);
    if (events > 0) find(`${events} of its dead letters are events`);
  }
}

/** Events that policies left out, by policy. */
function filteredIn(unit: readonly HeldEntry[]): Readonly<Record<string, number>> {
  const filtered: Record<string, number> = {};
  for (const { kind, payload } of unit) {
    const control = kind === 'control' && payload !== null ? decodeControl(payload) : null;
    if (control?.kind === 'filtered') filtered[control.policy] = (filtered[control.policy] ?? 0) + control.events;
  }
  return filtered;
}

const equal = (a: Measure, b: Measure | undefined): boolean => a.bytes === b?.bytes && a.crc === b.crc;

/** The events of a request in the order in which they came: rows of frames, and between them dead letters by their numbers. */
class RecordDigest {
  crc = 0;
  readonly #letters: readonly DeadLetter[];
  readonly #compact: boolean;
  #letter = 0;
  #record = 0;

  constructor(letters: readonly DeadLetter[], compact: boolean) {
    this.#letters = letters;
    this.#compact = compact;
  }

  row(text: Uint8Array): void {
    this.end();
    this.crc = digestEvent(this.crc, text, this.#compact);
    this.#record++;
  }

  /** Dead letters that come next; one with another number than its place gives it is left out, which the CRC shows. */
  end(): void {
    for (; this.#letters[this.#letter]?.record === this.#record; this.#letter++) {
      this.crc = digestEvent(this.crc, Buffer.from(this.#letters[this.#letter].raw, 'base64'), this.#compact);
      this.#record++;
    }
  }
}

/** Made once: a kernel costs 10 ms. */
let kernel: Kernel | null = null;

/** How many of those that were set aside as no events are events. */
function eventsAmong(letters: readonly DeadLetter[]): number {
  const whole = letters
    .filter(({ code }) => code === 'event.not_json')
    .map(({ raw, length }) => ({ bytes: Buffer.from(raw, 'base64'), length }))
    .filter(({ bytes, length }) => bytes.length === length);
  if (whole.length === 0) return 0;
  kernel ??= kernelWithoutRules(1 << 16);
  kernel.load(Buffer.concat(whole.flatMap(({ bytes }) => [bytes, NEWLINE])));
  let events = 0;
  while (kernel.scan()) events += kernel.get('rowCount');
  return events;
}

const NEWLINE = Uint8Array.of(0x0a);
