/** The inside of one event: its grammar, and its bytes without insignificant white space. */
import type { ChunkWriter } from './chunk-writer.ts';
import { type Envelope, mayBeEnvelopeKey } from './envelope.ts';
import { EnvelopeFinder } from './json-envelope.ts';
import {
  BACKSLASH,
  C_CLOSE_ARRAY,
  C_CLOSE_OBJECT,
  C_COLON,
  C_COMMA,
  C_OPEN_ARRAY,
  C_OPEN_OBJECT,
  C_QUOTE,
  C_SCALAR,
  C_SPACE,
  CLASS,
  copyRun,
  keyText,
  NEWLINE,
  OPEN_BRACE,
  QUOTE,
  S_COLON,
  S_COMMA_OR_END,
  S_ENVELOPE_FIRST,
  S_ENVELOPE_VALUE,
  S_KEY,
  S_KEY_OR_END,
  S_VALUE,
  S_VALUE_OR_END,
  STOPS,
} from './json-grammar.ts';
import { FIRST_KEY_BYTES_MAX, type Recovery, T_KEYED, T_SURE } from './json-recovery.ts';

// Why reading stopped.
/** More input is needed. */
export const STOP_NONE = 0;
/** Behind the closing brace. */
export const STOP_END = 1;
/** At the first element, or the end, of the list of an envelope; what was written is none of an event. */
export const STOP_LIST = 2;
/** At the brace of the event of an envelope. */
export const STOP_ENVELOPE_EVENT = 3;
/** Behind the first key of a candidate that is no event. */
export const STOP_REFUSED = 4;
/** At a byte that cannot stand there. */
export const STOP_DAMAGE = 5;

/** Reads one event after the other; begin each. */
export class EventReader {
  stop = STOP_NONE;
  /** With STOP_ENVELOPE_EVENT: the envelope. */
  envelope: Envelope | null = null;
  readonly finder = new EnvelopeFinder();
  /** Whether an envelope around a list would be one here. */
  listsAllowed = true;
  trial = T_SURE;
  /** The envelope whose rest, after its events, is passed over. */
  tail: Envelope | null = null;
  firstKey = '';
  state = S_VALUE;
  depth = 0;
  inString = false;
  /** Read on and thrown away. */
  discarding = false;

  readonly #out: ChunkWriter;
  readonly #recovery: Recovery;
  readonly #onTailKey: (envelope: Envelope, key: string) => void;
  #isObject = new Uint8Array(1024);
  #inKey = false;
  #escaped = false;
  #inScalar = false;
  #keyStart = 0;
  /** Keys are looked at: the first one, those that may lead into an envelope, those in an envelope's tail. */
  #watching = false;
  #lastFirstKey = '';

  constructor(out: ChunkWriter, recovery: Recovery, onTailKey: (envelope: Envelope, key: string) => void) {
    this.#out = out;
    this.#recovery = recovery;
    this.#onTailKey = onTailKey;
  }

  /** Behind the opening brace of an event. */
  begin(trial: number): void {
    this.trial = trial;
    this.tail = null;
    this.discarding = false;
    this.firstKey = '';
    this.finder.stop();
    this.state = S_KEY_OR_END;
    this.depth = 1;
    this.inString = false;
    this.#isObject[0] = 1;
    this.#escaped = false;
    this.#inScalar = false;
    this.#watching = true;
    this.#out.end = this.#out.start;
    this.#out.bytes[this.#out.end++] = OPEN_BRACE;
  }

  /** Behind the list or event of an envelope: its rest is read like an event and thrown away. */
  beginTail(envelope: Envelope): void {
    this.begin(T_SURE);
    this.tail = envelope;
    this.state = S_COMMA_OR_END;
    this.depth = envelope.path.length;
    this.#isObject.fill(1, 0, this.depth);
  }

  /** Reads the event to its end without keeping it. */
  discard(): void {
    this.discarding = true;
    this.#watching = false;
  }

  /** Remembers the first key for finding events after damage. */
  learn(): void {
    if (this.firstKey === this.#lastFirstKey) return;
    this.#lastFirstKey = this.firstKey;
    this.#recovery.learnKey(this.firstKey);
  }

  /** Reads bytes `i` up to `n`, for which the writer has room. Returns where it stopped; why is in `stop`. */
  read(bytes: Uint8Array, i: number, n: number): number {
    this.stop = STOP_NONE;
    const writer = this.#out;
    const out = writer.bytes;
    let end = writer.end;
    let state = this.state;
    let depth = this.depth;
    let isObject = this.#isObject;
    let inString = this.inString;
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
          state = this.#inKey ? S_COLON : S_COMMA_OR_END;
          if (!this.#inKey || !this.#watching) continue;
          end = copyRun(bytes, run, i, out, end);
          run = i;
          writer.end = end;
          this.depth = depth;
          if (!this.#key()) {
            this.stop = STOP_REFUSED;
            return i;
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
          state = this.finder.entering ? S_ENVELOPE_VALUE : S_VALUE;
          i++;
          continue;
        case C_COMMA:
          if (state !== S_COMMA_OR_END) break;
          state = isObject[depth - 1] === 1 ? S_KEY : S_VALUE;
          i++;
          continue;
        case C_OPEN_OBJECT:
        case C_OPEN_ARRAY: {
          const isBrace = byte === OPEN_BRACE;
          if (state >= S_ENVELOPE_VALUE) {
            if (isBrace && state === S_ENVELOPE_FIRST) {
              this.stop = STOP_LIST;
              return i;
            }
            if (isBrace) {
              this.envelope = this.finder.object();
              this.stop = this.envelope === null ? STOP_NONE : STOP_ENVELOPE_EVENT;
              if (this.stop !== STOP_NONE) return i;
              state = S_KEY_OR_END;
            } else state = state === S_ENVELOPE_VALUE && this.finder.list() ? S_ENVELOPE_FIRST : S_VALUE_OR_END;
            if (state !== S_ENVELOPE_FIRST && (!isBrace || !this.finder.active)) this.#noEnvelope();
          } else if (state === S_VALUE || state === S_VALUE_OR_END) {
            state = isBrace ? S_KEY_OR_END : S_VALUE_OR_END;
          } else break;
          if (depth === isObject.length) isObject = this.#moreDepth();
          isObject[depth++] = isBrace ? 1 : 0;
          i++;
          continue;
        }
        case C_CLOSE_ARRAY:
          if (state === S_ENVELOPE_FIRST) {
            // An empty list: the envelope holds no events.
            this.stop = STOP_LIST;
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
          this.stop = STOP_END;
          return i;
      }
      failed = true;
    }
    end = copyRun(bytes, run, i, out, end);
    this.state = state;
    this.depth = depth;
    this.inString = inString;
    writer.end = this.discarding || this.tail !== null ? this.#trim(end) : end;
    if (failed) this.stop = STOP_DAMAGE;
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
    if (this.inString && this.#inKey && this.#watching && end - this.#keyStart < FIRST_KEY_BYTES_MAX) return end;
    this.#keyStart = this.#out.start + 1;
    return this.#out.start + 1;
  }

  /** Called at the end of a watched key. False when the event was a candidate and is none. */
  #key(): boolean {
    const { bytes, end, start } = this.#out;
    const from = this.#keyStart;
    const to = end - 1;
    if (this.tail !== null) {
      if (this.depth <= this.tail.path.length) this.#onTailKey(this.tail, keyText(bytes, from, to));
      return true;
    }
    if (from === start + 2) {
      this.firstKey = to - from <= FIRST_KEY_BYTES_MAX ? this.#firstKeyText(from, to) : '';
      if (this.trial === T_KEYED && !this.#recovery.knows(this.firstKey)) return false;
      this.trial = T_SURE;
      if (!mayBeEnvelopeKey(bytes[from], to - from)) {
        this.#watching = false;
        return true;
      }
      this.finder.start(this.listsAllowed);
    }
    if (this.finder.active && this.depth === this.finder.depth) {
      this.finder.key(keyText(bytes, from, to));
      this.#watching = this.finder.active;
    }
    return true;
  }

  /** The first key, without making a new string when it is the one of the event before. */
  #firstKeyText(from: number, to: number): string {
    const last = this.#lastFirstKey;
    const { bytes } = this.#out;
    let same = last.length === to - from;
    for (let i = 0; same && i < last.length; i++) same = last.charCodeAt(i) === bytes[from + i];
    return same ? last : keyText(bytes, from, to);
  }

  #noEnvelope(): void {
    this.finder.stop();
    this.#watching = false;
  }
}
