/** Events as bytes, for digests: by other code than reads them. */

/** An event's bytes without white space outside of strings. */
export function compactEvent(line: Uint8Array): Uint8Array {
  const out = new Uint8Array(line.length);
  let length = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const byte = line[i];
    if (quoted) {
      out[length++] = byte;
      if (byte === 0x5c && i + 1 < line.length) out[length++] = line[++i];
      else if (byte === 0x22) quoted = false;
    } else if (byte > 0x20) {
      out[length++] = byte;
      quoted = byte === 0x22;
    }
  }
  return out.subarray(0, length);
}
