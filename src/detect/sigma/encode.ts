/** Encoding modifiers (specification, appendix "Encoding"): a value's text to UTF-16 or Base64. */

export type Utf16 = 'utf16' | 'utf16le' | 'utf16be';

/** Bytes of the text; `utf16` puts the byte order mark FF FE first. */
export function utf16Bytes(text: string, form: Utf16): Uint8Array {
  const body = Buffer.from(text, 'utf16le');
  if (form === 'utf16be') return body.swap16();
  return form === 'utf16' ? Buffer.concat([Buffer.from([0xff, 0xfe]), body]) : body;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/**
 * The parts of Base64 text that stay the same whatever surrounds the bytes, one for each of the three places they can
 * start at within a group of three. Short values leave nothing: such a part is the empty string.
 */
export function base64Offsets(bytes: Uint8Array): [string, string, string] {
  const variant = (shift: number): string => {
    const text = base64(Buffer.concat([new Uint8Array(shift), bytes]));
    // Characters that carry bits of the bytes before and behind are cut away.
    const before = [0, 2, 3][shift];
    const behind = [0, 3, 2][(bytes.length + shift) % 3];
    return text.slice(before, text.length - behind);
  };
  return [variant(0), variant(1), variant(2)];
}
