const encoder = new TextEncoder();

/** JSON spelling of a string; lone surrogates become U+FFFD. */
export const quoted = (text: string): string => JSON.stringify(text.toWellFormed());

/** UTF-8 of a text. Names are short and ASCII: for those a loop takes a fifth of what the encoder's call does. */
export function utf8(text: string): Uint8Array {
  if (text.length > 256) return encoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return encoder.encode(text);
    bytes[i] = code;
  }
  return bytes;
}

/** Text of a template, with its JSON; the bytes are made when first written, since most end up inside a flat program. */
export class Literal {
  readonly text: string;
  readonly #json: string;
  #bytes: Uint8Array | null = null;

  /** `suffix` follows the JSON string: `:` for a key. */
  constructor(text: string, suffix = '') {
    this.text = text;
    this.#json = quoted(text) + suffix;
  }

  /** `"text"` and the suffix. */
  get json(): string {
    return this.#json;
  }

  /** The same as UTF-8. */
  get bytes(): Uint8Array {
    this.#bytes ??= utf8(this.#json);
    return this.#bytes;
  }
}
