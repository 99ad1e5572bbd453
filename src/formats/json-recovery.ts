/**
 * Finding the next event after damage in JSON. Plausible is an object that starts in the column where events of this
 * input start, that follows a closing brace directly (nothing inside an event does), whose first key is one that events
 * of this input start with, or the point where the brackets of the broken event close.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  type Piece,
  QUOTE,
} from './json-grammar.ts';

// How sure a candidate for the next event must still become.
export const T_SURE = 0;
/** Starts in the right column: must go on with a key or be empty. */
export const T_COLUMN = 1;
/** Follows a closing brace directly: must go on with a key. */
export const T_ADJACENT = 2;
/** Must go on with a known first key. */
export const T_KEYED = 3;

const FIRST_KEYS_MAX = 16;
export const FIRST_KEY_BYTES_MAX = 256;

/** Where and how an event broke. */
export interface Damage {
  readonly position: number;
  /** Open brackets there, and whether inside a string. */
  readonly depth: number;
  readonly inString: boolean;
  /** An object starts at the damage, where none can: probably the next event. */
  readonly startsEvent: boolean;
  /** The events after it may be behind the damage already, so that known keys count before it too. */
  readonly swallows: boolean;
}

export class Recovery {
  /** White space since the last newline, or -1 when something else stood there too. */
  column = 0;
  /** What a search ended with; `T_SURE` when it found no candidate. */
  trial = T_SURE;

  // What events of this input look like.
  #eventColumn = -1;
  readonly #firstKeys = new Set<string>();

  // The search.
  #damage: Damage | null = null;
  #keyed = false;
  /** What stood at the level of events was no event: any object will do. */
  #lenient = false;
  /** Open brackets of the broken event, or -1 when not known (any more). */
  #depth = -1;
  #inString = false;
  #escaped = false;
  #previous = 0;

  get knowsKeys(): boolean {
    return this.#firstKeys.size > 0;
  }

  knows(firstKey: string): boolean {
    return this.#firstKeys.has(firstKey);
  }

  learnKey(firstKey: string): void {
    if (this.#firstKeys.size < FIRST_KEYS_MAX) this.#firstKeys.add(firstKey);
  }

  /** Where events start, from one that was read; -1 tells nothing. */
  learnColumn(column: number): void {
    if (column >= 0) this.#eventColumn = column;
  }

  /** The column of the first event, before any was read. */
  guessColumn(): void {
    if (!this.knowsKeys) this.#eventColumn = this.column;
  }

  columnOf(trial: number): number {
    if (trial === T_SURE) return this.column;
    return trial === T_COLUMN ? this.#eventColumn : -1;
  }

  /** Looks from before or at the damage on; the next byte searched must not be behind it. */
  startAtDamage(damage: Damage, rereads: boolean): void {
    this.#start(false);
    this.#damage = damage;
    this.#keyed = damage.swallows;
    if (rereads) this.#previous = OPEN_BRACE;
    else this.column = -1;
  }

  /** Looks for any object, or a list at the start of a line. */
  startLenient(): void {
    this.#start(true);
  }

  #start(lenient: boolean): void {
    this.#lenient = lenient;
    this.#damage = null;
    this.#keyed = true;
    this.#depth = -1;
    this.#inString = false;
    this.#escaped = false;
    this.#previous = 0;
  }

  /** The candidate was none: its brace still counts. */
  resume(): void {
    if (this.#depth >= 0) this.#depth++;
  }

  /**
   * Searches bytes `i` up to `n`. Returns where it stopped: at `n`; at the brace of a candidate, with `trial` set; at or
   * behind the byte after which events go on, with `trial` T_SURE and `found`.
   */
  search({ bytes, position }: Piece, i: number, n: number, outermost: boolean): { at: number; found: boolean } {
    this.trial = T_SURE;
    for (; i < n; i++) {
      const byte = bytes[i];
      if (this.#damage !== null && position + i === this.#damage.position && this.#passDamage(this.#damage, byte)) {
        this.trial = T_COLUMN;
        return { at: i, found: true };
      }
      if (byte === NEWLINE) {
        this.column = 0;
        this.#inString = false;
        this.#escaped = false;
        continue;
      }
      if (byte === 0x20 || byte === 0x09 || byte === 0x0d) {
        if (this.column >= 0) this.column++;
        this.#escaped = false;
        continue;
      }
      const column = this.column;
      this.column = -1;
      if (byte === OPEN_BRACE) this.trial = this.#judge(column);
      this.#previous = byte;
      if (this.trial !== T_SURE) return { at: i, found: true };
      if (this.#lenient && byte === OPEN_BRACKET && column === 0 && outermost) return { at: i, found: true };
      if (this.#depth >= 0 && this.#closes(byte)) return { at: i + 1, found: true };
    }
    return { at: i, found: false };
  }

  /** True when the next event starts right at the damage. */
  #passDamage(damage: Damage, byte: number): boolean {
    this.#damage = null;
    this.#depth = damage.depth;
    this.#inString = damage.inString && byte !== NEWLINE;
    this.#keyed = true;
    return damage.startsEvent;
  }

  /** Follows the brackets of the broken event; true when they close. */
  #closes(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return --this.#depth <= 0;
    return false;
  }

  #judge(column: number): number {
    if (this.#eventColumn >= 0 && column === this.#eventColumn) return T_COLUMN;
    if (this.#lenient || this.#previous === CLOSE_BRACE) return T_ADJACENT;
    const inList = this.#previous === COMMA || this.#previous === OPEN_BRACKET;
    return this.#keyed && inList && this.knowsKeys ? T_KEYED : T_SURE;
  }

  /** Whether `bytes` hold what looks like the start of an event, other than at their own start. */
  looksSwallowed(pieces: readonly Piece[]): boolean {
    return pieces.some(({ bytes }) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      for (const key of this.#firstKeys) {
        for (const before of '[,}\n') if (buffer.includes(`${before}{"${key}"`, 1, 'latin1')) return true;
      }
      return false;
    });
  }
}
