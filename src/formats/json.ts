/**
 * JSON in any arrangement to one event a line: one document, arrays, envelopes (see envelope.ts), concatenated values,
 * pretty or not. Only insignificant white space is removed; every token keeps its bytes. Grammar is followed as far as
 * brackets, keys, colons and commas go; what a number or an escape may look like is checked by whoever scans the lines.
 *
 * Damage: the event it is in is named and reading goes on at the next plausible event. Plausible is an object that
 * starts in the column where events of this input start, or whose first key is one that events of this input start
 * with, or the point where the broken event's brackets close. Every byte is looked at most twice.
 */
import { limits } from '../base/index.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { ENVELOPES, type Envelope, mayBeEnvelopeKey } from './envelope.ts';
import { type InputReport, showByte } from './report.ts';
import type { Chunk } from './types.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

// Classes of bytes outside strings.
const C_SPACE = 1;
const C_QUOTE = 2;
const C_OPEN_OBJECT = 3;
const C_OPEN_ARRAY = 4;
const C_CLOSE_OBJECT = 5;
const C_CLOSE_ARRAY = 6;
const C_COMMA = 7;
const C_COLON = 8;
const C_SCALAR = 9;
const CLASS = new Uint8Array(256);
for (const byte of ' \t\r\n') CLASS[byte.charCodeAt(0)] = C_SPACE;
for (let byte = 0x30; byte <= 0x7a; byte++) if (/[0-9A-Za-z]/.test(String.fromCharCode(byte))) CLASS[byte] = C_SCALAR;
for (const byte of '+-.') CLASS[byte.charCodeAt(0)] = C_SCALAR;
CLASS[QUOTE] = C_QUOTE;
CLASS[OPEN_BRACE] = C_OPEN_OBJECT;
CLASS[OPEN_BRACKET] = C_OPEN_ARRAY;
CLASS[CLOSE_BRACE] = C_CLOSE_OBJECT;
CLASS[0x5d] = C_CLOSE_ARRAY;
CLASS[COMMA] = C_COMMA;
CLASS[0x3a] = C_COLON;

/** 1 for bytes that end a run inside a string: quote, backslash, newline. */
const STOPS = new Uint8Array(256);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;
STOPS[NEWLINE] = 1;

// What the grammar expects next inside an event.
const S_VALUE = 0;
const S_VALUE_OR_END = 1;
const S_KEY_OR_END = 2;
const S_KEY = 3;
const S_COLON = 4;
const S_COMMA_OR_END = 5;
/** The value of a member that may be the way into an envelope. */
const S_ENVELOPE_VALUE = 6;
/** The first element of a list that may be an envelope's. */
const S_ENVELOPE_FIRST = 7;
const EXPECTED = ['a value', "a value or ']'", "a key or '}'", 'a key', "':'", "',' or the end", 'a value', 'a value'];

// What the reader is doing.
const M_BETWEEN = 0;
const M_EVENT = 1;
const M_RESYNC = 2;

// How sure a candidate for the next event must still become.
const T_SURE = 0;
/** Starts in the right column: must go on with a key or be empty. */
const T_COLUMN = 1;
/** Follows a closing brace directly: must go on with a key. */
const T_ADJACENT = 2;
/** Must go on with a known first key. */
const T_KEYED = 3;

/** Bytes looked at between checks of room and size. */
const SLICE_BYTES = 64 * 1024;
const FIRST_KEYS_MAX = 16;
const FIRST_KEY_BYTES_MAX = 256;
const OUTER_LEVELS_MAX = 64;

interface Piece {
  readonly bytes: Uint8Array;
  readonly position: number;
}

export interface JsonOptions {
  readonly chunkBytes?: number;
  readonly lineBytesMax?: number;
}

/** Push the input in pieces of any size, then call `end`; take the chunks whenever you like. */
export class JsonSplitter {
  readonly #out: ChunkWriter;
  readonly #report: InputReport;
  readonly #lineBytesMax: number;
  #position = 0;
  #queue: Piece[] = [];
  #mode = M_BETWEEN;
  /** Lists around the events: the envelope a list belongs to, or null for a plain array. */
  #outer: (Envelope | null)[] = [];
  /** White space since the last newline, or -1 when something else stood there too. */
  #column = 0;
  /** A list or an envelope was seen; for sniffing. */
  sawEnvelope = false;

  // The event in progress.
  #eventPosition = 0;
  #state = S_VALUE;
  #depth = 0;
  #isObject = new Uint8Array(1024);
  #inString = false;
  #inKey = false;
  #escaped = false;
  #inScalar = false;
  #keyStart = 0;
  /** Keys are looked at: the first one, those that may lead into an envelope, those in an envelope's tail. */
  #watching = false;
  #trial = T_SURE;
  #tail: Envelope | null = null;
  #discarding = false;
  #candidates: Envelope[] = [];
  #envelopeStep = 0;
  #probing = false;
  #entering: Envelope[] = [];
  /** Input since the start of the event, to read again after damage. */
  #held: Piece[] = [];
  #heldBytes = 0;
  #heldFrom = 0;

  // What events of this input look like.
  #eventColumn = -1;
  #startColumn = -1;
  #firstKeys = new Set<string>();
  #lastFirstKey = '';
  #firstKey = '';

  // Looking for the next event after damage.
  /** From this position on the damage is behind; -1 when it is already. */
  #damageEnd = -1;
  #damageDepth = 0;
  #damageInString = false;
  #startsAtDamage = false;
  #allowKeyed = false;
  #softDepth = -1;
  #softString = false;
  #softEscape = false;
  #previous = 0;
  /** What stood at the level of events was no event: any object will do. */
  #lenient = false;
  #reread: Piece[] | null = null;
  #rereadUntil = 0;
  #tailsNamed = new Set<string>();

  constructor(report: InputReport, options: JsonOptions = {}) {
    this.#report = report;
    this.#lineBytesMax = options.lineBytesMax ?? limits.lineBytesMax;
    this.#out = new ChunkWriter(options.chunkBytes);
  }

  /** The bytes are kept until the event they belong to is complete: do not write into them. */
  push(bytes: Uint8Array): void {
    const piece = { bytes, position: this.#position };
    this.#position += bytes.length;
    this.#queue.push(piece);
    this.#drain();
  }

  end(): void {
    while (this.#mode === M_EVENT) {
      this.#fail(null, 0, { bytes: new Uint8Array(0), position: this.#position });
      this.#queue.push(...this.#takeReread());
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

  /** Numbers the next event; for callers that split one line at a time. */
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
    const { bytes } = piece;
    const out = this.#out;
    this.#heldFrom = 0;
    for (let i = 0; i < bytes.length; ) {
      const n = Math.min(i + SLICE_BYTES, bytes.length);
      // `{}` is two bytes and becomes three.
      out.reserve(2 * (n - i) + 16);
      while (i < n && this.#reread === null) {
        if (this.#mode === M_EVENT) i = this.#event(piece, i, n);
        else if (this.#mode === M_BETWEEN) i = this.#between(piece, i, n);
        else i = this.#resync(piece, i, n);
      }
      if (this.#reread !== null) {
        this.#queue.push({ bytes: bytes.subarray(i), position: piece.position + i }, ...this.#takeReread());
        return;
      }
      if (this.#mode === M_EVENT && piece.position + n - this.#eventPosition > this.#lineBytesMax) {
        if (this.#oversized(piece, n)) return;
      }
    }
    if (this.#mode === M_EVENT && !this.#discarding && this.#tail === null) this.#hold(piece, bytes.length);
  }

  #hold(piece: Piece, end: number): void {
    if (end <= this.#heldFrom) return;
    this.#held.push({ bytes: piece.bytes.subarray(this.#heldFrom, end), position: piece.position + this.#heldFrom });
    this.#heldBytes += end - this.#heldFrom;
    this.#heldFrom = end;
  }

  /** What is to be read again, last piece first as the queue wants it. */
  #takeReread(): Piece[] {
    const pieces = this.#reread ?? [];
    this.#reread = null;
    return pieces.reverse();
  }

  // ---- between events

  #between(piece: Piece, i: number, n: number): number {
    const { bytes } = piece;
    for (; i < n; i++) {
      const byte = bytes[i];
      switch (byte) {
        case NEWLINE:
          this.#column = 0;
          continue;
        case 0x20:
        case 0x09:
        case 0x0d:
          if (this.#column >= 0) this.#column++;
          continue;
        // RFC 7464 puts a record separator before each value.
        case 0x1e:
        case COMMA:
          this.#column = -1;
          continue;
        case OPEN_BRACE:
          this.#begin(piece, i, T_SURE);
          return i + 1;
        case OPEN_BRACKET:
          this.#column = -1;
          if (this.#outer.length >= OUTER_LEVELS_MAX) break;
          this.#outer.push(null);
          this.sawEnvelope = true;
          continue;
        case 0x5d: {
          this.#column = -1;
          const envelope = this.#outer.pop();
          if (envelope === undefined) break;
          if (envelope === null) continue;
          this.#beginTail(piece, i + 1, envelope);
          return i + 1;
        }
        default:
          if (this.#isByteOrderMark(byte, piece.position + i)) continue;
      }
      const position = piece.position + i;
      this.#report.add(
        `record ${this.#out.record}, byte ${position}`,
        `expected an event, a JSON object, came ${showByte(byte)}`,
      );
      this.#out.drop(true);
      this.#startResync(true);
      return i;
    }
    return i;
  }

  #isByteOrderMark(byte: number | undefined, position: number): boolean {
    return position < 3 && byte === [0xef, 0xbb, 0xbf][position];
  }

  #begin(piece: Piece, i: number, trial: number): void {
    this.#mode = M_EVENT;
    this.#trial = trial;
    this.#eventPosition = piece.position + i;
    this.#startColumn = trial === T_SURE ? this.#column : trial === T_COLUMN ? this.#eventColumn : -1;
    if (trial === T_SURE && this.#firstKeys.size === 0) this.#eventColumn = this.#column;
    this.#out.end = this.#out.start;
    this.#out.bytes[this.#out.end++] = OPEN_BRACE;
    this.#isObject[0] = 1;
    this.#depth = 1;
    this.#state = S_KEY_OR_END;
    this.#inString = false;
    this.#escaped = false;
    this.#inScalar = false;
    this.#watching = true;
    this.#tail = null;
    this.#discarding = false;
    this.#probing = false;
    this.#firstKey = '';
    this.#held = [];
    this.#heldBytes = 0;
    this.#heldFrom = i;
  }

  /** The rest of an envelope after its list or event: read like an event and thrown away. */
  #beginTail(piece: Piece, i: number, envelope: Envelope): void {
    this.#begin(piece, i, T_SURE);
    this.#out.end = this.#out.start;
    this.#tail = envelope;
    this.#depth = envelope.path.length;
    this.#isObject.fill(1, 0, this.#depth);
    this.#state = S_COMMA_OR_END;
  }

  // ---- inside an event

  #event(piece: Piece, i: number, n: number): number {
    const { bytes } = piece;
    const writer = this.#out;
    const out = writer.bytes;
    let end = writer.end;
    let state = this.#state;
    let depth = this.#depth;
    let isObject = this.#isObject;
    let inString = this.#inString;
    let failed = false;
    // What belongs to the line is copied in runs: byte by byte costs as much again as looking at it.
    let run = i;
    if (this.#escaped) {
      this.#escaped = false;
      if (bytes[i] === NEWLINE) failed = true;
      else i++;
    }
    if (this.#inScalar) {
      while (i < n && CLASS[bytes[i]] === C_SCALAR) i++;
      this.#inScalar = i === n;
    }
    while (i < n && !failed) {
      if (inString) {
        while (STOPS[bytes[i]] === 0 && ++i < n);
        if (i === n) break;
        const byte = bytes[i];
        if (byte === QUOTE) {
          i++;
          inString = false;
          if (!this.#inKey) {
            state = S_COMMA_OR_END;
            continue;
          }
          state = S_COLON;
          if (this.#watching) {
            end = copyRun(bytes, run, i, out, end);
            run = i;
            writer.end = end;
            this.#depth = depth;
            if (!this.#key()) {
              // A candidate that turned out to be none: go on looking behind its first key.
              this.#mode = M_RESYNC;
              writer.end = writer.start;
              return i;
            }
          }
        } else if (byte === BACKSLASH) {
          if (++i === n) this.#escaped = true;
          else if (bytes[i] === NEWLINE) failed = true;
          else i++;
        } else {
          failed = true;
        }
        continue;
      }
      const byte = bytes[i];
      switch (CLASS[byte]) {
        case C_SPACE:
          end = copyRun(bytes, run, i, out, end);
          do i++;
          while (i < n && CLASS[bytes[i]] === C_SPACE);
          run = i;
          continue;
        case C_QUOTE:
          if (state === S_KEY || state === S_KEY_OR_END) {
            this.#inKey = true;
            if (this.#watching) {
              end = copyRun(bytes, run, i, out, end);
              run = i;
              this.#keyStart = end + 1;
            }
          } else if (state === S_VALUE || state === S_VALUE_OR_END || state >= S_ENVELOPE_VALUE) {
            if (state >= S_ENVELOPE_VALUE) this.#noEnvelope();
            this.#inKey = false;
          } else break;
          inString = true;
          i++;
          continue;
        case C_SCALAR:
          if (state !== S_VALUE && state !== S_VALUE_OR_END) {
            if (state < S_ENVELOPE_VALUE) break;
            this.#noEnvelope();
          }
          do i++;
          while (i < n && CLASS[bytes[i]] === C_SCALAR);
          this.#inScalar = i === n;
          state = S_COMMA_OR_END;
          continue;
        case C_COLON:
          if (state !== S_COLON) break;
          state = this.#entering.length > 0 ? S_ENVELOPE_VALUE : S_VALUE;
          i++;
          continue;
        case C_COMMA:
          if (state !== S_COMMA_OR_END) break;
          state = isObject[depth - 1] === 1 ? S_KEY : S_VALUE;
          i++;
          continue;
        case C_OPEN_OBJECT:
        case C_OPEN_ARRAY:
          if (state >= S_ENVELOPE_VALUE) {
            this.#depth = depth;
            const entered = this.#enter(piece, i, byte, state);
            if (entered === 'left') return this.#mode === M_EVENT ? i + 1 : i;
            state = entered === 'list?' ? S_ENVELOPE_FIRST : byte === OPEN_BRACE ? S_KEY_OR_END : S_VALUE_OR_END;
          } else if (state === S_VALUE || state === S_VALUE_OR_END) {
            state = byte === OPEN_BRACE ? S_KEY_OR_END : S_VALUE_OR_END;
          } else break;
          if (depth === isObject.length) isObject = this.#moreDepth();
          isObject[depth++] = byte === OPEN_BRACE ? 1 : 0;
          i++;
          continue;
        case C_CLOSE_ARRAY:
          if (state === S_ENVELOPE_FIRST) {
            // An empty list: the envelope holds no events.
            this.#enterList();
            return i;
          }
          if ((state !== S_COMMA_OR_END && state !== S_VALUE_OR_END) || isObject[depth - 1] === 1) break;
          state = S_COMMA_OR_END;
          depth--;
          i++;
          continue;
        case C_CLOSE_OBJECT:
          if ((state !== S_COMMA_OR_END && state !== S_KEY_OR_END) || isObject[depth - 1] === 0) break;
          state = S_COMMA_OR_END;
          i++;
          if (--depth > 0) continue;
          writer.end = copyRun(bytes, run, i, out, end);
          if (this.#trial !== T_SURE && !this.#emptyCandidate()) return i;
          this.#complete(piece, i);
          return i;
      }
      failed = true;
    }
    end = copyRun(bytes, run, i, out, end);
    this.#state = state;
    this.#depth = depth;
    this.#inString = inString;
    writer.end = this.#discarding || this.#tail !== null ? this.#trim(end) : end;
    if (failed) this.#fail(bytes[i], i, piece);
    return i;
  }

  #moreDepth(): Uint8Array<ArrayBuffer> {
    const grown = new Uint8Array(2 * this.#isObject.length);
    grown.set(this.#isObject);
    this.#isObject = grown;
    return grown;
  }

  /** What is thrown away anyway need not grow; a key in progress is kept. */
  #trim(end: number): number {
    if (this.#inString && this.#inKey && this.#watching && end - this.#keyStart < FIRST_KEY_BYTES_MAX) return end;
    this.#keyStart = this.#out.start + 1;
    return this.#out.start + 1;
  }

  #complete(piece: Piece, i: number): void {
    const out = this.#out;
    const size = piece.position + i - this.#eventPosition;
    this.#mode = M_BETWEEN;
    this.#column = -1;
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#tail !== null) {
      out.drop(false);
      return;
    }
    if (this.#discarding || size > this.#lineBytesMax) {
      this.#report.add(
        `record ${out.record}, byte ${this.#eventPosition}`,
        `the event has ${size} bytes, more than the ${this.#lineBytesMax} an event may have: left out`,
      );
      out.drop(true);
    } else {
      if (this.#firstKey !== this.#lastFirstKey) this.#learn();
      if (this.#startColumn >= 0) this.#eventColumn = this.#startColumn;
      out.complete(this.#eventPosition);
    }
    const envelope = this.#outer.at(-1);
    if (envelope !== undefined && envelope !== null && envelope.holds === 'event') {
      this.#outer.pop();
      this.#beginTail(piece, i, envelope);
    }
  }

  #learn(): void {
    this.#lastFirstKey = this.#firstKey;
    if (this.#firstKeys.size < FIRST_KEYS_MAX) this.#firstKeys.add(this.#firstKey);
  }

  // ---- keys and envelopes

  /** Called at the end of a watched key. False when the event was a candidate and is none. */
  #key(): boolean {
    const { bytes, end, start } = this.#out;
    const from = this.#keyStart;
    const length = end - 1 - from;
    if (this.#tail !== null) {
      if (this.#depth <= this.#tail.path.length) this.#nameTail(this.#tail, text(bytes, from, end - 1));
      return true;
    }
    if (from === start + 2) {
      this.#firstKey = length <= FIRST_KEY_BYTES_MAX ? this.#firstKeyText(from, end - 1) : '';
      if (this.#trial === T_KEYED && !this.#firstKeys.has(this.#firstKey)) {
        if (this.#softDepth >= 0) this.#softDepth++;
        return false;
      }
      this.#trial = T_SURE;
      if (!mayBeEnvelopeKey(bytes[from], length)) {
        this.#watching = false;
        return true;
      }
      this.#probing = true;
      this.#envelopeStep = 0;
      const listAllowed = this.#outer.length === 0;
      this.#candidates = ENVELOPES.filter(({ holds }) => holds === 'event' || listAllowed);
    }
    if (this.#probing && this.#depth === this.#envelopeStep + 1) this.#probe(text(bytes, from, end - 1));
    return true;
  }

  /** The first key, without making a new string when it is the one of the event before. */
  #firstKeyText(from: number, to: number): string {
    const last = this.#lastFirstKey;
    const { bytes } = this.#out;
    let same = last.length === to - from;
    for (let i = 0; same && i < last.length; i++) same = last.charCodeAt(i) === bytes[from + i];
    return same ? last : text(bytes, from, to);
  }

  #probe(key: string): void {
    const step = this.#envelopeStep;
    this.#entering = this.#candidates.filter(({ path }) => path[step] === key);
    if (this.#entering.length > 0) return;
    this.#candidates = this.#candidates.filter(({ beside }) => beside.includes(key));
    if (this.#candidates.length === 0) this.#noEnvelope();
  }

  #noEnvelope(): void {
    this.#entering = [];
    this.#probing = false;
    this.#watching = false;
  }

  /** At the opening bracket of a member's value that may be an envelope's list, event, or a step towards it. */
  #enter(piece: Piece, i: number, byte: number, state: number): 'left' | 'list?' | 'no' {
    const step = this.#envelopeStep;
    const isLast = (envelope: Envelope): boolean => envelope.path.length === step + 1;
    if (state === S_ENVELOPE_FIRST) {
      if (byte === OPEN_BRACE) {
        this.#enterList();
        return 'left';
      }
    } else if (byte === OPEN_BRACKET) {
      this.#entering = this.#entering.filter((envelope) => isLast(envelope) && envelope.holds === 'list');
      if (this.#entering.length > 0) return 'list?';
    } else {
      const envelope = this.#entering.find((candidate) => isLast(candidate) && candidate.holds === 'event');
      if (envelope !== undefined) {
        const column = this.#startColumn;
        this.#learn();
        this.#outer.push(envelope);
        this.sawEnvelope = true;
        this.#entering = [];
        this.#begin(piece, i, T_SURE);
        this.#startColumn = column;
        return 'left';
      }
      this.#candidates = this.#entering.filter((candidate) => !isLast(candidate));
      if (this.#candidates.length > 0) {
        this.#entering = [];
        this.#envelopeStep++;
        return 'no';
      }
    }
    this.#noEnvelope();
    return 'no';
  }

  #enterList(): void {
    this.#outer.push(this.#entering[0] ?? null);
    this.#entering = [];
    this.sawEnvelope = true;
    this.#out.drop(false);
    this.#mode = M_BETWEEN;
    this.#column = -1;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #nameTail(envelope: Envelope, key: string): void {
    if (envelope.beside.includes(key) || envelope.path.includes(key) || this.#tailsNamed.has(key)) return;
    if (this.#tailsNamed.size >= FIRST_KEYS_MAX) return;
    this.#tailsNamed.add(key);
    this.#report.add(
      `byte ${this.#eventPosition}`,
      `the member '${key}' stands behind the events in '${envelope.path.join('.')}' and was not read as an event`,
    );
  }

  // ---- damage

  /** An event that grew too large: true when a likelier start of an event was found in it and reading goes back. */
  #oversized(piece: Piece, n: number): boolean {
    if (this.#discarding || this.#tail !== null) return false;
    this.#hold(piece, n);
    if (this.#firstKeys.size > 0 && this.#eventPosition >= this.#rereadUntil) {
      const swallowed = this.#held.some(({ bytes }) => this.#holdsFirstKey(bytes));
      if (swallowed) {
        this.#fail(undefined, n, piece);
        const rest = { bytes: piece.bytes.subarray(n), position: piece.position + n };
        this.#queue.push(rest, ...this.#takeReread());
        return true;
      }
    }
    this.#discarding = true;
    this.#watching = false;
    this.#held = [];
    this.#heldBytes = 0;
    return false;
  }

  /** Whether an object with a known first key follows a comma or bracket in `bytes`, other than at its start. */
  #holdsFirstKey(bytes: Uint8Array): boolean {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const key of this.#firstKeys) {
      for (const before of ['[', ',', '}', '\n']) if (buffer.includes(`${before}{"${key}"`, 1)) return true;
    }
    return false;
  }

  /** Damage at index `i` of the piece; `byte` is null at the end of the input, undefined when the event is too large. */
  #fail(byte: number | null | undefined, i: number, piece: Piece): void {
    const position = piece.position + i;
    if (this.#trial !== T_SURE) {
      // A candidate that turned out to be none: its brace counts for the depth.
      if (this.#softDepth >= 0) this.#softDepth++;
      this.#out.drop(false);
      this.#mode = M_RESYNC;
      return;
    }
    this.#nameDamage(byte, position);
    this.#out.drop(this.#tail === null);
    const again = this.#tail === null && !this.#discarding && this.#eventPosition >= this.#rereadUntil;
    const endsInKeyPlace = this.#state === S_KEY || this.#state === S_KEY_OR_END || this.#state === S_COMMA_OR_END;
    this.#startResync(false);
    this.#damageDepth = this.#depth;
    this.#damageInString = this.#inString;
    if (this.#outer.at(-1)?.holds === 'event') {
      // What is around the broken event is broken with it.
      this.#damageDepth += this.#outer.pop()?.path.length ?? 0;
    }
    this.#startsAtDamage = byte === OPEN_BRACE && endsInKeyPlace && !this.#inString;
    // A lost quote turns strings inside out and shows as a word after a string; the next event is then behind already.
    const insideOut = this.#state === S_COMMA_OR_END && CLASS[byte ?? 0] === C_SCALAR;
    this.#allowKeyed = byte === null || byte === undefined || insideOut;
    this.#entering = [];
    if (!again) {
      this.#damageEnd = position;
      this.#column = -1;
      return;
    }
    this.#hold(piece, i);
    this.#damageEnd = byte === undefined ? -1 : position;
    this.#rereadUntil = position;
    const [first, ...rest] = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    if (first === undefined) return;
    this.#previous = OPEN_BRACE;
    this.#reread = [{ bytes: first.bytes.subarray(1), position: first.position + 1 }, ...rest];
  }

  #nameDamage(byte: number | null | undefined, position: number): void {
    const what = this.#tail === null ? 'the event' : 'the envelope';
    const where = this.#tail === null ? `record ${this.#out.record}, byte ${this.#eventPosition}` : `byte ${position}`;
    const expected = this.#inString ? `'"'` : (EXPECTED[this.#state] ?? 'JSON');
    let reason: string;
    if (byte === undefined) reason = `grows past ${this.#lineBytesMax} bytes and seems to have swallowed others`;
    else if (byte === null) reason = `is cut off by the end of the input at byte ${position}: expected ${expected}`;
    else if (this.#inString && byte === NEWLINE) reason = `is broken at byte ${position}: a line ends inside a string`;
    else reason = `is broken at byte ${position}: expected ${expected}, came ${showByte(byte)}`;
    this.#report.add(where, `${what} ${reason}`);
  }

  #startResync(lenient: boolean): void {
    this.#mode = M_RESYNC;
    this.#lenient = lenient;
    this.#damageEnd = -1;
    this.#allowKeyed = true;
    this.#startsAtDamage = false;
    this.#softDepth = -1;
    this.#softString = false;
    this.#softEscape = false;
    this.#previous = 0;
    this.#trial = T_SURE;
  }

  #resync(piece: Piece, i: number, n: number): number {
    const { bytes } = piece;
    for (; i < n; i++) {
      const byte = bytes[i];
      if (piece.position + i === this.#damageEnd) {
        this.#damageEnd = -1;
        this.#softDepth = this.#damageDepth;
        this.#softString = this.#damageInString && byte !== NEWLINE;
        this.#allowKeyed = true;
        if (this.#startsAtDamage) {
          this.#begin(piece, i, T_COLUMN);
          return i + 1;
        }
      }
      if (byte === NEWLINE) {
        this.#column = 0;
        this.#softString = false;
        this.#softEscape = false;
        continue;
      }
      if (byte === 0x20 || byte === 0x09 || byte === 0x0d) {
        if (this.#column >= 0) this.#column++;
        this.#softEscape = false;
        continue;
      }
      const column = this.#column;
      const previous = this.#previous;
      this.#column = -1;
      this.#previous = byte;
      if (byte === OPEN_BRACE) {
        const trial = this.#candidate(column, previous);
        if (trial !== T_SURE) {
          this.#begin(piece, i, trial);
          return i + 1;
        }
      }
      if (this.#lenient && byte === OPEN_BRACKET && column === 0 && this.#outer.length === 0) {
        this.#mode = M_BETWEEN;
        return i;
      }
      if (this.#softDepth < 0) continue;
      if (this.#softString) {
        if (this.#softEscape) this.#softEscape = false;
        else if (byte === BACKSLASH) this.#softEscape = true;
        else if (byte === QUOTE) this.#softString = false;
        continue;
      }
      if (byte === QUOTE) this.#softString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#softDepth++;
      else if (byte === CLOSE_BRACE || byte === 0x5d) {
        if (--this.#softDepth > 0) continue;
        // The broken event's brackets close here.
        this.#mode = M_BETWEEN;
        return i + 1;
      }
    }
    return i;
  }

  #candidate(column: number, previous: number): number {
    if (this.#eventColumn >= 0 && column === this.#eventColumn) return T_COLUMN;
    if (this.#lenient || previous === CLOSE_BRACE) return T_ADJACENT;
    const inList = previous === COMMA || previous === OPEN_BRACKET;
    if (this.#allowKeyed && inList && this.#firstKeys.size > 0) return T_KEYED;
    return T_SURE;
  }

  /** `{}` as a candidate: only its column can make it an event. */
  #emptyCandidate(): boolean {
    if (this.#trial === T_COLUMN) {
      this.#trial = T_SURE;
      return true;
    }
    this.#out.drop(false);
    this.#mode = M_RESYNC;
    return false;
  }
}

/** Long runs through the machine's copy, short ones by hand: the call costs as much as some 60 bytes. */
function copyRun(bytes: Uint8Array, from: number, to: number, out: Uint8Array, end: number): number {
  if (to - from > 64) {
    out.set(bytes.subarray(from, to), end);
    return end + to - from;
  }
  for (let i = from; i < to; i++) out[end++] = bytes[i];
  return end;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
