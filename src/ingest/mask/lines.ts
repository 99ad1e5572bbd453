/**
 * Masks the values of events before anything else looks at them, so that neither rules nor the journal nor a dead letter ever has them.
 * It reads lines of JSON as text, on its own: only tokens that change are written anew, everything else stays as it came.
 */
import { limits } from '../../base/index.ts';
import { MaskedFields } from './fields.ts';
import { HIDDEN, type MaskMethod, Masks } from './values.ts';

export interface MaskSettings {
  /** Field, by the source's own name, a rule's or ECS's → what becomes of its values. */
  readonly fields: Readonly<Record<string, MaskMethod>>;
  /** Key of the tenant's pseudonyms. */
  readonly key: Uint8Array;
}

export interface MaskedLines {
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Values that were replaced, in fields and elsewhere. */
  readonly values: number;
  /** Lines of which nothing is left, since no fields could be told in them. */
  readonly withheld: number;
}

interface Token {
  readonly from: number;
  readonly to: number;
  readonly isString: boolean;
  readonly method: MaskMethod | null;
}

/** A line whose fields cannot be told. */
class NotTold extends Error {}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Deeper ones are no events: the scanner's own bound. */
const DEPTH_MAX = 64;
/** A shorter value stands in other texts by chance. */
const ELSEWHERE_CHARACTERS_MIN = 5;

export class LineMasker {
  readonly #fields: MaskedFields;
  readonly #masks: Masks;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #tokens: Token[] = [];

  constructor({ fields, key }: MaskSettings) {
    this.#fields = new MaskedFields(fields);
    this.#masks = new Masks(key);
  }

  /** @param lines events, one a line */
  mask(lines: Uint8Array): MaskedLines {
    this.#bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.length);
    const parts: Uint8Array[] = [];
    let [values, withheld, copied] = [0, 0, 0];
    for (let from = 0; from < lines.length; ) {
      const newline = this.#bytes.indexOf(NEWLINE, from);
      const to = newline < 0 ? lines.length : newline;
      const changes = this.#line(from, to);
      if (changes === null) {
        withheld++;
        parts.push(this.#bytes.subarray(copied, from), Buffer.from(withheldText(to - from)));
        copied = to;
      } else {
        for (const { from: start, to: end, text } of changes) {
          parts.push(this.#bytes.subarray(copied, start), Buffer.from(text));
          copied = end;
        }
        values += changes.length;
      }
      from = to + 1;
    }
    parts.push(this.#bytes.subarray(copied));
    return { lines: Uint8Array.from(Buffer.concat(parts)), values, withheld };
  }

  /** What is to be replaced in a line, in its order; null: all of it. */
  #line(from: number, to: number): { readonly from: number; readonly to: number; readonly text: string }[] | null {
    this.#at = from;
    this.#end = to;
    this.#tokens = [];
    try {
      if (this.#blanks() === to) return [];
      if (this.#bytes[this.#at] !== 0x7b) return null;
      this.#object('', null, 0);
      if (this.#blanks() !== to) return null;
      return this.#changes();
    } catch (error) {
      if (error instanceof NotTold) return null;
      throw error;
    }
  }

  #changes(): { from: number; to: number; text: string }[] {
    const masked = this.#tokens.filter(({ method }) => method !== null);
    if (masked.length === 0) return [];
    /** In small letters → what stands for it. */
    const elsewhere = new Map<string, string>();
    const changes = masked.map(({ from, to, isString, method }) => {
      const value = isString ? this.#text(from, to) : this.#bytes.toString('latin1', from, to);
      const text = this.#masks.of(value, method ?? 'hide');
      if (value.length >= ELSEWHERE_CHARACTERS_MIN && text !== value)
        elsewhere.set(value.toLowerCase(), text ?? HIDDEN);
      return { from, to, text: JSON.stringify(text) };
    });
    if (elsewhere.size > limits.maskElsewhereMax) throw new NotTold();
    if (elsewhere.size === 0) return changes;
    for (const { from, to, isString, method } of this.#tokens) {
      if (method !== null || !isString || to - from < ELSEWHERE_CHARACTERS_MIN) continue;
      const value = this.#text(from, to);
      const text = replaced(value, elsewhere);
      if (text !== value) changes.push({ from, to, text: JSON.stringify(text) });
    }
    return changes.sort((a, b) => a.from - b.from);
  }

  #value(path: string, inherited: MaskMethod | null, depth: number): void {
    const byte = this.#bytes[this.#at];
    const from = this.#at;
    if (byte === 0x7b) this.#object(path, inherited, depth);
    else if (byte === 0x5b) this.#array(path, inherited, depth);
    else if (byte === QUOTE) {
      this.#string();
      this.#tokens.push({ from, to: this.#at, isString: true, method: inherited });
    } else {
      while (this.#at < this.#end && isPlain(this.#bytes[this.#at])) this.#at++;
      if (this.#at === from) throw new NotTold();
      const method = byte === 0x6e ? null : inherited;
      this.#tokens.push({ from, to: this.#at, isString: false, method });
    }
  }

  #object(path: string, inherited: MaskMethod | null, depth: number): void {
    if (depth >= DEPTH_MAX) throw new NotTold();
    this.#at++;
    if (this.#passes(0x7d)) return;
    for (;;) {
      this.#blanks();
      if (this.#bytes[this.#at] !== QUOTE) throw new NotTold();
      const from = this.#at;
      this.#string();
      const key = this.#text(from, this.#at).replaceAll('.', '\\.');
      if (!this.#passes(0x3a)) throw new NotTold();
      this.#blanks();
      const own = path === '' ? key : `${path}.${key}`;
      this.#value(own, inherited ?? this.#fields.methodOf(own), depth + 1);
      if (this.#passes(0x2c)) continue;
      if (this.#passes(0x7d)) return;
      throw new NotTold();
    }
  }

  #array(path: string, inherited: MaskMethod | null, depth: number): void {
    if (depth >= DEPTH_MAX) throw new NotTold();
    this.#at++;
    if (this.#passes(0x5d)) return;
    for (;;) {
      this.#blanks();
      this.#value(path, inherited, depth + 1);
      if (this.#passes(0x2c)) continue;
      if (this.#passes(0x5d)) return;
      throw new NotTold();
    }
  }

  /** Goes behind a byte that stands next, blanks apart; whether it does. */
  #passes(byte: number): boolean {
    if (this.#blanks() >= this.#end || this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #blanks(): number {
    while (this.#at < this.#end && this.#bytes[this.#at] <= 0x20) this.#at++;
    return this.#at;
  }

  #string(): void {
    for (this.#at++; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === BACKSLASH) this.#at++;
      else if (byte === QUOTE) {
        this.#at++;
        return;
      }
    }
    throw new NotTold();
  }

  #text(from: number, to: number): string {
    const text = this.#bytes.toString('utf8', from, to);
    if (!text.includes('\\')) return text.slice(1, -1);
    try {
      return JSON.parse(text) as string;
    } catch {
      throw new NotTold();
    }
  }
}

/** Bytes of numbers, `true`, `false` and `null`. */
const isPlain = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  byte === 0x45;

/** No JSON, so that it becomes a dead letter. */
function withheldText(bytes: number): string {
  return `withheld: ${bytes} bytes from a source whose values are masked, in which no fields can be told`;
}

function replaced(value: string, elsewhere: ReadonlyMap<string, string>): string {
  let text = value;
  let small = text.toLowerCase();
  for (const [original, by] of elsewhere) {
    if (!small.includes(original)) continue;
    // Where small letters are more or fewer than what they were made of, places cannot be told: then all of it goes.
    if (small.length !== text.length) return HIDDEN;
    let out = '';
    let from = 0;
    for (let at = small.indexOf(original); at >= 0; at = small.indexOf(original, from)) {
      out += text.slice(from, at) + by;
      from = at + original.length;
    }
    text = out + text.slice(from);
    small = text.toLowerCase();
  }
  return text;
}
