/** Bodies as admission sees them: counted and digested by other code than reads them. */

/** Lines that are not blank: the events of an NDJSON body, before anything has read them. */
export function countLines(body: Uint8Array): number {
  let count = 0;
  let from = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  while (from < body.length) {
    const newline = body.indexOf(0x0a, from);
    const to = newline < 0 ? body.length : newline;
    while (from < to && (body[from] === 0x20 || body[from] === 0x09 || body[from] === 0x0d)) from++;
    if (from < to) count++;
    from = to + 1;
  }
  return count;
}

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
