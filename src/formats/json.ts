/**
 * JSON in any arrangement to one event a line: one document, arrays, envelopes (see envelope.ts), concatenated values,
 * pretty or not. Only insignificant white space is removed; every token keeps its bytes. Grammar is followed as far as
 * brackets, keys, colons and commas go; what a number or an escape may look like is checked by whoever scans the lines.
 *
 * Damage: the event it is in is named and reading goes on at the next plausible one (see json-recovery.ts). What was read
 * of a broken event is looked at once more, for events it swallowed; so every byte is looked at twice at most.
 */
import { limits } from '../base/index.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { Envelope } from './envelope.ts';
import { EventReader, STOP_DAMAGE, STOP_END, STOP_ENVELOPE_EVENT, STOP_LIST, STOP_REFUSED } from './json-event.ts';
import {
  C_SCALAR,
  CLASS,
  CLOSE_BRACKET,
  COMMA,
  EXPECTED,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  type Piece,
  S_COMMA_OR_END,
  S_KEY,
  S_KEY_OR_END,
} from './json-grammar.ts';
import { Recovery, T_COLUMN, T_SURE } from './json-recovery.ts';
import { type InputReport, showByte } from './report.ts';
import type { Chunk } from './types.ts';

// What the reader is doing.
const M_BETWEEN = 0;
const M_EVENT = 1;
const M_RESYNC = 2;

/** Bytes looked at between checks of room and size. */
const SLICE_BYTES = 64 * 1024;
const OUTER_LEVELS_MAX = 64;
const TAILS_NAMED_MAX = 16;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** What stopped an event: a byte, the end of the input, or its size. */
type Culprit = number | 'end' | 'size';

export interface JsonOptions {
  readonly chunkBytes?: number;
  readonly lineBytesMax?: number;
}

/** Push the input in pieces of any size, then call `end`; take the chunks whenever you like. */
export class JsonSplitter {
  /** A list or an envelope was seen; for sniffing. */
  sawEnvelope = false;
  /** Events were taken out of envelopes: there are more, or others, than values. */
  unwrapped = false;
  readonly #out: ChunkWriter;
  readonly #report: InputReport;
  readonly #lineBytesMax: number;
  readonly #recovery = new Recovery();
  readonly #reader: EventReader;
  #position = 0;
  /** Pieces to read, the next one last. */
  readonly #queue: Piece[] = [];
  #mode = M_BETWEEN;
  /** Lists around the events: the envelope a list belongs to, or null for a plain array. */
  readonly #outer: (Envelope | null)[] = [];
  readonly #tailsNamed = new Set<string>();

  // The event in progress.
  #eventPosition = 0;
  #eventColumn = -1;
  /** Input since the start of the event, to read again after damage. */
  #held: Piece[] = [];
  #heldFrom = 0;
  #reread: Piece[] | null = null;
  #rereadUntil = 0;

  constructor(report: InputReport, options: JsonOptions = {}) {
    this.#report = report;
    this.#lineBytesMax = options.lineBytesMax ?? limits.lineBytesMax;
    this.#out = new ChunkWriter(options.chunkBytes);
    this.#reader = new EventReader(this.#out, this.#recovery, (envelope, key) => this.#nameTail(envelope, key));
  }

  /** The bytes are kept until the event they belong to is complete: do not write into them. */
  push(bytes: Uint8Array): void {
    this.#queue.push({ bytes, position: this.#position });
    this.#position += bytes.length;
    this.#drain();
  }

  end(): void {
    while (this.#mode === M_EVENT) {
      this.#fail('end', 0, { bytes: new Uint8Array(0), position: this.#position });
      this.#queueReread();
      this.#drain();
    }
    if (this.#mode === M_BETWEEN && this.#outer.length > 0) {
      this.#report.add(`byte ${this.#position}`, 'the input ends inside a list that is not closed: it may be cut off');
    }
    this.#out.flush();
  }

  take(): Chunk[] {
    return this.#out.take();
  }

  /** Number of the next event. */
  get record(): number {
    return this.#out.record;
  }

  /** Whether the reader stands between events, outside any list. */
  get atRest(): boolean {
    return this.#mode === M_BETWEEN && this.#outer.length === 0;
  }

  #drain(): void {
    for (let piece = this.#queue.pop(); piece !== undefined; piece = this.#queue.pop()) this.#read(piece);
  }

  #read(piece: Piece): void {
    const { bytes, position } = piece;
    this.#heldFrom = 0;
    for (let i = 0; i < bytes.length; ) {
      const n = Math.min(i + SLICE_BYTES, bytes.length);
      // `{}` is two bytes and becomes three.
      this.#out.reserve(2 * (n - i) + 16);
      while (i < n && this.#reread === null) {
        if (this.#mode === M_EVENT) i = this.#event(piece, i, n);
        else if (this.#mode === M_BETWEEN) i = this.#between(piece, i, n);
        else i = this.#resync(piece, i, n);
      }
      if (this.#mode === M_EVENT && position + n - this.#eventPosition > this.#lineBytesMax) this.#outgrow(piece, n);
      if (this.#reread !== null) {
        this.#queue.push({ bytes: bytes.subarray(i), position: position + i });
        this.#queueReread();
        return;
      }
    }
    if (this.#mode === M_EVENT && !this.#reader.discarding && this.#reader.tail === null)
      this.#hold(piece, bytes.length);
  }

  #hold(piece: Piece, end: number): void {
    if (end <= this.#heldFrom) return;
    this.#held.push({ bytes: piece.bytes.subarray(this.#heldFrom, end), position: piece.position + this.#heldFrom });
    this.#heldFrom = end;
  }

  #queueReread(): void {
    if (this.#reread !== null) this.#queue.push(...this.#reread.reverse());
    this.#reread = null;
  }

  // ---- between events

  #between(piece: Piece, i: number, n: number): number {
    const { bytes, position } = piece;
    const recovery = this.#recovery;
    for (; i < n; i++) {
      const byte = bytes[i];
      switch (byte) {
        case NEWLINE:
          recovery.column = 0;
          continue;
        case 0x20:
        case 0x09:
        case 0x0d:
          if (recovery.column >= 0) recovery.column++;
          continue;
        // RFC 7464 puts a record separator before each value.
        case 0x1e:
        case COMMA:
          recovery.column = -1;
          continue;
        case OPEN_BRACE:
          this.#begin(piece, i, T_SURE);
          return i + 1;
        case OPEN_BRACKET:
          recovery.column = -1;
          if (this.#outer.length >= OUTER_LEVELS_MAX) break;
          this.#outer.push(null);
          this.sawEnvelope = true;
          continue;
        case CLOSE_BRACKET: {
          recovery.column = -1;
          const envelope = this.#outer.pop();
          if (envelope === undefined) break;
          if (envelope === null) continue;
          this.#beginTail(piece, i + 1, envelope);
          return i + 1;
        }
        default:
          if (position + i < 3 && byte === BYTE_ORDER_MARK[position + i]) continue;
      }
      this.#report.add(
        `record ${this.#out.record}, byte ${position + i}`,
        `expected an event, a JSON object, came ${showByte(byte)}`,
      );
      this.#out.drop(true);
      this.#mode = M_RESYNC;
      recovery.startLenient();
      return i;
    }
    return i;
  }

  #begin(piece: Piece, i: number, trial: number): void {
    this.#mode = M_EVENT;
    this.#eventPosition = piece.position + i;
    this.#eventColumn = this.#recovery.columnOf(trial);
    if (trial === T_SURE) this.#recovery.guessColumn();
    this.#held = [];
    this.#heldFrom = i;
    this.#reader.listsAllowed = this.#outer.length === 0;
    this.#reader.begin(trial);
  }

  #beginTail(piece: Piece, i: number, envelope: Envelope): void {
    this.#begin(piece, i, T_SURE);
    this.#reader.beginTail(envelope);
  }

  // ---- inside an event

  #event(piece: Piece, i: number, n: number): number {
    const reader = this.#reader;
    const at = reader.read(piece.bytes, i, n);
    switch (reader.stop) {
      case STOP_END:
        this.#complete(piece, at);
        return at;
      case STOP_LIST:
        this.#outer.push(reader.finder.take());
        this.unwrapped = true;
        this.sawEnvelope = true;
        this.#out.drop(false);
        this.#mode = M_BETWEEN;
        this.#recovery.column = -1;
        this.#held = [];
        return at;
      case STOP_ENVELOPE_EVENT: {
        const column = this.#eventColumn;
        reader.learn();
        this.#outer.push(reader.envelope);
        this.unwrapped = true;
        this.sawEnvelope = true;
        this.#begin(piece, at, T_SURE);
        this.#eventColumn = column;
        return at + 1;
      }
      case STOP_REFUSED:
        this.#refuse();
        return at;
      case STOP_DAMAGE:
        this.#fail(piece.bytes[at], at, piece);
        return at;
    }
    return at;
  }

  #complete(piece: Piece, i: number): void {
    const out = this.#out;
    // `{}` as a candidate: only its column can make it an event.
    if (this.#reader.trial !== T_SURE && this.#reader.trial !== T_COLUMN) {
      out.drop(false);
      this.#mode = M_RESYNC;
      return;
    }
    const size = piece.position + i - this.#eventPosition;
    this.#mode = M_BETWEEN;
    this.#recovery.column = -1;
    this.#held = [];
    if (this.#reader.tail !== null) {
      out.drop(false);
      return;
    }
    if (this.#reader.discarding || size > this.#lineBytesMax) {
      this.#report.add(
        `record ${out.record}, byte ${this.#eventPosition}`,
        `the event has ${size} bytes, more than the ${this.#lineBytesMax} an event may have: left out`,
      );
      out.drop(true);
    } else {
      this.#reader.learn();
      this.#recovery.learnColumn(this.#eventColumn);
      out.complete(this.#eventPosition);
    }
    const envelope = this.#outer.at(-1);
    if (envelope?.holds === 'event') {
      this.#outer.pop();
      this.#beginTail(piece, i, envelope);
    }
  }

  #nameTail(envelope: Envelope, key: string): void {
    if (envelope.beside.includes(key) || envelope.path.includes(key) || this.#tailsNamed.has(key)) return;
    if (this.#tailsNamed.size >= TAILS_NAMED_MAX) return;
    this.#tailsNamed.add(key);
    this.#report.add(
      `byte ${this.#eventPosition}`,
      `the member '${key}' stands behind the events in '${envelope.path.join('.')}' and was not read as an event`,
    );
  }

  // ---- damage

  /** The event grew too large: read on to its end, or again from its start when it seems to have swallowed others. */
  #outgrow(piece: Piece, n: number): void {
    if (this.#reader.discarding || this.#reader.tail !== null) return;
    this.#hold(piece, n);
    const fresh = this.#eventPosition >= this.#rereadUntil;
    if (fresh && this.#recovery.looksSwallowed(this.#held)) {
      this.#fail('size', n, piece);
      return;
    }
    this.#reader.discard();
    this.#held = [];
  }

  /** A candidate that turned out to be no event. */
  #refuse(): void {
    this.#out.drop(false);
    this.#recovery.resume();
    this.#mode = M_RESYNC;
  }

  /** Damage at index `i` of the piece. */
  #fail(culprit: Culprit, i: number, piece: Piece): void {
    if (this.#reader.trial !== T_SURE) {
      this.#refuse();
      return;
    }
    const position = piece.position + i;
    const state = this.#reader.state;
    this.#nameDamage(culprit, position);
    this.#out.drop(this.#reader.tail === null);
    this.#reader.finder.stop();
    this.#mode = M_RESYNC;
    let depth = this.#reader.depth;
    // What is around the broken event of an envelope is broken with it.
    if (this.#outer.at(-1)?.holds === 'event') depth += this.#outer.pop()?.path.length ?? 0;
    const inKeyPlace = state === S_KEY || state === S_KEY_OR_END || state === S_COMMA_OR_END;
    // A lost quote turns strings inside out and shows as a word after a string; the next event is then behind already.
    const insideOut = state === S_COMMA_OR_END && typeof culprit === 'number' && CLASS[culprit] === C_SCALAR;
    const again = this.#reader.tail === null && !this.#reader.discarding && this.#eventPosition >= this.#rereadUntil;
    const damage = {
      position: culprit === 'size' ? Number.POSITIVE_INFINITY : position,
      depth,
      inString: this.#reader.inString,
      startsEvent: culprit === OPEN_BRACE && inKeyPlace && !this.#reader.inString,
      swallows: typeof culprit !== 'number' || insideOut,
    };
    this.#recovery.startAtDamage(damage, again);
    if (!again) return;
    this.#hold(piece, i);
    this.#rereadUntil = position;
    const [first, ...rest] = this.#held;
    this.#held = [];
    if (first === undefined) return;
    this.#reread = [{ bytes: first.bytes.subarray(1), position: first.position + 1 }, ...rest];
  }

  #nameDamage(culprit: Culprit, position: number): void {
    const what = this.#reader.tail === null ? 'the event' : 'the envelope';
    const where =
      this.#reader.tail === null ? `record ${this.#out.record}, byte ${this.#eventPosition}` : `byte ${position}`;
    const expected = this.#reader.inString ? `'"'` : (EXPECTED[this.#reader.state] ?? 'JSON');
    let reason = `is broken at byte ${position}: expected ${expected}, came `;
    if (culprit === 'size') reason = `grows past ${this.#lineBytesMax} bytes and seems to have swallowed others`;
    else if (culprit === 'end') reason = `is cut off by the end of the input at byte ${position}: expected ${expected}`;
    else if (!this.#reader.inString) reason += showByte(culprit);
    else reason = `is broken at byte ${position}: a line ends inside a string`;
    this.#report.add(where, `${what} ${reason}`);
  }

  #resync(piece: Piece, i: number, n: number): number {
    const { at, found } = this.#recovery.search(piece, i, n, this.#outer.length === 0);
    if (!found) return at;
    if (this.#recovery.trial === T_SURE) {
      this.#mode = M_BETWEEN;
      return at;
    }
    this.#begin(piece, at, this.#recovery.trial);
    return at + 1;
  }
}
