/** Raw JSON tokens to text: what a value is for rules and people. */

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Text of a valid raw token at `address`: a string's without its quotes. Escapes are undone; invalid UTF-8 and lone
 * surrogates become U+FFFD.
 */
export function decodeToken(isString: boolean, bytes: Uint8Array, address: number, length: number): string {
  let plain = true;
  const end = address + length;
  for (let i = address; i < end; i++) {
    const c = bytes[i];
    if (c === 0x5c || c >= 0x80) {
      plain = false;
      break;
    }
  }
  if (plain && length < 64) {
    let text = '';
    for (let i = address; i < end; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }
  const text = utf8.decode(bytes.subarray(address, end));
  if (plain || !isString || !text.includes('\\')) return text;
  return (JSON.parse(`"${text}"`) as string).toWellFormed();
}
