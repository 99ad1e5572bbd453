/** Arrays of scalars, which are kept as one raw token. */
import { BOOLEAN, NULL, NUMBER, STRING } from './kernel.ts';

/** Calls `visit` with the kind, start and length of each element of the valid array token at `from`; strings without their quotes. */
export function eachElement(
  bytes: Uint8Array,
  from: number,
  length: number,
  visit: (kind: number, at: number, length: number) => void,
): void {
  const end = from + length - 1;
  let p = from + 1;
  while (p < end) {
    const c = bytes[p];
    if (c === 0x22) {
      let q = p + 1;
      while (bytes[q] !== 0x22) q += bytes[q] === 0x5c ? 2 : 1;
      visit(STRING, p + 1, q - p - 1);
      p = q + 1;
    } else if (c === 0x2c || c <= 0x20) p++;
    else {
      let q = p;
      while (q < end && bytes[q] !== 0x2c && bytes[q] > 0x20) q++;
      visit(c === 0x6e ? NULL : c === 0x74 || c === 0x66 ? BOOLEAN : NUMBER, p, q - p);
      p = q;
    }
  }
}
