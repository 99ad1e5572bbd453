/** UTF-16 text, as Windows tools write it, to UTF-8. Half a surrogate pair becomes U+FFFD. */
import type { Bytes } from './feed.ts';

export type Utf16 = 'utf-16le' | 'utf-16be';

/** By byte order mark, or by zeros around a first character that JSON or XML begins with. */
export function detectUtf16(head: Uint8Array): Utf16 | null {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? null : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const begins = (byte: number | undefined): boolean => byte === 0x7b || byte === 0x5b || byte === 0x3c;
  if (begins(a) && b === 0 && c !== 0) return 'utf-16le';
  if (a === 0 && begins(b) && c === 0) return 'utf-16be';
  return null;
}

export async function* fromUtf16(bytes: Bytes, encoding: Utf16): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== '') yield encoder.encode(text);
  }
  const rest = decoder.decode();
  if (rest !== '') yield encoder.encode(rest);
}
