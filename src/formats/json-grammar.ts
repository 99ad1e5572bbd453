/** Bytes, their classes and what may follow what, for the JSON splitter: RFC 8259 as far as brackets, keys and commas go. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const NEWLINE = 0x0a;
export const COMMA = 0x2c;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

// Classes of bytes outside strings; 0 for those that stand nowhere.
export const C_SPACE = 1;
export const C_QUOTE = 2;
export const C_OPEN_OBJECT = 3;
export const C_OPEN_ARRAY = 4;
export const C_CLOSE_OBJECT = 5;
export const C_CLOSE_ARRAY = 6;
export const C_COMMA = 7;
export const C_COLON = 8;
/** Numbers, `true`, `false`, `null`, and what only looks like them. */
export const C_SCALAR = 9;

export const CLASS = new Uint8Array(256);
for (const byte of ' \t\r\n') CLASS[byte.charCodeAt(0)] = C_SPACE;
for (let byte = 0x30; byte <= 0x7a; byte++) if (/[0-9A-Za-z]/.test(String.fromCharCode(byte))) CLASS[byte] = C_SCALAR;
for (const byte of '+-.') CLASS[byte.charCodeAt(0)] = C_SCALAR;
CLASS[QUOTE] = C_QUOTE;
CLASS[OPEN_BRACE] = C_OPEN_OBJECT;
CLASS[OPEN_BRACKET] = C_OPEN_ARRAY;
CLASS[CLOSE_BRACE] = C_CLOSE_OBJECT;
CLASS[CLOSE_BRACKET] = C_CLOSE_ARRAY;
CLASS[COMMA] = C_COMMA;
CLASS[0x3a] = C_COLON;

/** 1 for bytes that end a run inside a string: quote, backslash, newline. */
export const STOPS = new Uint8Array(256);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;
STOPS[NEWLINE] = 1;

// What is expected next inside an event.
export const S_VALUE = 0;
export const S_VALUE_OR_END = 1;
export const S_KEY_OR_END = 2;
export const S_KEY = 3;
export const S_COLON = 4;
export const S_COMMA_OR_END = 5;
/** The value of a member that may be the way into an envelope; from here on all states are about envelopes. */
export const S_ENVELOPE_VALUE = 6;
/** The first element of a list that may be an envelope's. */
export const S_ENVELOPE_FIRST = 7;

/** What each state expects, for messages. */
export const EXPECTED: readonly string[] = [
  ...['a value', "a value or ']'", "a key or '}'", 'a key', "':'", "',' or the end"],
  ...['a value', 'a value'],
];

/** Bytes of the input and where they start in it. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly position: number;
}

/** Long runs through the machine's copy, short ones by hand: the call costs as much as some 60 bytes. */
export function copyRun(bytes: Uint8Array, from: number, to: number, out: Uint8Array, end: number): number {
  if (to - from > 64) {
    out.set(bytes.subarray(from, to), end);
    return end + to - from;
  }
  for (let i = from; i < to; i++) out[end++] = bytes[i];
  return end;
}

/** A key as it is written; one character a byte. */
export function keyText(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
