/** Events that could not be taken, as the journal keeps them beside the others. */
import { limits } from '../../base/index.ts';
import { Refused } from '../../ingest/index.ts';
import type { DeadLetter as StoredLetter } from '../../store/index.ts';
import type { DeadLetter, EntryDraft, LetterNote } from './types.ts';

const encoder = new TextEncoder();
/** An entry of the journal should fit a Kafka record, as frames do. */
const ENTRY_BYTES_MAX = 900 * 1024;

/** Of what was sent the store keeps a beginning. */
const KEPT_BASE64 = Math.ceil(limits.deadLetterRawBytesMax / 3) * 4;

/** Those of an entry of the journal. */
export function readDeadLetters(payload: ArrayBuffer): DeadLetter[] {
  const lines = new TextDecoder().decode(payload).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as DeadLetter);
}

/** Those of an entry as the store keeps them. */
export function storedLetters(
  payload: ArrayBuffer,
  place: Pick<StoredLetter, 'tenant' | 'source' | 'door' | 'position' | 'received'>,
): StoredLetter[] {
  const { tenant, source, door, position, received } = place;
  return readDeadLetters(payload).map(({ code, reason, raw, length }, row) => {
    const bytes = Buffer.from(raw.slice(0, KEPT_BASE64), 'base64').subarray(0, limits.deadLetterRawBytesMax);
    return { tenant, source, door, position, row, received, code, reason, raw: bytes, rawBytes: length };
  });
}

/** Of the reasons in the message of a refusal. */
const WHY_SHOWN = 3;

/** Refuses a body whose many lines are all no events: another format, or damaged from its beginning. */
export function noEvents(letters: DeadLetters): Refused {
  return new Refused('body.no_events', `not one of its first ${letters.count} lines is an event: ${letters.why}`);
}

export class DeadLetters {
  #lines: Uint8Array[] = [];
  #bytes = 0;
  readonly #entries: EntryDraft[] = [];
  count = 0;
  /** Of them, what was no event before any policy looked at it. */
  notEvents = 0;
  /** What the sender is told: of each where it asked, else of the first ones. */
  readonly told: LetterNote[] = [];
  readonly #toldMax: number;
  /** Of those that were cut, how many first bytes are kept. */
  readonly cut = new Map<number, number>();

  constructor(itemized = false) {
    this.#toldMax = itemized ? Number.POSITIVE_INFINITY : limits.answerDeadLettersMax;
  }

  /**
   * @param bytesMax how much of it is kept: of what may be taken one day, all
   * @throws Refused `body.dead_letters` where there are too many: the request is to be given up
   */
  add(
    record: number,
    code: string,
    reason: string,
    bytes: Uint8Array,
    bytesMax: number = limits.deadLetterBytesMax,
  ): void {
    if (this.count >= limits.requestDeadLettersMax) throw this.#tooMany(record);
    const kept = bytes.subarray(0, bytesMax);
    if (kept.length < bytes.length) this.cut.set(record, kept.length);
    const letter: DeadLetter = {
      record,
      code,
      reason,
      raw: Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString('base64'),
      length: bytes.length,
    };
    const line = encoder.encode(`${JSON.stringify(letter)}\n`);
    if (this.#bytes > 0 && this.#bytes + line.length > ENTRY_BYTES_MAX) this.#flush();
    this.#lines.push(line);
    this.#bytes += line.length;
    this.count++;
    if (code.startsWith('event.')) this.notEvents++;
    if (this.told.length < this.#toldMax) this.told.push({ record, code, reason });
  }

  /** Why the first ones are dead letters, in a line. */
  get why(): string {
    return this.told
      .slice(0, WHY_SHOWN)
      .map(({ record, reason }) => `event ${record}: ${reason}`)
      .join('; ');
  }

  /** @param record the one for which there is no room */
  #tooMany(record: number): Refused {
    if (this.notEvents === record) return noEvents(this);
    return new Refused('body.dead_letters', `more than ${this.count} of its events cannot be taken: ${this.why}`);
  }

  entries(): readonly EntryDraft[] {
    this.#flush();
    return this.#entries;
  }

  #flush(): void {
    if (this.#bytes === 0) return;
    const payload = new Uint8Array(this.#bytes);
    let at = 0;
    for (const line of this.#lines) {
      payload.set(line, at);
      at += line.length;
    }
    this.#entries.push({ kind: 'dead', payload: payload.buffer, rows: this.#lines.length });
    this.#lines = [];
    this.#bytes = 0;
  }
}
